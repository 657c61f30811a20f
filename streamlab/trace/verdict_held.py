"""The rules of the verdict for bytes that something held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers

from streamlab.clock import now_ns
from streamlab.trace import advice
from streamlab.trace.client import ExternalClient
from streamlab.trace.content_coding import ContentDecoder
from streamlab.trace.held_bytes import HeldBack, Holding, held_between
from streamlab.trace.outcome import (
    Verdict,
    amount_of,
    failed_before_leaving,
    holdings,
    received_lane,
    recoding_note,
    time_of,
    visible_lanes,
)
from streamlab.wording import counted, seconds_text, sentence

if TYPE_CHECKING:
    from streamlab.trace.client import Client
    from streamlab.trace.trace import Trace


def held_to_the_end(trace: Trace, client: Client) -> Verdict | None:
    """Return the verdict on bytes that something held until the client left.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    if client.response.complete or not (client.stopped or client.timed_out):
        return None
    if failed_before_leaving(trace):
        return None
    ends = (time_of("client left", trace), time_of("client cut off", trace), now_ns())
    left = trace.left or next(time for time in ends if time)
    holdings = held_between(trace, visible_lanes(trace, client))
    certain = [holding for holding in holdings if _held_when_left(trace, client, holding, left)]
    if not certain:
        return None
    holding = max(certain, key=lambda holding: holding.at(left).size)
    size, since = holding.rest(left)
    name, received = holding.holder, received_lane(trace, client)
    seconds = (left - since) / 1e9
    duration = f", the first of them for {seconds_text(seconds)}" if seconds >= 0.001 else ""
    got = f"had received {amount_of(received)}" if received.size else "had received nothing"
    return Verdict(
        "buffered",
        f"Buffered: `{name}` still held {counted(size, 'byte')}{duration}, when the client left. "
        f"The client {got}. {sentence(client.problem or '') if client.problem else ''}".strip(),
        name,
        advice.for_holder(name, inside=holding.behind == "app"),
        held_bytes=size,
        held_seconds=seconds,
    )


def _held_when_left(trace: Trace, client: Client, holding: Holding, left: int) -> bool:
    """Return whether bytes were held when the client left, and not only on their way.

    They were if a chunk was made after them, which is the definition of "held back". A generator
    may also make one chunk and then pause. If the client gave up because nothing came, or has
    received nothing at all, the chunk counts as held if it was for most of the client's last wait.
    """
    step = holding.at(left)
    if not step.size or (holding.behind == "client" and trace.send_confirmed):
        return False
    if step.back and (holding.behind != "client" or _counts_at_client(trace, holding.held_back())):
        return True
    received = trace.lanes["client"].size
    if isinstance(client, ExternalClient) or (client.stopped and received):
        return False
    if client.limit_reached and received:  # it did not leave because nothing came
        return False
    reads = trace.reads.times
    waiting_since = reads[-1] if reads else trace.origin
    held_since = max(holding.rest(left)[1], waiting_since)
    return 2 * (left - held_since) > left - waiting_since


