"""Whatever a view, a generator or its `close()` raises: the exchange ends, with a clear verdict."""

from __future__ import annotations

import asyncio
import sys
import threading

import pytest

from streamlab import App, observe

THREADED = ["werkzeug", "werkzeug-stock", "wsgiref", "waitress", "cheroot"]


class EvilError(Exception):
    def __str__(self):
        raise RuntimeError("no str")

    def __repr__(self):
        raise RuntimeError("no repr")


class OwnBaseError(BaseException):
    pass


class EvilBytes(bytes):
    def __len__(self):
        return 10**9

    def __getitem__(self, key):
        raise ZeroDivisionError

    def __iter__(self):
        raise ZeroDivisionError


class EvilText(str):
    __slots__ = ()

    def encode(self, *_):
        raise ZeroDivisionError("encode")


def cyclic():
    first, second = ValueError("first"), KeyError("second")
    first.__cause__, second.__cause__ = second, first
    return first


KINDS = {
    "evil": EvilError,
    "cyclic": cyclic,
    "cancelled": asyncio.CancelledError,
    "keyboard": KeyboardInterrupt,
    "exit": lambda: SystemExit(3),
    "generator exit": lambda: GeneratorExit("by hand"),
    "base": OwnBaseError,
    "recursion": RecursionError,
    "memory": MemoryError,
    "surrogate": lambda: ValueError("\ud800"),
    "long": lambda: ValueError("m" * 1_000_000),
}
if sys.version_info >= (3, 11):
    KINDS["group"] = lambda: BaseExceptionGroup("both", [EvilError(), KeyboardInterrupt()])  # noqa: F821


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    """Do not log texts of 1 MB. All apps have the same logger."""
    monkeypatch.setattr(App().logger, "disabled", True)


def raising(place, make):
    app = App()

    @app.get("/")
    def view():
        def generate():
            if place == "first":
                raise make()
            try:
                yield "a"
                yield "b"
                if place == "third":
                    raise make()
            finally:
                if place == "close":
                    raise make()

        if place == "view":
            raise make()
        return generate()

    return app


@pytest.mark.parametrize("server", ["werkzeug", "werkzeug-stock"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_exchange_ends_and_names_the_exception(server, kind, monkeypatch):
    unhandled = []
    monkeypatch.setattr(threading, "excepthook", unhandled.append)
    for place in ("view", "first", "third", "close"):
        exchange = observe(raising(place, KINDS[kind]), "/", server=server, timeout=10)
        assert exchange.done
        expected = {"failed"} if place in {"view", "first"} else {"truncated"}
        assert exchange.verdict.outcome in {*expected, "failed"}, place
        assert type(KINDS[kind]()).__name__ in exchange.failure.last, place
        assert len(exchange.verdict.text) < 11_000
        exchange.verdict.text.encode()
        assert exchange.to_json()
        assert exchange.to_svg()
    assert unhandled == []


@pytest.mark.parametrize("server", THREADED)
@pytest.mark.parametrize("kind", ["bytes", "text"])
def test_so_it_does_for_odd_chunks(server, kind):
    item = EvilBytes(b"abc") if kind == "bytes" else EvilText("abc")
    app = App()

    @app.get("/")
    def view():
        def generate():
            yield "a"
            yield item
            yield "b"

        return generate()

    exchange = observe(app, "/", server=server, timeout=3)
    assert exchange.done
    assert exchange.to_json()
    assert exchange.to_svg()


@pytest.mark.parametrize("server", THREADED)
def test_no_server_leaves_the_connection_open_after_a_base_exception(server):
    exchange = observe(raising("third", OwnBaseError), "/", server=server, timeout=10)
    assert exchange.verdict.outcome == "truncated"
    assert "OwnBaseError" in exchange.verdict.text
