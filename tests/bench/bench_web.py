"""Measure what `streamlab.web` costs, each figure together with Flask's in the same run.

Prints a table and exits with 1 if a bound is broken::

    python tests/bench/bench_web.py

The two are measured in turns, in processor time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import deque
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import TYPE_CHECKING

import flask
from pairing import by_turns

import streamlab.web

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMEWORKS = {"streamlab": (streamlab.web, streamlab.web.App), "flask": (flask, flask.Flask)}
CHUNKS = 10_000
CHUNK = "a line of a generated file, of no great length\n"
MEMORY_BOUND_KB = 1024
# For a chunk both frameworks run the same bytecode, `yield from`, in about 15 ns. On a busy machine
# two measurements of the same code differ by this much.
CHUNK_NOISE_NS = 3.0


@dataclass
class Row:
    """A line of the table: both figures in `unit`, and the highest ratio allowed.

    A difference of up to `noise`, in the same unit, is ignored.
    """

    name: str
    unit: str
    ours: float
    theirs: float
    bound: float
    noise: float = 0.0

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        return self.ours <= self.theirs * self.bound + self.noise


def in_turns(measure: Callable[[str], float], turns: int) -> tuple[float, float]:
    """Return the best of `turns` measurements of each framework: (ours, theirs), in seconds."""
    best = by_turns({name: partial(measure, name) for name in FRAMEWORKS}, turns)
    return best["streamlab"], best["flask"]


def timed(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def lines() -> object:
    for _ in range(CHUNKS):
        yield CHUNK


def chunk_seconds(name: str) -> float:
    """Return the seconds that a chunk takes through `stream_with_context`."""
    module, make_app = FRAMEWORKS[name]
    with make_app("bench").test_request_context("/"):
        stream = module.stream_with_context(lines())
        return timed(lambda: deque(stream, maxlen=0)) / CHUNKS


def bare_chunk_seconds(_: str) -> float:
    """Return the seconds that a chunk takes from the generator alone, without the wrapper."""
    stream = lines()
    return timed(lambda: deque(stream, maxlen=0)) / CHUNKS


def added_chunk_seconds() -> tuple[float, float]:
    """Return what the wrapper adds to a chunk: the best time with it minus the best without."""
    ours, theirs = in_turns(chunk_seconds, 400)
    bare = min(in_turns(bare_chunk_seconds, 200))
    return ours - bare, theirs - bare


def streaming_app(module: object, make_app: Callable[[str], object], chunk: str | bytes) -> object:
    """Return an app with a view that streams a chunk many times, with `stream_with_context`."""
    app = make_app("bench")

    def generate() -> object:
        for _ in range(CHUNKS):
            yield chunk

    app.add_url_rule("/", "index", lambda: module.stream_with_context(generate()))
    return app


def sent_chunk_seconds(chunk: str | bytes, name: str) -> float:
    """Return the seconds a chunk, from the request to the end of the body, without a server."""
    app = streaming_app(*FRAMEWORKS[name], chunk)
    request = environ(app)
    request.pop("werkzeug.request", None)

    def serve() -> None:
        body = app(request, lambda *_: None)
        deque(body, maxlen=0)
        body.close()

    return timed(serve) / CHUNKS


def sent_chunk_turns(chunk: str | bytes) -> tuple[float, float]:
    return in_turns(partial(sent_chunk_seconds, chunk), 300)


def template_seconds(name: str) -> float:
    """Return the seconds for a streamed template of 900,000 parts."""
    module, make_app = FRAMEWORKS[name]
    source = "{% for n in numbers %}<li>{{ n }}</li>{% endfor %}"
    with make_app("bench").test_request_context("/"):
        stream = module.stream_template_string(source, numbers=range(300_000))
        parts: deque[str] = deque(maxlen=0)
        return timed(lambda: parts.extend(stream))


def environ(app: object) -> dict[str, object]:
    with app.test_request_context("/") as ctx:
        return dict(ctx.request.environ)


def dispatch_seconds(name: str) -> float:
    """Return the seconds for a request to a view that returns a short text, without a server."""
    _, make_app = FRAMEWORKS[name]
    app = make_app("bench")
    app.add_url_rule("/", "index", lambda: "Hello")
    template = environ(app)
    template.pop("werkzeug.request", None)
    requests = 100

    def serve() -> None:
        for _ in range(requests):
            body = app(template.copy(), lambda *_: None)
            list(body)
            body.close()

    serve()
    return timed(serve) / requests


def import_turns(turns: int) -> tuple[float, float]:
    """Return the seconds that a new process takes to import each, with compiled bytecode."""
    with tempfile.TemporaryDirectory() as compiled:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}

        def import_seconds(module: str) -> float:
            start = f"import time; start = time.process_time(); import {module}"
            code = f"{start}; print(time.process_time() - start)"
            return float(subprocess.check_output([sys.executable, "-c", code], env=env))

        for module in FRAMEWORKS:
            import_seconds(module)
        return in_turns(import_seconds, turns)


# This needs a new process, because a process reports only its highest peak.
MEMORY_CODE = """
import resource
from streamlab.web import App, stream_with_context
app = App("bench")
row = ",".join("cell" for _ in range(205)) + "\\n"
@app.get("/large.csv")
def large():
    def generate():
        for _ in range({rows}):
            yield row
    return stream_with_context(generate()), {{"Content-Type": "text/csv"}}
