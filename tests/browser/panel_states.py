"""The states of the panel that a class sees, for the view alone. Tests go through all of them."""

from __future__ import annotations

from tests.browser.test_compare import ROWS, entry
from tests.browser.test_view import A_MILLION_ROWS, HTML, LANES, Host

SOURCE = """@app.route("/stream")
def streamed_response():
    def generate():
        yield "<p>Hello "
        yield escape(request.args["name"])
        yield "!</p>"

    return stream_with_context(generate())
"""
SOURCES = [{"title": "Cell In[2]", "kind": "python", "first": 1, "text": SOURCE}]
TRAITS = {
    "path": "/stream?name=World",
    "choices": {
        "paces": [None, 0.1, 0.5, 1, "step"],
        "middleware": [
            {"value": name, "missing": ""} for name in ("gzip", "buffer", "profiler", "debugger")
        ],
        "servers": [
            {"value": "werkzeug", "missing": ""},
            {"value": "waitress", "missing": "Not installed: pip install waitress"},
        ],
        "no_switch": "",
    },
    "address": {
        "kind": "local",
        "url": "http://127.0.0.1:8000/",
        "port": 8000,
        "path": "/",
        "base": "",
        "missing": "",
        "buffers": "",
        "stream": "",
    },
    "history": [entry(2, "truncated", stream_with_context=False), entry(1, "streamed")],
}
CHUNKS = ["<p>Hello ", "World", "!</p>"]
CHUNKED = {**HTML, "headers": [*HTML["headers"], ["Transfer-Encoding", "chunked"]]}
CONTEXT_EVENTS = [
    [1e6, "request started", ""],
    [2e6, "view returned", ""],
    [3e6, "app returned", ""],
]
STREAMED = {
    "outcome": "streamed",
    "culprit": None,
    "text": "Streamed: 3 chunks (19 bytes) reached the client. Each was sent before the next was "
    "made.",
    "advice": "",
}
BUFFERED = {
    "outcome": "buffered",
    "culprit": "buffer",
    "text": "Buffered: `buffer` held all 3 chunks (19 bytes) until the generator had ended, so the "
    "client received nothing while they were made.",
    "advice": "Leave out the middleware `buffer`.",
}
TRUNCATED = {
    "outcome": "truncated",
    "culprit": None,
    "text": "Truncated: the client received 200 and 1 chunk (9 bytes), then the connection was "
    "cut, because the generator raised RuntimeError: Working outside of request context. The end "
    "marker (an empty chunk) never arrived.",
    "advice": "",
}
ERROR = {
    "last": "RuntimeError: Working outside of request context.",
    "advice": "",
    "sentence": 'The generator reads `request.args["name"]`, but the view has returned and its '
    "request context has ended.",
    "fixes": [
        {
            "title": "Wrap it",
            "code": SOURCE,
            "change": "return stream_with_context(generate())\n",
        },
        {
            "title": "Pass the value in",
            "code": SOURCE,
            "change": "def generate(name):\n    yield escape(name)\n"
            'return generate(request.args["name"])\n',
        },
    ],
    "traceback": [
        {"file": "Cell In[2]", "line": 5, "name": "generate", "code": "yield …", "own": True},
        {"file": "werkzeug/local.py", "line": 5, "name": "get", "code": "raise", "own": False},
    ],
}


def rows(lanes, count, *, lines=True):
    """Return the first chunks of the lesson on some lanes, as `Host.batch` takes them."""
    ends = [9, 14, 18]
    made = {}
    for n, lane in enumerate(lanes):
        located = [(0, 4 + i) if lines and n == 0 else () for i in range(count)]
        made[lane] = [(5e8 * (i + 1) + 2e5 * n, ends[i], *located[i]) for i in range(count)]
    return made


def put(host: Host, **traits):
    """Set traits of the model, as the kernel does."""
    host.page.evaluate(
        """(traits) => {
            Object.assign(host.model.traits, traits);
            for (const name of Object.keys(traits)) host.model.listeners.get(`change:${name}`)?.();
        }""",
        traits,
    )


def idle(host: Host):
    """Before the first run."""
    put(host, **TRAITS, lower="timeline", pace=None, stream_with_context=True)
    status = "Press Run to send GET /stream?name=World to the server in this kernel."
    host.batch(reset=True, sources=SOURCES, state="idle", status=status, run={"id": 0})


def running(host: Host):
    """Two chunks have arrived, and the response is open."""
    put(host, **TRAITS, lower="timeline", pace=0.5, stream_with_context=True)
    host.batch(
        *(rows(LANES, 2), "".join(CHUNKS[:2])),
        page="".join(CHUNKS[:2]),
        reset=True,
        run={"pace": 0.5},
        sources=SOURCES,
        at={"source": 0, "line": 5},
        spans=[[1e6, None]],
        events=CONTEXT_EVENTS,
        http=CHUNKED,
        status="Streaming: 2 chunks so far.",
    )


