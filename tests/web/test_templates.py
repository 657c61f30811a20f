"""Templates, rendered at once and streamed, from a folder and from a dict."""

from __future__ import annotations

import traceback

import jinja2
import pytest

from streamlab.web import (
    App,
    g,
    get_template_attribute,
    render_template,
    render_template_string,
    request,
    session,
    stream_template,
    stream_template_string,
)
from tests.web.wsgi import Exchange

LIST = "<ul>{% for n in rows %}<li>{{ n }}</li>{% endfor %}</ul>"


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "page.html").write_text("page: {{ value }}")
    (folder / "mail.txt").write_text("mail: {{ value }}")
    app = App(
        "lesson",
        root_path=str(tmp_path),
        templates={
            "timeline.html": LIST,
            "child.html": "{% extends 'base.html' %}{% block body %}{{ value }}{% endblock %}",
            "base.html": "[{% block body %}{% endblock %}]",
        },
    )
    app.testing = True
    app.secret_key = "only for the tests"
    return app


def test_a_template_is_streamed_in_parts(app):
    with app.app_context():
        assert list(stream_template("timeline.html", rows=[1])) == [
            "<ul>",
            "<li>",
            "1",
            "</li>",
            "</ul>",
        ]
        assert render_template("timeline.html", rows=[1]) == "<ul><li>1</li></ul>"


def test_rows_are_read_one_by_one_while_they_are_sent(app, log):
    def rows():
        for n in (1, 2):
            log.append(f"reads {n}")
            yield n

    app.add_url_rule("/", "index", lambda: stream_template("timeline.html", rows=rows()))
    for chunk in Exchange(app):
        if chunk.isdigit():
            log.append(f"sent {chunk.decode()}")
    assert log == ["reads 1", "sent 1", "reads 2", "sent 2"]


@pytest.mark.parametrize("function", [render_template, stream_template])
def test_a_name_a_template_or_a_list_of_these_can_be_rendered(app, function):
    with app.app_context():
        page = app.jinja_env.get_template("page.html")
        for which in ("page.html", ["missing.html", "page.html"], page, ["missing.html", page]):
            assert "".join(function(which, value=1)) == "page: 1"
        with pytest.raises(jinja2.TemplatesNotFound):
            function(["missing.html", "gone.html"])
        with pytest.raises(jinja2.TemplateNotFound) as raised:
            function("missing.html")
    assert raised.value.name == "missing.html"
    for place in ("base.html, child.html, timeline.html", "templates", "app.templates[name]"):
        assert place in str(raised.value)


def test_autoescaping_depends_on_the_name(app):
    app.templates.update(dict.fromkeys(("a.svg", "a.xml", "a.xhtml", "a.js"), "{{ value }}"))
    with app.app_context():
        assert render_template("page.html", value="<b>") == "page: &lt;b&gt;"
        assert render_template("mail.txt", value="<b>") == "mail: <b>"
        for name in ("a.svg", "a.xml", "a.xhtml"):
            assert render_template(name, value="<b>") == "&lt;b&gt;"
        assert render_template("a.js", value="<b>") == "<b>"
        assert render_template_string("{{ '<b>' }}") == "&lt;b&gt;"
        assert "".join(stream_template_string("{{ '<b>' }}")) == "&lt;b&gt;"


def test_explicit_variables_override_those_of_context_processors(app):
    @app.context_processor
    def add():
        return {"value": "added", "other": g.get("other", "none")}

    @app.context_processor
    async def add_later():
        return {"third": "async"}

    source = "{{ value }} {{ other }} {{ third }}"
    with app.app_context():
        g.other = "of g"
        assert render_template_string(source) == "added of g async"
        assert render_template_string(source, value="passed") == "passed of g async"


def test_request_session_g_and_config_can_be_used_in_a_template(app):
    source = "{{ request.args.name }} {{ session.name }} {{ g.name }} {{ config.TESTING }} {{ url_for('index') }}"

    @app.get("/")
    def index():
        session["name"], g.name = "s", "g"
        return stream_template_string(source)

    assert b"".join(Exchange(app, "/?name=r").read()) == b"r s g True /"


def test_a_template_can_be_rendered_in_an_app_context(app):
    with app.app_context():
        g.name = "g"
        source = "{{ g.name }} {{ request is defined }}"
        assert render_template_string(source) == "".join(stream_template_string(source))


@pytest.mark.parametrize(
    "render", [lambda: render_template("page.html"), lambda: stream_template_string("text")]
)
def test_without_a_context_the_error_has_advice(render):
    with pytest.raises(RuntimeError, match=r"Working outside of application context\.\n\n"):
        render()


