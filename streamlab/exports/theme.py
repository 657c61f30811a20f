"""How the still timeline looks: the sizes of its rows, and its colours in light and dark.

The same look as that of the live view (`streamlab/lab/frontend`). Each colour is said three
times: as an attribute, for programs that know no CSS variables; as a CSS variable of Jupyter's
theme, which wins in a notebook; and for light and dark, where there is no such theme.
"""

from __future__ import annotations

WIDTH = 860
LEFT, RIGHT = 156, 848
"""Where the chart begins and ends; left of it are the names of the lanes."""
TOP = 32
BAND_HEIGHT = 28
LANE_HEIGHT = 30
HELD_HEIGHT = 14
"""At most, of what is held between two lanes: as much as is free between their marks."""
EVENTS_HEIGHT = 24
AXIS_HEIGHT = 22
MARK_HEIGHT = 16
WIDEST_MARK = 6.0
LINE_HEIGHT = 18
FAULTS_HEIGHT = 14
"""Of the row with the names of what went wrong, below the other events."""

FONT = "system-ui, sans-serif"
CHARACTER = 5.9
"""About the width of a character of 11 px, in px."""

# Name: Jupyter's variable, light, dark.
_COLOURS = {
    "ink": ("--jp-ui-font-color1", "#1f2328", "#e6edf3"),
    "muted": ("--jp-ui-font-color2", "#59636e", "#9da7b3"),
    "faint": ("--jp-border-color2", "#d1d9e0", "#3d444d"),
    "surface": ("--jp-layout-color1", "#ffffff", "#0d1117"),
    "accent": ("--jp-brand-color1", "#1976d2", "#64b5f6"),
    "context": ("--jp-success-color1", "#388e3c", "#66bb6a"),
    "warn": ("--jp-warn-color1", "#c2410c", "#ffb74d"),
    "error": ("--jp-error-color1", "#d32f2f", "#ef7070"),
}

OUTCOME_COLOURS = {
    "streamed": "context",
    "buffered": "warn",
    "truncated": "error",
    "failed": "error",
}


def middle_of(lane: int) -> float:
    """The y of the middle of a lane."""
    return TOP + BAND_HEIGHT + (lane + 0.5) * LANE_HEIGHT


def events_top(lanes: int) -> int:
    """The y where the row of the events begins."""
    return TOP + BAND_HEIGHT + lanes * LANE_HEIGHT


def fill(colour: str) -> str:
    """The attributes of what is filled with a colour."""
    return f'class="streamlab-fill-{colour}" fill="{_COLOURS[colour][1]}"'


def stroke(colour: str) -> str:
    """The attributes of what is drawn as a line in a colour."""
    return f'class="streamlab-stroke-{colour}" stroke="{_COLOURS[colour][1]}"'


def style_sheet() -> str:
    """The CSS, which keeps to the picture though it may stand in a notebook's page."""
    light, dark = (
        "".join(
            f"--streamlab-{name}:var({variable},{shades[which]});"
            for name, (variable, *shades) in _COLOURS.items()
        )
        for which in (0, 1)
    )
    uses = "".join(
        f".streamlab-picture .streamlab-{use}-{name}{{{use}:var(--streamlab-{name})}}"
        for name in _COLOURS
        for use in ("fill", "stroke")
    )
    rules = (
        f".streamlab-picture{{{light}}}"
        f"@media (prefers-color-scheme:dark){{.streamlab-picture{{{dark}}}}}"
        f"{uses}"
    )
    # Programs without CSS variables would draw all of it in black, did they not skip this.
    return f"@supports (fill:var(--streamlab-ink)){{{rules}}}"
