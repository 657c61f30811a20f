"""A real Jupyter server in another process, and its notebooks in a browser."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

from playwright.sync_api import expect

TOKEN = secrets.token_hex(16)
CELL_MS = 60_000
"""Prevents that a broken test hangs. A cold kernel on a slow machine needs many seconds."""


class Jupyter:
    """A Jupyter server over a copy of `notebooks`, with a temporary home directory."""

    def __init__(self, home, notebooks):
        self.root = home / "root"
        shutil.copytree(notebooks, self.root / "notebooks")
        self._home = home
        self._log = home / "jupyter.log"
        settings = home / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')

    def __enter__(self):
        environ = {
            **os.environ,
            "HOME": str(self._home),
            "JUPYTERLAB_SETTINGS_DIR": str(self._home / "settings"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        command = [
            *(sys.executable, "-m", "notebook", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--ServerApp.port_retries=0"),
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.root}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.expose_app_in_browser=True",
        ]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.url = self._wait_for_url()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(30)

    def _wait_for_url(self):
        """Return the server's address from its log. The log ends without it if the server fails."""
        tail = subprocess.Popen(
            ["tail", "-n", "+1", "-f", f"--pid={self._process.pid}", self._log],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            for line in tail.stdout:
                if found := re.search(r"(http://127\.0\.0\.1:\d+)/tree", line):
                    return found[1]
        finally:
            tail.kill()
            tail.stdout.close()
            tail.wait()
        raise RuntimeError(f"Jupyter did not start:\n{self._log.read_text()}")

    def api(self, path, method="GET", body=None):
        """Call Jupyter's REST API."""
        request = urllib.request.Request(
            f"{self.url}/api/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}"},
        )
        with urllib.request.urlopen(request) as response:
            data = response.read()
        return json.loads(data) if data else None

    @contextmanager
    def open(self, browser, name, *, dark=False, app="notebooks"):
        """Open a notebook in a new page, and shut down its kernel afterwards.

        `app` is the beginning of the path: "lab/tree" opens it in JupyterLab.
        """
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        page = context.new_page()
        notebook = Notebook(self, page, name)
        page.on("pageerror", lambda error: notebook.errors.append(str(error)))
        page.on("console", notebook.note_console)
        try:
            page.goto(f"{self.url}/{app}/notebooks/{name}?token={TOKEN}")
            if dark:
                notebook.command("apputils:change-theme", {"theme": "JupyterLab Dark"})
            yield notebook
        finally:
            if dark:
                notebook.command("apputils:change-theme", {"theme": "JupyterLab Light"})
            context.close()
            for session in self.api("sessions"):
                self.api(f"sessions/{session['id']}", "DELETE")