def buffered(trace: Trace, client: Client) -> Verdict | None:
    """Return the verdict on chunks that were held until later ones were made.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    late = [
        (holding, held)
        for holding in holdings(trace, client)
        if (held := holding.held_back()).late
        and (holding.behind != "client" or _counts_at_client(trace, held))
    ]
    # The first of those that held back the most chunks.
    return _buffered_by(trace, *max(late, key=lambda pair: pair[1].late)) if late else None


_MENTIONED_SECONDS = 0.001
"""A shorter time says nothing: the generator made its chunks without a pause."""


def _buffered_by(trace: Trace, holding: Holding, held: HeldBack) -> Verdict:
    name = holding.holder
    behind, made = trace.lanes[holding.behind], trace.source_lane
    seconds = seconds_text(held.seconds) if held.seconds >= _MENTIONED_SECONDS else ""
    if made and held.late == held.chunks and held.until > made.times[-1]:
        all_bytes = "everything" if behind.times[0] >= held.until else "all content"
        together = " together" if behind.chunks == 1 else ""
        duration = f" for {seconds}" if seconds else ""
        what = f"kept the first chunk{duration} and sent {all_bytes}{together} at the end."
    else:
        duration = f", the first for {seconds}" if seconds else ""
        what = (
            f"kept {held.late:,} of {counted(held.chunks + 1, 'chunk')} until after the next one "
            f"was made: up to {counted(held.size, 'byte')} at once{duration}."
        )
    return Verdict(
        "buffered",
        f"Buffered: `{name}` {what}{recoding_note(trace)}",
        name,
        advice.for_holder(name, inside=holding.behind == "app"),
        held_bytes=held.size,
        held_seconds=held.seconds,
    )


def compressed_inside(trace: Trace, client: Client) -> Verdict | None:
    """Return the verdict on chunks that the app itself compresses, with all content in one.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    made, head = trace.source_lane, trace.heads.get("app")
    if made is None or made.chunks < 2 or not made.body.complete or head is None:
        return None
    if made.name not in {"generator", "app"} or not client.response.complete:
        return None
    decoder = ContentDecoder(Headers(head[1]))
    if not decoder.codings or not decoder.decodes:
        return None
    body, start, sizes = made.body.whole, 0, []
    try:
        for end in made.columns.ends:
            sizes.append(len(decoder.decode(body[start:end])))
            start = end
    except ValueError:
        return None
    if sum(map(bool, sizes)) != 1:
        return None
    return Verdict(
        "buffered",
        f"Buffered: the app compresses its chunks itself ({', '.join(decoder.codings)}), and all "
        f"content is in chunk {sizes.index(max(sizes)) + 1:,} of {made.chunks:,}. The compressor "
        "kept the rest until then.",
        "app",
        advice.BY_HOLDER["gzip"],
        held_bytes=max(sizes),
    )


def made_early(trace: Trace, client: Client) -> Verdict | None:  # noqa: ARG001 - a rule
    """Return the verdict on chunks that all existed before the first was asked for.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    making, made = trace.making, trace.source_lane
    if making is None or not making.early or made is None:
        return None
    why = (
        f"because `{making.read_by}` had read the whole stream"
        if making.read_by
        else f"because the body is {making.reason}"
    )
    return Verdict(
        "buffered",
        f"Buffered: all {making.early:,} chunks existed before the view returned, {why}.",
        VIEW,
        advice.VIEW_READS if making.read_by else advice.RETURN_GENERATOR,
        held_bytes=made.size,
    )


VIEW = "view"
"""The culprit if chunks were made before the view returned."""


def _counts_at_client(trace: Trace, held: HeldBack) -> bool:
    """Return whether lateness at the client shows that bytes were held.

    The client's thread may read late. In lockstep it is waited for. With a pace, or if the
    generator itself pauses, it has enough time, except now and then.
    """
    made = trace.source_lane
    pauses = made is not None and made.seconds_between > _PAUSE_SECONDS
    return trace.lockstep or ((trace.gate.pace is not None or pauses) and held.mostly)


_PAUSE_SECONDS = 0.05
"""A longer mean time between chunks is a pause. A thread that waits for bytes wakes up far sooner.
"""


def too_fast(trace: Trace, client: Client) -> Verdict | None:
    """Return the verdict on chunks that came late to the client, if it may have read them late.

    :param trace: what was observed on the server's side.
    :param client: what made the request.
    """
    if isinstance(client, ExternalClient) or trace.lockstep or trace.send_confirmed:
        return None
    holding = holdings(trace, client)[-1]
    held = holding.held_back()
    if not held.mostly:
        return None
    return Verdict(
        "inconclusive",
        f"Inconclusive: too fast to tell. {held.late:,} of {counted(held.chunks + 1, 'chunk')} "
        f"reached the client after the next one was made. Either `{holding.holder}` held them or "
        "the client read late.",
        None,
        advice.TOO_FAST,
    )
