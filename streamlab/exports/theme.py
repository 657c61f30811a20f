"""Sizes and colours of the SVG timeline.

The live view (`streamlab/lab/frontend`) has the same colours. Each colour is written in three ways:
as an attribute, for programs without CSS variables; as a CSS variable of Jupyter's theme,
which wins in a notebook; and as a light and a dark value for every other page.
"""

from __future__ import annotations

WIDTH = 760
LEFT, RIGHT = 148, 748
"""The x at which the chart begins and ends. The names of the lanes are on its left."""
TOP = 32
BAND_HEIGHT = 28
LANE_HEIGHT = 30
HELD_HEIGHT = 14
"""The greatest height of an area of held bytes: the space between the marks of two lanes."""
EVENTS_HEIGHT = 24
AXIS_HEIGHT = 22
MARK_HEIGHT = 16
MAX_MARK_WIDTH = 6.0
LINE_HEIGHT = 18
ERRORS_HEIGHT = 14
"""The height of the row with the names of errors, below the other events."""

FONT = "system-ui, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
FONT_SIZE = 12
CHARACTER_WIDTH = 6.4
"""The average width of a character at that size, in px."""

# name: (Jupyter's variable, light, dark)
_COLOURS = {
    "ink": ("--jp-ui-font-color1", "#1f2328", "#e6edf3"),
    "muted": ("--jp-ui-font-color2", "#59636e", "#9da7b3"),
    "faint": ("--jp-border-color2", "#d1d9e0", "#3d444d"),
    "line": ("--jp-border-color0", "#818b98", "#656c76"),
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
    "stopped": "warn",
    "empty": "warn",
}
"""Names of colours. An outcome that is not listed is drawn in ``muted``."""


def lane_middle(number: int) -> float:
    """Return the y of the middle of a lane, in px.

    :param number: the position of the lane from the top, from 0.

    >>> lane_middle(0), lane_middle(1)
    (75.0, 105.0)
    """
    return TOP + BAND_HEIGHT + (number + 0.5) * LANE_HEIGHT


def events_top(lanes: int) -> int:
    """Return the y at which the row of the events begins, in px.

    :param lanes: how many lanes are drawn.

    >>> events_top(4)
    180
    """
    return TOP + BAND_HEIGHT + lanes * LANE_HEIGHT


def fill(colour: str) -> str:
    """Return the attributes of an element that is filled with a colour.

    :param colour: a name of the theme, such as ``ink`` or ``error``.

    >>> fill("error")
    'class="streamlab-fill-error" fill="#d32f2f"'
    """
    return f'class="streamlab-fill-{colour}" fill="{_COLOURS[colour][1]}"'


def stroke(colour: str) -> str:
    """Return the attributes of a line in a colour.

    :param colour: a name of the theme, such as ``ink`` or ``error``.

    >>> stroke("accent")
    'class="streamlab-stroke-accent" stroke="#1976d2"'
    """
    return f'class="streamlab-stroke-{colour}" stroke="{_COLOURS[colour][1]}"'


def style_sheet() -> str:
    """Return the CSS of the picture.

    Its rules apply only inside the picture, which may be part of a notebook's page.
    """
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
    # Without this condition, programs without CSS variables would draw everything in black.
    return f"@supports (fill:var(--streamlab-ink)){{{rules}}}"
