"""The display of an exchange: a picture in a notebook, a table in a terminal."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64decode
from html import unescape
from html.parser import HTMLParser
from io import StringIO

import pytest
from rich.console import Console

from tests.exports.exported import SCENARIOS, exchange


class Cells(HTMLParser):
    """The rows of an HTML table, and the names of all elements."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.tags, self.reading = [], set(), False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.reading = tag in {"td", "th"}
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        self.reading = False

    def handle_data(self, data):
        if self.reading:
            self.rows[-1].append(data)


def printed(made, width=80):
    text = StringIO()
    Console(file=text, width=width, color_system=None).print(made)
    return text.getvalue()


def picture_in(bundle):
    data = re.search(r'<img src="data:image/svg\+xml;base64,([^"]*)"', bundle["text/html"])[1]
    return b64decode(data).decode()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_notebook_shows_the_picture_and_a_table(name):
    made = exchange(name)
    bundle = made._repr_mimebundle_()
    assert bundle["text/plain"] == repr(made)
    html = Cells(bundle["text/html"])
    assert html.tags >= {"img", "table", "caption", "details", "summary"}
    assert not html.tags & {"script", "iframe", "link", "style"}
    assert picture_in(bundle) == made.to_svg(animated=True)
    alternative = re.search(r'alt="([^"]*)"', bundle["text/html"])[1]
    assert str(made.verdict) in unescape(alternative)
    assert html.rows[0] == ["lane", "chunks", "bytes", "first", "last"]
    assert [row[:3] for row in html.rows[1:]] == [
        [lane.name, f"{lane.chunks:,}", f"{lane.size:,}"] for lane in made.lanes.values()
    ]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_table_fits_into_80_columns(name):
    made = exchange(name)
    shown = printed(made)
    assert "…" not in shown, "a cell was cut"
    for lane in made.lanes.values():
        row = next(line for line in shown.splitlines() if line.split()[:1] == [lane.name])
        assert row.split()[1:3] == [f"{lane.chunks:,}", f"{lane.size:,}"]
        assert ("●" in row) == bool(lane.chunks)
    assert str(made.verdict) in " ".join(shown.split()).replace("- ", "-")
    assert "\x1b" not in shown


def test_dots_are_in_the_order_of_events():
    rows = [line for line in printed(exchange("buffered")).splitlines() if "●" in line]
    lanes = {row.split()[0]: row for row in rows}
    assert lanes["generator"].count("●") == 3
    assert lanes["profiler"].count("●") == 1
    assert lanes["profiler"].index("●") > lanes["app"].rindex("●")


def test_ipython_in_a_terminal_shows_the_table():
    code = "from tests.apps import bare; from streamlab import observe; observe(bare, '/')"
    shell = subprocess.run(
        [sys.executable, "-m", "IPython", "--no-banner", "--simple-prompt", "--no-confirm-exit"],
        input=f"{code}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "●" in shell.stdout
    assert "generator" in shell.stdout
