"""Mistakes of an application that break the rules of WSGI (PEP 3333) or of HTTP's framing.

A server answers such a mistake with its own error or a broken response, or says nothing about it.
The functions here say what the application did, and what to write instead.
"""

from __future__ import annotations

import inspect
import reprlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from streamlab.trace.failure import Failure
from streamlab.wording import counted

if TYPE_CHECKING:
    from streamlab.trace.client import ClientResponse
    from streamlab.trace.failure import TracebackEntry
    from streamlab.trace.trace import Trace

Head = tuple[str, list[tuple[str, str]]]
"""Status and header fields, as given to ``start_response``."""


class Mistake(NamedTuple):
    """What a layer did wrong.

    :param lane: name of the layer's lane.
    :param text: what it did and what that led to, as a clause without a full stop.
    :param advice: what to change, with code to copy.
    :param lost: bytes that did not arrive because of it, if known.
    """

    lane: str
    text: str
    advice: str
    lost: int = 0


@dataclass(frozen=True)
class NotBytes:
    """An item of a body that is not bytes, which a server refuses (PEP 3333).

    :param lane: name of the lane whose layer yielded it.
    :param kind: name of its type.
    :param text: what was yielded, as a clause without a full stop.
    :param advice: what to yield instead.
    :param entry: the line that yielded it; None if not known.
    """

    lane: str
    kind: str
    text: str
    advice: str
    entry: TracebackEntry | None = None

    @property
    def sentence(self) -> str:
        """What was yielded and what to yield instead, as sentences."""
        return f"{self.text[:1].upper()}{self.text[1:]}. {self.advice}"

    def failure(self) -> Failure:
        """Return the failure of a server that refuses the item.

        Each server raises its own error, which is not visible from here.
        """
        error = TypeError(self.text)
        return Failure(
            error,
            f"TypeError: {error}",
            self.advice,
            (self.entry,) if self.entry else (),
            self.lane,
            clause=self.text,
            tip=self.advice,
        )


def layer(lane: str) -> str:
    """Return the name of a layer for the middle of a sentence.

    :param lane: name of its lane.

    >>> layer("app"), layer("gzip")
    ('the app', '`gzip`')
    """
    return f"the {lane}" if lane in {"generator", "app"} else f"`{lane}`"


def not_bytes(
    lane: str, item: object, body: object = None, entry: TracebackEntry | None = None
) -> NotBytes:
    """Return a description of an item that is not bytes.

    :param lane: name of the lane whose layer yielded it.
    :param item: the item.
    :param body: the iterable that it comes from.
    :param entry: the line that yielded it; None if not known.

    >>> found = not_bytes("generator", bytearray(b"frame"))
    >>> found.text
    "the generator yielded bytearray(b'frame'), a bytearray, and WSGI allows only bytes (PEP 3333)"
    >>> found.advice
    'Yield bytes: `yield bytes(chunk)`.'
    """
    kind = type(item).__name__
    whole = isinstance(body, (bytes, bytearray, memoryview, str))
    if whole:
        text = (
            f"the app returned {type(body).__name__} and not a list, so each of its "
            f"items is {_article(kind)} {kind}, and WSGI allows only bytes (PEP 3333)"
        )
    else:
        value = "None" if item is None else f"{_short(item)}, {_article(kind)} {kind}"
        if isinstance(item, memoryview):
            value = f"a memoryview of {counted(item.nbytes, 'byte')}"
        text = f"{layer(lane)} yielded {value}, and WSGI allows only bytes (PEP 3333)"
    advice = _instead_of_body(body) if whole else _instead_of(item)
    return NotBytes("app" if whole else lane, kind, text, advice, entry)


def _instead_of_body(body: object) -> str:
    """Return what to write if text or bytes were returned instead of a list."""
    if isinstance(body, str):
        return "Return a list with the encoded text: `return [text.encode()]`."
    if isinstance(body, bytes):
        return f"Return a list with the bytes in it: `return [{_double_quoted(_short(body))}]`."
    return "Return a list with the bytes in it: `return [bytes(data)]`."


def _instead_of(item: object) -> str:
    """Return what to write instead of an item that is not bytes."""
    if item is None:
        return (
            "A bare `yield`, or `yield print(...)`, yields None. Yield the bytes of a chunk: "
            "`yield text.encode()`; in a view of a framework the text itself: `yield text`."
        )
    if isinstance(item, str):
        return "Encode the text: `yield text.encode()`."
    if inspect.isgenerator(item) or isinstance(item, (list, tuple)):
        return "To yield each item of another generator or of a list, write `yield from`."
    with suppress(TypeError):
        memoryview(item)  # type: ignore[arg-type]
        return "Yield bytes: `yield bytes(chunk)`."
    return "Yield its text as bytes: `yield str(value).encode()`."


_SHORT = reprlib.Repr()  # also for objects whose __repr__ raises, or that contain themselves
_SHORT.maxstring = _SHORT.maxother = 60


def _short(value: object) -> str:
    sliced = value[:100] if isinstance(value, (bytes, bytearray)) else value
    return _SHORT.repr(sliced)


def _double_quoted(literal: str) -> str:
    return f'b"{literal[2:-1]}"' if '"' not in literal else literal


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def as_bytes(item: object) -> bytes:
    """Return the bytes of an item that is text or a buffer; b"" for other items.

    :param item: what a layer yielded.

    >>> as_bytes("text"), as_bytes(bytearray(b"frame")), as_bytes(None)
    (b'text', b'frame', b'')
    """
    if isinstance(item, str):
        return item.encode(errors="replace")
    return bytes(item) if isinstance(item, (bytearray, memoryview)) else b""


