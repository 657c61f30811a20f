"""Finds out which user has opened a connection to a server of this machine.

TCP does not carry that. Linux has a table of all TCP sockets with the user who made each one
(`proc(5)`, ``/proc/net/tcp``). The client of a loopback connection has a socket on this machine, so
its line in the table names the user.
"""

from __future__ import annotations

import os
import re
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple

_TABLES = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}
_READS = 3
"""The table changes while it is read, so that a line can be missed."""


class PeerSocket(NamedTuple):
    """The client's socket of a connection."""

    uid: int
    """The id of the user who made it."""
    inode: int
    """Its number in links such as ``/proc/123/fd/4``."""


def can_find_peers() -> bool:
    """Return whether this system has a table of sockets that can be read.

    >>> can_find_peers() or sys.platform != "linux"
    True
    """
    return os.access(_TABLES[4], os.R_OK)


def sockets_of_peer(address: str, port: int, server_port: int) -> list[PeerSocket]:
    """Return the open sockets at an address of this machine that are connected to a port.

    There is at most one unless the port is used on several addresses of this machine. A socket
    that its process has closed already is not returned: Linux does not know its user any more.

    :param address: the IP address of the client.
    :param port: the port of the client.
    :param server_port: the port that it is connected to.

    >>> import socket
    >>> with socket.create_server(("127.0.0.1", 0)) as listening:
    ...     address = listening.getsockname()
    ...     with socket.create_connection(address) as client:
    ...         found = sockets_of_peer(*client.getsockname(), address[1])
    >>> found[0].uid == os.getuid()
    True
    """
    local = "|".join(f"{one}:{port:04X}" for one in _written(address))
    line = re.compile(
        rf"^ *\d+: (?:{local}) [0-9A-F]+:{server_port:04X} \S+ \S+ \S+ \S+ +(\d+) +\d+ (\d+) ",
        re.MULTILINE,
    )
    for _ in range(_READS):
        found = [
            PeerSocket(int(uid), int(inode))
            for table in _TABLES.values()
            for uid, inode in line.findall(_read(table))
            if inode != "0"
        ]
        if found:
            return found
    return []


def is_open_in(process: int, peer: PeerSocket) -> bool:
    """Return whether a process has a socket open.

    :param process: the id of the process.
    :param peer: the socket.

    >>> is_open_in(os.getpid(), PeerSocket(uid=0, inode=0))
    False
    """
    try:
        return any(_leads_to(entry, peer) for entry in Path(f"/proc/{process}/fd").iterdir())
    except OSError:  # the process has ended, or belongs to another user
        return False


def _leads_to(descriptor: Path, peer: PeerSocket) -> bool:
    try:
        return str(descriptor.readlink()) == f"socket:[{peer.inode}]"
    except OSError:  # it was closed in the meantime
        return False


def _read(table: Path) -> str:
    try:
        return table.read_text("ascii")
    except OSError:  # without IPv6 there is no table for it
        return ""


def _written(address: str) -> list[str]:
    """Return how the tables write an address. They have IPv4 addresses in two forms.

    >>> _written("127.0.0.1")
    ['0100007F', '0000000000000000FFFF00000100007F']
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is None:
            return [_hexadecimal(ip)]
        ip = ip.ipv4_mapped
    return [_hexadecimal(ip), _hexadecimal(IPv6Address(b"\0" * 10 + b"\xff\xff" + ip.packed))]


def _hexadecimal(ip: IPv4Address | IPv6Address) -> str:
    """Return the words of 32 bits, each one as a number of this machine's byte order."""
    packed = ip.packed
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
