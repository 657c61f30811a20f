"""The allowed differences between Flask and streamlab: their reasons and the exact lines.

streamlab follows Flask 3.2, where the request context and the app context are one. Most recorded
differences are therefore differences between Flask 3.1 and 3.2.

The lines are stored in a file for each series of Flask, in blocks such as

    because: pushed-again
    streams.generator @8 @14
    streams.request_args @8 @12
    - signal appcontext_popped
    @@
    + signal appcontext_pushed

The numbers are the lines of Flask's log at which the hunks begin. Flask's log and a block together
give streamlab's exact log, so a difference that grows, moves or disappears is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tests.web.parity.frameworks import FLASK_VERSION

HERE = Path(__file__).parent
RECORDED = HERE / ("flask_3_1.diff" if FLASK_VERSION == "3.1" else "flask_3_2.diff")

REASONS: dict[str, str] = {
    # Flask 3.1 and Flask 3.2
    "one-context": (
        "Since 3.2 a request has one context, and `stream_with_context` keeps it pushed from the"
        " view to the end of the stream. 3.1 pops its two contexts when the view returns and"
        " pushes them again for the first chunk, so the teardown functions run twice, the first"
        " time before the stream begins."
    ),
    "held-from-the-start": (
        "Since 3.2 a stream keeps the context as soon as it is wrapped. A stream that never starts"
        " (HEAD, a disconnect, a view that fails after wrapping) pops it with GeneratorExit when"
        " it is closed or garbage collected. In 3.1 nothing is pushed before the first chunk."
    ),
    "all-teardowns": (
        "Since 3.2 every teardown function is called, and all their errors are raised together at"
        " the end. In 3.1 no function is called after the first error, and because 3.1 tears down"
        " before the stream, the client gets no response."
    ),
    "own-context": (
        "Since 3.2 every request has a new context and a new `g`. 3.1 reuses an active app context"
        " of the same app."
    ),
    "any-context-suffices": (
        "Since 3.2 `stream_with_context` and `copy_current_request_context` work in an app"
        " context. 3.1 needs a request context."
    ),
    "request-while-tearing-down": (
        "Since 3.2 `request` works in `teardown_appcontext` functions. In 3.1 the request context"
        " has already been popped."
    ),
    "foreign-context": (
        "A context is popped while it is not active (a stream is read in another thread, or two"
        " are read alternately in one thread, which no server does). 3.1 and 3.2 fail differently."
    ),
    "refused-pop": (
        "Contexts are popped in the wrong order: 3.2 raises an error before it tears down, 3.1"
        " afterwards."
    ),
    "no-request-message": (
        "Since 3.2 the error for `request` in an app context says that the context has no request."
    ),
    "redirect-303": "Since 3.2 the status of `redirect` is 303, in 3.1 it is 302.",
    "bare-decorators": (
        "Since 3.2 `template_filter`, `template_test` and `template_global` can be used as"
        " decorators without parentheses."
    ),
    # Flask, any version, and streamlab
    "closed-once": (
        "An iterator's `close()` is called once, however the stream ends. Flask calls it twice if"
        " the client disconnects after the first chunk, and not at all if the stream never starts."
    ),
    "bad-chunk": (
        "A chunk that is neither text nor bytes raises an error that says so, after an empty chunk"
        " that makes the server send the headers. Flask passes the chunk to the server, which"
        " raises an AssertionError."
    ),
    "nothing-to-wrap": (
        "`stream_with_context` raises an error for something that is neither iterable nor"
        " callable. Flask returns a decorated function, which fails when it is called."
    ),
}


@dataclass(frozen=True)
class Hunk:
    """Lines of Flask's log, from line `at` on, and the lines that streamlab has instead."""

    at: int
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def text(self) -> str:
        marked = [f"- {line}" for line in self.removed] + [f"+ {line}" for line in self.added]
        return "\n".join(marked)


@dataclass(frozen=True)
class Difference:
    """The differences in one case; without hunks there is no difference."""

    hunks: tuple[Hunk, ...]
    reasons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n@@\n".join(hunk.text for hunk in self.hunks)


def compare(expected: list[str], actual: list[str]) -> tuple[Hunk, ...]:
    """Return the hunks that turn one log into the other; empty if they are equal."""
    matcher = SequenceMatcher(None, expected, actual, autojunk=False)
    return tuple(
        Hunk(start, tuple(expected[start:end]), tuple(actual[other_start:other_end]))
        for kind, start, end, other_start, other_end in matcher.get_opcodes()
        if kind != "equal"
    )


def load(path: Path) -> dict[str, Difference]:
    """Read the recorded differences, by name of the case."""
    found: dict[str, Difference] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        lines = block.strip("\n").splitlines()
        if not lines:
            continue
        because, *rest = lines
        reasons = tuple(because.removeprefix("because: ").split(", "))
        cases = [line for line in rest if not line.startswith(("- ", "+ ", "@@"))]
        texts = "\n".join(rest[len(cases) :]).split("\n@@\n")
        for line in cases:
            name, *positions = line.split(" @")
            hunks = map(_read_hunk, map(int, positions), texts)
            if len(positions) != len(texts) or name in found:
                raise ValueError(f"{path.name}: the block of {name!r} is not consistent")
            found[name] = Difference(tuple(hunks), reasons)
    return found


def _read_hunk(at: int, text: str) -> Hunk:
    lines = text.splitlines()
    removed = tuple(line[2:] for line in lines if line.startswith("- "))
    return Hunk(at, removed, tuple(line[2:] for line in lines if line.startswith("+ ")))


def dump(differences: dict[str, Difference]) -> str:
    """Return the text for `load`: sorted by reason, cases with the same lines in one block."""
    blocks: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, difference in sorted(differences.items(), key=lambda item: item[1].reasons):
        positions = "".join(f" @{hunk.at}" for hunk in difference.hunks)
        blocks.setdefault((difference.reasons, difference.text), []).append(name + positions)
    return "\n\n".join(
        "\n".join((f"because: {', '.join(reasons)}", *cases, text))
        for (reasons, text), cases in blocks.items()
    )
