"""Templates, rendered at once and as a stream: their variables and their signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.web.parity.registry import case

if TYPE_CHECKING:
    from tests.web.parity.bench import Bench

TEMPLATES = {
    "timeline.html": "<ul>{% for n in rows %}<li>{{ n }}</li>{% endfor %}</ul>",
    "plain.txt": "{{ value }}!",
    "page.html": "{{ value }}!",
    "page.xhtml": "{{ value }}!",
    "drawing.svg": "{{ value }}!",
    "base.html": "<h1>{% block head %}{% endblock %}</h1>{% block body %}none{% endblock %}",
    "child.html": "{% extends 'base.html' %}{% block head %}{{ title }}{% endblock %}",
    "part.html": "[{% include 'page.html' %}]",
    "who.html": "{{ request.args['name'] }} {{ g.who }} {{ config['DEBUG'] }} {{ session['k'] }}",
    "fails.html": "before {{ 1 // zero }} after",
    "broken.html": "{% for %}",
    "spaces.html": "{% if true %}\n  x\n{% endif %}\n",
}
FUNCTIONS = ("render_template", "stream_template")
FROM_STRING = ("render_template_string", "stream_template_string")


@case(function=FUNCTIONS)
def by_name(bench: Bench, function: str) -> None:
    app = bench.app(
        lambda: getattr(bench.web, function)("timeline.html", rows=[1, 2]), templates=TEMPLATES
    )
    bench.request(app).finish()


@case(function=FROM_STRING)
def from_a_string(bench: Bench, function: str) -> None:
    source = "<p>{{ name }}</p>{% if name %}<b>hello</b>{% endif %}"
    app = bench.app(lambda: getattr(bench.web, function)(source, name="<World>"))
    bench.request(app).finish()


@case(function=FUNCTIONS)
def list_of_names(bench: Bench, function: str) -> None:
    names = ["missing.html", "plain.txt", "page.html"]
    app = bench.app(lambda: getattr(bench.web, function)(names, value="v"), templates=TEMPLATES)
    bench.request(app).finish()


@case(function=FUNCTIONS, found=("in a list", "alone"))
def template_object(bench: Bench, function: str, found: str) -> None:
    def view():
        template = bench.web.current_app.jinja_env.get_template("page.html")
        given = ["missing.html", template] if found == "in a list" else template
        return getattr(bench.web, function)(given, value="v")

    bench.request(bench.app(view, templates=TEMPLATES)).finish()


@case(function=FUNCTIONS, name=("missing.html", ("missing.html", "neither.html"), "broken.html"))
def missing_template(bench: Bench, function: str, name: str | tuple[str, ...]) -> None:
    def view():
        given = list(name) if isinstance(name, tuple) else name
        return str(bench.attempt(function, lambda: getattr(bench.web, function)(given)))

    bench.request(bench.app(view, templates=TEMPLATES)).finish()


@case(function=FUNCTIONS, name=("page.html", "page.xhtml", "plain.txt", "drawing.svg"))
def autoescape_by_file_name(bench: Bench, function: str, name: str) -> None:
    app = bench.app(lambda: getattr(bench.web, function)(name, value="<&>"), templates=TEMPLATES)
    bench.request(app).finish()


@case(name=("child.html", "part.html", "spaces.html"))
def stream_of_composed_templates(bench: Bench, name: str) -> None:
    app = bench.app(
        lambda: bench.web.stream_template(name, title="t", value="<v>"), templates=TEMPLATES
    )
    bench.request(app).finish()


@case(function=FUNCTIONS)
def variables_of_a_template(bench: Bench, function: str) -> None:
    def view():
        bench.web.g.who = "g's"
        return getattr(bench.web, function)("who.html")

    bench.request(bench.app(view, templates=TEMPLATES), "/?name=World").finish()


@case(function=FROM_STRING)
def context_processors(bench: Bench, function: str) -> None:
    app = bench.app(lambda: getattr(bench.web, function)("{{ a }} {{ b }} {{ c }}", b="argument"))

    @app.context_processor
    def first():
        bench.note_where("first processor")
        return {"a": "first", "b": "first", "c": "first"}

    @app.context_processor
    def second():
        bench.note_where("second processor")
        return {"c": "second"}

    bench.request(app).finish()


@case(function=FROM_STRING)
def filters_tests_and_globals(bench: Bench, function: str) -> None:
    source = "{{ 'abc'|backwards }} {{ 4 is even_number }} {{ answer() }} {{ url_for('view') }}"
    app = bench.app(lambda: getattr(bench.web, function)(source))
    app.template_filter("backwards")(lambda text: text[::-1])
    app.template_test("even_number")(lambda number: number % 2 == 0)
    app.template_global("answer")(lambda: 42)
    bench.request(app).finish()


@case(function=FUNCTIONS)
def error_in_the_middle(bench: Bench, function: str) -> None:
    app = bench.app(lambda: getattr(bench.web, function)("fails.html", zero=0), templates=TEMPLATES)
    bench.request(app).finish()


@case(function=FROM_STRING)
def undefined_name(bench: Bench, function: str) -> None:
    app = bench.app(lambda: getattr(bench.web, function)("[{{ missing }}]{{ missing.inner }}"))
    bench.request(app).finish()


@case(function=FROM_STRING)
def g_changed_after_the_call(bench: Bench, function: str) -> None:
    def view():
        bench.web.g.when = "before"
        body = getattr(bench.web, function)("{{ g.when }}")
        bench.web.g.when = "after"
        return body

    bench.request(bench.app(view)).finish()


@case()
def rows_are_read_as_they_are_sent(bench: Bench) -> None:
    def view():
        rows = bench.steps(1, 2, name="rows")
        return bench.web.stream_template("timeline.html", rows=rows)

    bench.request(bench.app(view, templates=TEMPLATES)).finish()


@case()
def disconnect_in_the_middle_of_the_rows(bench: Bench) -> None:
    def view():
        rows = bench.steps(1, 2, name="rows")
        return bench.web.stream_template("timeline.html", rows=rows)

    bench.request(bench.app(view, templates=TEMPLATES)).read(3).close()


@case(fails=("the template", "the rows"))
def error_in_a_row(bench: Bench, fails: str) -> None:
    source = "{% for n in rows %}{{ 6 // n }} {% endfor %}"

    def view():
        rows = bench.steps(2, 0, name="rows", fail_at=1 if fails == "the rows" else None)
        return bench.web.stream_template_string(source, rows=rows)

    bench.request(bench.app(view)).finish()


@case()
def garbage_collected_in_the_middle_of_the_rows(bench: Bench) -> None:
    def view():
        rows = bench.steps(1, 2, name="rows")
        return bench.web.stream_template("timeline.html", rows=rows)

    bench.request(bench.app(view, templates=TEMPLATES)).read(3).forget()


@case(function=FROM_STRING)
def in_an_app_context_alone(bench: Bench, function: str) -> None:
    app = bench.app()
    with app.app_context():
        bench.web.g.who = "g's"
        source = "{{ g.who }} {{ request is defined }} {{ session is defined }}"
        bench.attempt("parts", lambda: list(getattr(bench.web, function)(source)))


@case()
def stream_read_after_the_app_context(bench: Bench) -> None:
    app = bench.app()
    with app.app_context():
        stream = bench.web.stream_template_string("a{{ g }}b")
        bench.note_where("left the app context next")
    bench.attempt("read", lambda: "".join(stream).startswith("a"))


@case(function=FROM_STRING)
def without_any_context(bench: Bench, function: str) -> None:
    bench.attempt(function, lambda: getattr(bench.web, function)("text"))


@case(function=FUNCTIONS)
def by_name_without_any_context(bench: Bench, function: str) -> None:
    bench.attempt(function, lambda: getattr(bench.web, function)("page.html"))


@case(function=FROM_STRING)
def in_a_test_request_context(bench: Bench, function: str) -> None:
    app = bench.app()
    with app.test_request_context("/?name=World"):
        body = getattr(bench.web, function)("Hello {{ request.args['name'] }}")
        bench.attempt("parts", lambda: list(body))


@case()
def never_read(bench: Bench) -> None:
    def view():
        bench.web.stream_template_string("{{ 1 }}")
        return "text"

    bench.request(bench.app(view)).finish()


@case()
def a_stream_inside_a_template(bench: Bench) -> None:
    def view():
        inner = bench.web.stream_template("timeline.html", rows="ab")
        return bench.web.stream_template_string(
            "({% for part in inner %}{{ part|safe }}{% endfor %})", inner=inner
        )

    bench.request(bench.app(view, templates=TEMPLATES)).finish()


@case(function=FROM_STRING)
def async_context_processor(bench: Bench, function: str) -> None:
    app = bench.app(lambda: getattr(bench.web, function)("{{ a }}"))

    @app.context_processor
    async def processor():
        return {"a": "from a coroutine"}

    bench.request(app).finish()


@case(kind=("template_filter", "template_test", "template_global"))
def decorator_without_parentheses(bench: Bench, kind: str) -> None:
    sources = {
        "template_filter": "{{ 'ab'|shout }}",
        "template_test": "{{ 'ab' is shout }}",
        "template_global": "{{ shout('ab') }}",
    }
    app = bench.app(lambda: bench.web.render_template_string(sources[kind]))

    @getattr(app, kind)
    def shout(text):
        return text.upper()

    bench.request(app).finish()


@case()
def macro(bench: Bench) -> None:
    source = "{% macro hello(name) %}<b>{{ name }}</b>{% endmacro %}{{ hello('<x>') }}"
    bench.request(bench.app(lambda: bench.web.stream_template_string(source))).finish()


@case()
def first_part_read_by_the_view(bench: Bench) -> None:
    def view():
        stream = bench.web.stream_template_string("{{ a }}-{{ b }}", a=1, b=2)
        return f"first {next(stream)!r}, then {list(stream)!r}"

    bench.request(bench.app(view)).finish()
