"""Random edits of bytes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

COMMON_FRAGMENTS = (
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b",", b";"),
    *(b"\xff\xfe", b"\x0b", b"\x85", b"\xa0", b"\x1b[2J", b"\xe2\x80\xa8"),
    *(b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"HTTP/1.1 "),
    *(b"Content-Length: 99999999999999999999\r\n", b"Content-Length: -1\r\n"),
    *(b"Content-Length: 3\r\n", b"Content-Length: 5, 5\r\n", b"Content-Length: \xb2\r\n"),
    *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n"),
    *(b"Transfer-Encoding:\x0bchunked\r\n", b"Connection: keep-alive\r\n", b" folded\r\n"),
    *(b"A" * 70_000, b"X: y\r\n" * 300, b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"5;ext=1\r\n"),
)
_NUMBER = re.compile(rb"[0-9]+")


def mutated(
    draw: random.Random, seeds: Sequence[bytes], fragments: Sequence[bytes] = COMMON_FRAGMENTS
) -> bytes:
    """Return one of several messages, changed by one to four random edits.

    :param draw: the source of randomness.
    :param seeds: the messages.
    :param fragments: bytes that an edit may insert.
    """
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(7):
            case 0:
                data[at:at] = draw.choice(fragments)
            case 1:
                del data[at : at + draw.randint(1, 30)]
            case 2:
                data[at : at + 1] = draw.randbytes(1)
            case 3:
                data[at:at] = data[at : at + draw.randint(1, 60)]
            case 4:
                del data[at:]
            case 5:
                other = draw.choice(seeds)
                data[at:] = other[draw.randrange(len(other) + 1) :]
            case 6:
                _change_number(draw, data)
    return bytes(data)


def _change_number(draw: random.Random, data: bytearray) -> None:
    if numbers := list(_NUMBER.finditer(data)):
        first, last = draw.choice(numbers).span()
        data[first:last] = b"%d" % draw.choice((0, 1, 4, 6, 100, 204, 304, 2**63, 10**30))


def cut(draw: random.Random, data: bytes) -> list[bytes]:
    """Return the pieces of `data`, cut at random."""
    count = draw.choice((0, 1, 2, 5, 20))
    cuts = sorted({0, *(draw.randrange(len(data) + 1) for _ in range(count)), len(data)})
    return [data[first:last] for first, last in pairwise(cuts)]
