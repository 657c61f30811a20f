"""The events that `ClientProtocol` gives out, in this order.

1. `InterimResponse`, any number of times;
2. `Response`, once;
3. `Data`, any number of times;
4. `EndOfMessage`, once, if the response is complete.

They correspond to the events of the library h11.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Fields: TypeAlias = list[tuple[str, str]]
"""Header or trailer fields as pairs of name and value, in the order in which they were sent."""


@dataclass(slots=True)
class ResponseHead:
    """A status line and the header fields below it.

    :param http_version: for example ``"1.1"``.
    :param status_code: for example 200.
    :param reason: the reason phrase, for example ``"OK"``; it may be empty.
    :param headers: the header fields.
    """

    http_version: str
    status_code: int
    reason: str
    headers: Fields


class InterimResponse(ResponseHead):
    """A 1xx response such as ``103 Early Hints``, which comes before the `Response`."""

    __slots__ = ()


class Response(ResponseHead):
    """The status line and headers of the response. The body follows."""

    __slots__ = ()


@dataclass(slots=True)
class Data:
    """Bytes of the body.

    :param frames: with the chunked transfer coding, the data of one or more frames, one item per
        frame. Frames that arrive together share one event, because one event per frame would
        make a fast stream slower. Without the coding, one item: the bytes of one read.
    :param end_of_frame: whether the last item ends a frame. If not, there is only one item, and
        the next event continues it. Without the chunked coding always True.

    A frame counts as ended when the line break after its data has arrived, or when the connection
    ends. A frame of many gigabytes arrives as many events, so it needs no more memory than others.
    """

    frames: list[bytes]
    end_of_frame: bool = True

    @property
    def data(self) -> bytes:
        """All bytes of this event.

        >>> Data([b"Hello", b" World"]).data
        b'Hello World'
        """
        return b"".join(self.frames)


@dataclass(slots=True)
class EndOfMessage:
    """The end of a complete response.

    :param trailers: the fields after the last chunk (RFC 9112 section 7.1.2); mostly empty.
    """

    trailers: Fields = field(default_factory=list)


Event: TypeAlias = InterimResponse | Response | Data | EndOfMessage
