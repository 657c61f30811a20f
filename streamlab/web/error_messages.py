"""The texts of errors that explain themselves: what happened, why, and what to write instead.

Where Flask raises an error, streamlab raises the same class, and the first line of the message is
Flask's. The advice follows after an empty line. An error that Python raises while a body is read
keeps its class, object and traceback; `explain` appends the advice to its text.
"""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import NoReturn

NO_REQUEST = """\
Working outside of request context.

'request' and 'session' belong to one request, and no request is active where this line ran.

In a generator: its code runs while the response is sent, after the view has returned and its
request has ended. Either keep the request until the stream ends:

    return stream_with_context(generate())

or read the value in the view and pass it in:

    def generate(name): ...
    return generate(request.args["name"])

In a thread that you start: decorate its function with @copy_current_request_context.
In a test or at the prompt: with app.test_request_context("/path?name=World"): ...\
"""

NO_APP = """\
Working outside of application context.

'g' and 'current_app' belong to the active application, and no application is active where
this line ran.

In a generator: the context ended when the view returned. Keep it until the stream ends with
stream_with_context(generate()), or read the value in the view and pass it in.

In a test, a script or at the prompt: with app.app_context(): ...\
"""

NO_REQUEST_IN_CONTEXT = """\
There is no request in this context.

An application context is active ('g' and 'current_app' work), but app.app_context() made it, not
a request. To simulate a request: with app.test_request_context("/path"): ...\
"""

NO_CONTEXT_TO_KEEP = """\
'stream_with_context' can only be used when a request context is active, such as in a view function.

There is no request here whose context could be kept.
Call it inside the view: return stream_with_context(generate())\
"""

# (part of Python's message, advice)
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
            "The generator runs after the view has returned, and the connection was closed at the"
            " end of the request. Open it inside the generator, or keep the context until the"
            " stream ends:\n\n"
            "    return stream_with_context(generate())\n\n"
            "(Here and in Flask 3.2. Flask 3.1 runs the teardown functions before the first chunk,"
            " even with stream_with_context.)"
        ),
    ),
    (
        "generator already executing",
        (
            "Two requests are reading the same generator. A generator runs once, for one response:"
            " call the generator function inside the view, so that each request gets a new one:\n\n"
            "    def view():\n"
            "        return generate()"
        ),
    ),
    (
        "generator raised StopIteration",
        (
            "next() on an exhausted iterator raised StopIteration inside a generator, and Python"
            " turns that into this error (PEP 479). Give next() a default, next(rows, None), or"
            " end the generator with return."
        ),
    ),
)


def explain(error: Exception) -> None:
    """Append advice to the text of an error that Python raised while a body was read.

    :param error: changed in place if its text is known here; advice is appended only once.

    >>> error = ValueError("I/O operation on closed file.")
    >>> explain(error)
    >>> print(str(error).splitlines()[2])
    The generator runs after the view has returned, and leaving its 'with open(...)' has closed \
the file. Open the file inside the generator:
    """
    explain_other_framework(error)
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    text = error.args[0]
    for symptom, explanation in _EXPLANATIONS:
        if symptom in text and explanation not in text:
            error.args = (f"{text}\n\n{explanation}",)


def explain_other_framework(error: Exception) -> None:
    """Append advice to the error of an object that belongs to another framework, such as Flask.

    Its message begins like streamlab's, but its context can never be active in an `App`.

    :param error: changed in place if it is such an error; advice is appended only once.

    >>> error = RuntimeError("Working outside of request context.")
    >>> explain_other_framework(error)
    >>> print(str(error).splitlines()[-1])
        from streamlab import request, session, g, stream_with_context
    """
    if not isinstance(error, RuntimeError) or len(error.args) != 1:
        return
    text = error.args[0]
    known = isinstance(text, str) and (text in {NO_REQUEST, NO_APP} or _OTHER_FRAMEWORK in text)
    if not known and str(text).startswith("Working outside of "):
        error.args = (f"{text}\n\n{_OTHER_FRAMEWORK}",)


_OTHER_FRAMEWORK = """\
The object in this line is another framework's, for example Flask's 'request', and an App has its
own objects. Import those:

    from streamlab import request, session, g, stream_with_context"""


def refuse_chunk(item: object) -> NoReturn:
    """Raise an error for a chunk that is neither text nor bytes (PEP 3333).

    :param item: the chunk.
    :raises TypeError: always.

    >>> refuse_chunk(None)
    Traceback (most recent call last):
    TypeError: The body of the response yielded None, a NoneType; a chunk must be str or bytes.
    """
    if item is None:
        hint = (
            "A bare 'yield', or 'yield print(...)', yields None. Yield the text itself: yield text"
        )
    elif isinstance(item, int):
        hint = (
            'Yield its text: yield f"{number}\\n". (Numbers also come from looping over a bytes'
            " object: wrap it in a list, [data].)"
        )
    elif inspect.isgenerator(item) or isinstance(item, (list, tuple)):
        hint = "To yield each item of another generator or a list, write 'yield from'."
    else:
        hint = "Yield its text, str(value), or its JSON, json.dumps(value)."
    raise TypeError(
        f"The body of the response yielded {item!r:.60}, a {type(item).__name__}; a chunk must be"
        f" str or bytes.\n\n{hint} The status has already been sent, so the client receives a"
        " truncated body."
    )


def no_body(value: object) -> str:
    """Return the advice for a view whose return value cannot become a response.

    :param value: what the view returned.

    >>> no_body(7)
    'Return its text: return str(value)'
    """
    if inspect.isasyncgen(value):
        return (
            "A WSGI server reads a body with a plain for loop, and an async generator needs"
            " 'async for'. Write the generator with 'def'; the view around it may be 'async def'."
        )
    if inspect.iscoroutine(value):
        return (
            "A coroutine must be awaited: write 'return await ...' in a view that is 'async def'."
        )
    if isinstance(value, FunctionType):
        return (
            f"The view returned the function '{value.__name__}' and not its result. Call it:"
            f" return {value.__name__}()"
        )
    if isinstance(value, (bool, int, float)):
        return "Return its text: return str(value)"
    return "To send several pieces, return a generator that yields each as str or bytes."


def not_iterable(value: object) -> TypeError:
    """Return the error for a value that `stream_with_context` cannot wrap.

    :param value: something that is neither iterable nor callable.

    >>> print(str(not_iterable(7)).splitlines()[-1])
    Pass the result of your generator function: stream_with_context(generate())
    """
    if inspect.isasyncgen(value):
        hint = no_body(value)
    else:
        hint = "Pass the result of your generator function: stream_with_context(generate())"
    return TypeError(
        f"'stream_with_context' needs an iterator, or a function that returns one, but got a"
        f" {type(value).__name__}.\n\n{hint}"
    )


def endpoint_taken(endpoint: str) -> str:
    """Return the text of the error for two different views with the same endpoint.

    :param endpoint: the name that both views have.
    """
    return (
        f"View function mapping is overwriting an existing endpoint function: {endpoint}\n\n"
        "Two different views have the same function name, so the second would hide the first. A"
        " decorator around a view needs @functools.wraps(view) to keep the view's name; a lambda"
        " has no name, so pass one: add_url_rule(rule, endpoint='name', view_func=...)."
    )
