"""Errors as reading matter: what happened, why, and what to write instead.

Wherever Flask raises, the same class of exception is raised here, and the first line is
Flask's own; what follows is for the learner. Errors that Python itself raises inside a body
get their explanation appended, so class, object and traceback stay what they are.
"""

from __future__ import annotations

import inspect
from types import FunctionType, GeneratorType
from typing import Any, NoReturn
from weakref import WeakKeyDictionary, ref

from streamlab.web.globals import current_context
from streamlab.web.stream_warnings import USED_TWICE

# What Python says while a body is being made -> what a learner needs to hear about it.
_EXPLANATIONS = (
    (
        "closed file",
        (
            "The generator runs after the view has returned, and leaving its 'with open(...)'"
            " has closed the file. Open the file inside the generator:\n\n"
            "    def generate():\n"
            "        with open(path) as lines:\n"
            "            yield from lines"
        ),
    ),
    (
        "closed database",
        (
            "The generator runs after the view has returned, and the connection was closed at its"
            " end. Open it inside the generator, or keep the context for as long as the stream"
            " lasts: return stream_with_context(generate())"
        ),
    ),
    (
        "generator already executing",
        (
            "Two requests are reading one generator. A generator runs once, for one response: call"
            " the generator function inside the view, so that each request makes its own."
        ),
    ),
    (
        "generator raised StopIteration",
        (
            "next() on an exhausted iterator inside a generator ends in this error (PEP 479). Give"
            " next() a default, or end the generator with return."
        ),
    ),
)

# Generator -> the response, or the kept stream, that was made of it first.
_users: WeakKeyDictionary[GeneratorType[Any, Any, Any], ref[Any]] = WeakKeyDictionary()


def explain(error: Exception) -> None:
    """Append to the text of *error* what a learner needs to know, if we know it."""
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    text = error.args[0]
    for symptom, explanation in _EXPLANATIONS:
        if symptom in text and explanation not in text:
            error.args = (f"{text}\n\n{explanation}",)


def note_use(body: object, by: object) -> None:
    """Remember that *by*, a response or a kept stream, is made of *body*; tell if another was."""
    if isinstance(body, GeneratorType):
        first = _users.setdefault(body, ref(by))
        ctx = current_context.get(None)
        if first() is not by and ctx is not None:
            USED_TWICE.tell(ctx.app, body.__name__)


def refuse_chunk(item: object) -> NoReturn:
    """Raise `TypeError` for a chunk that is neither text nor bytes (PEP 3333)."""
    if item is None:
        hint = "A bare 'yield', or 'yield print(...)', gives None: yield the text itself."
    elif isinstance(item, int):
        hint = (
            'Yield its text, f"{number}\\n". (Numbers also come from looping over a bytes'
            " object: wrap it in a list.)"
        )
    elif inspect.isgenerator(item) or isinstance(item, (list, tuple)):
        hint = "To yield what another generator or a list holds, write 'yield from'."
    else:
        hint = "Yield its text, str(value), or its JSON, json.dumps(value)."
    raise TypeError(
        f"The body of the response yielded {item!r:.60}, a {type(item).__name__}; a chunk must be"
        f" str or bytes.\n\n{hint} The status was sent before, so the client sees a body that"
        " breaks off."
    )


def no_body(value: object) -> str:
    """The advice for a view that returned *value*, which no response can be made of."""
    if inspect.isasyncgen(value):
        return (
            "A WSGI server reads a body with a plain for loop, and an async generator needs"
            " 'async for'. Write the generator with 'def'; the view around it may be 'async def'."
        )
    if inspect.iscoroutine(value):
        return "A coroutine is work not yet done: 'return await' it, in an 'async def' view."
    if isinstance(value, FunctionType):
        return (
            f"The view returned the function '{value.__name__}' itself, not what it makes. Call"
            f" it: return {value.__name__}()"
        )
    if isinstance(value, (bool, int, float)):
        return "Return its text: return str(value)"
    return "Several pieces go into a generator that yields each as str or bytes."


def not_iterable(value: object) -> TypeError:
    """The error for `stream_with_context` around something that can be neither read nor called."""
    if inspect.isasyncgen(value):
        hint = no_body(value)
    else:
        hint = "Give it what your generator function returns, stream_with_context(generate())."
    return TypeError(
        f"'stream_with_context' needs an iterator, or a function that returns one, but got a"
        f" {type(value).__name__}.\n\n{hint}"
    )


def endpoint_taken(endpoint: str) -> str:
    """The advice for two different views under one endpoint."""
    return (
        f"View function mapping is overwriting an existing endpoint function: {endpoint}\n\n"
        "Two different views have the same function name, so one would hide the other. A"
        " decorator of yours needs @functools.wraps(view) to keep the view's own name; a lambda"
        " has none, so give it one: add_url_rule(rule, endpoint='name', view_func=...)."
    )
