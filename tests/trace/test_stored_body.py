"""Head and tail of a body are kept, for pieces of any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamlab.trace.stored_body import StoredBody

pieces = st.lists(st.binary(max_size=12), max_size=30)
sizes = st.integers(min_value=0, max_value=9)


def filled(*data: bytes, head: int = 4, tail: int = 2) -> StoredBody:
    body = StoredBody(head_bytes=head, tail_bytes=tail)
    for piece in data:
        body.append(piece)
    return body


def test_a_short_body_is_kept_whole():
    body = filled(b"ab", b"cd", b"ef")
    assert body.complete
    assert body.whole == b"abcdef"


def test_of_a_long_body_only_head_and_tail_are_kept():
    body = filled(*[b"%d" % (n % 10) for n in range(100)])
    assert not body.complete
    assert body.head == b"0123"
    start, tail = body.tail
    assert tail == (b"0123456789" * 10)[start:]
    with pytest.raises(ValueError, match="its middle was not kept"):
        _ = body.whole


def test_one_huge_piece_is_trimmed_at_once():
    body = filled(b"head" + b"x" * 10_000_000 + b"ta")
    assert body.size == 10_000_006
    assert body.head == b"head"
    assert body[body.size - 2 : body.size] == b"ta"
    assert len(body.head + body.tail[1]) < 100


def test_a_slice_with_forgotten_bytes_is_none():
    body = filled(b"abcd", b"efghijklmnop", b"yz")
    assert body[0:4] == b"abcd"
    assert body[3:5] is None
    assert body[8:18] is None
    assert body[16:18] == b"yz"


@pytest.mark.parametrize(("head", "tail"), [(0, 0), (0, 3), (3, 0)])
def test_both_limits_may_be_zero(head, tail):
    body = filled(b"abcdef", b"g", b"hijk", head=head, tail=tail)
    assert body.size == 11
    assert body[0:head] == b"abcdef"[:head]
    assert body[11 - tail : 11] == b"hijk"[4 - tail :]


@given(pieces, sizes, sizes)
def test_kept_bytes_are_equal_to_the_original(data, head, tail):
    whole, body = b"".join(data), filled(*data, head=head, tail=tail)
    assert body.size == len(whole)
    assert body.head == whole[:head]
    assert len(body.head + body.tail[1]) <= head + 2 * tail
    for start in range(len(whole) + 1):
        for stop in range(start, len(whole) + 1):
            assert body[start:stop] in (whole[start:stop], None)
    assert (
        body[len(whole) - min(tail, len(whole)) : len(whole)] == whole[max(0, len(whole) - tail) :]
    )
    assert not body.complete or body.whole == whole
