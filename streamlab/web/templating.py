"""Templates: from a folder, from a dict in the notebook, rendered whole or as a stream.

Jinja makes a template into a generator of strings, split at every ``{{ }}`` and every block.
`render_template` joins them; `stream_template` hands them on one by one, with the context kept.
"""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, FileSystemLoader, TemplateNotFound
from jinja2 import Environment as BaseEnvironment

from streamlab.web.globals import app_ctx, current_context
from streamlab.web.signals import before_render_template, send, template_rendered
from streamlab.web.streaming import keep_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Template

    from streamlab.web.app import App
    from streamlab.web.ctx import AppContext

    Source = tuple[str, str | None, Callable[[], bool] | None]


class Environment(BaseEnvironment):
    """Jinja's environment, with the loader of an application."""

    def __init__(self, app: App, **options: Any) -> None:
        options.setdefault("loader", app.create_global_jinja_loader())
        super().__init__(**options)
        self.app = app


class TemplateLoader(BaseLoader):
    """Finds a template in ``app.templates``, the dict, and then in the application's folder.

    The dict is read anew each time, so that a template edited in a cell is the one that the
    next request gets (given ``auto_reload``), and so is one added to the dict that the folder
    had provided before.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> Source:
        sources = self.app.templates
        if template in sources:
            source = sources[template]
            filename = f"<template {template}>"
            # Makes tracebacks show the template's own lines, as they do for a cell.
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
        places = f"{', '.join(folder.searchpath)!r}" if isinstance(folder, FileSystemLoader) else ""
        return (
            f"{template}\n\nLooked in App(templates={{...}}) (it has: "
            f"{', '.join(sorted(self.app.templates)) or 'none'})"
            + (f" and in the folder {places}" if places else "")
            + ". Add it there: app.templates[name] = source"
        )

    def list_templates(self) -> list[str]:
        folder = self.app.jinja_loader
        return sorted({*self.app.templates, *(folder.list_templates() if folder else ())})


def default_context() -> dict[str, Any]:
    """What every template can use; the objects themselves, which is faster than the proxies.

    Not the session: reading it through its proxy is what makes ``Vary: Cookie`` be sent.
    """
    ctx = current_context.get()
    if ctx.has_request:
        return {"g": ctx.g, "request": ctx.request}
    return {"g": ctx.g}


def _active_context() -> AppContext:
    """The active context, or the proxy's own error about there being none."""
    ctx = current_context.get(None)
    return app_ctx._get_current_object() if ctx is None else ctx  # type: ignore[attr-defined]  # noqa: SLF001


def _render(ctx: AppContext, template: Template, context: dict[str, Any]) -> str:
    ctx.app.update_template_context(ctx, context)
    send(before_render_template, ctx.app, template=template, context=context)
    text = template.render(context)
    send(template_rendered, ctx.app, template=template, context=context)
    return text


def _stream(ctx: AppContext, template: Template, context: dict[str, Any]) -> Iterator[str]:
    ctx.app.update_template_context(ctx, context)
    send(before_render_template, ctx.app, template=template, context=context)
    return keep_context(
        template.generate(context),
        at_end=lambda: send(template_rendered, ctx.app, template=template, context=context),
    )


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Render a template by name (of a list, the first that exists), or a `Template` itself.

    Raises `jinja2.TemplateNotFound`, and `RuntimeError` where no context is active.

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
    """Render a template from its source, autoescaped.

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
    """Render a template by name as a stream, for a view to return. Raises as `render_template`.

    The context is kept as by `stream_with_context`. Source: Flask's "Streaming from Templates".

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

    >>> from streamlab.web import App
    >>> with App().app_context():
    ...     ''.join(stream_template_string("a{{ x }}b", x=1))
    'a1b'
    """
    ctx = _active_context()
    return _stream(ctx, ctx.app.jinja_env.from_string(source), context)


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """A macro or a variable of a template, to be used from Python.

    >>> from streamlab.web import App
    >>> app = App(templates={"_m.html": "{% macro hi(name) %}Hi {{ name }}{% endmacro %}"})
    >>> with app.app_context():
    ...     print(get_template_attribute("_m.html", "hi")("World"))
    Hi World
    """
    env = _active_context().app.jinja_env
    return getattr(env.get_template(template_name).module, attribute)
