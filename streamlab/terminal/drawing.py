"""Drawing in a terminal with rich: the pieces that the commands put together.

Where the output is no terminal, the same things are told in plain lines, as they happen.
"""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console, RenderableType

    from streamlab.trace.lane import Columns
    from streamlab.trace.verdict import Verdict

TICK_SECONDS = 1 / 20
"""Between two looks at what is new."""
AXIS_COLUMNS = 44
"""Of a time axis: leaves room for a name before and a count behind it in 80 columns."""

OUTCOME_STYLES = {
    "streamed": "bold green",
    "buffered": "bold yellow",
    "truncated": "bold red",
    "failed": "bold red",
}
_OTHER_OUTCOME = "bold cyan"
_HEIGHTS = " ▁▂▃▄▅▆▇█"


class Show(Protocol):
    """Something that happens, and can be looked at while it does."""

    def picture(self) -> RenderableType:
        """How it looks now."""

    def lines(self, *, ended: bool) -> Iterable[Text]:
        """What is new since the last call, in plain lines."""


def watch(
    run: Callable[[], object],
    stop: Callable[[], object],
    show: Show,
    console: Console,
    *,
    live: bool,
) -> None:
    """Let `run` work in a thread, and draw `show` until it has ended.

    :param stop: called for Ctrl-C; `run` is expected to come to its end then.
    :param live: whether to draw a picture that changes, instead of plain lines.
    """
    with ThreadPoolExecutor(1) as pool, _screen(show, console, live=live) as draw:
        future = pool.submit(run)
        while not future.done():
            with _leaving(stop):
                wait([future], TICK_SECONDS)
                draw(ended=False)
        draw(ended=True)
        future.result()


@contextmanager
def _leaving(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` for Ctrl-C, and go on."""
    try:
        yield
    except KeyboardInterrupt:
        stop()


class _Draw(Protocol):
    def __call__(self, *, ended: bool) -> None: ...


@contextmanager
def _screen(show: Show, console: Console, *, live: bool) -> Iterator[_Draw]:
    if not live:

        def print_lines(*, ended: bool) -> None:
            for line in show.lines(ended=ended):
                console.print(line, soft_wrap=True)

        yield print_lines
        return
    with Live(console=console, auto_refresh=False) as screen:

        def paint(*, ended: bool) -> None:  # noqa: ARG001 - a picture shows its own end
            screen.update(show.picture(), refresh=True)

        yield paint


def printable(text: str) -> str:
    r"""`text` as it may go to a terminal: what would steer it, or end a line, is spelt out.

    >>> printable("<p>Hello\n\x1b[2J")
    '<p>Hello\\n\\x1b[2J'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def preview(data: bytes | None, columns: int) -> str:
    r"""The beginning of `data` in at most `columns` columns.

    >>> preview(b"Hello\n", 20), preview(b"a" * 50, 10)
    ('Hello\\n', 'aaaaaaa...')
    """
    if data is None:
        return "(not kept)"
    text = printable(data[: 4 * columns].decode("utf-8", "backslashreplace"))
    if len(text) > columns or len(data) > 4 * columns:
        text = text[: columns - 3] + "..."
    return text


def reflowed(text: str) -> str:
    r"""`text` with its paragraphs in one line each, for a width of its own; indented ones stay.

    >>> print(reflowed("one\ntwo\n\n    code\n    code"))
    one two
    <BLANKLINE>
        code
        code
    """
    return "\n\n".join(
        paragraph if paragraph.startswith(" ") else " ".join(paragraph.split("\n"))
        for paragraph in text.split("\n\n")
    )


def verdict_text(verdict: Verdict) -> Text:
    """A verdict, its outcome told by its first word and by colour."""
    word, _, rest = printable(str(verdict)).partition(" ")
    return Text.assemble((word, OUTCOME_STYLES.get(verdict.outcome, _OTHER_OUTCOME)), " ", rest)


def cells(columns: Columns, origin: int, span: int, count: int = AXIS_COLUMNS) -> list[int]:
    """Bytes of a lane in each of `count` cells of a time axis of `span` nanoseconds.

    Costs as much as there are cells, however many chunks there are.
    """
    sizes, before = [], 0
    for cell in range(1, count + 1):
        row = bisect_right(columns.times, origin + span * cell // count, hi=len(columns.ends))
        passed = columns.ends[row - 1] if row else 0
        sizes.append(passed - before)
        before = passed
    return sizes


def dots(sizes: Iterable[int]) -> str:
    """A dot where something passed.

    >>> dots([10, 0, 5])
    '● ●'
    """
    return "".join("●" if size else " " for size in sizes)


def bars(sizes: Sequence[int]) -> str:
    """As high as much passed.

    >>> bars([10, 0, 5])
    '█ ▄'
    """
    most = max(sizes, default=0) or 1
    top = len(_HEIGHTS) - 1
    return "".join(_HEIGHTS[-(-size * top // most)] for size in sizes)


def interval(start: int, end: int, span: int, count: int = AXIS_COLUMNS) -> str:
    """A time axis of `span` nanoseconds with a line from `start` to `end`.

    >>> interval(50, 100, 100, 10)
    '     ━━━━━'
    """
    first, last = (min(count - 1, max(0, time * count // span)) for time in (start, end))
    return " " * first + "━" * (last - first + 1)
