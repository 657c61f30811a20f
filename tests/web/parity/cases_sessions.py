"""The session cookie of a stream: changes in time, and changes that are too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.parity.registry import case

if TYPE_CHECKING:
    from tests.web.parity.bench import Bench


@case(when=("before the stream", "in the stream", "before and in the stream"))
def read(bench: Bench, when: str) -> None:
    def view():
        if when.startswith("before"):
            bench.web.session.get("k")

        def generate():
            yield "a"
            if when.endswith("in the stream"):
                bench.note_where(f"session: {bench.web.session.get('k')}")
            yield "b"

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).finish()


@case(when=("before the stream", "in the stream", "before and in the stream"))
def written(bench: Bench, when: str) -> None:
    def view():
        if when.startswith("before"):
            bench.web.session["k"] = "before"

        def generate():
            yield "a"
            if when.endswith("in the stream"):
                bench.web.session["k"] = "late"
            yield bench.web.session.get("k", "nothing")

        return bench.web.stream_with_context(generate())

    bench.request(bench.app(view)).finish()


@case()
def kept_until_the_next_request(bench: Bench) -> None:
    def view():
        session = bench.web.session
        session["count"] = session.get("count", 0) + 1
        return bench.web.stream_with_context(bench.steps(str(session["count"])))

    client = bench.app(view).test_client()
    for _ in range(3):
        bench.note(client.get("/").text)


@case()
def types_of_values(bench: Bench) -> None:
    from datetime import datetime, timezone
    from uuid import UUID

    from markupsafe import Markup

    values = {
        "tuple": (1, (2,)),
        "bytes": b"\x00",
        "markup": Markup("<b>"),
        "when": datetime(2024, 1, 2, tzinfo=timezone.utc),
        "uuid": UUID(int=7),
        "tagged": {" t": 1},
        "nested": [{"a": (None, 1.5)}],
    }
    app = bench.app(lambda: bench.web.session.update(values) or "written")
    app.get("/back")(lambda: repr({key: bench.web.session[key] for key in values}))
    client = app.test_client()
    client.get("/")
    bench.note(client.get("/back").text)


@case(cookie=("garbage", "a.b.c", ""))
def bad_cookie(bench: Bench, cookie: str) -> None:
    app = bench.app(lambda: repr(dict(bench.web.session)))
    bench.request(app, headers={"Cookie": f"session={cookie}"}).finish()


@case()
def cookie_signed_with_another_key(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.session.setdefault("k", "first"))
    app.get("/peek")(lambda: repr(dict(bench.web.session)))
    client = app.test_client()
    client.get("/")
    app.secret_key = "changed"
    bench.note(client.get("/peek").text)


@case()
def emptied(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.session.clear() or "emptied")
    bench.request(app).finish()


@case()
def last_key_popped(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.session.pop("k", "was not there"))
    bench.request(app).finish()


@case(touch=("in", "len", "bool", "truth", "iter"))
def only_read(bench: Bench, touch: str) -> None:
    looks = {
        "in": lambda session: "k" in session,
        "len": len,
        "bool": bool,
        "truth": lambda session: not session,
        "iter": list,
    }
    app = bench.app(lambda: repr(looks[touch](bench.web.session)))
    bench.request(app).finish()


@case()
def without_a_key(bench: Bench) -> None:
    def view():
        bench.attempt("read", lambda: bench.web.session.get("k"))
        bench.attempt("write", lambda: bench.web.session.__setitem__("k", "v"))
        return "text"

    app = bench.app(view)
    app.secret_key = None
    bench.request(app).finish()


@case(permanent=(True, False))
def cookie_attributes(bench: Bench, permanent: bool) -> None:
    def view():
        bench.web.session["k"] = "v"
        bench.web.session.permanent = permanent
        return "text"

    app = bench.app(
        view,
        hooks=False,
        SESSION_COOKIE_NAME="lesson",
        SESSION_COOKIE_PATH="/lessons",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_HTTPONLY=False,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_DOMAIN="example.com",
    )
    response = app.test_client().get("/")
    for cookie in response.headers.getlist("Set-Cookie"):
        attributes = cookie.split("; ")[1:]
        bench.note("; ".join(a.partition("Expires")[0] or "Expires" for a in attributes))


@case()
def session_transaction(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.session["k"], hooks=False)
    client = app.test_client()
    with client.session_transaction() as session:
        session["k"] = "set by the test"
    bench.note(client.get("/").text)


@case()
def vary_is_added_once(bench: Bench) -> None:
    def view():
        bench.web.session.get("k")
        return bench.web.Response(bench.steps("a"), headers={"Vary": "Accept, Cookie"})

    bench.request(bench.app(view)).finish()


@case()
def key_in_the_config(bench: Bench) -> None:
    app = bench.app(lambda: bench.web.session.setdefault("k", "v"), SECRET_KEY="from the config")
    bench.note(f"{app.secret_key}")
    bench.request(app).finish()


@case()
def session_after_the_request(bench: Bench) -> None:
    def view():
        bench.web.session["k"] = "v"
        return bench.web.stream_with_context(bench.steps("a"))

    with bench.app(view).test_client() as client:
        response = client.get("/")
        bench.note(f"{bench.web.session['k']} {response.text}")
        response.close()


@case()
def nested_value_changed_in_place(bench: Bench) -> None:
    def view():
        bench.web.session.setdefault("seen", []).append(1)
        return repr(bench.web.session["seen"])

    client = bench.app(view).test_client()
    for _ in range(2):
        bench.note(client.get("/").text)
