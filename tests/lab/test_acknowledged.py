"""A page is sent more only when it has acknowledged what it was sent."""

from __future__ import annotations

import pytest

from streamlab import App
from streamlab.harness.harness import Harness
from streamlab.harness.scenario import Scenario
from streamlab.lab import channel, running_cell
from streamlab.lab.channel import Channel
from streamlab.lab.feed import Feed
from streamlab.lab.send_window import (
    BYTES_PER_SECOND,
    LOST_SECONDS,
    MAX_BYTES,
    MAX_MESSAGES,
    SendWindow,
)
from tests.kernel import started_kernel


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now

    def pass_seconds(self, seconds):
        self.now += round(seconds * 1e9)


class Page:
    """A view whose messages are kept, and the trace of the exchange that it shows."""

    def __init__(self, harness, monkeypatch):
        self.clock = Clock()
        monkeypatch.setattr(channel, "flusher", self)
        monkeypatch.setattr(channel, "now_ns", self.clock)
        monkeypatch.setattr(running_cell, "front_end_may_wait", lambda: self.cell_runs)
        self.cell_runs = False
        self.followed = []
        self.exchange = harness.exchange(Scenario("/"))
        self.sent = []
        self.view = Channel("shown", lambda content, _: self.sent.append(content), lambda: None)
        self.view.window = SendWindow(self.clock)
        self.feed = Feed(1, self.exchange, None)
        self.view.follow(self.feed)

    def add(self, flush, feed):
        """Stand for the flusher, whose thread would call `flush`."""
        self.followed.append((flush, feed))

    def chunk(self, size=1):
        self.exchange.lanes["app"].record(b"x" * size)
        return self.view.flush(self.feed)

    def acknowledge(self, seq):
        self.view.receive({"type": "ack", "seq": seq})

    def totals(self):
        return [content["totals"][1] for content in self.sent]


@pytest.fixture
def page(monkeypatch):
    with Harness(App()) as harness:
        yield Page(harness, monkeypatch)


def test_news_gather_until_the_page_has_acknowledged(page):
    for _ in range(10):
        page.chunk()
    assert page.totals() == [0, 1, 2, 3]
    page.acknowledge(1)
    page.chunk()
    assert page.totals() == [0, 1, 2, 3, 11]
    page.chunk()
    assert len(page.sent) == 5
    page.acknowledge(5)
    page.chunk()
    assert page.totals()[5:] == [13]
    assert [content["seq"] for content in page.sent] == [1, 2, 3, 4, 5, 6]


def test_a_large_message_travels_alone(page):
    page.chunk(MAX_BYTES)
    page.chunk()
    assert page.totals() == [0, 1]
    page.acknowledge(2)
    page.chunk()
    assert page.totals() == [0, 1, 3]


def test_the_end_of_a_run_is_sent_when_the_page_acknowledges(page):
    for _ in range(10):
        page.chunk()
    page.exchange.mark_done()
    assert page.view.flush(page.feed)  # the flusher forgets it
    page.followed.clear()
    page.acknowledge(4)
    [(flush, feed)] = page.followed
    assert flush(feed)
    assert (page.sent[-1]["state"], page.totals()[-1]) == ("done", 10)
    page.followed.clear()
    page.acknowledge(5)
    assert page.followed == []


def test_while_a_cell_runs_no_acknowledgement_can_arrive(page):
    page.cell_runs = True
    page.chunk(MAX_BYTES)
    page.chunk()
    assert page.totals() == [0, 1]
    page.clock.pass_seconds(2 * MAX_BYTES / BYTES_PER_SECOND)
    page.chunk()
    assert page.totals() == [0, 1, 3]
    page.exchange.mark_done()
    page.view.flush(page.feed)
    page.clock.pass_seconds(1)
    assert page.view.flush(page.feed)
    assert page.sent[-1]["state"] == "done"


def test_a_snapshot_does_not_wait_and_is_sent_once(page):
    for _ in range(10):
        page.chunk()
    page.clock.pass_seconds(10)
    page.view.receive({"type": "snapshot", "again": False})
    assert (page.sent[-1]["reset"], page.totals()[-1]) == (True, 10)
    count = len(page.sent)
    page.view.receive({"type": "snapshot", "again": True})  # was on its way
    assert len(page.sent) == count
    page.clock.pass_seconds(1)
    page.view.receive({"type": "snapshot", "again": True})
    assert len(page.sent) == count + 1


def test_a_page_that_repeats_an_acknowledgement_has_lost_a_message(page):
    page.chunk()
    page.chunk()
    page.acknowledge(2)
    assert not page.sent[-1]["reset"]
    page.clock.pass_seconds(LOST_SECONDS)
    page.acknowledge(2)
    assert (page.sent[-1]["reset"], page.totals()[-1]) == (True, 2)
    page.acknowledge(page.sent[-1]["seq"])
    page.clock.pass_seconds(LOST_SECONDS)
    count = len(page.sent)
    page.acknowledge(page.sent[-1]["seq"])
    assert len(page.sent) == count


def test_an_acknowledgement_counts_for_all_messages_before():
    window = SendWindow(Clock())
    for number in range(MAX_MESSAGES):
        assert window.is_open
        window.sent(number, size=10)
    assert not window.is_open
    assert window.acknowledge(MAX_MESSAGES - 2)
    assert repr(window) == "<SendWindow, 1 messages on their way>"
    assert window.is_open


def test_it_is_known_whether_a_cell_runs():
    with started_kernel() as kernel:
        kernel.run(
            "from streamlab.lab import running_cell\n"
            "running_cell.watch()\n"
            "running_cell.watch()\n"
            "waits = running_cell.front_end_may_wait\n"
            "during, after = [], []\n"
            "get_ipython().events.register('post_run_cell', lambda _: after.append(waits()))\n"
            "during.append(waits())"
        )
        assert kernel.run("during.append(waits()); print(during, after)").split("\n")[0] == (
            "[True, True] [False]"
        )
    assert running_cell.front_end_may_wait()  # without IPython it is not known
