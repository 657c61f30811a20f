"""How much content each row of a compressed lane brought, found by decoding the lane.

A compressor can write bytes without content: the header of its coding, or the mark of a flush.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from streamlab.trace.content_coding import CODING_BYTES, codings_of, sniffed_coding
from streamlab.trace.decoders import decoder_for, package_for

if TYPE_CHECKING:
    from streamlab.trace.lane import Lane
    from streamlab.trace.trace import Trace

MAX_CONTENT_BYTES = 1024 * 1024
"""How many bytes of content are decoded. A few bytes can contain very many."""


class ContentRows(NamedTuple):
    """The content of the rows at the start of a lane.

    :param ends: for each row how many bytes of content it and the rows before it have.
    :param exact: whether the content is that of the lane before, so that offsets can be compared.
    """

    ends: list[int]
    exact: bool

    def with_content(self, rows: int) -> int:
        """Return how many of the first rows there are up to the last one with content.

        :param rows: how many rows to look at.

        >>> ContentRows([0, 5, 5], exact=True).with_content(3)
        2
        """
        end = self.ends[rows - 1] if rows else 0
        return bisect_left(self.ends, end) + 1 if end else 0


def coding_between(trace: Trace, behind: Lane) -> str:
    """Return the name of the content coding of a lane whose bytes differ from the lane before.

    :param trace: the trace, with the headers that the server was given.
    :param behind: the lane.
    :return: such as ``"gzip"``; "" if the bytes differ for another reason, or if it is not known.
    """
    sniffed = sniffed_coding(behind.body[:CODING_BYTES] or b"")
    if sniffed or trace.response_head is None:
        return sniffed
    fields = trace.response_head[1]
    codings = codings_of([value for name, value in fields if name.lower() == "content-encoding"])
    return codings[-1] if codings else ""


def needs_package(coding: str) -> str:
    """Return the package without which the content of a coding cannot be seen; "" if none is.

    :param coding: the name of a content coding, as `coding_between` returns it.
    """
    return package_for(coding) if coding and decoder_for(coding) is None else ""


def content_rows(before: Lane, behind: Lane, coding: str) -> ContentRows | None:
    """Return the content of the first rows of a lane, as far as its bytes were kept.

    :param before: the lane before.
    :param behind: the lane, whose bytes are coded.
    :param coding: the name of its coding.
    :return: None if the lane cannot be decoded.

    >>> import gzip
    >>> from streamlab.trace.lane import Lane
    >>> before, behind = Lane("app"), Lane("gzip")
    >>> before.record(b"Hello")
    >>> coded = gzip.compress(b"Hello")
    >>> behind.record(coded[:10])
    >>> behind.record(coded[10:])
    >>> content_rows(before, behind, "gzip")
    ContentRows(ends=[0, 5], exact=True)
    """
    decoder = decoder_for(coding) if coding else None
    if decoder is None:
        return None
    coded, plain = behind.body.head, before.body.head
    ends: list[int] = []
    content, start, size = bytearray(), 0, 0
    for end in behind.columns.ends:
        if end > len(coded) or size > MAX_CONTENT_BYTES:
            break
        try:
            piece = decoder.decode(coded[start:end], MAX_CONTENT_BYTES)
        except Exception:  # noqa: BLE001 - each library has its own: it is not in this coding
            return None
        size += len(piece)
        content += piece[: max(0, len(plain) - len(content))]
        ends.append(size)
        start = end
    return ContentRows(ends, exact=plain.startswith(content))
