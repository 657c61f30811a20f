"""Nothing that is printed can control a terminal: not a path, a header, nor an exception's text."""

from __future__ import annotations

import json

import pytest

from streamlab.exports.table import to_terminal
from streamlab.harness.exchange import Exchange
from streamlab.harness.harness import Harness
from streamlab.trace.failure import Failure
from streamlab.trace.outcome import Verdict
from streamlab.wording import printable
from tests.exports.exported import exchange
from tests.security.payloads import saved_with
from tests.security.test_admission import ask

# Escape sequences that clear the screen, set the title and the clipboard, and move the cursor; the
# same with one character from ISO 6429; and signs that turn the direction of text.
ATTACKS = (
    "\x1b[2J\x1b]0;OWNED\x07",
    "\x1b]52;c;T1dORUQ=\x07",
    "\x9b2J\x9d0;OWNED\x9c",
    "\r\x08\x08\x7f\x00\x0b\x0c",
    "\u202egnp.exe\u2066",
    "\u2028\u2029\u0085\ufeff\u200b",
)


def controls(text):
    """Return the characters that a reader cannot see, except line feeds and tabs."""
    return [c for c in text if not (c.isprintable() or c in "\n\t")]


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_every_text_of_an_exchange_is_printable(attack):
    hostile = saved_with(f"a{attack}b", exchange("cut").to_json())
    texts = {
        "repr": repr(hostile),
        "verdict": str(hostile.verdict) + hostile.verdict.advice + hostile.verdict.culprit,
        "verdict's repr": repr(hostile.verdict),
        "failure": hostile.failure.last + hostile.failure.advice + hostile.failure.cause,
        "failure's repr": repr(hostile.failure),
        "events": repr(hostile.trace.events),
        "lanes": repr(hostile.lanes),
        "held": repr(hostile.held),
        "trace": repr(hostile.trace),
        "output": repr(hostile.output),
        "scenario": repr(hostile.scenario),
        "headers": repr(hostile.headers),
        "client": repr(hostile.client),
        "svg": hostile.to_svg(),
        "animated svg": hostile.to_svg(animated=True),
        "notebook": "".join(hostile._repr_mimebundle_().values()),
    }
    for name, text in texts.items():
        assert controls(text) == [], name
    # The table has the escape codes of its colours, and no others.
    table = to_terminal(hostile)
    plain = table
    for style in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[36m", "\x1b[1;3m", "\x1b[3m"):
        plain = plain.replace(style, "")
    assert controls(plain) == []


@pytest.mark.parametrize("attack", ATTACKS[:4], ids=ascii)
def test_the_text_of_an_exception_is_printable(attack):
    failure = Failure.of(ValueError(f"no{attack}\nadvice{attack}\n\tcode"))
    assert controls(failure.last + failure.advice) == []
    assert failure.advice.endswith("\n\tcode")
    assert "\n" not in failure.last


def test_a_verdict_of_any_origin_is_printable():
    verdict = Verdict("failed", "a\x1b[2J", culprit="b\x9bc\n", advice="code\n\x1b]0;x\x07")
    assert controls(verdict.text + verdict.culprit + verdict.advice) == []
    assert verdict.advice.startswith("code\n")
    assert "\n" not in verdict.culprit


def test_the_path_of_a_stranger_is_printable():
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"a"
        raise ValueError(environ["PATH_INFO"])

    with Harness(app, remembered=False) as harness:
        ask(harness.server.port, path="/%1b%5d0;OWNED%07%1b%5b2J%0anext%c2%9b2J")
        external = harness.exchanges[-1].wait(10)
        shown = repr(external) + str(external.verdict) + to_terminal(external) + repr(harness)
    assert "\x1b]0;OWNED" not in shown
    assert "\x1b[2J" not in shown
    assert "\x9b" not in shown
    assert "\n" not in repr(external)


def test_harmless_text_is_not_changed():
    for text in ("Привет, мир! 你好 é ✓ 🙂", "C:\\new", ""):
        assert printable(text) is text
    assert printable("one\n\ttwo", lines=True) == "one\n\ttwo"


def test_saved_texts_survive_a_second_reading():
    hostile = saved_with("a\x1b[2J\nb", exchange("cut").to_json())
    again = Exchange.from_json(hostile.to_json())
    assert json.loads(again.to_json()) == json.loads(hostile.to_json())
