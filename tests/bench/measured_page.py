"""A notebook in Chromium with meters: what the page receives, draws and waits for."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # a script finds the modules beside it, not those of `tests`

from tests import browsers  # noqa: E402
from tests.jupyter import Jupyter  # noqa: E402

METERS = r"""
(() => {
  const meters = (window.meters = { bytes: 0, biggest: 0, tasks: [], frames: [], counts: [] });
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => {
        const size = data.byteLength ?? data.length;
        const text = data.byteLength ? new TextDecoder().decode(data.slice(0, 2000)) : data;
        if (!text.includes("comm_msg")) return;
        meters.bytes += size;
        meters.biggest = Math.max(meters.biggest, size);
      });
    }
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) meters.tasks.push(duration);
  }).observe({ type: "longtask" });
  let last = 0;
  const frame = (now) => {
    if (last) meters.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.reset = () =>
    Object.assign(meters, { bytes: 0, biggest: 0, tasks: [], frames: [], counts: [] });
  // Each number of chunks that a panel has drawn, and when the frame after the drawing was over.
  window.watch = () => {
    const image = document.querySelector(".streamlab-view [role=img]");
    new MutationObserver(() => {
      const label = image.getAttribute("aria-label");
      const [, made] = /generator ([\d,]+) chunk/.exec(label) ?? [];
      const [, arrived] = /client ([\d,]+) chunk/.exec(label) ?? [];
      const counts = [made, arrived].map((count) => Number((count ?? "0").replaceAll(",", "")));
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => meters.counts.push([performance.now(), ...counts]);
      requestAnimationFrame(() => port2.postMessage(0));
    }).observe(image, { attributes: true, attributeFilter: ["aria-label"] });
  };
})();
"""
EXECUTE = """
async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const future = kernel.requestExecute({ code, store_history: false, stop_on_error: false });
  let printed = "";
  let failed = "";
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") printed += content.text;
    if (header.msg_type === "error") failed = content.traceback.join("\\n");
  };
  await future.done;
  if (failed) throw new Error(failed);
  return printed;
}
"""
MS = 60_000
"""Prevents that a broken benchmark hangs."""


def percentile(values, percent):
    """Return the smallest value that is not below `percent` of the values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))]


@dataclass
class Clock:
    """Converts `performance.now()` of the page to `perf_counter` of this machine."""

    offset: float

    def seconds(self, milliseconds):
        return milliseconds / 1000 + self.offset


class MeasuredPage:
    """A notebook on a page with meters."""

    def __init__(self, notebook):
        self.notebook = notebook
        self.page = notebook.page
        self._devtools = self.page.context.new_cdp_session(self.page)
        self._devtools.send("Performance.enable")

    def execute(self, code):
        """Run code in the kernel, and return what it prints."""
        return self.page.evaluate(EXECUTE, code)

    def read(self, expression):
        """Return the value of an expression in the kernel."""
        return json.loads(self.execute(f"import json; print(json.dumps({expression}))"))

    def wait_for(self, expression):
        """Wait until an expression is true in the kernel."""
        deadline = time.monotonic() + MS / 1000
        while not self.read(f"bool({expression})"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{expression} has not become true")
            time.sleep(0.05)

    def wait_for_chunks(self, count):
        """Wait until the first panel says that the client has so many chunks."""
        self.page.wait_for_function(
            """count => document.querySelector(".streamlab-view [role=img]")
                .getAttribute("aria-label").includes(`client ${count} chunk`)""",
            arg=f"{count:,}",
            timeout=MS,
        )

    def reset(self):
        """Set all meters to zero."""
        self.page.evaluate("reset()")

    def meters(self):
        """Return what was measured since `reset`."""
        return self.page.evaluate("meters")

    def main_thread_seconds(self):
        """Return how long the page's main thread has worked."""
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    def clock(self):
        """Compare both clocks in the quickest of some round trips."""
        found = []
        for _ in range(60):
            begun = time.perf_counter()
            now = self.page.evaluate("performance.now()")
            ended = time.perf_counter()
            found.append((ended - begun, (begun + ended) / 2 - now / 1000))
        return Clock(min(found)[1])


def _cell(number, source):
    fields = {"execution_count": None, "metadata": {}, "outputs": []}
    return {"cell_type": "code", "id": f"cell-{number}", "source": source, **fields}


@contextmanager
def chromium_and_jupyter():
    """Start Chromium and a Jupyter server."""
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
        Jupyter(Path(home), ROOT / "notebooks") as jupyter,
    ):
        path = browsers.find()
        browser = playwright.chromium.launch(executable_path=path, args=browsers.ARGUMENTS)
        yield browser, jupyter
        browser.close()


@contextmanager
def measured_page(browser, jupyter, cells):
    """Open a notebook with some cells. The first one, without a panel, has run."""
    content = {
        "cells": [_cell(number, source) for number, source in enumerate(cells)],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (jupyter.root / "notebooks" / "bench.ipynb").write_text(json.dumps(content))
    with jupyter.open(browser, "bench.ipynb") as notebook:
        notebook.page.add_init_script(METERS)
        notebook.page.reload()
        notebook.wait_for_kernel()
        notebook.run_cell(0)
        yield MeasuredPage(notebook)
