"""Responses for the tests of ``streamlab probe``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.commands import run
from tests.http1.scripted import Scripted

if TYPE_CHECKING:
    import subprocess

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
HELLO, WORLD, LAST = b"6\r\nHello \r\n", b"5\r\nWorld\r\n", b"0\r\n\r\n"


def probed(script, *options: str) -> subprocess.CompletedProcess:
    """Run ``streamlab probe`` against a server that plays a script, see `Scripted`."""
    with Scripted(script) as server:
        result = run("probe", server.url, *options)
    assert result.stderr == ""
    return result
