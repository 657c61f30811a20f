"""The HTTP client needs the standard library and the clock, and its protocol needs no sockets."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import streamlab.http1

FOLDER = Path(streamlab.http1.__file__).parent
WITHOUT_SOCKETS = {
    "chunked", "errors", "events", "framing", "protocol", "request", "response_head",
}  # fmt: skip


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, also in functions and for typing."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            imported.add(node.module)
    return imported


def test_it_imports_the_standard_library_and_the_clock_only():
    for path in FOLDER.glob("*.py"):
        for name in imports_of(path):
            allowed = (
                name.startswith("streamlab.http1.")
                or name == "streamlab.clock"
                or name.partition(".")[0] in sys.stdlib_module_names
            )
            assert allowed, f"{path.name} imports {name}"


def test_the_protocol_imports_no_module_that_does_input_or_output():
    for stem in WITHOUT_SOCKETS:
        imported = imports_of(FOLDER / f"{stem}.py")
        assert not imported & {
            "socket",
            "ssl",
            "select",
            "selectors",
            "threading",
            "asyncio",
            "time",
        }
        ours = {name.rpartition(".")[2] for name in imported if name.startswith("streamlab.")}
        assert ours <= WITHOUT_SOCKETS, f"{stem}.py imports {ours - WITHOUT_SOCKETS}"
