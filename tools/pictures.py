"""Makes the pictures of README.md: runs of its example, with the request context and without it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from streamlab import observe

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
RUNS = {"streamed.svg": True, "truncated.svg": False}
"""For each picture, whether `stream_with_context` is on."""


def app_of_readme() -> Any:
    """Return the app of the first example of the README, whose lines keep their numbers."""
    text = README.read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)^Lab\(", text, re.DOTALL | re.MULTILINE)
    if example is None:
        raise ValueError(f"{README} has no example that ends with Lab(...).")
    lines_before = "\n" * text.count("\n", 0, example.start(1))
    names: dict[str, Any] = {}
    exec(compile(lines_before + example[1], str(README), "exec"), names)  # noqa: S102
    return names["app"]


def main(folder: Path) -> None:
    """Make the pictures.

    :param folder: where to write them.
    """
    app = app_of_readme()
    for name, kept in RUNS.items():
        exchange = observe(app, "/stream?name=World", stream_with_context=kept, lockstep=True)
        (folder / name).write_text(exchange.to_svg(animated=True) + "\n", encoding="utf-8")
        print(f"{name}: {exchange.verdict}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "notebooks")
