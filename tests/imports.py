"""Read the imports of a source tree with `ast`, without running any of it, and what is declared."""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Import:
    """One import: `importer` is a module of the tree, `imported` any module."""

    importer: str
    imported: str
    location: str
    """`path:line`, relative to the tree."""
    typing_only: bool
    """The import is below `if TYPE_CHECKING:`."""
    deferred: bool
    """The import is inside a function, so the module loads without it."""
    relative: bool = False


def modules_of(tree: Path, package: str) -> dict[str, Path]:
    """Return the modules of `package`, a folder in `tree`, by their full names."""
    found = {}
    for path in sorted((tree / package).rglob("*.py")):
        parts = path.relative_to(tree).with_suffix("").parts
        if "node_modules" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def read_imports(tree: Path, package: str) -> list[Import]:
    """Return every import in every module of `package`."""
    modules = modules_of(tree, package)
    return [
        found
        for name, path in modules.items()
        for found in _Reader(name, path, tree, modules).read()
    ]


class _Reader:
    def __init__(self, name: str, path: Path, tree: Path, modules: Collection[str]) -> None:
        self.name = name
        self.path = path
        self.file = path.relative_to(tree).as_posix()
        self.modules = modules

    def read(self) -> list[Import]:
        module = ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))
        found = list(self._imports(module, typing_only=False, deferred=False))
        if any(
            isinstance(node, ast.Call) and _last_name(node.func) in {"import_module", "__import__"}
            for node in ast.walk(module)
        ):
            found += self._loaded_by_name(module)
        return found

    def _imports(self, node: ast.AST, *, typing_only: bool, deferred: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.Import, ast.ImportFrom)):
                for imported in self._targets(child):
                    yield Import(
                        self.name,
                        imported,
                        f"{self.file}:{child.lineno}",
                        typing_only,
                        deferred,
                        relative=isinstance(child, ast.ImportFrom) and child.level > 0,
                    )
            elif isinstance(child, ast.If) and _last_name(child.test) == "TYPE_CHECKING":
                body = ast.Module(child.body, [])
                yield from self._imports(body, typing_only=True, deferred=deferred)
                rest = ast.Module(child.orelse, [])
                yield from self._imports(rest, typing_only=typing_only, deferred=deferred)
            else:
                inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                yield from self._imports(
                    child, typing_only=typing_only, deferred=deferred or inside
                )

    def _targets(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            return
        base = node.module or ""
        if node.level:
            package = self.name if self.path.name == "__init__.py" else _parent(self.name)
            parts = package.split(".")
            base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
        for alias in node.names:
            # `from package import name`: the name is a submodule or an attribute.
            submodule = f"{base}.{alias.name}"
            yield submodule if submodule in self.modules else base

    def _loaded_by_name(self, module: ast.Module) -> Iterator[Import]:
        """Yield the modules whose names are strings in a file that calls `import_module`."""
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                imported = node.value.partition(":")[0]
                if imported in self.modules and imported != self.name:
                    yield Import(
                        self.name,
                        imported,
                        f"{self.file}:{node.lineno}",
                        typing_only=False,
                        deferred=True,
                    )


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _parent(name: str) -> str:
    return name.rpartition(".")[0]


def ancestors(name: str) -> list[str]:
    """Return the packages that contain a module, the innermost first.

    >>> ancestors("streamlab.web.app")
    ['streamlab.web', 'streamlab']
    """
    found = []
    while name := _parent(name):
        found.append(name)
    return found


def runtime_graph(imports: Iterable[Import], modules: Collection[str]) -> dict[str, set[str]]:
    """Return what each module loads when it runs, imports inside functions included.

    Importing a module also runs the `__init__.py` of the packages that contain it, unless the
    importer lies in them too.
    """
    graph: dict[str, set[str]] = {name: set() for name in modules}
    for one in imports:
        if one.typing_only or one.imported not in graph:
            continue
        own = {one.importer, *ancestors(one.importer)}
        graph[one.importer] |= {one.imported, *ancestors(one.imported)} & graph.keys() - own
    return graph


def reachable(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """Return every module that `start` loads, directly or through others."""
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph[name])
    return seen


def cycles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return one shortest cycle for each group of modules that import each other.

    >>> cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    [['a', 'b', 'c', 'a']]
    """
    found = []
    covered: set[str] = set()
    for name in sorted(graph):
        if name in covered or name not in (below := reachable(graph, name)):
            continue
        found.append(_shortest_path_back(graph, name))
        covered |= {other for other in below if name in reachable(graph, other)}
    return found


def _shortest_path_back(graph: Mapping[str, Iterable[str]], start: str) -> list[str]:
    paths = [[start]]
    seen: set[str] = set()
    while True:
        longer = []
        for path in paths:
            for name in sorted(graph[path[-1]]):
                if name == start:
                    return [*path, start]
                if name not in seen:
                    seen.add(name)
                    longer.append([*path, name])
        paths = longer


def is_standard(name: str) -> bool:
    """Return whether a module belongs to Python's standard library."""
    return name.partition(".")[0] in sys.stdlib_module_names


def distribution_name(name: str) -> str:
    """Return the normalized name of a distribution.

    >>> distribution_name("Jinja_2")
    'jinja-2'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def declared_dependencies() -> tuple[set[str], set[str]]:
    """Return the names that pyproject.toml requires, and those that its users' extras add.

    Read as text, because Python 3.10 has no `tomllib`, and because the metadata of an editable
    install may be older than the file.
    """
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    required, optional = (
        re.search(pattern, text, re.DOTALL | re.MULTILINE)[1]
        for pattern in (
            r"^dependencies = \[(.*?)^\]",
            r"^\[project.optional-dependencies\](.*?)^test = ",
        )
    )
    return _names_in(required), _names_in(optional)


def _names_in(text: str) -> set[str]:
    return {distribution_name(name) for name in re.findall(r'"([\w.-]+)', text)}