def not_iterable(lane: str, body: Any, error: BaseException) -> Mistake | None:
    """Return the mistake of a layer whose result cannot be iterated over; None if it can.

    :param lane: name of the lane whose layer returned it.
    :param body: what the layer returned.
    :param error: the exception that iterating over it raised.

    >>> not_iterable("app", None, TypeError("'NoneType' object is not iterable")).text
    "the app returned None, which is no iterable of bytes (TypeError: 'NoneType' object is not \
iterable)"
    """
    iterable = hasattr(body, "__iter__") or hasattr(body, "__getitem__")
    if iterable or not isinstance(error, TypeError):
        return None
    kind = type(body).__name__
    what = "None" if body is None else f"{_article(kind)} {kind}"
    advice = 'Return a list of bytes, or a generator that yields bytes: `return [b"..."]`.'
    if inspect.isawaitable(body) or inspect.isasyncgen(body):
        advice = (
            "A WSGI server does not await. Write the application with `def`, or serve it with an "
            "ASGI server."
        )
    text = f"{layer(lane)} returned {what}, which is no iterable of bytes (TypeError: {error})"
    return Mistake(lane, text, advice)


def _field(head: Head, name: str) -> list[str]:
    """Return the values of a header field. An application can pass anything as headers."""
    return [
        str(pair[1]).strip()
        for pair in head[1]
        if isinstance(pair, tuple) and len(pair) == 2 and str(pair[0]).strip().lower() == name
    ]


def declared_length(head: Head) -> list[str]:
    """Return the values of the field Content-Length.

    :param head: status and header fields.

    >>> declared_length(("200 OK", [("Content-Length", "10")]))
    ['10']
    """
    return _field(head, "content-length")


TRANSFER_ENCODING = "transfer-encoding"
HOP_BY_HOP = (
    TRANSFER_ENCODING, "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
    "te", "trailer", "trailers", "upgrade", "proxy-connection",
)  # fmt: skip
"""Header fields that belong to one connection (RFC 9110 section 7.6.1). An application must not set
them (PEP 3333)."""


def hop_by_hop_header(trace: Trace) -> Mistake | None:
    """Return the mistake of a layer that set a header field which breaks the response.

    That is Transfer-Encoding, or a connection-specific header field that the server has refused.

    :param trace: its `Trace.heads` are examined, and its failure: some servers refuse such a field.
    """
    refused = trace.failure is not None and "hop-by-hop" in trace.failure.last.lower()
    if trace.failure is not None and not refused:
        return None
    return _header_set(trace, HOP_BY_HOP if refused else (TRANSFER_ENCODING,))


def connection_header(trace: Trace) -> Mistake | None:
    """Return the mistake of a layer that set a connection-specific header field, even if it worked.

    :param trace: its `Trace.heads` are examined.
    """
    return _header_set(trace, HOP_BY_HOP)


def _header_set(trace: Trace, names: tuple[str, ...]) -> Mistake | None:
    for name in names:
        for lane, head in trace.heads.items():
            if values := _field(head, name):
                shown = name.title() if name != "te" else "TE"
                return Mistake(
                    lane,
                    f"{layer(lane)} sets the header `{shown}: {values[0]}`, which only the server "
                    "may set (PEP 3333)",
                    f"Leave the header out: the server sets it itself. In a view: "
                    f'`response.headers.pop("{shown}", None)`.',
                )
    return None


def wrong_length(trace: Trace, response: ClientResponse) -> Mistake | None:
    """Return the mistake of a layer whose Content-Length is not the length of its body.

    A body is known to be too short only if it was not ended by an exception or by the client.

    :param trace: its `Trace.heads` are compared with its lanes.
    :param response: a response to HEAD, or with status 204 or 304, may promise any length.
    """
    if response.framing == "none":
        return None
    for name, head in trace.heads.items():
        lane, values = trace.lanes.get(name), declared_length(head)
        if lane is None or not values:
            continue
        if len(set(values)) > 1 or not (values[0].isascii() and values[0].isdigit()):
            return Mistake(
                name,
                f"{layer(name)} sets Content-Length to {' and to '.join(map(repr, values))}, "
                "which is not one number of bytes",
                _NO_LENGTH,
            )
        promised, made = int(values[0]), lane.size
        ended = trace.failure is None and name in trace.ended_lanes
        if made > promised or (ended and made < promised):
            least = "" if ended else "at least "
            return Mistake(
                name,
                f"{layer(name)} sets Content-Length to {promised:,}, but {least}"
                f"{counted(made, 'byte')} {'was' if made == 1 else 'were'} made",
                _NO_LENGTH,
                abs(made - promised),
            )
    return None


_NO_LENGTH = (
    "Do not set Content-Length on a stream, or set it to the number of bytes that the body has: "
    '`response.headers.pop("Content-Length", None)`.'
)


def no_start_response(trace: Trace) -> Mistake | None:
    """Return the mistake of a layer that did not call ``start_response`` before its first item.

    :param trace: of an exchange without an exception on the server's side.
    """
    called = any(event.kind == "app returned" for event in trace.events)
    if trace.failure is not None or not called:
        return None
    layers = [name for name in trace.lanes if name not in {"generator", "server", "client"}]
    lane = next((name for name in layers if name not in trace.heads), None)
    if lane is None:
        return None
    return Mistake(
        lane,
        f"{layer(lane)} did not call `start_response` before its first item, so the server "
        "had no status and no headers to send",
        'Call it first (PEP 3333): `start_response("200 OK", [("Content-Type", "text/plain")])`.',
    )
