"""Render templates from a folder or from a dict, whole or as a stream.

Jinja compiles a template into a generator of strings, with a new string at every ``{{ }}`` and at
every block. `render_template` joins the strings; `stream_template` yields them one by one and keeps
the context until the last one.

Source: Flask's page "Streaming Contents", section "Streaming from Templates".
"""

from __future__ import annotations

import linecache
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, FileSystemLoader, TemplateNotFound
from jinja2 import Environment as BaseEnvironment

from streamlab.web.globals import app_ctx, current_context
from streamlab.web.signals import before_render_template, send, template_rendered
from streamlab.web.streaming import stream_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Template

    from streamlab.web.app import App
    from streamlab.web.ctx import AppContext

    Source = tuple[str, str | None, Callable[[], bool] | None]


class Environment(BaseEnvironment):
    """The Jinja environment of an application.

    :param app: the application, which provides the loader.
    :param options: the arguments of `jinja2.Environment`.
    """

    def __init__(self, app: App, **options: Any) -> None:
        options.setdefault("loader", app.create_global_jinja_loader())
        super().__init__(**options)
        self.app = app


class TemplateLoader(BaseLoader):
    """A loader that looks in the dict ``app.templates`` first and then in the template folder.

    With ``auto_reload``, the next request uses a template that was edited in a cell, and a template
    that was added to the dict replaces one of the same name in the folder.

    :param app: the application.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> Source:
        """Return the source of a template, its file name, and a check that it has not changed.

        :param environment: the Jinja environment.
        :param template: the name.
        :raises jinja2.TemplateNotFound: if there is no template with this name.
        """
        sources = self.app.templates
        if template in sources:
            source = sources[template]
            filename = f"<template {template}>"
            # Tracebacks then show the lines of the template.
            linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
            return source, filename, lambda: self.app.templates.get(template) == source
        folder = self.app.jinja_loader
        if folder is None:
            raise TemplateNotFound(template, self._not_found(template))
        try:
            source, filename_or_none, fresh = folder.get_source(environment, template)
        except TemplateNotFound:
            raise TemplateNotFound(template, self._not_found(template)) from None
        return (
            source,
            filename_or_none,
            lambda: template not in self.app.templates and (fresh is None or fresh()),
        )

    def _not_found(self, template: str) -> str:
        folder = self.app.jinja_loader
        names = ", ".join(sorted(self.app.templates)) or "no templates"
        in_folder = ""
        if isinstance(folder, FileSystemLoader):
            in_folder = f", nor in the folder {', '.join(folder.searchpath)!r}"
        return (
            f"{template}\n\nIt is not in App(templates={{...}}), which has {names}{in_folder}."
            " Add it: app.templates[name] = source"
        )

    def list_templates(self) -> list[str]:
        """Return the names of all templates, sorted."""
        folder = self.app.jinja_loader
        return sorted({*self.app.templates, *(folder.list_templates() if folder else ())})


def default_context() -> dict[str, Any]:
    """Return the variables that every template has: ``g`` and, in a request, ``request``.

    These are the objects, which are faster than the proxies. The session is left out: a template
    reads it through the proxy, and reading it adds the header ``Vary: Cookie``.
    """
    ctx = current_context.get()
    if ctx.has_request:
        return {"g": ctx.g, "request": ctx.request}
    return {"g": ctx.g}


def _active_context() -> AppContext:
    ctx = current_context.get(None)
    if ctx is None:
        # The proxy raises the error that explains itself.
        return app_ctx._get_current_object()  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001
    return ctx


def _render(ctx: AppContext, template: Template, context: dict[str, Any]) -> str:
    ctx.app.update_template_context(ctx, context)
    send(before_render_template, ctx.app, template=template, context=context)
    text = template.render(context)
    send(template_rendered, ctx.app, template=template, context=context)
    return text


def _stream(ctx: AppContext, template: Template, context: dict[str, Any]) -> Iterator[str]:
    ctx.app.update_template_context(ctx, context)
    send(before_render_template, ctx.app, template=template, context=context)
    return stream_within(_rendering(ctx, template, context), template.generate(context))


@contextmanager
def _rendering(ctx: AppContext, template: Template, context: dict[str, Any]) -> Iterator[None]:
    """Keep the context while a template is streamed, and send the signal after its last part."""
    with ctx if ctx.can_be_kept else nullcontext():
        try:
            yield
        except GeneratorExit:
            # The rows of the template may be a generator. Without these references it ends here,
            # where its `finally` still finds the request.
            del template, context
            raise
        send(template_rendered, ctx.app, template=template, context=context)


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Render a template.

    :param template_name_or_list: a name, a `jinja2.Template`, or a list of these, of which the
        first that exists is used.
    :param context: the variables of the template.
    :return: the text.
    :raises jinja2.TemplateNotFound: if the template does not exist.
    :raises RuntimeError: if no context is active.

    >>> from streamlab.web import App
    >>> app = App(templates={"hello.html": "<p>Hello {{ name }}"})
    >>> with app.app_context():
    ...     render_template("hello.html", name="<World>")
    '<p>Hello &lt;World&gt;'
    """
    ctx = _active_context()
    template = ctx.app.jinja_env.get_or_select_template(template_name_or_list)
    return _render(ctx, template, context)


