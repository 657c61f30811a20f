"""The exit codes of the commands."""

from __future__ import annotations

EXIT_CODES = {
    "streamed": 0,
    "buffered": 3,
    "truncated": 4,
    "failed": 5,
    "empty": 6,
    "inconclusive": 7,
    "stopped": 130,  # the code of a shell for a command that Ctrl-C ended
}
"""The exit codes of ``streamlab probe`` and ``streamlab observe`` by outcome. 1 is an error of
streamlab, of the output or of the app's module, 2 an argument that is not valid."""
