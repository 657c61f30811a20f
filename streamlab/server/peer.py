"""Finds out which user has opened a connection to a server of this machine.

TCP does not carry that. But the client of a loopback connection has a socket on this machine, and
Linux says which user has made a socket: to a question about one connection (`sock_diag(7)`), and in
a table of all of them (``/proc/net/tcp`` in `proc(5)`). The table is for systems that do not answer
the question. It takes milliseconds to read if there are hundreds of sockets.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple, TypeAlias

Address: TypeAlias = "tuple[str, int]"
"""An IP address and a port."""

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_READS = 3
"""The table changes while it is read, so that a line can be missed."""
_ANSWER_SECONDS = 1.0

# From linux/sock_diag.h and linux/inet_diag.h.
_NETLINK_SOCK_DIAG, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST = 4, 20, 1
_ANY, _NO_COOKIE = 0xFFFFFFFF, (0xFFFFFFFF, 0xFFFFFFFF)
_HEADER = struct.Struct("=IHHII")
_FAMILY = struct.Struct("=BBBBI")
_PORTS = struct.Struct("!HH")
_NUMBERS = struct.Struct("=IIIII")


class PeerSocket(NamedTuple):
    """The client's socket of a connection."""

    uid: int
    """The id of the user who made it."""
    inode: int
    """Its number in links such as ``/proc/123/fd/4``."""


def can_find_peers() -> bool:
    """Return whether this system says which user has made a socket.

    >>> can_find_peers() or sys.platform != "linux"
    True
    """
    return os.access(_TABLES[0], os.R_OK)


def find_peer(client: Address, server: Address) -> PeerSocket | None:
    """Return the client's socket of a connection on this machine.

    :param client: the address and the port of the client.
    :param server: the address and the port that it is connected to.
    :return: the socket; None if no process has it open. Linux does not know the user of a socket
        that its process has closed, and shows it as one of root.
    :raises ValueError: if an address is not an IP address.

    >>> with socket.create_server(("127.0.0.1", 0)) as listening:
    ...     address = listening.getsockname()
    ...     with socket.create_connection(address) as connected:
    ...         peer = find_peer(connected.getsockname(), address)
    >>> peer.uid == os.getuid()
    True
    """
    ends = (_plain(client[0]), client[1]), (_plain(server[0]), server[1])
    peer = _ask(*ends)
    if peer is None:
        peer = _look_up(*ends)
    return peer if peer and peer.inode else None


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


_IP: TypeAlias = "IPv4Address | IPv6Address"


def _plain(address: str) -> _IP:
    """Return an IP address; an IPv4 address that is written as one of IPv6 becomes one of IPv4."""
    ip = ip_address(address.partition("%")[0])
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _ask(client: tuple[_IP, int], server: tuple[_IP, int]) -> PeerSocket | None:
    """Ask Linux for one connection, which takes some microseconds."""
    family = socket.AF_INET if client[0].version == 4 else socket.AF_INET6
    question = (
        _FAMILY.pack(family, socket.IPPROTO_TCP, 0, 0, _ANY)
        + _PORTS.pack(client[1], server[1])
        + client[0].packed.ljust(16, b"\0")
        + server[0].packed.ljust(16, b"\0")
        + struct.pack("=III", 0, *_NO_COOKIE)
    )
    header = _HEADER.pack(_HEADER.size + len(question), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as netlink:
            netlink.settimeout(_ANSWER_SECONDS)
            netlink.send(header + question)
            answer = netlink.recv(8192)
    except (OSError, AttributeError):  # another system, or one that does not allow it
        return None
    if _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None  # an error: the connection does not exist, or Linux was built without this
    ports = _PORTS.unpack_from(answer, _HEADER.size + 4)
    if ports != (client[1], server[1]):
        return None  # a socket that listens at the client's address
    numbers = _NUMBERS.unpack_from(answer, _HEADER.size + 4 + 48)
    return PeerSocket(uid=numbers[3], inode=numbers[4])


def _look_up(client: tuple[_IP, int], server: tuple[_IP, int]) -> PeerSocket | None:
    """Look for a connection in the table."""
    pairs = zip(_written(client[0]), _written(server[0]), strict=True)
    ends = "|".join(f"{one}:{client[1]:04X} {other}:{server[1]:04X}" for one, other in pairs)
    line = re.compile(rf" (?:{ends}) \S+ \S+ \S+ \S+ +(\d+) +\d+ (\d+) ")
    for _ in range(_READS):
        for table in _TABLES:
            if found := line.search(_read(table)):
                return PeerSocket(int(found[1]), int(found[2]))
    return None


def _read(table: Path) -> str:
    try:
        return table.read_text("ascii")
    except OSError:  # without IPv6 there is no table for it
        return ""


def _written(ip: _IP) -> list[str]:
    """Return how the tables write an address. They have IPv4 addresses in two forms.

    >>> _written(IPv4Address("127.0.0.1"))
    ['0100007F', '0000000000000000FFFF00000100007F']
    """
    if isinstance(ip, IPv6Address):
        return [_hexadecimal(ip)]
    return [_hexadecimal(ip), _hexadecimal(IPv6Address(b"\0" * 10 + b"\xff\xff" + ip.packed))]


def _hexadecimal(ip: _IP) -> str:
    """Return the words of 32 bits, each one as a number of this machine's byte order."""
    packed = ip.packed
    words = [packed[start : start + 4] for start in range(0, len(packed), 4)]
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
