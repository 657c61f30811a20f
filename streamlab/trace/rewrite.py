"""Change the code of a view so that its generator works: wrap it, or pass the values in.

The text of the user's code is kept, comments included. Only what must change is replaced.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import linecache
import re
import textwrap
from contextlib import suppress
from functools import lru_cache
from itertools import accumulate, pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from streamlab.trace.context_values import Tree, context_values

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from streamlab.trace.context_values import FunctionNode

_WRAPPER = "stream_with_context"
_MOST_CHARACTERS = 30_000
"""Longer code is not read: it would delay the response."""
_MOST_LINES = 60
"""Longer functions are not shown with all their lines."""
Edit: TypeAlias = tuple[int, int, str]
"""Where text is replaced, from a byte to a byte, and by what."""
_CONTINUES = re.compile(r"[\s#)\]}]|(?:else|elif|except|finally)\b")
"""How a line begins that belongs to the statement before it."""
_tree = lru_cache(maxsize=4)(Tree)


class View:
    """The code of a view and its generator, as far as one file shows it.

    :param frame: of the generator, in which a request context was missing.
    :param framework: where `stream_with_context` is imported from: ``"flask"`` or ``"streamlab"``.
    :raises LookupError: if the code cannot be found.
    """

    def __init__(self, frame: FrameType, framework: str) -> None:
        self._frame = frame
        self._framework = framework
        code = frame.f_code
        lines = linecache.getlines(code.co_filename, frame.f_globals)
        self._tree, text = _read(_statements_with(lines, code), "".join(lines))
        self._text = text.encode()
        lengths = map(len, self._text.splitlines(keepends=True))
        self._starts = list(accumulate(lengths, initial=0))
        self._generator = _node_of(self._tree, code)
        self._functions = self._functions_to_show()
        makers = self._makers()
        # In another generator the request context would be missing too.
        self._made_at = [node for node in makers if self._is_in_view(node)]
        self._made_only_in_view = len(self._made_at) == len(makers)
        if not self._made_at:
            raise LookupError("the view does not make the generator")

    def wrapped(self) -> tuple[str, str]:
        """Return the code with `stream_with_context`, and its new lines.

        If the code has it already, these are its lines with `stream_with_context`.
        """
        edits = []
        if not self._is_decorated():
            for node in self._made_at:
                if not self._is_wrapped(node):
                    edits += self._wrap(node)
        return self._edited(edits, self._import() if edits else "", marked=_WRAPPER)

    def passed_in(self) -> tuple[str, str]:
        """Return the code in which the view reads the values, and its new lines.

        :raises LookupError: if the view cannot read them.
        """
        generator, around = self._generator, self._functions[-1]
        taken = {node.id for node in ast.walk(around) if isinstance(node, ast.Name)}
        taken |= {node.arg for node in ast.walk(around) if isinstance(node, ast.arg)}
        values = context_values(self._tree, generator, self._value_of, taken)
        if values is None or not self._made_only_in_view:
            raise LookupError("the view cannot read the values")
        edits: list[Edit] = []
        passed: dict[str, str] = {}
        for value in values:
            if ast.unparse(ast.parse(self._segment(value.node))) != ast.unparse(value.node):
                raise LookupError("Python 3.11 has wrong positions inside of some f-strings")
            passed.setdefault(value.name, self._segment(value.node))
            if value.statement is not None and self._is_alone(value.statement):
                edits.append((*self._span(value.statement, whole_lines=True), ""))
            else:
                edits.append((*self._span(value.node), value.name))
        if any(end > start for (_, end, _), (start, _, _) in pairwise(sorted(edits))):
            raise LookupError("one value is inside of another")
        if isinstance(generator, ast.GeneratorExp):
            edits.append(self._assigned_before(generator, passed))
        else:
            edits += self._as_arguments(generator, passed)
        edits += [edit for node in self._made_at for edit in self._unwrap(node)]
        return self._edited(edits)

    def reads_at(self, line: int) -> str:
        """Return what the generator reads of a request in a line; "" if that is not known.

        :param line: number of the line.
        """
        for value in context_values(self._tree, self._generator, self._value_of, set()) or ():
            if value.node.lineno <= line <= (value.node.end_lineno or line):
                return self._segment(value.node)
        return ""

    def _is_in_view(self, node: ast.AST) -> bool:
        return self._tree.function_around(node) is self._functions[-1]

    def _is_alone(self, statement: ast.stmt) -> bool:
        """Whether nothing else is in the lines of a statement."""
        start, end = self._span(statement, whole_lines=True)
        first, last = self._span(statement)
        return self._text[start:end].strip() == self._text[first:last]

    def _functions_to_show(self) -> list[FunctionNode]:
        """Return the functions that the code consists of: one, or the generator and its view."""
        generator = self._generator
        around = self._tree.function_around(generator)
        if around is not None:
            return [around]
        if not isinstance(generator, (ast.FunctionDef, ast.AsyncFunctionDef)):
            raise LookupError("a generator expression without a function")  # noqa: TRY004
        callers = {self._tree.function_around(node): None for node in self._calls(self._tree.root)}
        if len(callers) != 1 or (caller := next(iter(callers))) is None:
            raise LookupError("not one function that calls it")
        return [generator, caller]

    def _makers(self) -> list[ast.expr]:
        """Return the expressions that make the generator."""
        if isinstance(self._generator, ast.GeneratorExp):
            return [self._generator]
        return list(self._calls(self._functions[-1]))

    def _calls(self, inside: ast.AST) -> list[ast.expr]:
        name = self._generator.name
        uses = [n for n in ast.walk(inside) if isinstance(n, ast.Name) and n.id == name]
        calls = [self._tree.parent(use) for use in uses]
        if not all(
            isinstance(call, ast.Call) and call.func is use
            for call, use in zip(calls, uses, strict=True)
        ):
            raise LookupError("the function is not only called")
        return calls  # type: ignore[return-value] # they are

    def _is_decorated(self) -> bool:
        return bool(self._decorator())

    def _decorator(self) -> ast.expr | None:
        decorators = getattr(self._generator, "decorator_list", ())
        return next((one for one in decorators if _ends_with_wrapper(one)), None)

    def _wrapping(self, node: ast.expr) -> ast.Call | None:
        parent = self._tree.parent(node)
        wraps = isinstance(parent, ast.Call) and _ends_with_wrapper(parent.func)
        return parent if wraps and parent.args == [node] else None  # type: ignore[union-attr, return-value] # a call

    def _is_wrapped(self, node: ast.expr) -> bool:
        return self._wrapping(node) is not None

    def _wrap(self, node: ast.expr) -> list[Edit]:
        start, end = self._span(node)
        wrapper = self._wrapper()
        parent = self._tree.parent(node)
        if isinstance(node, ast.GeneratorExp):
            # The parentheses of `Response(x for x in y)` belong to both.
            if isinstance(parent, ast.Call) and self._span(parent)[1] == end:
                return [(start, start, f"({wrapper}"), (end, end, ")")]
            return [(start, start, wrapper)]
        return [(start, start, f"{wrapper}("), (end, end, ")")]

    def _unwrap(self, node: ast.expr) -> list[Edit]:
        """Return the edits that remove `stream_with_context`, which is then not needed."""
        if decorator := self._decorator():
            return [(*self._span(decorator, whole_lines=True), "")]
        wrapping = self._wrapping(node)
        if wrapping is None:
            return []
        (first, last), (start, end) = self._span(wrapping), self._span(node)
        if isinstance(node, ast.GeneratorExp):  # the call and the expression share the parentheses
            return [(first, start, "")] if end == last else [(first, start, ""), (end, last, "")]
        return [(first, start, ""), (end, last, "")]

    def _wrapper(self) -> str:
        if self._value_of(_WRAPPER) is None:
            for name in self._frame.f_code.co_names:
                value = self._value_of(name)
                if type(value) is ModuleType and value.__name__ == self._framework:
                    return f"{name}.{_WRAPPER}"
        return _WRAPPER

    def _import(self) -> str:
        if self._wrapper() != _WRAPPER or self._value_of(_WRAPPER) is not None:
            return ""
        return f"from {self._framework} import {_WRAPPER}\n\n"

    def _value_of(self, name: str) -> Any:
        return self._frame.f_locals.get(name, self._frame.f_globals.get(name))

    def _as_arguments(self, generator: FunctionNode, passed: dict[str, str]) -> list[Edit]:
        """Return the edits that give the generator parameters and its calls arguments."""
        edits = []
        code = self._frame.f_code
        before = self._text.index(b"(", self._span(generator)[0] + len("def "))
        known = code.co_argcount or code.co_kwonlyargcount or code.co_flags & inspect.CO_VARARGS
        edits.append((before + 1, before + 1, ", ".join(passed) + (", " if known else "")))
        for call in self._made_at:
            assert isinstance(call, ast.Call)  # noqa: S101 - for mypy
            start = self._text.index(b"(", self._span(call.func)[1])
            more = ", " if call.args or call.keywords else ""
            edits.append((start + 1, start + 1, ", ".join(passed.values()) + more))
        return edits

    def _assigned_before(self, generator: ast.expr, passed: dict[str, str]) -> Edit:
        """Return the edit that reads the values in the statement before."""
        statement = next(one for one in self._tree.around(generator) if isinstance(one, ast.stmt))
        start, _ = self._span(statement)
        indent = " " * statement.col_offset
        return start, start, "".join(f"{n} = {text}\n{indent}" for n, text in passed.items())

    def _segment(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return " ".join(self._text[start:end].decode().split())

    def _span(self, node: Any, *, whole_lines: bool = False) -> tuple[int, int]:
        """Return where a node begins and ends in the text, in bytes."""
        if whole_lines:
            return self._starts[node.lineno - 1], self._starts[node.end_lineno]
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def _edited(self, edits: list[Edit], before: str = "", marked: str = "") -> tuple[str, str]:
        """Return the changed code, and its lines that are new or contain a text."""
        codes, changes = [], [before] if before else []
        for function in self._functions:
            first = min(node.lineno for node in (function, *function.decorator_list))
            start, end = self._starts[first - 1], self._starts[function.end_lineno or first]
            old = new = self._text[start:end]
            inside = {edit for edit in edits if start <= edit[0] < end}
            for at, to, text in sorted(inside, reverse=True):
                new = new[: at - start] + text.encode() + new[to - start :]
            old_text, new_text = (textwrap.dedent(one.decode()) for one in (old, new))
            codes.append(new_text.rstrip("\n") + "\n")
            new_lines = _new_lines(old_text, new_text, marked if not edits else "")
            changes.append(textwrap.dedent("".join(new_lines)))
        code = before + "\n\n".join(codes)
        ast.parse(code)
        change = "".join(changes)
        return (code if code.count("\n") <= _MOST_LINES else change), change


def _new_lines(old: str, new: str, marked: str) -> list[str]:
    lines = new.splitlines(keepends=True)
    if marked:
        return [line for line in lines if marked in line]
    matcher = difflib.SequenceMatcher(None, old.splitlines(keepends=True), lines, autojunk=False)
    return [
        line
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag in {"replace", "insert"}
        for line in lines[start:end]
    ]


def _ends_with_wrapper(node: ast.expr) -> bool:
    return ast.unparse(node).rpartition(".")[2] == _WRAPPER


def _read(*texts: str) -> tuple[Tree, str]:
    """Return the tree of the first text that is not too long and is Python, and that text."""
    for text in texts:
        if text and len(text) <= _MOST_CHARACTERS:
            with suppress(SyntaxError):  # a string with lines that look like statements
                return _tree(text), text
    raise LookupError("no code that can be read")


def _statements_with(lines: list[str], code: CodeType) -> str:
    """Return those statements of a file that contain a generator or mention its name.

    All other lines are empty, so that each line keeps its number. Reading the whole file could take
    seconds.

    :param lines: of the file.
    :param code: the code of the generator.
    """
    name = re.compile(rf"\b{re.escape(code.co_name)}\b")
    if len(lines) < code.co_firstlineno:
        return ""
    at_top = not _CONTINUES.match(lines[code.co_firstlineno - 1])
    kept = [""] * len(lines)
    starts: list[int] = []
    decorated = False
    for number, line in enumerate(lines):
        if not _CONTINUES.match(line):
            if not decorated:
                starts.append(number)
            decorated = line.startswith("@")
    for start, end in pairwise([*starts, len(lines)]):
        inside = start < code.co_firstlineno <= end
        if inside or (at_top and any(map(name.search, lines[start:end]))):
            kept[start:end] = lines[start:end]
    return "".join(line or "\n" for line in kept)


def _node_of(tree: Tree, code: CodeType) -> Any:
    """Return the node that a generator's code was compiled from."""
    found: list[ast.AST] = []
    for node in ast.walk(tree.root):
        if isinstance(node, ast.GeneratorExp):
            if code.co_name == "<genexpr>" and node.lineno == code.co_firstlineno:
                found.append(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min(one.lineno for one in (node, *node.decorator_list))
            if node.name == code.co_name and first == code.co_firstlineno:
                found.append(node)
    if len(found) != 1:
        raise LookupError(code.co_name)
    return found[0]
