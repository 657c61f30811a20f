"""The fixes of a missing context: the code to copy works when it replaces the user's code."""

from __future__ import annotations

import linecache
import textwrap

import flask
import pytest

import streamlab
from streamlab import App, observe
from streamlab.trace import rewrite
from streamlab.trace.context_values import Tree
from streamlab.trace.error_advice import KEEP_CONTEXT
from streamlab.trace.fixes import PASS_IN, WRAP, keep_context

VIEWS = {
    "nested": """
        @app.get("/")
        def view():
            def generate():
                yield "Hello "
                yield request.args["name"]  # café

            return generate()
    """,
    "with parameters": """
        @app.get("/")
        def view():
            return Response(rows(2), mimetype="text/plain")

        def rows(count, end="!"):
            yield "Hello "
            who = request.args.get("name", "nobody")
            for _ in range(count):
                yield f"{who}{end} {request.path}"
    """,
    "a name that is taken": """
        @app.get("/")
        def view():
            name = "Hello "

            def generate():
                yield name
                yield request.args["name"]
                yield request.args["name"].upper()

            stream = generate()
            return stream
    """,
    "a key that only the generator knows": """
        @app.get("/")
        def view():
            def generate():
                yield "Hello "
                for key in ("name",):
                    yield request.args[key]

            return generate()
    """,
    "generator expression": """
        @app.get("/")
        def view():
            return (greeting + request.args["name"] for greeting in ("Hello ", "Bye "))
    """,
    "the only argument": """
        @app.get("/")
        def view():
            return Response(greeting + request.args["name"] for greeting in ("Hello ", "Bye "))
    """,
    "session, g and url_for": """
        @app.get("/")
        def view():
            session["name"], g.greeting = request.args["name"], "Hello "

            def generate():
                yield g.greeting
                yield session.get("name")
                yield url_for("view", _external=False)

            return generate()
    """,
    "through the module": """
        @app.get("/")
        def view():
            def generate():
                yield "Hello "
                yield web.request.args["name"]

            return generate()
    """,
    "a factory": """
        def add_views():
            @app.get("/")
            def view():
                def generate():
                    yield "Hello "
                    yield request.args["name"]

                return Response(generate())

        add_views()
    """,
}  # fmt: skip


@pytest.fixture(params=[streamlab, flask], ids=["App", "Flask"])
def web(request):
    return request.param


def app_from(web, code, file="learner.py"):
    """Return the app of a file with some views, in which everything but the wrapper is imported."""
    text = textwrap.dedent(code)
    name = f"/learner/{file}"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    app = (App if web is streamlab else web.Flask)(__name__)
    app.secret_key = "not secret"
    names = ("request", "session", "g", "url_for", "Response")
    scope = {"app": app, web.__name__: web, "web": web, **{n: getattr(web, n) for n in names}}
    exec(compile(text, name, "exec"), scope)
    return app


def failure_of(web, code):
    exchange = observe(app_from(web, code), "/?name=Ada")
    assert exchange.failure.last.startswith("RuntimeError: Working outside of")
    return exchange.failure


@pytest.mark.parametrize("number", [0, 1], ids=[WRAP, PASS_IN])
@pytest.mark.parametrize("code", VIEWS.values(), ids=VIEWS)
def test_the_code_of_each_fix_streams(web, code, number):
    fix = failure_of(web, code).fixes[number]
    assert fix.title == (WRAP, PASS_IN)[number]
    assert ("stream_with_context" in fix.code) == (number == 0)
    fixed = fix.code
    if "def add_views" in code:  # the view is not at the top of its file
        fixed = f"def add_views():\n{textwrap.indent(fixed, '    ')}\nadd_views()\n"
    exchange = observe(app_from(web, fixed, "fixed.py"), "/?name=Ada")
    assert exchange.failure is None, fix.code
    assert exchange.verdict.outcome == "streamed"
    assert "Ada" in exchange.text
    assert exchange.lanes["client"].chunks > 1
    for line in fix.change.splitlines():
        assert line.strip() in fix.code


def test_the_text_around_the_change_is_kept(web):
    wrap, pass_in = failure_of(web, VIEWS["nested"]).fixes
    original = textwrap.dedent(VIEWS["nested"]).strip()
    assert pass_in.code.strip() == original.replace("generate()", "generate(name)", 1).replace(
        "generate()", 'generate(request.args["name"])'
    ).replace('yield request.args["name"]', "yield name")
    assert wrap.code == (
        f"from {web.__name__} import stream_with_context\n\n"
        + original.replace("return generate()", "return stream_with_context(generate())\n")
    )
    assert wrap.change.splitlines()[-1] == "return stream_with_context(generate())"
    assert pass_in.change.splitlines() == [
        "def generate(name):",
        "    yield name  # café",
        'return generate(request.args["name"])',
    ]


def test_sentence_advice_and_verdict_say_the_same(web):
    failure = failure_of(web, VIEWS["with parameters"])
    assert failure.sentence.startswith('The generator reads `request.args.get("name", "nobody")`,')
    assert failure.advice.startswith(failure.sentence)
    for fix in failure.fixes:
        assert textwrap.indent(fix.change, "    ").rstrip() in failure.advice
        assert fix.quotable.removeprefix("return ") in failure.tip


