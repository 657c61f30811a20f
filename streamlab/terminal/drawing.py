"""Drawing in a terminal with rich: what the commands have in common.

If the output is not a terminal, the commands print plain lines instead of a picture.
"""

from __future__ import annotations

from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.live import Live
from rich.text import Text

from streamlab.exports.formatting import escaped, shortened
from streamlab.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console, RenderableType

    from streamlab.trace.columns import Columns
    from streamlab.trace.verdict import Verdict

TICK_SECONDS = 1 / 20
"""The time between two updates of the screen."""
AXIS_COLUMNS = 44
"""The width of a time axis. In 80 columns it leaves room for a name and a count."""

OUTCOME_STYLES = {
    "streamed": "bold green",
    "buffered": "bold yellow",
    "truncated": "bold red",
    "failed": "bold red",
}
"""Styles of rich for the outcomes of a verdict. Other outcomes are cyan."""
_OTHER_OUTCOME = "bold cyan"
_HEIGHTS = " ▁▂▃▄▅▆▇█"


class View(Protocol):
    """What a command shows while it runs."""

    def picture(self) -> RenderableType:
        """Return the current picture, for a terminal."""

    def lines(self, *, done: bool) -> Iterable[Text]:
        """Return what is new since the last call, as plain lines.

        :param done: whether this is the last call.
        """


def watch(
    run: Callable[[], object],
    stop: Callable[[], object],
    view: View,
    console: Console,
    *,
    live: bool,
) -> None:
    """Call a function in a thread, and draw a view until the function returns.

    :param run: the function. What it raises is raised here.
    :param stop: called on Ctrl-C, and if drawing fails. It must make `run` return soon.
    :param view: what to draw.
    :param console: where to draw it.
    :param live: True to draw a picture that changes, False to print plain lines.
    """
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        try:
            with _screen(view, console, live=live) as draw:
                while not future.done():
                    with _stopping_on_ctrl_c(stop):
                        wait([future], TICK_SECONDS)
                        draw(done=False)
                draw(done=True)
        except BaseException:  # such as a closed pipe: without this, the pool would wait for `run`
            stop()
            raise
        future.result()


@contextmanager
def _stopping_on_ctrl_c(stop: Callable[[], object]) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        stop()


class _Draw(Protocol):
    def __call__(self, *, done: bool) -> None: ...


@contextmanager
def _screen(view: View, console: Console, *, live: bool) -> Iterator[_Draw]:
    if not live:

        def print_lines(*, done: bool) -> None:
            for line in view.lines(done=done):
                console.print(line, soft_wrap=True)

        yield print_lines
        return
    with Live(console=console, auto_refresh=False) as screen:

        def update_picture(*, done: bool) -> None:  # noqa: ARG001 - the picture shows the end
            screen.update(view.picture(), refresh=True)

        yield update_picture


def preview(data: bytes | None, columns: int) -> str:
    r"""Return the beginning of a chunk as text on one line.

    :param data: the bytes, or None if they were not kept. Bytes that are not UTF-8 become
        escapes.
    :param columns: the most characters to return.

    >>> preview(b"Hello\n", 20), preview(b"a" * 50, 10)
    ('Hello\\n', 'aaaaaaa...')
    >>> print(preview(b"\xff and C:\\new", 20))
    \xff and C:\\new
    """
    if data is None:
        return "(not kept)"
    # 4 bytes are enough for any character. An escape for a byte must not be escaped again.
    head = data[: 4 * columns].decode("utf-8", "surrogateescape")
    text = "".join(
        f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else escaped(c) for c in head
    )
    return shortened(text + "..." if len(data) > 4 * columns else text, columns)


def unwrapped(text: str) -> str:
    r"""Return text with each paragraph on one line, so that a terminal can wrap it.

    :param text: paragraphs, separated by empty lines. Paragraphs that are indented are code and
        stay as they are.

    >>> print(unwrapped("one\ntwo\n\n    code\n    code"))
    one two
    <BLANKLINE>
        code
        code
    """
    return "\n\n".join(
        paragraph if paragraph.startswith(" ") else " ".join(paragraph.split("\n"))
        for paragraph in text.split("\n\n")
    )


def verdict_text(verdict: Verdict, *, with_advice: bool = True) -> Text:
    """Return the sentence of a verdict, with its first word in the colour of the outcome.

    :param verdict: the result of an exchange.
    :param with_advice: whether to add the advice, if there is any.

    >>> from streamlab.trace.verdict import Verdict
    >>> verdict_text(Verdict("stopped", "Stopped: the client left.", advice="Wait longer.")).plain
    'Stopped: the client left. Wait longer.'
    """
    advice = f" {verdict.advice}" if with_advice and verdict.advice else ""
    word, _, rest = printable(f"{verdict}{advice}").partition(" ")
    return Text.assemble((word, OUTCOME_STYLES.get(verdict.outcome, _OTHER_OUTCOME)), " ", rest)


def bytes_in_cells(
    columns: Columns, origin: int, span: int, cells: int = AXIS_COLUMNS
) -> list[int]:
    """Return how many bytes passed a lane in each cell of a time axis.

    The cost depends on the number of cells, not on the number of chunks.

    :param columns: the columns of the lane.
    :param origin: the time at which the axis begins, in nanoseconds.
    :param span: the length of the axis, in nanoseconds.
    :param cells: how many equal parts the axis has.

    >>> from streamlab.trace.lane import Lane
    >>> lane = Lane("client")
    >>> lane.record(b"Hello")
    >>> bytes_in_cells(lane.columns, lane.times[0] - 60, 100, 2)
    [0, 5]
    """
    sizes, before = [], 0
    for cell in range(1, cells + 1):
        row = bisect_right(columns.times, origin + span * cell // cells, hi=len(columns.ends))
        passed = columns.ends[row - 1] if row else 0
        sizes.append(passed - before)
        before = passed
    return sizes


def dots(sizes: Iterable[int]) -> str:
    """Return a line with a dot for each number above 0.

    :param sizes: the bytes in each cell.

    >>> dots([10, 0, 5])
    '● ●'
    """
    return "".join("●" if size else " " for size in sizes)


def bars(sizes: Sequence[int]) -> str:
    """Return a line with a bar for each number, as high as the number is large.

    :param sizes: the bytes in each cell.

    >>> bars([10, 0, 5])
    '█ ▄'
    """
    most = max(sizes, default=0) or 1
    top = len(_HEIGHTS) - 1
    return "".join(_HEIGHTS[-(-size * top // most)] for size in sizes)


def interval(start: int, end: int, span: int, cells: int = AXIS_COLUMNS) -> str:
    """Return a time axis with a line from one time to another.

    :param start: where the line begins, in nanoseconds since the axis begins.
    :param end: where it ends, in nanoseconds since the axis begins.
    :param span: the length of the axis, in nanoseconds.
    :param cells: the length of the axis, in characters.

    >>> interval(50, 100, 100, 10)
    '     ━━━━━'
    """
    first, last = (min(cells - 1, max(0, time * cells // span)) for time in (start, end))
    return " " * first + "━" * (last - first + 1)