def step(host: Host):
    """The generator is suspended in step mode, and has local variables."""
    put(host, **TRAITS, lower="timeline", pace="step", stream_with_context=True)
    host.batch(
        *(rows(LANES, 2), "".join(CHUNKS[:2])),
        page="".join(CHUNKS[:2]),
        reset=True,
        run={"pace": "step"},
        sources=SOURCES,
        at={"source": 0, "line": 5},
        locals=[["name", "'World'"], ["count", "2"]],
        spans=[[1e6, None]],
        events=CONTEXT_EVENTS,
        output=[[5e8, "made the first chunk", "stdout"], [6e8, "a warning", "stderr"]],
        http=CHUNKED,
        state="waiting",
        status="Step mode: the generator is suspended at line 5. Press Next chunk to continue.",
    )


def done(host: Host, **changes):
    """All chunks have arrived."""
    put(host, **TRAITS, lower="timeline", pace=None, stream_with_context=True)
    fields = {
        "page": "".join(CHUNKS),
        "sources": SOURCES,
        "spans": [[1e6, 1.6e9]],
        "events": [*CONTEXT_EVENTS, [1.6e9, "generator finished", ""]],
        "http": CHUNKED,
        "state": "done",
        "verdict": STREAMED,
        **changes,
    }
    host.batch(rows(LANES, 3), "".join(CHUNKS), reset=True, **fields)


def old(host: Host):
    """The settings have changed since the run."""
    done(host, verdict=TRUNCATED)
    put(host, stream_with_context=False)


def buffered(host: Host):
    """A middleware has held all chunks."""
    put(host, **TRAITS, lower="timeline", pace=None, stream_with_context=True)
    lanes = ["generator", "app", "gzip", "buffer", "server", "client"]
    late = [(1.7e9, 9), (1.7e9 + 1, 14), (1.7e9 + 2, 18)]
    host.batch(
        {**rows(lanes[:3], 3), "buffer": late, "server": late, "client": late},
        "".join(CHUNKS),
        page="".join(CHUNKS),
        reset=True,
        run={"lanes": lanes, "middleware": ["gzip", "buffer"]},
        holders=["generator", "app", "gzip", "buffer", "server", "server"],
        sources=SOURCES,
        spans=[[1e6, 1.6e9]],
        events=[*CONTEXT_EVENTS, [1.6e9, "generator finished", ""]],
        http=CHUNKED,
        state="done",
        verdict=BUFFERED,
    )


def error(host: Host):
    """The request context was missing."""
    put(host, **TRAITS, lower="timeline", pace=None, stream_with_context=False)
    host.batch(
        *(rows(LANES, 1), CHUNKS[0]),
        page=CHUNKS[0],
        reset=True,
        run={"id": 2, "stream_with_context": False},
        sources=SOURCES,
        spans=[[1e6, 2e6]],
        events=[*CONTEXT_EVENTS, [1e9, "exception", "RuntimeError"], [1.1e9, "client cut off", ""]],
        http=CHUNKED,
        error=ERROR,
        error_line={"source": 0, "line": 5},
        state="done",
        verdict=TRUNCATED,
    )


def million(host: Host):
    """A million chunks."""
    put(host, **TRAITS, lower="timeline", pace=None, stream_with_context=True)
    host.page.evaluate(
        f"""([run, sources, seq, verdict]) => {{
            const rows = ({A_MILLION_ROWS})();
            const message = {{ type: "batch", channel: "shown", seq, reset: true,
                counts: [[0, 0, 1e6]], run, sources,
                totals: [1e6], strides: [1], heads: [0], holders: ["generator"], recoded: [],
                body: null, page: null, tail: null, state: "done", now: 1e9, at: null,
                error_line: null, verdict, http: null, error: null, status: "" }};
            host.feed(message, rows, "", "");
        }}""",
        [
            {"id": 1, "path": "/", "lanes": ["generator"], "pace": None, "middleware": []},
            SOURCES,
            host.seq + 1,
            STREAMED,
        ],
    )
    host.seq += 1


def compare(host: Host):
    """Two runs, one above the other."""
    host.seq, seq = 0, host.seq
    done(host, channel="beside")
    host.seq = seq
    error(host)
    names = ["with `stream_with_context`", "without it"]
    text = (
        "With `stream_with_context`, all 3 chunks arrive. Without it, the generator fails at line "
        "5 after 1 chunk, because the request context has ended."
    )
    put(host, comparison={"first": 1, "second": 2, "names": names, "text": text}, lower="compare")


def matrix(host: Host):
    """The table of all servers and middleware."""
    done(host)
    state = {"state": "running", "path": "/stream?name=World", "total": 22, "rows": ROWS}
    put(host, matrix=state, lower="matrix")


def restarted(host: Host):
    """The kernel has restarted, and the last run stays."""
    done(host)
    host.page.evaluate("host.model.listeners.get('comm_live_update')()")


STATES = [idle, running, step, done, old, buffered, error, compare, matrix, million, restarted]
"""In this order: the last one is the end of the connection to the kernel."""