def test_the_usual_names_give_the_usual_advice(web):
    assert failure_of(web, VIEWS["nested"]).tip == KEEP_CONTEXT


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ("return generate()", "return swc(generate())", "return swc(generate())"),
        ("def generate", "@swc\n            def generate", "@swc"),
    ],
    ids=["function", "decorator"],
)
def test_code_that_is_wrapped_already_stays_and_loses_the_wrapper(before, after, new):
    code = VIEWS["nested"].replace(before, after).replace("swc", "streamlab.stream_with_context")
    new = new.replace("swc", "streamlab.stream_with_context")
    exchange = observe(app_from(streamlab, code), "/?name=Ada", stream_with_context=False)
    wrap, pass_in = exchange.failure.fixes
    assert wrap.code.strip() == textwrap.dedent(code).strip()
    assert wrap.change.strip() == new
    assert "stream_with_context" not in pass_in.code
    fixed = observe(
        app_from(streamlab, pass_in.code, "f.py"), "/?name=Ada", stream_with_context=False
    )
    assert fixed.text == "Hello Ada"


def test_a_value_that_is_read_in_another_function_cannot_be_passed_in_by_itself(web):
    code = VIEWS["nested"].replace('request.args["name"]', "helper()")
    code += '\n        def helper():\n            return request.args["name"]\n'
    wrap, pass_in = failure_of(web, code).fixes
    assert "return stream_with_context(generate())" in wrap.code
    assert pass_in == keep_context().fixes[1]


def test_a_call_in_another_generator_is_left_alone(web):
    code = VIEWS["nested"].replace(
        "return generate()",
        "def other():\n                yield from generate()\n            return generate() or other()",
    )
    wrap, pass_in = failure_of(web, code).fixes
    assert wrap.code.count("stream_with_context(generate())") == 1
    assert "return stream_with_context(generate()) or other()" in wrap.code
    assert pass_in == keep_context().fixes[1]


def test_a_long_line_is_in_the_code_and_not_in_the_sentence(web):
    long = f'headers={{"X-Long": "{"x" * 120}"}}'
    code = VIEWS["nested"].replace("return generate()", f"return Response(generate(), {long})")
    failure = failure_of(web, code)
    for fix in failure.fixes:
        assert long in fix.code
    assert failure.tip == KEEP_CONTEXT


@pytest.mark.parametrize(
    "reading",
    ["list(request.args)[0] + str(request)", "request.args.get(request.args['key'], 'x')"],
    ids=["the whole request", "a value inside of a value"],
)
def test_what_cannot_be_passed_in_gets_the_example(web, reading):
    failure = failure_of(web, VIEWS["nested"].replace('request.args["name"]', reading))
    assert failure.fixes[1] == keep_context().fixes[1]


def test_without_the_file_the_name_of_the_generator_is_known():
    app = App()
    scope = {"app": app, "request": streamlab.request}
    code = "@app.get('/')\ndef v():\n  def rows():\n    yield request.path\n  return rows()"
    exec(compile(code, "<no file>", "exec"), scope)
    wrap, _ = observe(app, "/").failure.fixes
    assert wrap.code == "return stream_with_context(rows())\n"


def test_a_file_that_was_changed_meanwhile_gets_the_example(web):
    app = app_from(web, VIEWS["nested"])
    lines = ["def other(:\n"]
    linecache.cache["/learner/learner.py"] = (1, None, lines, "/learner/learner.py")
    assert observe(app, "/").failure.fixes == keep_context().fixes


def test_of_a_long_file_only_the_functions_are_read(web, monkeypatch):
    parsed = []
    monkeypatch.setattr(rewrite, "_tree", lambda text: parsed.append(text) or Tree(text))
    other = "\n".join(f"{name} = [1,\n2,\n]" for name in "abcdefghijk")
    code = f"{other}\n{textwrap.dedent(VIEWS['with parameters'])}\n{other}\n"
    for fix in failure_of(web, code).fixes:
        assert fix.code.count("def ") == 2
    [text] = parsed
    assert len(text.splitlines()) > 70
    assert not any(line.startswith("2") for line in text.splitlines())
    assert '@app.get("/")' in text


def test_a_string_in_the_first_column_is_not_mistaken_for_code(web):
    code = textwrap.dedent(VIEWS["nested"]).replace('"Hello "', '"""\nHello\n"""')
    wrap, _ = failure_of(web, code).fixes
    assert '"""\nHello\n"""' in wrap.code


def test_in_a_template():
    app = App(templates={"hello.html": "Hello {{ url_for('view') }}"})

    @app.get("/")
    def view():
        return streamlab.stream_template("hello.html")

    failure = observe(app, "/?name=Ada", stream_with_context=False).failure
    assert failure.sentence.startswith("The template needs the request")
    wrap, pass_in = failure.fixes
    assert wrap.code == 'return stream_template("hello.html")\n'
    assert pass_in.code == 'return stream_template("hello.html", name=request.args["name"])\n'


def test_another_error_has_a_sentence_and_a_fix():
    app = App()

    @app.get("/")
    def view():
        rows = iter("a")
        return (next(rows) for _ in range(2))

    failure = observe(app, "/").failure
    assert failure.sentence.startswith("`next()` on an exhausted iterator")
    assert failure.tip.startswith(failure.sentence)
    [fix] = failure.fixes
    assert "next(rows, None)" in fix.code
