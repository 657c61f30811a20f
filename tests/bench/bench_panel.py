"""Measure the panel in Chromium: how fast it shows a stream, and what it costs the page.

Prints a table and exits with 1 if a bound is broken::

    python tests/bench/bench_panel.py

Each figure is from one run, beside its goal on two idle cores. Times depend on the machine, so only
bytes and memory are bounds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from bisect import bisect_left
from contextlib import contextmanager

from measured_page import ROOT, chromium_and_jupyter, measured_page, percentile
from pairing import Bound, report

MIB = 1024 * 1024
RATE, SECONDS = 30, 10
CHUNKS = 1_000_000
PANELS = 20
LAB = "lab = Lab(app, '/many?n=1', autorun=False)\nlab"
ANOTHER_LAB = "another = Lab(app, '/many?n=1', autorun=False)\nanother"
APP = """
import os, threading, time
from time import perf_counter
from streamlab import App, Lab, observe, request, stream_with_context
from streamlab.harness.kept_exchanges import size_of

app = App()
made, lengths, seconds = [], [], {}

@app.get("/many")
def many():
    return (b"a line of text, 20 B\\n" for _ in range(int(request.args["n"])))

@app.get("/ticks")
def ticks():
    rate = float(request.args["rate"])
    def generate():
        begun = perf_counter()
        for number in range(int(request.args["n"])):
            time.sleep(max(0, begun + number / rate - perf_counter()))
            made.append(perf_counter())
            yield f"tick {number:08d}\\n"
    return stream_with_context(generate())

@app.get("/endless")
def endless():
    return (b"a line of text, 20 B\\n" for _ in iter(int, 1))

def timed(name, run):
    def measure():
        begun = perf_counter()
        exchange = run()
        if name == "panel":
            exchange.wait()
        seconds[name] = perf_counter() - begun
    threading.Thread(target=measure).start()

def log_lengths():
    while "endless" not in seconds:
        lengths.append((perf_counter(), lab.exchange.lanes["client"].chunks))
        time.sleep(0.02)
"""


def measured(text, figure, goal):
    """Return a line of the table that is not a bound."""
    return Bound(text, f"{figure} (goal {goal})", holds=True)


def bounded(text, figure, goal, unit):
    """Return a line of the table that is a bound."""
    return Bound(text, f"{figure:.1f} of {goal} {unit}", holds=figure <= goal)


def paced(page):
    """Measure a stream of 30 chunks a second: the delay until it is painted, and the main thread."""
    count = RATE * SECONDS
    page.execute("made.clear()")
    page.reset()
    worked, before = page.main_thread_seconds(), page.clock()
    page.execute(f"lab.run('/ticks?n={count}&rate={RATE}'); None")
    page.wait_for_chunks(count)
    worked = page.main_thread_seconds() - worked
    offset = (before.offset + page.clock().offset) / 2
    painted = [(at / 1000 + offset, chunks) for at, chunks, _ in page.meters()["counts"]]
    numbers = [chunks for _, chunks in painted]
    delays = []
    for number, at in enumerate(page.read("made"), 1):
        shown = next((n for n, chunks in enumerate(numbers) if chunks >= number), None)
        if shown is not None and painted[shown][0] > at:
            delays.append(1000 * (painted[shown][0] - at))
    delay = f"{percentile(delays, 50):.0f} / {percentile(delays, 95):.0f} ms"
    return [
        measured(f"yield to painted at {RATE} chunks/s, median / p95", delay, "35 / 60"),
        measured(f"main thread at {RATE} chunks/s", f"{1000 * worked / SECONDS:.0f} ms/s", 150),
    ]


def flood(page):
    """Measure a million chunks at full speed."""
    page.execute(f"timed('observe', lambda: observe(app, '/many?n={CHUNKS}'))")
    page.wait_for("'observe' in seconds")
    page.reset()
    page.execute(f"timed('panel', lambda: lab.run('/many?n={CHUNKS}'))")
    page.wait_for_chunks(CHUNKS)
    page.wait_for("'panel' in seconds")
    meters, seconds = page.meters(), page.read("seconds")
    longest = max(meters["tasks"], default=0)
    kept = page.read("size_of(lab.exchange)")
    for _ in range(3):
        page.execute(f"lab.run('/many?n={CHUNKS // 4}').wait(); None")
    all_kept = page.read("sum(map(size_of, lab.exchanges))")
    ratio = f"{seconds['panel'] / seconds['observe']:.2f}"
    return [
        bounded(f"{CHUNKS:,} chunks: sent to the page", meters["bytes"] / MIB, 15, "MiB"),
        bounded("  the biggest message", meters["biggest"] / MIB, 1, "MiB"),
        measured("  the longest task of the page", f"{longest:.0f} ms", 100),
        measured("  time of a frame, p95", f"{percentile(meters['frames'], 95):.0f} ms", 20),
        measured("  run time against observe", ratio, 1.10),
        bounded("  kernel memory kept for it", kept / MIB, 3, "MiB"),
        bounded("  kernel memory kept for all runs", all_kept / MIB, 64, "MiB"),
    ]


@contextmanager
def busy_machine():
    """Keep each processor busy."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def endless(page):
    """Measure how far the panel is behind an endless stream on a busy machine."""
    before = page.clock()
    with busy_machine():
        page.execute("lab.run('/endless'); threading.Thread(target=log_lengths).start()")
        page.reset()
        time.sleep(SECONDS)
        counts = page.meters()["counts"]
        page.execute("seconds['endless'] = 0; lab.exchange.stop()")
    offset = (before.offset + page.clock().offset) / 2
    lengths = page.read("lengths")
    passed = [chunks for _, chunks in lengths]
    behind = []
    for at, _, chunks in counts:
        row = bisect_left(passed, chunks)
        if 0 < row < len(passed):
            behind.append(at / 1000 + offset - lengths[row][0])
    figure = f"{percentile(behind, 95):.2f} s" if behind else "nothing was drawn"
    return [measured("endless at full speed, busy machine: behind, p95", figure, "1 s")]


