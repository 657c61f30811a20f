"""What the web floor costs, each figure paired with Flask's in the same run.

Prints a table and exits 1 if a bound is broken::

    python tests/bench/bench_web.py

The two are measured by turns, so that both see the same machine, and of each the best turn
counts: what disturbs a measurement only ever makes it longer.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import flask

import streamlab.web

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMEWORKS = {"streamlab": (streamlab.web, streamlab.web.App), "flask": (flask, flask.Flask)}
CHUNKS = 50_000
CHUNK = "a line of a generated file, of no great length\n"
MEMORY_BOUND_KB = 1024
# Two measurements of one and the same code differ by this much, as a ratio. Where both frameworks
# run the same bytecode for a chunk ("yield from"), the truth is 1.00 and the table says 0.97 or 1.03.
NOISE = 0.04


@dataclass
class Row:
    """A line of the table: ours and theirs in *unit*, and the ratio that must not be passed."""

    name: str
    unit: str
    ours: float
    theirs: float
    bound: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    @property
    def holds(self) -> bool:
        return self.ratio <= self.bound + NOISE


def by_turns(measure: Callable[[str], float], turns: int) -> tuple[float, float]:
    """The best of *turns* measurements of each framework: (ours, theirs), in seconds."""
    best = dict.fromkeys(FRAMEWORKS, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for turn in range(turns):
            # Whoever goes first might find a colder cache: swap at every turn.
            for name in sorted(FRAMEWORKS, reverse=bool(turn % 2)):
                best[name] = min(best[name], measure(name))
    finally:
        gc.enable()
    return best["streamlab"], best["flask"]


def timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def lines() -> object:
    for _ in range(CHUNKS):
        yield CHUNK


def chunk_seconds(name: str) -> float:
    """Seconds a chunk takes through `stream_with_context`."""
    module, make_app = FRAMEWORKS[name]
    with make_app("bench").test_request_context("/"):
        stream = module.stream_with_context(lines())
        return timed(lambda: deque(stream, maxlen=0)) / CHUNKS


def bare_chunk_seconds(_: str) -> float:
    """Seconds a chunk takes from the generator alone: what is not the wrapper's doing."""
    stream = lines()
    return timed(lambda: deque(stream, maxlen=0)) / CHUNKS


def added_chunk_seconds() -> tuple[float, float]:
    """What the wrapper adds to a chunk: the best with it, less the best without."""
    ours, theirs = by_turns(chunk_seconds, 60)
    bare = min(by_turns(bare_chunk_seconds, 30))
    return ours - bare, theirs - bare


def template_seconds(name: str) -> float:
    """Seconds for a streamed template of 900,000 parts."""
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
    """Seconds for a request to a view that returns a short text, without a server."""
    _, make_app = FRAMEWORKS[name]
    app = make_app("bench")
    app.add_url_rule("/", "index", lambda: "Hello")
    template = environ(app)
    template.pop("werkzeug.request", None)
    requests = 500

    def serve() -> None:
        for _ in range(requests):
            body = app(template.copy(), lambda *_: None)
            list(body)
            body.close()

    serve()
    return timed(serve) / requests


def import_seconds(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return float(subprocess.check_output([sys.executable, "-c", code]))


# Run in a process of its own: the peak of one that has done other things says nothing.
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
    """Bytes read of a generated gigabyte, and by how many kB the peak of the process grew."""
    code = MEMORY_CODE.format(rows=1_050_000, warm_up="app.test_client().get('/').close()")
    total, growth = subprocess.check_output([sys.executable, "-c", code]).split()
    return int(total), int(growth)


def rows() -> list[Row]:
    ns, us, ms = 1e9, 1e6, 1e3
    return [
        Row(name, unit, ours * scale, theirs * scale, bound)
        for name, unit, scale, (ours, theirs), bound in (
            ("stream_with_context, added a chunk", "ns", ns, added_chunk_seconds(), 1.0),
            ("a stream of 900,000 template parts", "ms", ms, by_turns(template_seconds, 9), 1.0),
            ("dispatch of a trivial view", "µs", us, by_turns(dispatch_seconds, 40), 0.8),
            ("import", "ms", ms, by_turns(import_seconds, 15), 1.0),
        )
    ]


def main() -> int:
    print(f"{'':40}{'streamlab':>12}{'flask':>12}{'ratio':>8}{'bound':>8}")
    table = rows()
    for row in table:
        print(
            f"{row.name:40}{row.ours:>9.1f} {row.unit}{row.theirs:>9.1f} {row.unit}"
            f"{row.ratio:>8.2f}{row.bound:>8.2f}{'' if row.holds else '  BROKEN'}"
        )
    total, growth = memory_growth()
    fits = total > 1_000_000_000 and growth < MEMORY_BOUND_KB
    print(
        f"{'peak growth, 1 GB through the test client':44}{growth:>5} kB"
        f"{MEMORY_BOUND_KB:>27} kB{'' if fits else '  BROKEN'}"
    )
    return 0 if fits and all(row.holds for row in table) else 1


if __name__ == "__main__":
    sys.exit(main())
