"""What an app prints while it answers a request: recorded with its time, and printed as before.

In a notebook, the output of a background thread appears below the cell that ran last, or nowhere if
a button started the request. The exchange therefore keeps it too.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

from streamlab.clock import now_ns
from streamlab.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from typing_extensions import Self

Stream = Literal["stdout", "stderr"]
MAX_LINES = 1_000
"""How many lines of one exchange are kept. An endless stream may print without end."""
MAX_CHARACTERS = 10_000
"""How many characters of a line are kept."""


@dataclass(frozen=True)
class OutputLine:
    """A line that the app printed.

    :param seconds: when it began, in seconds since the request began.
    :param text: the line, without its end.
    :param stream: ``stdout``, or ``stderr`` if it was printed there.
    """

    seconds: float
    text: str
    stream: Stream = "stdout"


class Output(Sequence[OutputLine]):
    r"""The lines that an app printed in one exchange. Any thread may add to them.

    :param origin: the time at which the request began, in nanoseconds of the clock.

    >>> output = Output(origin=0)
    >>> output.write("one\ntw", time=500_000_000)
    >>> output.write("o", time=900_000_000)
    >>> list(output)
    [OutputLine(seconds=0.5, text='one', stream='stdout'), OutputLine(seconds=0.5, text='two', stream='stdout')]
    """  # noqa: E501 - the output of an example is one line

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._lines: list[OutputLine] = []
        self._open: dict[Stream, OutputLine] = {}
        self._left_out = 0
        self._lock = threading.Lock()

    @classmethod
    def restored(cls, lines: Iterable[OutputLine], *, origin: int) -> Self:
        """Return output with the given lines, such as those read from a file.

        :param lines: the lines, in their order.
        :param origin: the time at which the request began, in nanoseconds of the clock.
        """
        output = cls(origin)
        output._lines = list(lines)
        return output

    def write(self, text: str, stream: Stream = "stdout", *, time: int | None = None) -> None:
        """Add text, which may be a part of a line or several lines.

        :param text: what was printed.
        :param stream: where it was printed.
        :param time: when, in nanoseconds of the clock; by default now.
        """
        seconds = ((now_ns() if time is None else time) - self._origin) / 1e9
        first, *others = text.split("\n")
        with self._lock:
            self._continue(stream, first, seconds)
            for other in others:
                self._end(stream, seconds)
                self._continue(stream, other, seconds)

    def _continue(self, stream: Stream, text: str, seconds: float) -> None:
        if text:
            begun = self._open.get(stream, OutputLine(seconds, "", stream))
            whole = (begun.text + text)[:MAX_CHARACTERS]
            self._open[stream] = OutputLine(begun.seconds, whole, stream)

    def _end(self, stream: Stream, seconds: float) -> None:
        line = self._open.pop(stream, OutputLine(seconds, "", stream))
        if len(self._lines) < MAX_LINES:
            self._lines.append(line)
        else:
            self._left_out += 1

    def _all(self) -> list[OutputLine]:
        with self._lock:
            lines = [*self._lines, *self._open.values()]
            if self._left_out:
                note = f"({counted(self._left_out, 'more line')} not kept)"
                lines.append(OutputLine(lines[-1].seconds, note))
        return lines

    @overload
    def __getitem__(self, index: int) -> OutputLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[OutputLine]: ...
    def __getitem__(self, index: int | slice) -> OutputLine | list[OutputLine]:
        return self._all()[index]

    def __iter__(self) -> Iterator[OutputLine]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"<Output: {counted(len(self), 'line')}>"


class _Tee:
    """A text stream that passes everything on, and also gives the text to a function."""

    def __init__(self, stream: Any, record: Callable[[str], object]) -> None:
        self.stream = stream
        self._record = record

    def write(self, text: str) -> int:
        self._record(text)  # first, because the stream may be closed
        return len(text) if self.stream is None else self.stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Printing:
    r"""Gives what the process prints to a function, between `start` and `stop`.

    It replaces `sys.stdout` and `sys.stderr` while at least one request is served. Everything is
    still written to the streams that were there before.

    :param record: called with the text and the name of the stream, by the thread that prints.

    >>> seen = []
    >>> printing = Printing(lambda text, stream: seen.append(text))
    >>> printing.start("a request")
    >>> print("Hello")
    Hello
    >>> printing.stop("a request")
    >>> seen
    ['Hello', '\n']
    """

    def __init__(self, record: Callable[[str, Stream], object]) -> None:
        self._record = record
        self._users: set[Hashable] = set()
        self._lock = threading.Lock()

    def start(self, user: Hashable) -> None:
        """Begin, if nobody else has.

        :param user: who wants to know what is printed: the trace of a request.
        """
        with self._lock:
            self._users.add(user)
            self._wrap("stdout")
            self._wrap("stderr")

    def stop(self, user: Hashable) -> None:
        """End, if nobody else still wants to know. A second call for a user does nothing.

        A stream that something else has replaced meanwhile stays as it is.

        :param user: who called `start`.
        """
        with self._lock:
            self._users.discard(user)
            if not self._users:
                for name in ("stdout", "stderr"):
                    stream = getattr(sys, name)
                    if isinstance(stream, _Tee):
                        setattr(sys, name, stream.stream)

    def _wrap(self, name: Stream) -> None:
        stream = getattr(sys, name)
        if not isinstance(stream, _Tee):
            setattr(sys, name, _Tee(stream, lambda text: self._printed(text, name)))

    def _printed(self, text: str, name: Stream) -> None:
        if self._users:  # otherwise something has put back a stream that was replaced meanwhile
            self._record(text, name)