def from_cell_to_view(page):
    """Measure the time from the start of a cell to its panel, while the machine is busy."""
    with busy_machine():
        milliseconds = page.page.evaluate(
            """() => new Promise((done) => {
                const { content } = jupyterapp.shell.currentWidget;
                content.activeCellIndex = 2;
                const known = document.querySelectorAll(".streamlab-view").length;
                const begun = performance.now();
                new MutationObserver(() => {
                    const views = [...document.querySelectorAll(".streamlab-view")];
                    const shown = views.filter((view) => view.querySelector("canvas"));
                    if (shown.length > known) done(performance.now() - begun);
                }).observe(document.body, { childList: true, subtree: true });
                jupyterapp.commands.execute("notebook:run-cell");
            })"""
        )
    return [measured("cell to view, busy machine", f"{milliseconds:.0f} ms", 300)]


def many_panels(browser, jupyter):
    """Measure twenty panels with five chunks a second each."""
    names = [f"lab{number}" for number in range(PANELS)]
    cells = [f"{name} = Lab(app, '/many?n=1', autorun=False)\n{name}" for name in names]
    with measured_page(browser, jupyter, [APP, *cells]) as page:
        page.notebook.run_all()
        # All at once: while many panels draw, each further request takes longer.
        page.execute("; ".join(f"{name}.run('/ticks?n=100000&rate=5')" for name in names))
        page.reset()
        time.sleep(SECONDS)
        frames = page.meters()["frames"]
        page.execute("; ".join(f"{name}.stop()" for name in names))
    text = f"{PANELS} panels at 5 chunks/s each: time of a frame, p50"
    return [measured(text, f"{percentile(frames, 50):.0f} ms", 33)]


def main() -> int:
    bundle = (ROOT / "streamlab" / "lab" / "static" / "view.js").stat().st_size
    rows = [bounded("bundle", bundle / 1000, 80, "kB")]
    with chromium_and_jupyter() as (browser, jupyter):
        with measured_page(browser, jupyter, [APP, LAB, ANOTHER_LAB]) as page:
            page.notebook.run_cell(1)
            page.page.locator(".streamlab-view canvas").first.wait_for()
            page.page.evaluate("watch()")
            page.execute("lab.run('/many?n=50').wait(); None")
            for measure in (paced, flood, endless, from_cell_to_view):
                rows += measure(page)
        rows += many_panels(browser, jupyter)
    return report("the panel in Chromium", rows)


if __name__ == "__main__":
    sys.exit(main())
