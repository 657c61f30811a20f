"""The exchanges that the tests of the exports use: one for each way in which one can end."""

from __future__ import annotations

from functools import cache

from streamlab import App, observe, request, stream_with_context

app = App()


@app.route("/stream", methods=["GET", "POST"])
def stream():
    def generate():
        yield "Hello <"
        yield request.args["name"]
        yield ">!\x1b\n"

    response = app.response_class(stream_with_context(generate()))
    response.set_cookie("seen", "1", path="/stream", httponly=True)
    return response


@app.get("/many")
def many():
    return (f"row {number}\n" for number in range(2_000))


@app.get("/long")
def long():
    return ("x" * 10_000 for _ in range(20))


@app.get("/binary")
def binary():
    return iter([b"\xff\x00", b"\xfe"])


@app.get("/nothing")
def nothing():
    return "", 204


PATH = "/stream?name=W%C3%B6rld&empty="
SCENARIOS = {
    "streamed": (PATH, {"lockstep": True}),
    "at once": (PATH, {}),
    "cut": (PATH, {"lockstep": True, "stream_with_context": False}),
    "failed": (PATH, {"lockstep": True, "stream_with_context": False, "middleware": "profiler"}),
    "buffered": (PATH, {"lockstep": True, "middleware": "profiler"}),
    "recoded": (PATH, {"lockstep": True, "middleware": ["buffer", "gzip"]}),
    "paced": (PATH, {"pace": 0.02}),
    "posted": (PATH, {"method": "POST", "data": b"a=b", "headers": {"Cookie": "k=v"}}),
    "old": (PATH, {"http_version": "1.0"}),
    "many": ("/many", {}),
    "long": ("/long", {}),
    "binary": ("/binary", {}),
    "empty": ("/nothing", {}),
    "missing": ("/nowhere", {}),
}


@cache
def exchange(name):
    """Return one of the exchanges, made once for all tests."""
    path, scenario = SCENARIOS[name]
    return observe(app, path, **scenario)