def render_template_string(source: str, **context: Any) -> str:
    """Render a template from its source, with autoescaping.

    :param source: the text of the template.
    :param context: the variables of the template.
    :return: the text.
    :raises RuntimeError: if no context is active.

    >>> from streamlab.web import App
    >>> with App().app_context():
    ...     render_template_string("{{ 1 + 1 }}")
    '2'
    """
    ctx = _active_context()
    return _render(ctx, ctx.app.jinja_env.from_string(source), context)


def stream_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> Iterator[str]:
    """Render a template as a stream, for a view to return.

    The context is kept as by `stream_with_context`.

    :param template_name_or_list: a name, a `jinja2.Template`, or a list of these, of which the
        first that exists is used.
    :param context: the variables of the template.
    :return: an iterator over the parts of the text.
    :raises jinja2.TemplateNotFound: if the template does not exist.
    :raises RuntimeError: if no context is active.

    >>> from streamlab.web import App
    >>> app = App(templates={"timeline.html": "{% for n in (1, 2) %}<li>{{ n }}{% endfor %}"})
    >>> @app.get("/timeline")
    ... def timeline():
    ...     return stream_template("timeline.html")
    >>> response = app.test_client().get("/timeline")
    >>> list(response.response)
    [b'<li>', b'1', b'<li>', b'2']
    """
    ctx = _active_context()
    template = ctx.app.jinja_env.get_or_select_template(template_name_or_list)
    return _stream(ctx, template, context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Render a template from its source as a stream, for a view to return.

    :param source: the text of the template.
    :param context: the variables of the template.
    :return: an iterator over the parts of the text.
    :raises RuntimeError: if no context is active.

    >>> from streamlab.web import App
    >>> with App().app_context():
    ...     print(*stream_template_string("a{{ x }}b", x=1))
    a 1 b
    """
    ctx = _active_context()
    return _stream(ctx, ctx.app.jinja_env.from_string(source), context)


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro or a variable of a template, for use in Python.

    :param template_name: the name of the template.
    :param attribute: the name of the macro or variable.
    :raises jinja2.TemplateNotFound: if the template does not exist.
    :raises RuntimeError: if no context is active.

    >>> from streamlab.web import App
    >>> app = App(templates={"_m.html": "{% macro hi(name) %}Hi {{ name }}{% endmacro %}"})
    >>> with app.app_context():
    ...     print(get_template_attribute("_m.html", "hi")("World"))
    Hi World
    """
    env = _active_context().app.jinja_env
    return getattr(env.get_template(template_name).module, attribute)