def test_a_streamed_template_keeps_the_request_until_its_end(app, log):
    app.teardown_request(lambda _: log.append("teardown"))

    def rows():
        yield request.args["name"]
        log.append("rows end")

    app.add_url_rule("/", "index", lambda: stream_template("timeline.html", rows=rows()))
    exchange = Exchange(app, "/?name=World")
    assert b"".join(exchange) == b"<ul><li>World</li></ul>"
    assert log == ["rows end", "teardown"]


def test_a_disconnect_closes_the_rows_while_the_context_is_active(app, log):
    app.teardown_request(lambda _: log.append("teardown"))

    def rows():
        try:
            yield 1
        finally:
            log.append(request.path)

    app.add_url_rule("/", "index", lambda: stream_template("timeline.html", rows=rows()))
    exchange = Exchange(app)
    for _ in range(3):
        next(exchange)
    exchange.close()
    assert log == ["/", "teardown"]


def test_filters_tests_and_globals_can_be_added(app):
    @app.template_filter
    def shout(text):
        return text.upper()

    @app.template_filter("quiet")
    def anything(text):
        return text.lower()

    @app.template_test()
    def even(n):
        return n % 2 == 0

    @app.template_global(name="answer")
    def the_answer():
        return 42

    app.add_template_test(lambda n: n < 0, "negative")
    source = "{{ 'a'|shout }}{{ 'B'|quiet }} {{ 2 is even }} {{ -1 is negative }} {{ answer() }}"
    with app.app_context():
        assert render_template_string(source) == "Ab True True 42"


def test_get_template_attribute_returns_a_macro(app):
    app.templates["_m.html"] = "{% macro hi(name) %}Hi {{ name }}{% endmacro %}"
    with app.app_context():
        assert get_template_attribute("_m.html", "hi")("World") == "Hi World"


def test_tojson_uses_the_apps_json(app):
    from uuid import UUID

    with app.app_context():
        text = render_template_string("{{ value|tojson }}", value={"id": UUID(int=7)})
    assert text == '{"id": "00000000-0000-0000-0000-000000000007"}'


# Templates in a notebook


def test_the_dict_is_preferred_to_the_folder(app):
    with app.app_context():
        assert render_template("page.html", value=1) == "page: 1"
        app.templates["page.html"] = "from the dict"
        assert render_template("page.html", value=1) == "from the dict"
        del app.templates["page.html"]
        assert render_template("page.html", value=1) == "page: 1"


def test_an_edited_source_is_used_by_the_next_request(app):
    app.add_url_rule("/", "index", lambda: stream_template("child.html", value=1))
    client = app.test_client()
    assert client.get("/").text == "[1]"
    app.templates["base.html"] = "({% block body %}{% endblock %})"
    assert client.get("/").text == "(1)"
    app.templates = {"child.html": "another dict"}
    assert client.get("/").text == "another dict"


def test_an_edited_file_is_used_by_the_next_request(app, tmp_path):
    import os

    page = tmp_path / "templates" / "page.html"
    with app.app_context():
        assert render_template("page.html", value=1) == "page: 1"
        page.write_text("edited: {{ value }}")
        os.utime(page, (1, 1))
        assert render_template("page.html", value=1) == "edited: 1"


def test_templates_can_be_a_folder(tmp_path):
    (tmp_path / "only.html").write_text("only")
    with App(templates=tmp_path).app_context():
        assert render_template("only.html") == "only"
    with App(template_folder=None).app_context(), pytest.raises(jinja2.TemplateNotFound):
        render_template("only.html")


def test_a_traceback_shows_the_line_of_the_template(app):
    app.templates["bad.html"] = "first line\nsecond {{ 1 // zero }}\n"
    with app.app_context(), pytest.raises(ZeroDivisionError) as raised:
        render_template("bad.html", zero=0)
    text = "".join(traceback.format_exception(raised.value))
    assert 'File "<template bad.html>", line 2' in text
    assert "second {{ 1 // zero }}" in text


def test_auto_reload_depends_on_debug_mode_if_the_app_has_a_file():
    app = App("lesson")
    assert app.jinja_env.auto_reload is False
    app.debug = True
    assert app.jinja_env.auto_reload is True
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    app.debug = True
    assert app.jinja_env.auto_reload is False


def test_the_environment_and_the_loader_can_be_replaced():
    class Environment(App.jinja_environment):
        pass

    class Custom(App):
        jinja_environment = Environment
        jinja_options = {"trim_blocks": True}

        def create_global_jinja_loader(self):
            return jinja2.DictLoader({"mine.html": "mine"})

    app = Custom("lesson")
    assert isinstance(app.jinja_env, Environment)
    assert app.jinja_env.trim_blocks
    with app.app_context():
        assert render_template("mine.html") == "mine"


def test_list_templates_includes_the_dict_and_the_folder(app):
    assert app.jinja_env.list_templates() == [
        "base.html",
        "child.html",
        "mail.txt",
        "page.html",
        "timeline.html",
    ]
