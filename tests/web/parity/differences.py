"""What may differ between Flask and streamlab: a reason for each, and the exact lines.

streamlab follows Flask 3.2, where the request context and the app context are one. Most of what
is recorded here is therefore the distance from Flask 3.1 to 3.2, seen through streamlab.

The lines are kept beside this module, a file for each series of Flask, in blocks such as

    because: pushed-again
    streams.generator @8 @14
    streams.request_args @8 @12
    - signal appcontext_popped
    @@
    + signal appcontext_pushed

The numbers are the lines of Flask's log at which the hunks begin. So Flask's log and a block give
streamlab's log to the letter: a difference that grows, moves or vanishes is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from .frameworks import FLASK_VERSION

HERE = Path(__file__).parent
RECORDED = HERE / ("flask_3_1.diff" if FLASK_VERSION == "3.1" else "flask_3_2.diff")

REASONS: dict[str, str] = {
    # Flask 3.1 and Flask 3.2
    "one-context": (
        "Since 3.2 a request has one context, and `stream_with_context` keeps it pushed from the"
        " view to the end of the stream. 3.1 pops its two contexts when the view returns and"
        " pushes them anew for the first chunk, so that everything is torn down twice, the first"
        " time before the stream has begun."
    ),
    "held-from-the-start": (
        "Since 3.2 a stream holds the context from the moment of wrapping. One that nobody begins"
        " (HEAD, a client that is gone, a view that fails after wrapping) gives it back with"
        " GeneratorExit when it is closed or forgotten. In 3.1 it does not hold anything yet."
    ),
    "all-teardowns": (
        "Since 3.2 every teardown function is called, and the errors of all are raised together"
        " at the end. In 3.1 the first error keeps the others from being called, and as 3.1 tears"
        " down before the stream, the client gets no response at all."
    ),
    "own-context": (
        "Since 3.2 every request has a context and a `g` of its own. 3.1 uses an app context of"
        " the same app that is active already."
    ),
    "any-context-suffices": (
        "Since 3.2 `stream_with_context` and `copy_current_request_context` are content with an"
        " app context. 3.1 asks for a request context."
    ),
    "request-while-tearing-down": (
        "Since 3.2 the request is still there in `teardown_appcontext` functions. In 3.1 its"
        " context is popped before."
    ),
    "foreign-context": (
        "A context popped where it is not the active one (a stream read in another thread, two"
        " read by turns in one thread, as no server does): 3.1 and 3.2 fail in different ways."
    ),
    "refused-pop": (
        "Contexts popped in the wrong order: 3.2 refuses before anything is done, 3.1 after it"
        " has torn down."
    ),
    "no-request-message": (
        "Since 3.2 `request` in an app context says that this context has no request."
    ),
    "redirect-303": "Since 3.2 `redirect` answers 303, in 3.1 it is 302.",
    "bare-decorators": (
        "Since 3.2 `template_filter`, `template_test` and `template_global` also decorate without"
        " parentheses."
    ),
    # Flask, any version, and streamlab
    "closed-once": (
        "An iterator's `close()` is called once, however the stream ends. Flask calls it twice"
        " when the client leaves in the middle, and never when the stream was not begun."
    ),
    "bad-chunk": (
        "A chunk that is neither text nor bytes ends the stream with an error that says so, after"
        " an empty chunk that sends the headers. Flask hands it to the server, which gives up"
        " with an assertion of its own."
    ),
    "nothing-to-wrap": (
        "`stream_with_context` around something that can be neither read nor called is refused"
        " at once. Flask makes a decorator of it, which fails when it is called."
    ),
}


@dataclass(frozen=True)
class Hunk:
    """Lines of Flask's log, from line `at` on, and those that streamlab has in their stead."""

    at: int
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def text(self) -> str:
        marked = [f"- {line}" for line in self.removed] + [f"+ {line}" for line in self.added]
        return "\n".join(marked)


@dataclass(frozen=True)
class Difference:
    """All that differs in one case; no hunks, no difference."""

    hunks: tuple[Hunk, ...]
    reasons: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n@@\n".join(hunk.text for hunk in self.hunks)


def compare(expected: list[str], actual: list[str]) -> tuple[Hunk, ...]:
    """What turns the one log into the other; empty exactly when they are equal."""
    matcher = SequenceMatcher(None, expected, actual, autojunk=False)
    return tuple(
        Hunk(start, tuple(expected[start:end]), tuple(actual[other_start:other_end]))
        for kind, start, end, other_start, other_end in matcher.get_opcodes()
        if kind != "equal"
    )


def load(path: Path) -> dict[str, Difference]:
    """The recorded differences, by name of the case."""
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
                raise ValueError(f"{path.name}: the block of {name!r} does not hold together")
            found[name] = Difference(tuple(hunks), reasons)
    return found


def _read_hunk(at: int, text: str) -> Hunk:
    lines = text.splitlines()
    removed = tuple(line[2:] for line in lines if line.startswith("- "))
    return Hunk(at, removed, tuple(line[2:] for line in lines if line.startswith("+ ")))


def dump(differences: dict[str, Difference]) -> str:
    """The text that `load` reads: by reason, cases with the same lines in one block."""
    blocks: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for name, difference in sorted(differences.items(), key=lambda item: item[1].reasons):
        places = "".join(f" @{hunk.at}" for hunk in difference.hunks)
        blocks.setdefault((difference.reasons, difference.text), []).append(name + places)
    return "\n\n".join(
        "\n".join((f"because: {', '.join(reasons)}", *cases, text))
        for (reasons, text), cases in blocks.items()
    )
