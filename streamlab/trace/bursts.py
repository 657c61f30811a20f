"""Bursts: what a client received between two waits, with the content and the messages in it.

One read tells little. Bytes that were sent apart may be read together, and bytes that were sent
together may be read apart. While the client waits, everything sent before has been read. So what
comes between two waits belongs together.
"""

from __future__ import annotations

from dataclasses import dataclass

BURST_NS = 2_000_000
"""A wait of this length begins a new burst, in nanoseconds. A shorter one happens while one piece
of data arrives."""
MAX_BURSTS = 20_000
"""How many bursts are kept. What comes later counts for the last one."""


@dataclass
class Burst:
    """What arrived between two waits.

    :param wait_ns: the wait before it, in nanoseconds.
    :param start: when its first read returned, in nanoseconds of the clock.
    :param end: when its last read returned.
    :param between_frames: whether nothing but whole frames of the chunked coding had arrived when
        the wait before it began. The network does not know where frames end, so it causes few of
        these waits.
    :param reads: the number of reads.
    :param body: bytes of the body, as they were sent.
    :param content: bytes of content, with the content coding undone.
    :param frames: frames that became complete.
    :param marks: the messages that became complete, see `streamlab.trace.messages.Messages.marks`.
    :param comments: comments of an event stream.
    """

    wait_ns: int
    start: int
    end: int
    between_frames: bool = False
    reads: int = 0
    body: int = 0
    content: int = 0
    frames: int = 0
    marks: tuple[int, int, int] = (0, 0, 0)
    comments: int = 0

    @property
    def length_ns(self) -> int:
        """From its first read to its last, in nanoseconds."""
        return self.end - self.start

    def absorb(self, other: Burst) -> None:
        """Add a burst that follows this one.

        :param other: the burst; its wait is left out.

        >>> burst = Burst(0, start=1, end=2, content=5)
        >>> burst.absorb(Burst(10, start=12, end=13, content=6))
        >>> burst.content, burst.length_ns
        (11, 12)
        """
        self.end = other.end
        self.reads += other.reads
        self.body += other.body
        self.content += other.content
        self.frames += other.frames
        self.comments += other.comments
        one, two = self.marks, other.marks
        self.marks = (one[0] + two[0], one[1] + two[1], one[2] + two[2])


def joined(bursts: list[Burst], apart_ns: int) -> list[Burst]:
    """Return new bursts, in which those with a shorter wait between them are one.

    :param bursts: in their order.
    :param apart_ns: the shortest wait that keeps two apart, in nanoseconds.

    >>> [burst.body for burst in joined([Burst(0, 1, 1, body=5), Burst(9, 10, 10, body=6)], 10)]
    [11]
    """
    result: list[Burst] = []
    for burst in bursts:
        if not result or burst.wait_ns >= apart_ns:
            result.append(Burst(burst.wait_ns, burst.start, burst.start, burst.between_frames))
        result[-1].absorb(burst)
    return result
