"""The cases of ``tests/vectors``, which the JavaScript of the live view must pass as well.

Each file is a list of cases with an input and an expected value. The tests of the JavaScript are
``streamlab/lab/frontend/test/vectors-*.test.js``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from streamlab.exports import formatting, theme
from streamlab.exports.alignment import lanes_with_same_bytes, rows_with_same_bytes
from streamlab.exports.svg.axis import Axis, marked_events, order_axis, tick_step
from streamlab.exports.svg.chart import Chart
from streamlab.exports.svg.held_areas import held_text
from streamlab.terminal.drawing import OUTCOME_STYLES
from streamlab.trace.columns import Columns
from streamlab.trace.events import Event, Span
from streamlab.trace.lane import Lane
from streamlab.trace.record import Record
from streamlab.trace.stored_body import HEAD_BYTES, StoredBody
from streamlab.trace.trace import Trace
from streamlab.trace.verdict import Outcome
from streamlab.wording import counted

VECTORS = Path(__file__).parents[1] / "vectors"
BODY = b"abcdefgh" * (HEAD_BYTES // 8)
RECODED_BODY = b"\x1f\x8b" + BODY[2:]


def cases(name, **kind):
    """Return the cases of a file, or only the cases of one kind, as pytest parameters."""
    loaded = json.loads((VECTORS / f"{name}.json").read_text())
    chosen = [case for case in loaded if kind.items() <= case.items()]
    assert chosen
    return [
        pytest.param(
            case["input"], case["expected"], id=case.get("name", json.dumps(case["input"]))
        )
        for case in chosen
    ]


def lane(name, rows, body=BODY):
    """Return a lane whose rows are pairs of a time and an end."""
    size = rows[-1][1] if rows else 0
    return Lane.restored(
        name,
        columns=Columns.restored(
            stride=1, times=[time for time, _ in rows], ends=[end for _, end in rows]
        ),
        chunks=len(rows),
        body=StoredBody.restored(body[:size], (HEAD_BYTES, b""), size=size, limits=(HEAD_BYTES, 0)),
        origin=0,
    )


def record(lanes, *, events=(), spans=(), send_confirmed=False):
    trace = Trace.restored(
        origin=0,
        began_ns=0,
        lanes=lanes,
        reads=Lane("recv"),
        events=[Event(*event) for event in events],
        spans=[Span(*span) for span in spans],
        sources=[],
        failure=None,
        unobserved={},
        lockstep=False,
        reports_sends=send_confirmed,
    )
    return Record("/", trace, client=None)


# formats.json and outcomes.json


@pytest.mark.parametrize(("nanoseconds", "text"), cases("formats", format="duration"))
def test_durations(nanoseconds, text):
    assert formatting.duration(nanoseconds) == text


@pytest.mark.parametrize(("arguments", "text"), cases("formats", format="count"))
def test_counts(arguments, text):
    assert counted(*arguments) == text


@pytest.mark.parametrize(("text", "result"), cases("formats", format="escaped"))
def test_escapes(text, result):
    assert formatting.escaped(text) == result


@pytest.mark.parametrize(("text", "result"), cases("formats", format="escaped"))
def test_quoted_data_has_the_same_escapes(text, result):
    if re.search("[\ud800-\udfff]", text):
        return  # a lone surrogate has no bytes in UTF-8
    data = formatting.quoted(text.encode())
    assert data in {f"'{result}'", f'"{result}"', "'" + result.replace("'", "\\'") + "'"}


@pytest.mark.parametrize(("number", "text"), cases("formats", format="tally"))
def test_tallies(number, text):
    assert formatting.tally(number) == text


@pytest.mark.parametrize(("outcome", "sign"), cases("outcomes"))
def test_outcome_signs(outcome, sign):
    assert formatting.OUTCOME_SIGNS[outcome] == sign


def test_every_outcome_has_a_sign():
    outcomes = [case.values[0] for case in cases("outcomes")]
    assert outcomes == list(get_args(Outcome)) == list(formatting.OUTCOME_SIGNS)
    assert theme.OUTCOME_COLOURS.keys() | OUTCOME_STYLES.keys() < set(outcomes)


# axis.json


@pytest.mark.parametrize(("room", "step"), cases("axis", function="tick step"))
def test_tick_steps(room, step):
    assert tick_step(room) == step


@pytest.mark.parametrize(("ticks", "label"), cases("axis", function="tick label"))
def test_tick_labels(ticks, label):
    assert formatting.tick_format(ticks["step"], ticks["end"])(ticks["time"]) == label


@pytest.mark.parametrize(("exchange", "slots"), cases("axis", function="order"))
def test_slots_on_the_axis_of_order(exchange, slots):
    lanes = [
        lane(name, [(time, index) for index, time in enumerate(times, start=1)])
        for name, times in zip(("generator", "buffer", "client"), exchange["lanes"], strict=False)
    ]
    axis = order_axis(record(lanes, events=exchange["events"], spans=exchange["spans"]))
    positions = [[slot + 0.5 for slot in column] for column in slots]  # the middles of the slots
    assert list(axis.columns.values()) == positions


# marks.json


@pytest.mark.parametrize(("chunks", "drawn"), cases("marks", function="chunks"))
def test_chunk_marks(chunks, drawn):
    upper, lower = [
        lane(name, list(enumerate(chunks[name])), RECODED_BODY if recoded else BODY)
        for name, recoded in (("upper", False), ("lower", chunks["recoded"]))
    ]
    exchange = record([upper, lower])
    joins = [
        [row, other]
        for a, b in lanes_with_same_bytes(exchange)
        for row, other in rows_with_same_bytes(a.columns, b.columns)
    ]
    assert joins == drawn["joins"]
    columns = {one.name: [float(time) for time in one.times] for one in (upper, lower)}
    chart = Chart(exchange, [upper, lower], Axis("time", 10.0, (), 0, columns))
    hollow = re.search(r'class="streamlab-stroke-warn".*?</g>', "".join(chart.chunks()))
    rows = re.findall(r"<title>upper, chunk (\d+)", hollow[0] if hollow else "")
    assert [int(row) for row in rows] == drawn["hollow"]


@pytest.mark.parametrize(("events", "kinds"), cases("marks", function="events"))
def test_events_with_a_mark(events, kinds):
    assert [event.kind for event in marked_events(record([], events=events))] == kinds


# held.json


@pytest.mark.parametrize(("exchange", "looks"), cases("held"))
def test_held_bytes(exchange, looks):
    lanes = [
        lane(one["name"], one["rows"], bytes.fromhex(one["data"]) if one["head"] else BODY)
        for one in exchange["lanes"]
    ]
    observed = record(lanes, send_confirmed=exchange["send_confirmed"])
    holdings = {holding.before: holding for holding in observed.held}
    for look in looks:
        upper = exchange["lanes"][look["upper"]]["name"]
        holding, text = holdings.get(upper), None
        if holding is not None:
            assert holding.holder == exchange["lanes"][look["upper"] + 1]["holder"]
            step = holding.at(look["time"])
            text = held_text(holding, step.size, back=step.back) if step.size else None
        assert text == look["text"], look
