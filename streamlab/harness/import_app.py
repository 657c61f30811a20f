"""Imports an app from a path such as ``shop:app`` or ``shop:create_app()``.

gunicorn and the command `flask` use the same paths.
"""

from __future__ import annotations

import ast
import sys
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple

import werkzeug.serving

from streamlab.harness.import_path import remember_import_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

_USUAL_NAMES = ("app", "application")
"""The names that are tried if a path has no name, as `flask` and gunicorn do."""


class ImportPathError(ValueError):
    """Raised if an import path does not lead to an app. The text says what to write instead."""


class _Reference(NamedTuple):
    """The part of a path after the colon.

    :param names: the names between the dots, such as ``("site", "app")``.
    :param call: the positional and keyword arguments of a call; None without a call.
    """

    names: tuple[str, ...]
    call: tuple[list[Any], dict[str, Any]] | None


def import_app(path: str) -> Any:
    """Import an app.

    :param path: a module and a name with a colon between them, as in ``"shop.site:app"``. The name
        can have dots, and it can be a call with literal arguments, as in
        ``"shop:create_app('test')"``. Without a name, ``app`` and ``application`` are tried.
    :return: the object. `streamlab.harness.wsgi_check.check_wsgi_app` checks it, not this function.
    :raises ImportPathError: if the module or the name does not exist.
    :raises Exception: what the module or the call raises.

    >>> import_app("streamlab.terminal.demo:app")
    <App 'streamlab.terminal.demo' with 1 route>
    >>> import_app("streamlab.terminal.demo:ap")
    Traceback (most recent call last):
    streamlab.harness.import_app.ImportPathError: The module 'streamlab.terminal.demo' has no \
attribute 'ap'. Did you mean streamlab.terminal.demo:app?
    """
    module_name, _, name = path.partition(":")
    reference = _parsed(name, path) if name else None
    module = _imported(module_name, path)
    if reference is None:
        reference = _Reference((_usual_name(module, path),), None)
    found: Any = module
    for attribute in reference.names:
        if not hasattr(found, attribute):
            raise ImportPathError(_no_attribute(module, found, attribute))
        found = getattr(found, attribute)
    if reference.call is not None:
        arguments, keywords = reference.call
        found = found(*arguments, **keywords)
    remember_import_path(found, f"{module_name}:{name or reference.names[0]}")
    return found


def _parsed(name: str, path: str) -> _Reference:
    """Return the names and the arguments of ``app``, ``site.app`` or ``create_app("test")``."""
    try:
        node = ast.parse(name, mode="eval").body
        call = None
        if isinstance(node, ast.Call):
            arguments = [ast.literal_eval(one) for one in node.args]
            keywords = {one.arg: ast.literal_eval(one.value) for one in node.keywords if one.arg}
            if len(keywords) < len(node.keywords):  # **keywords
                raise ValueError  # noqa: TRY301
            call = (arguments, keywords)
            node = node.func
        names: list[str] = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise ValueError  # noqa: TRY301, TRY004
    except (SyntaxError, ValueError):
        raise ImportPathError(
            f"{name!r} in {path!r} is neither a name nor a call. Write module:app, or "
            "module:create_app() with literal arguments such as 'test' or 1."
        ) from None
    return _Reference((node.id, *names), call)


def _imported(name: str, path: str) -> ModuleType:
    if "/" in name or name.endswith(".py"):
        module = ".".join(Path(name.removesuffix(".py")).parts)
        raise ImportPathError(
            f"{name!r} is a file. Write the name of its module: {path.replace(name, module, 1)}"
        )
    if not name or not all(part.isidentifier() for part in name.split(".")):
        raise ImportPathError(
            f"{path!r} does not begin with the name of a module. Write module:app, such as shop:app"
        )
    try:
        with _app_run_ignored(name):
            return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # a module that this module imports
        raise ImportPathError(_no_module(name, error.name)) from None


@contextmanager
def _app_run_ignored(module: str) -> Iterator[None]:
    """Ignore ``app.run()`` in a module that is imported, because it would never return."""

    def ignore(*_: Any, **__: Any) -> None:
        sys.stderr.write(
            f"Ignored app.run(): {module} calls it when it is imported. Write "
            'the call below: if __name__ == "__main__":\n'
        )

    run_simple = werkzeug.serving.run_simple
    werkzeug.serving.run_simple = ignore
    try:
        yield
    finally:
        werkzeug.serving.run_simple = run_simple


def _no_module(name: str, missing: str) -> str:
    """Return the text for a module that does not exist.

    :param name: the module of the path.
    :param missing: this module, or a package that it should be in.
    """
    parent, _, last = missing.rpartition(".")
    if parent:
        within = getattr(sys.modules.get(parent), "__path__", None)
        if within is None:
            hint = f" Write {parent}:{last}" if hasattr(sys.modules.get(parent), last) else ""
            return f"There is no module {missing!r}: {parent!r} is not a package.{hint}"
        near = [f"{parent}.{one}" for one in _near(last, _modules_in(within))]
    else:
        near = _near(last, _modules_in([str(Path.cwd())]))
    hint = f" Did you mean {near[0]}?" if near else ""
    of = "" if missing == name else f" ({name!r} should be in it)"
    return (
        f"There is no module {missing!r}{of} in {Path.cwd()} or among the installed packages.{hint}"
        " Run the command in the folder that contains the module or its package."
    )


def _usual_name(module: ModuleType, path: str) -> str:
    for name in _USUAL_NAMES:
        if hasattr(module, name):
            return name
    found = [name for name, value in vars(module).items() if _may_be_app(value)]
    hint = f"Write {path}:{found[0]}" if found else f"Write {path}:name or {path}:create_app()"
    raise ImportPathError(f"The module {path!r} has no attribute 'app' or 'application'. {hint}")


def _no_attribute(module: ModuleType, holder: Any, name: str) -> str:
    what = f"module {module.__name__!r}" if holder is module else f"object {holder!r:.60}"
    near = _near(name, [one for one in vars(module) if not one.startswith("_")])
    if holder is module and not near:
        near = [one for one, value in vars(module).items() if _may_be_app(value)]
    hint = f" Did you mean {module.__name__}:{near[0]}?" if near and holder is module else ""
    return f"The {what} has no attribute {name!r}.{hint}"


def _may_be_app(value: Any) -> bool:
    """Return whether an attribute of a module looks like its app, by its class.

    Only the class is examined: an attribute of a proxy such as ``flask.request`` raises an error.
    """
    kind = type(value)
    return hasattr(kind, "wsgi_app") or iscoroutinefunction(getattr(kind, "__call__", None))  # noqa: B004


def _modules_in(folders: Iterable[str]) -> list[str]:
    return [module.name for module in iter_modules(list(folders))]


def _near(name: str, names: list[str]) -> list[str]:
    return get_close_matches(name, names, 1)
