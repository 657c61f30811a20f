"""A client that calls the app through WSGI, so that each step of a server is controlled and logged.

werkzeug's test client reads the first chunk before it returns; a server does not. In PEP 3333 the
server decides when to read a chunk and when to call `close()`. Here the case decides both.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from werkzeug.test import EnvironBuilder

from tests.web.parity.wording import error_line, header_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.web.parity.bench import Bench

# Their values depend on the clock and on the server, not on the framework.
UNCOMPARED_HEADERS = frozenset({"date", "server"})


class Exchange:
    """A request, which is sent at once. The case reads and closes the response."""

    def __init__(
        self,
        bench: Bench,
        app: Callable[..., Any],
        path: str,
        *,
        name: str = "client",
        **options: Any,
    ) -> None:
        self._bench = bench
        self.name = name
        self._written: list[bytes] = []
        builder = EnvironBuilder(path, errors_stream=io.StringIO(), **options)
        environ = builder.get_environ()
        builder.close()
        self.iterable: Any = None
        self._items: Any = None
        try:
            self.iterable = app(environ, self._start_response)
        except Exception as error:
            self._note_error("no response", error)
        else:
            self._items = iter(self.iterable)

    def _start_response(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        self._bench.note(f"{self.name}: status {status}")
        for header, value in headers:
            if header.lower() not in UNCOMPARED_HEADERS:
                self._bench.note(f"{self.name}: header {header_line(header, value)}")
        return self._written.append

    def _note_error(self, what: str, error: BaseException) -> None:
        self._bench.note(f"{self.name}: {what}, {error_line(error)}")

    def read(self, count: int | None = None) -> Exchange:
        """Read `count` chunks, or all. Stops at the end and at an error, which is logged."""
        taken = 0
        while self._items is not None and taken != count:
            try:
                chunk = next(self._items)
            except StopIteration:
                self._bench.note(f"{self.name}: end of the body")
                break
            except Exception as error:
                self._note_error("body cut", error)
                break
            self._bench.note(f"{self.name}: received {chunk!r}")
            taken += 1
        return self

    def close(self) -> Exchange:
        """Call the iterable's `close()`, as a server must, also after an error."""
        close = getattr(self.iterable, "close", None)
        if close is None:
            return self
        self._bench.note(f"{self.name}: closes")
        try:
            close()
        except Exception as error:
            self._note_error("close failed", error)
        else:
            self._bench.note(f"{self.name}: closed")
        return self

    def finish(self) -> Exchange:
        """Read to the end and close, as a server does if the client does not disconnect."""
        return self.read().close()

    def forget(self) -> None:
        """Drop the iterable without closing it, as a faulty middleware does."""
        self._bench.note(f"{self.name}: forgets the response")
        self.iterable = self._items = None