class Notebook:
    """A notebook on a page, with the actions of a user."""

    def __init__(self, jupyter, page, name):
        self.jupyter = jupyter
        self.page = page
        self.name = name
        self.errors = []
        """What the page threw or logged as an error."""

    def note_console(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def own_errors(self):
        """Return the errors from the panel, without the errors of Notebook itself."""
        return [error for error in self.errors if "streamlab" in error or "anywidget" in error]

    def command(self, name, args=None):
        """Run one of Jupyter's commands, as its menu does."""
        self.page.wait_for_function("() => window.jupyterapp?.started !== undefined")
        self.page.evaluate(
            """async ([name, args]) => {
                await window.jupyterapp.started;
                await window.jupyterapp.commands.execute(name, args);
            }""",
            [name, args or {}],
        )

    def run_all(self):
        """Choose Run All Cells, and wait until the last cell has run."""
        self.wait_for_kernel()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        self.wait_idle()

    def wait_for_kernel(self):
        """Wait for the kernel. Before that, Run All does nothing although the indicator says idle."""
        self.page.wait_for_selector('.jp-DebuggerBugButton[aria-disabled="false"]', timeout=CELL_MS)

    def wait_idle(self):
        """Wait until every code cell has an execution count and the kernel is idle.

        This reads the notebook's model, because the page contains only the visible cells.
        """
        self.wait_for(
            "({ content, sessionContext }) => sessionContext.session?.kernel?.status === 'idle'"
            " && content.widgets.every(({ model }) =>"
            " model.type !== 'code' || model.executionCount !== null)"
        )

    def run_cell(self, index):
        """Run one cell and wait until it has run."""
        self.start_cell(index)
        self.wait_for(
            "({ content, sessionContext }) => content.activeCell.model.executionCount !== null"
            " && sessionContext.session?.kernel?.status === 'idle'"
        )

    def start_cell(self, index):
        """Start one cell as Ctrl+Enter does. Its execution count is empty until it has run."""
        self.wait_for("({ content }) => content.widgets.length > 0")
        self.page.evaluate(
            """index => {
                const { content } = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = index;
                content.activeCell.model.executionCount = null;
                window.jupyterapp.commands.execute("notebook:run-cell");
            }""",
            index,
        )

    def press_shift_enter(self, cell_id):
        """Press Shift+Enter in each cell from the first one to the one with an id, like a student.

        The last press is followed by no other action, so the page is where Jupyter has left it.
        """
        self.wait_for("({ content }) => content.widgets.length > 0")
        last = self.page.evaluate(
            """cellId => {
                const { content } = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = 0;
                content.mode = "command";
                content.node.focus();
                return content.widgets.findIndex(({ model }) => model.id === cellId);
            }""",
            cell_id,
        )
        for index in range(last + 1):
            self.page.keyboard.press("Shift+Enter")
            self.wait_for(
                "({ content, sessionContext }) => sessionContext.session?.kernel?.status === 'idle'"
                f" && content.activeCellIndex > {index} && [content.widgets[{index}].model].every("
                "({ type, executionCount }) => type !== 'code' || executionCount !== null)"
            )

    def interrupt(self):
        """Interrupt the kernel, like the stop button in the toolbar."""
        (session,) = [s for s in self.jupyter.api("sessions") if self.name in s["path"]]
        self.jupyter.api(f"kernels/{session['kernel']['id']}/interrupt", "POST", {})

    def restart(self):
        """Restart the kernel like the menu does, and wait until it is idle.

        If another client restarts it, Jupyter's page sends the messages of all widgets to a
        subshell of the old kernel.
        """
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        self.wait_for("({ sessionContext }) => sessionContext.session?.kernel?.status === 'idle'")

    def wait_for(self, predicate):
        """Wait until a JavaScript predicate of the notebook on the page holds."""
        self.page.wait_for_function(
            f"() => ({predicate})(window.jupyterapp.shell.currentWidget)", timeout=CELL_MS
        )

    @property
    def panel(self):
        """Scroll to the Lab's panel and return it. The page contains only the visible cells."""
        cells = self.page.locator(".jp-WindowedPanel-outer")
        cells.evaluate("cells => { cells.scrollTop = 0; }", timeout=CELL_MS)
        panel = self.page.locator(".streamlab-panel").first
        expect(panel.get_by_role("switch")).to_be_visible(timeout=CELL_MS)
        return panel

    def evaluate(self, code):
        """Run `code` in the notebook's kernel, not through the page, and return what it prints."""
        (session,) = [s for s in self.jupyter.api("sessions") if self.name in s["path"]]
        script = (
            "import sys\n"
            "from jupyter_client import BlockingKernelClient, find_connection_file\n"
            f"client = BlockingKernelClient(connection_file=find_connection_file({session['kernel']['id']!r}))\n"
            "client.load_connection_file(); client.start_channels(); client.wait_for_ready(60)\n"
            "reply = client.execute_interactive(sys.argv[1], timeout=60, store_history=False)\n"
            "client.stop_channels()\n"
            "sys.exit(reply['content']['status'] != 'ok')\n"
        )
        result = subprocess.run(
            [sys.executable, "-c", script, code],
            env={**os.environ, "HOME": str(self.jupyter._home)},
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        assert result.returncode == 0, result.stderr + result.stdout
        return result.stdout.strip()
