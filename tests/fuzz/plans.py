"""Random applications. A plan describes one, and says what must be observed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import flask

import streamlab.web
from streamlab.middleware import MIDDLEWARE, Middleware, buffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SERVERS = {"werkzeug": 10, "werkzeug-stock": 4, "wsgiref": 4, "waitress": 4, "cheroot": 1}
"""How often each server is drawn. Cheroot is rare because it needs half a second to stop."""
HOLDS_EVERYTHING = {"buffer", "profiler", "gzip", "get_data"}
"""Middleware that keeps a short body until its end."""
_ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: ValueError("no such row"),
    lambda: KeyError("name"),
    ZeroDivisionError,
    lambda: OSError("Größe"),
    lambda: RuntimeError("first line.\nsecond line"),
    lambda: TimeoutError("the database does not answer"),
)
_CHARACTERS = "abcdefgh <>&\n\0é"
_SIZES = (0, 0, 1, 2, 7, 40, 300, 5_000)


@dataclass(frozen=True)
class Plan:
    """One application and one request to it.

    :param chunks: what the generator yields, empty chunks included.
    :param as_text: whether it yields text.
    :param raises_at: index of the chunk in whose place an exception is raised. The number of
        chunks means the end of the generator; None raises nothing.
    :param leaves_at: index of the chunk before which the client leaves; None if it stays.
    :param reads_request_at: index of the chunk before which ``request`` is read.
    :param wrapped: whether `stream_with_context` is used.
    :param body: ``generator``, or what is made of it: an ``iterator`` or ``mapped``.
    :param layers: names of middleware, or a number for a buffer of as many bytes.
    """

    seed: int
    framework: str
    chunks: tuple[bytes, ...]
    as_text: bool
    raises_at: int | None
    leaves_at: int | None
    error: Exception
    reads_request_at: int | None
    wrapped: bool
    body: str
    layers: tuple[str | int, ...]
    server: str
    http_version: Any
    lockstep: bool
    made: list[bytes] = field(default_factory=list, compare=False)
    """What the generator has yielded so far."""
    ended: list[str] = field(default_factory=list, compare=False)
    """How each generator ended: ``returned``, ``raised`` or ``closed``."""

    @classmethod
    def random(cls, seed: int) -> Plan:
        """Return the plan of a seed; the same one each time."""
        draw = random.Random(seed)
        framework = draw.choice(("streamlab", "streamlab", "flask", "wsgi"))
        has_contexts = framework != "wsgi"
        sizes = [draw.choice(_SIZES) for _ in range(draw.randint(0, 6))]
        chunks = tuple("".join(draw.choices(_CHARACTERS, k=size)).encode() for size in sizes)

        def index(probability: float) -> int | None:
            return draw.randint(0, len(chunks)) if draw.random() < probability else None

        leaves_at = index(0.15)
        return cls(
            seed=seed,
            framework=framework,
            chunks=chunks,
            as_text=has_contexts and draw.random() < 0.3,
            raises_at=index(0.3) if leaves_at is None else None,
            leaves_at=leaves_at,
            error=draw.choice(_ERRORS)(),
            reads_request_at=index(0.4) if has_contexts and leaves_at is None else None,
            wrapped=has_contexts and draw.random() < 0.5,
            body=draw.choice(("generator", "generator", "iterator", "mapped")),
            layers=_layers(draw, has_contexts=has_contexts),
            server=draw.choices(list(SERVERS), list(SERVERS.values()))[0],
            http_version="1.0" if draw.random() < 0.1 else "1.1",
            lockstep=leaves_at is not None or draw.random() < 0.85,
        )

    def app(self, leave: Callable[[], object] = lambda: None) -> Any:
        """Return a new application that follows the plan.

        :param leave: makes the client leave.
        """
        self.made.clear()
        self.ended.clear()
        if self.framework == "wsgi":
            return self._wsgi_app(leave)
        web: Any = flask if self.framework == "flask" else streamlab.web
        app = web.Flask("fuzz") if self.framework == "flask" else web.App("fuzz")

        @app.get("/")
        def view() -> Any:
            chunks = self._body(leave, web.request)
            return web.stream_with_context(chunks) if self.wrapped else chunks

        return app

    def _wsgi_app(self, leave: Callable[[], object]) -> Any:
        def app(environ: Any, start_response: Any) -> Iterable[bytes | str]:
            start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
            return self._body(leave, None)

        return app

    def _body(self, leave: Callable[[], object], request: Any) -> Iterable[bytes | str]:
        generator = self._generate(leave, request)
        if self.body == "mapped":
            return map(str if self.as_text else bytes, generator)
        return _Iterator(generator) if self.body == "iterator" else generator

    def _generate(self, leave: Callable[[], object], request: Any) -> Iterator[Any]:
        try:
            for index in range(len(self.chunks) + 1):
                if index == self.leaves_at:
                    leave()
                if index == self.reads_request_at:
                    _ = request.path
                if index == self.raises_at:
                    raise self.error
                if index < len(self.chunks):
                    chunk = self.chunks[index]
                    self.made.append(chunk)
                    yield chunk.decode() if self.as_text else chunk
        except GeneratorExit:
            self.ended.append("closed")
            raise
        except Exception:
            self.ended.append("raised")
            raise
        self.ended.append("returned")

    @property
    def error_index(self) -> int | None:
        """The index of the chunk in whose place something is raised; None if nothing is.

        `get_data` reads the generator to its end while the context is still active.
        """
        needs_context = not self.wrapped and "get_data" not in self.layers
        missing_context = self.reads_request_at if needs_context else None
        indexes = [index for index in (self.raises_at, missing_context) if index is not None]
        return min(indexes, default=None)

    @property
    def middleware(self) -> tuple[Middleware, ...]:
        """The layers as objects."""
        return tuple(
            MIDDLEWARE[one] if isinstance(one, str) else buffer(one) for one in self.layers
        )

    @property
    def with_bytes(self) -> list[bytes]:
        """The chunks that the client must get: not the empty ones, and none after the error."""
        return [chunk for chunk in self.chunks[: self.error_index] if chunk]

    def holders(self, chunks: list[bytes]) -> set[str]:
        """Return the names of the middleware that keeps a chunk back while the next is made.

        :param chunks: what is made, without empty chunks.
        """
        names = set()
        coded = False
        # An after_request function runs inside all WSGI middleware.
        for layer in sorted(self.layers, key=lambda one: one != "get_data"):
            if layer in {"gzip", "gzip-flushed"}:
                if coded:
                    continue  # a body that has a coding is not compressed again
                coded = True
            if layer in HOLDS_EVERYTHING and len(chunks) > 1:
                names.add(str(layer))
                chunks = [b"".join(chunks)]
            elif isinstance(layer, int):
                chunks, holds = _through_buffer(chunks, layer)
                if holds:
                    names.add("buffer")
        return names

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.framework}, {self.body} of "
            f"{[len(chunk) for chunk in self.chunks]}{' (text)' if self.as_text else ''}, raises "
            f"{self.error!r} at {self.raises_at}, client leaves at {self.leaves_at}, reads request "
            f"at {self.reads_request_at}, wrapped {self.wrapped}, {self.layers}, {self.server}, "
            f"HTTP/{self.http_version}, lockstep {self.lockstep}"
        )


class _Iterator:
    """An iterator that is not a generator, with a `close` that closes the one inside."""

    def __init__(self, generator: Iterator[Any]) -> None:
        self._generator = generator
        self.close = generator.close  # type: ignore[attr-defined]

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._generator)


def _layers(draw: random.Random, *, has_contexts: bool) -> tuple[str | int, ...]:
    names = ["debugger", "gzip-flushed", "profiler", "gzip", "buffer", "sized"]
    if has_contexts:
        names.append("get_data")
    chosen = draw.sample(names, draw.choice((0, 0, 0, 1, 1, 2, 3)))
    if {"gzip", "gzip-flushed", "buffer"} & set(chosen) and "sized" in chosen:
        chosen.remove("sized")  # it would count compressed bytes, which a plan does not know
    return tuple(draw.choice((1, 5, 64, 500)) if name == "sized" else name for name in chosen)


def _through_buffer(chunks: list[bytes], size: int) -> tuple[list[bytes], bool]:
    """Return what a buffer of that size passes on, and whether it keeps a chunk while more come."""
    out: list[bytes] = []
    pending = b""
    holds = False
    for index, chunk in enumerate(chunks):
        pending += chunk
        if len(pending) >= size:
            out.append(pending)
            pending = b""
        elif index < len(chunks) - 1:
            holds = True
    return [*out, *([pending] if pending else [])], holds
