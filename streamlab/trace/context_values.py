"""Find what a generator reads of a request, in the syntax tree of its function.

``request.args["name"]`` in a generator is a value that the view can read and pass in. The
expression must not use a variable of the generator, because the view does not have it.
"""

from __future__ import annotations

import ast
import builtins
import keyword
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
    Lookup = Callable[[str], Any]

_GETTERS = ("get", "getlist", "get_json", "get_data")
_FUNCTIONS = ("url_for",)
"""Functions that need a request context, and return a value that can be passed in."""


@dataclass(frozen=True)
class ContextValue:
    """A value of a request context that a generator reads.

    :param node: the expression.
    :param name: a name for a parameter that has the value.
    :param statement: the statement that assigns the value to a variable of that name, if there is
        one. The parameter replaces it.
    """

    node: ast.expr
    name: str
    statement: ast.stmt | None = None


class Tree:
    """The syntax tree of a file, in which each node knows its parent.

    :param text: the file.
    :raises SyntaxError: if the text is not Python.
    """

    def __init__(self, text: str) -> None:
        self.root = ast.parse(text)
        self._parents = {
            child: node for node in ast.walk(self.root) for child in ast.iter_child_nodes(node)
        }

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node that contains a node.

        :param node: a node of this tree.
        """
        return self._parents.get(node)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Iterate over the nodes that contain a node, the nearest first.

        :param node: a node of this tree.
        """
        found = self.parent(node)
        while found is not None:
            yield found
            found = self.parent(found)

    def function_around(self, node: ast.AST) -> FunctionNode | None:
        """Return the nearest function that contains a node; None if no function does.

        :param node: a node of this tree.
        """
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return next((found for found in self.around(node) if isinstance(found, functions)), None)


def context_values(
    tree: Tree, generator: ast.AST, lookup: Lookup, taken: set[str]
) -> list[ContextValue] | None:
    """Return what a generator reads of a request; None if the view cannot read all of it.

    :param tree: the tree in which the generator is.
    :param generator: a function or a generator expression.
    :param lookup: returns the value of a name that the generator uses, or None.
    :param taken: names that a parameter must not have.
    """
    own = {
        *(n.id for n in ast.walk(generator) if isinstance(n, ast.Name) and _is_stored(n)),
        *(n.arg for n in ast.walk(generator) if isinstance(n, ast.arg)),
    }
    names: dict[str, str] = {}
    found = []
    for node in ast.walk(generator):
        if not isinstance(node, ast.Name) or _is_stored(node):
            continue
        start = _context_object(tree, node, lookup)
        if start is None:
            continue
        value = _whole_value(tree, start, own)
        if value is None:
            return None
        expression, name = value
        statement = _assignment(tree, expression)
        if statement is not None:
            name = statement.targets[0].id  # type: ignore[attr-defined] # it is a name
        text = ast.unparse(expression)
        if text not in names:
            while statement is None and (
                name in taken | own or name in names.values() or hasattr(builtins, name)
            ):
                name += "_value"
            names[text] = name
        elif statement is not None and names[text] != name:
            statement = None
        found.append(ContextValue(expression, names[text], statement))
    return found or None


def _is_stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _context_object(tree: Tree, node: ast.Name, lookup: Lookup) -> ast.expr | None:
    """Return the expression of a context object that begins with this name, or None.

    For the name ``request`` it is ``request``, and for ``flask`` it is ``flask.request``.
    """
    value = lookup(node.id)
    if _belongs_to_context(value, node.id):
        return node
    parent = tree.parent(node)
    if type(value) is not ModuleType or not isinstance(parent, ast.Attribute):
        return None
    attribute = vars(value).get(parent.attr)  # as in `flask.request`
    return parent if _belongs_to_context(attribute, parent.attr) else None


def _belongs_to_context(value: Any, name: str) -> bool:
    # Not `value.__class__`: without a context, every attribute of a proxy raises an error.
    if type(value).__module__ == "werkzeug.local":
        return True
    framework = value.__module__.partition(".")[0] if isinstance(value, FunctionType) else ""
    return name in _FUNCTIONS and framework in {"flask", "streamlab"}


def _whole_value(tree: Tree, start: ast.expr, own: set[str]) -> tuple[ast.expr, str] | None:
    """Return the whole expression to pass in, as ``request.args["name"]``, and a name for it."""
    if called := _call(tree, start, own):  # url_for("view")
        return called, "url"
    node, name = start, ""
    for _ in range(2):
        item = tree.parent(node)
        if isinstance(item, ast.Subscript) and item.value is node and _is_free(item.slice, own):
            node, name = item, _name_of(item.slice) or name or "value"
            break
        if not isinstance(item, ast.Attribute):
            break
        call = _call(tree, item, own)
        if call is not None and item.attr in _GETTERS:
            key = _name_of(call.args[0]) if call.args else ""
            node, name = call, key or item.attr.removeprefix("get_")
            break
        if node is not start:
            break
        node, name = item, item.attr
    if node is start or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return None
    return node, name if name.isidentifier() and not keyword.iskeyword(name) else "value"


def _call(tree: Tree, function: ast.expr, own: set[str]) -> ast.Call | None:
    """Return the call of a function, if its arguments do not need the generator's variables."""
    call = tree.parent(function)
    if isinstance(call, ast.Call) and call.func is function:
        arguments = [*call.args, *(word.value for word in call.keywords)]
        if all(_is_free(argument, own) for argument in arguments):
            return call
    return None


def _is_free(node: ast.expr, own: set[str]) -> bool:
    """Return whether an expression uses no variable of the generator."""
    return not any(isinstance(part, ast.Name) and part.id in own for part in ast.walk(node))


def _name_of(node: ast.expr) -> str:
    """Return the text of a key such as ``"name"``; "" if it is something else."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) and value.isidentifier() else ""


def _assignment(tree: Tree, node: ast.expr) -> ast.Assign | None:
    """Return the statement ``name = node`` that a node is in, or None.

    The statement must be directly in the body of the generator, and not the only one there.
    """
    statement = tree.parent(node)
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    function = tree.parent(statement)
    alone = not isinstance(function, ast.FunctionDef) or len(function.body) == 1
    return statement if isinstance(statement.targets[0], ast.Name) and not alone else None
