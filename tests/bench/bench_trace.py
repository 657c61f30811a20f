"""Measure the memory of a record while a long stream passes: it must not grow.

Prints a table and exits with 1 if a bound is broken::

    python tests/bench/bench_trace.py

It takes some minutes, because a hundred million chunks pass four lanes.
"""

from __future__ import annotations

import subprocess
import sys

from pairing import Bound, report

GROWTH_BOUND_MB = 96

# Each measurement needs a new process, because a process reports only its highest peak.
PEAK = """
import resource
def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""
LANES_ALONE = """
from streamlab.trace.trace import Trace
trace = Trace()
lanes = [lane.record for lane in trace.lanes.values()]
chunk = b"x" * 100
before = peak_mb()
for _ in range({count}):
    for passed in lanes:
        passed(chunk)
assert all(lane.chunks == {count} for lane in trace.lanes.values())
print(peak_mb() - before)
"""
OVER_A_SOCKET = """
from streamlab import App, observe, stream_with_context
app = App("bench")
@app.get("/<int:count>")
def stream(count):
    return stream_with_context(b"x" * 100 for _ in range(count))
observe(app, "/10")
before = peak_mb()
lanes = observe(app, "/{count}").lanes.values()
assert [lane.chunks for lane in lanes] == [{count}] * 4, [lane.chunks for lane in lanes]
print(peak_mb() - before)
"""


def growth_mb(code: str, count: int) -> float:
    """Return by how many MB the peak of a process grows while it observes `count` chunks."""
    code = PEAK + code.format(count=count)
    return float(subprocess.check_output([sys.executable, "-c", code]))


def main() -> int:
    bounds = []
    for name, code, count in (
        ("through four lanes, without a socket", LANES_ALONE, 100_000_000),
        ("an exchange over a socket", OVER_A_SOCKET, 2_000_000),
    ):
        grown = growth_mb(code, count)
        text = f"{count:>11,} chunks {name}"
        bounds.append(Bound(text, f"{grown:.1f} of {GROWTH_BOUND_MB} MB", grown < GROWTH_BOUND_MB))
    return report("growth of the peak memory", bounds)


if __name__ == "__main__":
    sys.exit(main())
