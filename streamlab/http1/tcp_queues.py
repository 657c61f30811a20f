"""Ask the operating system for bytes that are between two sockets.

A byte that was sent and not yet read is in a TCP queue of the operating system. To prove that a
server or proxy is holding bytes, a program has to know that these queues are empty. Only Linux
can be asked; elsewhere the functions return None.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from pathlib import Path

_BYTES_RECEIVED = 128
"""Offset of `tcpi_bytes_received` in `struct tcp_info` (include/uapi/linux/tcp.h)."""
_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_ADDRESS, _QUEUES = 1, 4
"""Columns: the local address, and the two queues (Documentation/networking/proc_net_tcp.rst)."""


def bytes_received(connection: socket.socket) -> int | None:
    """Return the number of bytes that have arrived at this end of a connection, read or not.

    :param connection: a connected TCP socket.
    :return: the number of bytes; None if the operating system does not tell, or if the socket is
        closed.

    >>> with socket.socket() as not_connected:
    ...     bytes_received(not_connected) in {0, None}
    True
    """
    option = getattr(socket, "TCP_INFO", None)
    if option is None:
        return None
    with suppress(OSError, struct.error):
        info = connection.getsockopt(socket.IPPROTO_TCP, option, _BYTES_RECEIVED + 8)
        received: int = struct.unpack_from("Q", info, _BYTES_RECEIVED)[0]
        return received
    return None


def all_sent_from(port: int) -> bool | None:
    """Return whether all bytes sent from a local port have arrived at the other end.

    :param port: a TCP port of this machine.
    :return: True if the send queues of all its connections are empty; None if the operating
        system does not tell.

    >>> all_sent_from(1) in {True, None}
    True
    """
    found_table = False
    for table in _TABLES:
        with suppress(OSError):
            for row in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                columns = row.split()
                found_table = True
                if int(columns[_ADDRESS].rpartition(":")[2], 16) == port:
                    send_queue = int(columns[_QUEUES].partition(":")[0], 16)
                    if send_queue:
                        return False
    return True if found_table else None