def read():
    total = 0
    response = app.test_client().get("/large.csv")
    for chunk in response.iter_encoded():
        total += len(chunk)
    response.close()
    return total
{warm_up}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
total = read()
print(total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def memory_growth() -> tuple[int, int]:
    """Return the bytes read of a generated gigabyte, and the growth of the peak memory in kB."""
    code = MEMORY_CODE.format(rows=1_050_000, warm_up="app.test_client().get('/').close()")
    total, growth = subprocess.check_output([sys.executable, "-c", code]).split()
    return int(total), int(growth)


def rows() -> list[Row]:
    ns, us, ms = 1e9, 1e6, 1e3
    measured = (
        (
            "stream_with_context, added a chunk",
            "ns",
            ns,
            added_chunk_seconds(),
            1.0,
            CHUNK_NOISE_NS,
        ),
        (
            "a streamed chunk of text, request to end",
            "ns",
            ns,
            sent_chunk_turns(CHUNK),
            1.0,
            CHUNK_NOISE_NS,
        ),
        (
            "a streamed chunk of bytes, request to end",
            "ns",
            ns,
            sent_chunk_turns(CHUNK.encode()),
            1.0,
            CHUNK_NOISE_NS,
        ),
        ("a stream of 900,000 template parts", "ms", ms, in_turns(template_seconds, 9), 1.0, 0.0),
        ("dispatch of a trivial view", "µs", us, in_turns(dispatch_seconds, 150), 0.8, 0.0),
        ("import", "ms", ms, import_turns(20), 1.0, 0.0),
    )
    return [
        Row(name, unit, ours * scale, theirs * scale, bound, noise)
        for name, unit, scale, (ours, theirs), bound, noise in measured
    ]


def main() -> int:
    table = rows()
    total, growth = memory_growth()
    fits = total > 1_000_000_000 and growth < MEMORY_BOUND_KB
    lines = [f"{'':42}{'streamlab':>12}{'flask':>12}{'ratio':>8}{'bound':>8}"]
    lines += [
        f"{row.name:42}{row.ours:>9.1f} {row.unit}{row.theirs:>9.1f} {row.unit}"
        f"{row.ratio:>8.2f}{row.bound:>8.2f}{'' if row.holds else '  BROKEN'}"
        for row in table
    ]
    lines.append(
        f"{'peak growth, 1 GB through the test client':46}{growth:>5} kB"
        f"{MEMORY_BOUND_KB:>25} kB{'' if fits else '  BROKEN'}"
    )
    print("\n".join(lines))  # noqa: T201 - a benchmark prints its results
    return 0 if fits and all(row.holds for row in table) else 1


if __name__ == "__main__":
    sys.exit(main())
