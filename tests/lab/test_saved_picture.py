"""The picture below the panel: when it is made, and when it is sent."""

from __future__ import annotations

import pytest

from streamlab import App, Lab
from streamlab.lab import saved_picture
from streamlab.lab.feed import Feed
from streamlab.lab.saved_picture import SavedPicture

app = App()


@app.get("/count")
def count():
    return (f"{number}\n" for number in range(3))


class Publisher:
    """Collects what is published, instead of a notebook."""

    def __init__(self):
        self.sent = []

    def publish(self, data, metadata=None, *, transient=None, update=False):
        self.sent.append(((transient or {}).get("display_id"), update, data))


@pytest.fixture
def publisher():
    return Publisher()


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 0

    monkeypatch.setattr(saved_picture, "now_ns", lambda: Clock.now)
    return Clock


@pytest.fixture
def feed():
    with Lab(app) as lab:
        yield Feed(1, lab.run("/count").wait(), None)


def test_without_a_notebook_no_picture_is_made(feed, monkeypatch):
    monkeypatch.setattr(saved_picture, "to_image", None)
    assert SavedPicture().flush(feed)


def test_the_output_below_the_panel_is_updated_when_a_run_is_done(feed, publisher, clock):
    picture = SavedPicture()
    picture.display(publisher, {"text/plain": "the panel"}, {}, None)
    assert picture.flush(feed)
    panel, before, after = publisher.sent
    assert panel == (None, False, {"text/plain": "the panel"})
    assert before[:2] == (picture.name, False)
    assert "Run All Cells" in before[2]["text/html"]
    assert "<img" not in before[2]["text/html"]
    assert after[:2] == (picture.name, True)
    assert "<img" in after[2]["text/html"]
    assert after[2]["text/plain"] == str(feed.exchange.verdict)


def test_a_panel_that_is_shown_after_its_run_has_the_picture_at_once(feed, publisher):
    SavedPicture().display(publisher, {}, {}, feed.exchange)
    assert "<img" in publisher.sent[-1][2]["text/html"]


def test_a_panel_that_is_shown_during_its_run_has_the_picture_at_the_end(publisher):
    picture = SavedPicture()
    with Lab(app) as lab:
        running = Feed(1, lab.run("/count", pace="step"), None)
        assert not picture.flush(running)
        picture.display(publisher, {}, {}, running.exchange)
        assert "<img" not in publisher.sent[-1][2]["text/html"]
        running.exchange.stop()
        running.exchange.wait(30)
        assert picture.flush(running)
    assert "<img" in publisher.sent[-1][2]["text/html"]


def test_it_is_sent_at_most_once_a_second(feed, publisher, clock):
    """Jupyter drops messages if a notebook sends more than 1 MB a second."""
    picture = SavedPicture()
    picture.display(publisher, {}, {}, None)
    assert picture.flush(feed)
    clock.now = 999_000_000
    assert not picture.flush(feed)
    clock.now = 1_000_000_000
    assert picture.flush(feed)
    assert len(publisher.sent) == 4


def test_a_picture_that_cannot_be_sent_leaves_the_thread_of_the_other_panels(
    feed, publisher, monkeypatch
):
    picture = SavedPicture()
    picture.display(publisher, {}, {}, None)
    monkeypatch.setattr(saved_picture, "to_image", None)
    assert picture.flush(feed)
    assert len(publisher.sent) == 2


def test_the_panel_hides_the_output_by_its_class():
    with Lab(app) as lab:
        name = lab.panel.saved
        assert name.startswith("streamlab-saved-")
        with Lab(app) as other:
            assert other.panel.saved != name


def test_outside_of_a_notebook_a_lab_is_shown_by_its_mime_bundle():
    with Lab(app) as lab, pytest.raises(NotImplementedError):
        lab._ipython_display_()
