"""What the operating system knows of bytes under way. Only Linux tells; elsewhere: None.

A byte that has been sent and not yet read is in a queue of the kernel. To prove that somebody
holds it back, one has to see these queues empty.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path

_BYTES_RECEIVED = 128
"""Offset of `tcpi_bytes_received` in `struct tcp_info` (include/uapi/linux/tcp.h)."""
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_PORT, _SEND_QUEUE = 1, 4
"""Columns: the local address, and the two queues (Documentation/networking/proc_net_tcp.rst)."""


def bytes_received(connection: socket.socket) -> int | None:
    """How many bytes have come to this end of a connection, read or not; None where not told."""
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    with suppress(OSError, struct.error):
        info = connection.getsockopt(socket.IPPROTO_TCP, option, _BYTES_RECEIVED + 8)
        received: int = struct.unpack_from("Q", info, _BYTES_RECEIVED)[0]
        return received
    return None


def all_sent_from(port: int) -> bool | None:
    """Whether all that was sent from a local port has arrived; None where that is not told."""
    told = False
    for table in _TABLES:
        with suppress(OSError):
            for row in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                columns = row.split()
                told = True
                if int(columns[_PORT].rpartition(":")[2], 16) == port:
                    queued = int(columns[_SEND_QUEUE].partition(":")[0], 16)
                    if queued:
                        return False
    return True if told else None
