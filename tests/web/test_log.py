"""The log of an app: printed to stderr outside of notebooks, as Flask's, and `App.run`."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from streamlab.web import App
from streamlab.web.app_log import DefaultHandler, in_notebook

APP = """\
from {module} import {kind} as App
app = App("shop")
@app.get("/log")
def log():
    for level in ("debug", "info", "warning", "error"):
        getattr(app.logger, level)(f"a {{level}}")
    return "logged"
@app.get("/broken")
def broken():
    return 1 // 0
"""
FRAMEWORKS = {
    "streamlab": APP.format(module="streamlab.web", kind="App"),
    "flask": APP.format(module="flask", kind="Flask"),
}


def printed(code: str) -> list[str]:
    """Run code in a new process, and return the lines it prints to stderr, without the time."""
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return re.sub(r"\[\d{4}-\d\d-\d\d [\d:,]+\]", "[time]", result.stderr).splitlines()


# What happens in the process. Each is the same under Flask.
USES = {
    "outside of a request": "app.logger.warning('a warning'); app.logger.info('not shown')",
    "in a view": "app.test_client().get('/log')",
    "in debug mode": "app.debug = True; app.test_client().get('/log')",
    "with its own level": "app.logger.setLevel('ERROR'); app.test_client().get('/log')",
    "after basicConfig": (
        "import logging; logging.basicConfig(format='configured: %(message)s')\n"
        "app.test_client().get('/log')"
    ),
    "with its own handler": (
        "import logging; app.logger.propagate = False\n"
        "app.logger.handlers.clear(); app.logger.addHandler(logging.NullHandler())\n"
        "app.test_client().get('/log')"
    ),
    "to the server's error stream": (
        "import io; errors = io.StringIO()\n"
        "app.test_client().get('/log', errors_stream=errors)\n"
        "import sys; sys.stderr.write('from the stream: ' + errors.getvalue())"
    ),
}


@pytest.mark.parametrize("use", USES)
def test_the_same_lines_are_printed_as_by_flask(use):
    ours, theirs = (printed(code + USES[use]) for code in FRAMEWORKS.values())
    assert ours == theirs


def test_an_unhandled_error_is_printed_once_with_its_traceback():
    """Also by a server of streamlab, whose error stream prints nothing."""
    served = (
        "from streamlab.server import Server\n"
        "from urllib.request import urlopen\n"
        "with Server(app) as server:\n"
        "    try: urlopen(server.url + 'broken')\n"
        "    except OSError: pass"
    )
    for use in ("app.test_client().get('/broken')", served):
        lines = printed(FRAMEWORKS["streamlab"] + use)
        assert lines[0].endswith("Exception on /broken [GET]")
        assert lines.count("ZeroDivisionError: integer division or modulo by zero") == 1


@pytest.fixture
def logger():
    """A logger with the default handler, whose records pytest does not receive."""
    logger = logging.Logger("shop")  # noqa: LOG001 - pytest adds a handler to all others
    logger.addHandler(DefaultHandler(logger))
    return logger


def test_a_handler_that_is_added_later_replaces_the_default_one(logger, capsys):
    logger.warning("first")
    logger.addHandler(logging.NullHandler())
    logger.warning("second")
    assert "first" in capsys.readouterr().err.splitlines()[0]


class Shell:
    """A shell of IPython, as `IPython.get_ipython` returns it in a kernel."""


class TerminalInteractiveShell(Shell):
    """The shell of the command `ipython`."""


@pytest.mark.parametrize(
    ("shell", "silent"), [(None, False), (Shell(), True), (TerminalInteractiveShell(), False)]
)
def test_only_a_notebook_is_silent(shell, silent, logger, monkeypatch, capsys):
    ipython = type(sys)("IPython")
    ipython.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert in_notebook() is silent
    logger.warning("a warning")
    assert ("a warning" in capsys.readouterr().err) is not silent


def test_the_logger_can_be_replaced():
    app = App()
    app.logger = logging.getLogger("mine")
    assert app.logger.name == "mine"


def get(url: str) -> int:
    """Return the status of a response that has been read to its end."""
    try:
        with urlopen(url, timeout=30) as response:
            response.read()
            return response.status
    except HTTPError as error:
        error.read()  # werkzeug's debugger prints the traceback after the page
        return error.code


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("options", ["", ", debug=True, use_reloader=False, load_dotenv=False"])
def test_run_prints_the_same_as_flask(options):
    """The start, a line for each request, what the app logs, and the last line of an error."""
    outputs = [served(code, options) for code in FRAMEWORKS.values()]
    assert outputs[0] == outputs[1]
    lines = "\n".join(outputs[0])
    assert " * Serving app 'shop'" in lines
    assert "ZeroDivisionError" in lines
    assert '"GET /log HTTP/1.1" 200 -' in lines


def served(code: str, options: str) -> list[str]:
    """Run an app, request three paths, and return what was printed, as far as it can be equal."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", f"{code}app.run(port=0{options})"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Press CTRL+C" in line:
            break
    url = re.search(r"Running on (http://\S+)", "".join(lines))[1]
    statuses = [get(url + path) for path in ("/log", "/broken", "/nowhere")]
    assert statuses == [200, 500, 404]
    process.send_signal(signal.SIGINT)
    lines += process.stdout.readlines()
    process.stdout.close()
    process.wait(30)
    text = re.sub(r"\x1b\[[\d;]*m|:\d{4,5}\b|\[[^]]*\d\d:\d\d:\d\d[^]]*\]", "", "".join(lines))
    text = re.sub("(streamlab|Flask) app", "app", text).replace("in dispatch:", "in app:")
    # The lines of a traceback differ, but not its beginning and its end.
    return [line.rstrip() for line in text.splitlines() if not line.startswith("  ")]
