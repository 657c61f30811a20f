"""The package table: who may import whom. Each rule is also tested with a planted violation."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.imports import (
    cycles,
    declared_dependencies,
    distribution_name,
    is_standard,
    modules_of,
    reachable,
    read_imports,
    runtime_graph,
)

ROOT = Path(__file__).parent.parent
NAME = "streamlab"


@dataclass(frozen=True)
class Row:
    """What a package may import."""

    packages: tuple[str, ...] | str = ()
    """The packages of this table, or `ALL_ABOVE`."""
    third_party: bool = True
    facade: bool = False
    """May import from `streamlab` itself, as a learner does."""

    def described(self) -> str:
        """Return the words of CONTRIBUTING for this row."""
        if not self.packages:
            return "third-party packages" if self.third_party else "the standard library"
        if self.packages == ALL_ABOVE:
            return ALL_ABOVE
        return ", ".join(f"`{package}`" for package in self.packages)


ALL_ABOVE = "all above"
TABLE = {
    "web": Row(),
    "server": Row(),
    "http1": Row(third_party=False),
    "trace": Row(("http1",)),
    "exports": Row(("trace",)),
    "middleware": Row(("server",)),
    "harness": Row(ALL_ABOVE),
    "testing": Row(ALL_ABOVE),
    "lab": Row(ALL_ABOVE),
    "lessons": Row(ALL_ABOVE, facade=True),
    "terminal": Row(ALL_ABOVE, facade=True),
    "cli": Row(ALL_ABOVE, facade=True),
    "__main__": Row(ALL_ABOVE),
    # The package's own __init__.py: it offers names of all packages.
    "": Row(ALL_ABOVE),
}
# Modules beside the packages that every package may import, and that import nothing but Python's
# standard library.
BASE = ("arguments", "clock", "notebook_cell", "places", "wording")
# `http1` needs no more than the clock.
BASE_FOR = {"http1": ("clock",)}
# Modules whose classes a package is built around. Modules that they load may name these types: the
# app, its contexts, and the types of the proxies `request` and `session`.
HUBS = {"web.app", "web.ctx", "web.wrappers", "web.sessions"}
# Modules that another program than ours imports, by their name, in a process of its own. They may
# import that program.
IN_ANOTHER_PROCESS = {"streamlab.server.gunicorn_workers": "gunicorn"}
# Modules that exist for type checkers only.
TYPING_MODULES = ("_typeshed", "typing_extensions")


def package_of(module: str) -> str:
    """Return the row of the table that a module of `streamlab` belongs to."""
    return module.partition(".")[2].partition(".")[0]


def allowed_packages(package: str) -> tuple[str, ...]:
    packages = TABLE[package].packages
    if packages == ALL_ABOVE:
        rows = list(TABLE)
        return tuple(rows[: rows.index(package)])
    return packages


def violations(tree: Path) -> list[str]:
    """Return a message for each broken rule in the package `streamlab` in `tree`."""
    modules = modules_of(tree, NAME)
    imports = read_imports(tree, NAME)
    graph = runtime_graph(imports, modules)
    unknown = sorted({package_of(name) for name in modules} - {*TABLE, *BASE})
    if unknown:
        return [
            f"{NAME}/{package} is not in the table. Add a row to TABLE in tests/test_architecture.py."
            for package in unknown
        ]
    found = []
    for one in imports:
        problem = relative(one) or not_in_the_table(one) or third_party(one) or upwards(one, graph)
        if problem:
            found.append(f"{one.location}: {problem}")
    found += [
        f"import cycle at run time: {' -> '.join(cycle)}. "
        "Move what both modules need into a third one."
        for cycle in cycles(graph)
    ]
    return found


def relative(one):
    if one.relative:
        return f"relative import of {one.imported}. Write `from {one.imported} import ...`."
    return None


def not_in_the_table(one):
    package, imported = package_of(one.importer), package_of(one.imported)
    if one.imported.partition(".")[0] != NAME or package == imported:
        return None
    if package in BASE:
        return (
            f"{one.importer} imports {one.imported}, but every package may import "
            f"{one.importer}, so it may import only the standard library."
        )
    row = TABLE[package]
    base = BASE_FOR.get(package, BASE)
    if imported in base or imported in allowed_packages(package) or (not imported and row.facade):
        return None
    allowed = ", ".join([*allowed_packages(package), *base])
    return (
        f"{one.importer} imports {one.imported}, but {NAME}.{package} imports only from: "
        f"{allowed}. Move what both need into one of these, or pass it in as an argument, in the "
        "WSGI environ or by a signal."
    )


def third_party(one):
    name = one.imported.partition(".")[0]
    if name == NAME or is_standard(name) or (one.typing_only and name in TYPING_MODULES):
        return None
    package = package_of(one.importer)
    if package in BASE or not TABLE[package].third_party:
        what = one.importer if package in BASE else f"{NAME}.{package}"
        return f"{one.importer} imports {name}, but {what} uses only the standard library."
    return None


def upwards(one, graph):
    """Report a module that names the type of a module that loads it, unless that is a hub."""
    imported = one.imported
    if not one.typing_only or imported not in graph or imported.partition(".")[2] in HUBS:
        return None
    if one.importer in reachable(graph, imported):
        return (
            f"{one.importer} imports {imported} for its types, but {imported} loads "
            f"{one.importer}. Use a Protocol, or a type from a module that both may import; or add "
            f"{imported} to HUBS in tests/test_architecture.py if it is the package's centre."
        )
    return None


class TestTheProject:
    def test_every_import_is_allowed(self):
        found = violations(ROOT)
        assert not found, "\n" + "\n".join(found)

    def test_the_table_names_what_exists(self):
        present = {package_of(name) for name in modules_of(ROOT, NAME)}
        planned = {"lessons", "wording"}
        assert {*TABLE, *BASE} - present <= planned
        assert {hub.partition(".")[0] for hub in HUBS} <= present
        assert {f"{NAME}.{hub}" for hub in HUBS} <= modules_of(ROOT, NAME).keys()

    def test_contributing_shows_the_table(self):
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| (`\w+`.*?) \|.*\| (.*?) \|$", text, re.MULTILINE)
        shown = {
            package: imports
            for packages, imports in rows
            for package in re.findall(r"`(\w+)`", packages)
        }
        missing = {"", "__main__"} | (
            {"lessons"} if not (ROOT / NAME / "lessons").exists() else set()
        )
        assert shown == {
            package: row.described() for package, row in TABLE.items() if package not in missing
        }

    def test_the_files_that_contributing_names_exist(self):
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        files = re.findall(r"`(?:streamlab/)?([\w/-]+/[\w-]+\.(?:py|js))`", text)
        assert len(files) > 10
        for file in files:
            assert (ROOT / NAME / file).is_file() or (ROOT / file).is_file(), file

    def test_each_hub_is_one(self):
        imports = read_imports(ROOT, NAME)
        graph = runtime_graph(imports, modules_of(ROOT, NAME))
        needed = {
            one.imported.partition(".")[2]
            for one in imports
            if one.typing_only and one.imported in graph
            if one.importer in reachable(graph, one.imported)
        }
        assert needed >= HUBS

    def test_third_party_packages_are_declared(self):
        distributions = packages_distributions()
        required, optional = declared_dependencies()
        found = []
        for one in read_imports(ROOT, NAME):
            name = one.imported.partition(".")[0]
            if name == NAME or is_standard(name) or name in TYPING_MODULES:
                continue
            names = {distribution_name(each) for each in distributions.get(name, [name])}
            deferred = one.deferred or IN_ANOTHER_PROCESS.get(one.importer) == name
            if not names & required and not (deferred and names & optional):
                found.append(f"{one.location}: {name} is not in pyproject.toml's dependencies")
        assert not found, "\n" + "\n".join(found)

    def test_what_another_process_imports_is_not_imported_here(self):
        imported = {one.imported for one in read_imports(ROOT, NAME)}
        assert IN_ANOTHER_PROCESS.keys() <= modules_of(ROOT, NAME).keys()
        assert not imported & IN_ANOTHER_PROCESS.keys()


@pytest.fixture
def tree(tmp_path):
    """A function that writes a small package `streamlab` and returns its violations."""

    def write(**files):
        for package in ("", "web", "server", "http1", "trace", "exports", "middleware", "harness"):
            folder = tmp_path / NAME / package
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "__init__.py").touch()
        for name, text in files.items():
            path = (tmp_path / NAME).joinpath(*name.split("__")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return violations(tmp_path)

    return write


class TestPlantedViolations:
    def test_a_tree_that_keeps_the_rules(self, tree):
        found = tree(
            clock="import time",
            http1__client="import socket\nfrom streamlab.clock import now_ns",
            trace__lane="from streamlab.http1.client import Client",
            exports__har="from streamlab.trace import lane",
            harness__harness="from streamlab.exports.har import x\nimport werkzeug",
            terminal__demo="from streamlab import observe",
            web__app="from streamlab.web.ctx import C",
            web__ctx="if TYPE_CHECKING:\n    from streamlab.web.app import App",
        )
        assert found == []

    @pytest.mark.parametrize(
        ("importer", "imported"),
        [
            ("server__handler", "streamlab.trace.lane"),
            ("web__helpers", "streamlab.server.error_log"),
            ("http1__client", "streamlab.trace.trace"),
            ("http1__client", "streamlab.notebook_cell"),
            ("trace__tap", "streamlab.server.server"),
            ("trace__tap", "streamlab.web.app"),
            ("exports__har", "streamlab.http1.client"),
            ("exports__har", "streamlab.harness.exchange"),
            ("middleware__proxy", "streamlab.trace.trace"),
            ("harness__observe", "streamlab.lab.lab"),
            ("testing__asserts", "streamlab.lab.lab"),
            ("trace__tap", "streamlab"),
        ],
    )
    @pytest.mark.parametrize(
        "form",
        ["from {} import x", "import {}", "def f():\n    import {}", "if TYPE_CHECKING: import {}"],
    )
    def test_an_import_that_the_table_does_not_allow(self, tree, importer, imported, form):
        (message,) = tree(**{importer: "\n" + form.format(imported)})
        line = 3 if "def" in form else 2
        assert message.startswith(f"streamlab/{importer.replace('__', '/')}.py:{line}: ")
        assert f"imports {imported}, but streamlab.{importer.partition('__')[0]}" in message

    def test_a_submodule_imported_from_its_package(self, tree):
        (message,) = tree(trace__lane="", web__app="from streamlab.trace import lane")
        assert "imports streamlab.trace.lane" in message

    def test_a_module_loaded_by_its_name(self, tree):
        code = 'from importlib import import_module\nimport_module("streamlab.trace.lane")'
        (message,) = tree(trace__lane="", web__app=code)
        assert message.startswith("streamlab/web/app.py:2: streamlab.web.app imports streamlab.tr")

    def test_a_third_party_import_in_http1(self, tree):
        (message,) = tree(http1__client="from werkzeug.http import parse_date")
        assert message.startswith("streamlab/http1/client.py:1: ")
        assert "uses only the standard library" in message

    @pytest.mark.parametrize("imported", ["streamlab.web.app", "werkzeug"])
    def test_a_base_module_that_is_not_basic(self, tree, imported):
        (message,) = tree(clock=f"import {imported}", web__app="")
        assert "only the standard library" in message

    def test_a_relative_import(self, tree):
        (message,) = tree(web__app="", web__ctx="from .app import App")
        assert "Write `from streamlab.web.app import ...`" in message

    def test_a_package_without_a_row(self, tree):
        (message,) = tree(extras__things="")
        assert message.startswith("streamlab/extras is not in the table")

    @pytest.mark.parametrize(
        "back",
        [
            "from streamlab.web.a import x",
            "def f():\n    from streamlab.web.a import x",
            "class C:\n    def f(self):\n        if 1:\n            import streamlab.web.a",
        ],
    )
    def test_a_cycle(self, tree, back):
        (message,) = tree(
            web__a="import streamlab.web.b", web__b="import streamlab.web.c", web__c=back
        )
        assert "streamlab.web.a -> streamlab.web.b -> streamlab.web.c -> streamlab.web.a" in message

    def test_a_cycle_through_the_init_of_a_package(self, tree):
        (message,) = tree(
            trace____init__="from streamlab.trace.tap import Tap",
            trace__tap="import streamlab.http1.client",
            http1__client="def f():\n    import streamlab.http1.errors",
            http1__errors="import streamlab.http1.client",
        )
        assert "streamlab.http1.client -> streamlab.http1.errors" in message

    def test_two_cycles_are_two_messages(self, tree):
        found = tree(
            web__a="import streamlab.web.b",
            web__b="import streamlab.web.a",
            server__a="import streamlab.server.b",
            server__b="import streamlab.server.a",
        )
        assert len(found) == 2

    def test_a_type_from_a_module_that_loads_this_one(self, tree):
        (message,) = tree(
            trace__verdict="import streamlab.trace.rules",
            trace__rules="import streamlab.trace.lane",
            trace__lane="if TYPE_CHECKING:\n    from streamlab.trace.verdict import Verdict",
        )
        assert message.startswith("streamlab/trace/lane.py:2: ")
        assert "for its types, but streamlab.trace.verdict loads" in message


class TestPlantedIntoACopy:
    @pytest.mark.parametrize(
        ("file", "line"),
        [
            ("server/request_handler.py", "from streamlab.trace.lane import Lane"),
            ("web/helpers.py", "from streamlab.server.error_log import log"),
        ],
    )
    def test_it_is_reported_where_it_stands(self, tmp_path, file, line):
        shutil.copytree(
            ROOT / NAME, tmp_path / NAME, ignore=shutil.ignore_patterns("frontend", "static")
        )
        before = violations(tmp_path)
        path = tmp_path / NAME / file
        text = path.read_text(encoding="utf-8")
        path.write_text(f"{text}\n\n{line}\n", encoding="utf-8")
        (message,) = [one for one in violations(tmp_path) if one not in before]
        number = len(text.splitlines()) + 3
        assert message.startswith(f"{NAME}/{file}:{number}: ")
