"""What a process uses: threads, file descriptors, widgets and memory."""

from __future__ import annotations

import ctypes
import gc
import threading
from pathlib import Path
from typing import NamedTuple

MAX_GROWTH_BYTES = 5_000_000
"""How much more memory a process may have after all repetitions than after the first ones."""


MAX_GROWTH = 3
"""How many more threads, descriptors or widgets: a connection may be open at one of the moments."""


class Usage(NamedTuple):
    """What a process uses at a moment."""

    threads: int
    descriptors: int
    widgets: int
    memory: int

    @classmethod
    def now(cls) -> Usage:
        """Return what this process uses, when garbage is collected and given back to Linux."""
        from ipywidgets.widgets.widget import _instances as widgets

        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return cls(
            threading.active_count(),
            len(list(Path("/proc/self/fd").iterdir())),
            len(widgets),
            pages * 4096,
        )

    def check_flat(self, before: Usage) -> None:
        """Check that nothing has grown by more than what changes from moment to moment.

        :param before: what the process used after the first of hundreds of repetitions.
        """
        grown = [now - then for now, then in zip(self[:3], before[:3], strict=True)]
        assert max(grown) <= MAX_GROWTH, (before, self)
        assert self.memory - before.memory < MAX_GROWTH_BYTES, (before, self)
