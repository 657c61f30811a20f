"""Connect to a server, with or without TLS, within a time limit."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from selectors import EVENT_WRITE, DefaultSelector
from time import monotonic
from typing import TYPE_CHECKING

from streamlab.clock import now_ns
from streamlab.http1.errors import ConnectError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.http1.request import Origin

_MIN_TIMEOUT = 1e-3
"""Seconds. A timeout of 0 would make the socket non-blocking."""
_CONNECTING = {errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)} - {0}
"""What a non-blocking connect returns while it is not finished, on Linux, macOS and Windows."""
_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


def connect(
    origin: Origin,
    *,
    timeout: float,
    tls: ssl.SSLContext | None = None,
    on_socket: Callable[[socket.socket], object],
) -> tuple[socket.socket, int]:
    """Connect to the first address of a server that answers.

    :param origin: the server.
    :param timeout: seconds for all addresses together, TLS handshake included. The look-up of the
        name is not included, because the operating system has limits for it.
    :param tls: the TLS settings for ``https``; None (default) verifies the certificate against
        those that the system trusts.
    :param on_socket: called with each socket while it connects, so that another thread can shut
        it down.
    :return: the connected socket, and the time of TCP's handshake in nanoseconds, which is one
        round trip.
    :raises ConnectError: if there is no connection.
    :raises LimitError: if the time was not enough.
    """
    # First, because loading the trusted certificates must not take from the server's time.
    context = (tls or tls_context()) if origin.scheme == "https" else None
    deadline = monotonic() + timeout
    connection, round_trip_ns = _connect_any(origin, deadline, timeout, on_socket)
    if context is None:
        return connection, round_trip_ns
    secured = context.wrap_socket(
        connection,
        server_hostname=origin.hostname,
        # Report an end without close_notify as an error: the response may have been cut.
        suppress_ragged_eofs=False,
        do_handshake_on_connect=False,
    )
    on_socket(secured)
    secured.settimeout(max(_MIN_TIMEOUT, deadline - monotonic()))
    try:
        _handshake(secured, origin, timeout)
    except BaseException:
        secured.close()
        raise
    return secured, round_trip_ns


def tls_context(*, verify: bool = True, ca_file: str | None = None) -> ssl.SSLContext:
    """Return TLS settings for `connect`.

    :param verify: whether to verify the server's certificate (default). False accepts any
        certificate; use it only for your own server.
    :param ca_file: the path of a PEM file with certificates to trust instead of the system's;
        None (default) trusts the system's.
    :raises OSError: if `ca_file` cannot be read.

    >>> tls_context(verify=False).check_hostname
    False
    """
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _handshake(secured: ssl.SSLSocket, origin: Origin, timeout: float) -> None:
    try:
        secured.do_handshake()
    except TimeoutError:
        raise _too_slow(origin, timeout) from None
    except ssl.SSLCertVerificationError as error:
        raise ConnectError(
            "tls",
            f"The certificate of {origin.host} is not trusted: {error.verify_message}. If this is "
            "your own server, give the file of its certificate as ca_file.",
        ) from error
    except OSError as error:
        raise ConnectError(
            "tls",
            f"The TLS handshake with {origin.host} failed: "
            f"{getattr(error, 'reason', None) or error}. If the server does not use TLS, begin "
            "the URL with http://.",
        ) from error


def _connect_any(
    origin: Origin, deadline: float, timeout: float, on_socket: Callable[[socket.socket], object]
) -> tuple[socket.socket, int]:
    """Try the addresses of a server in turn."""
    try:
        addresses = socket.getaddrinfo(origin.hostname, origin.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ConnectError(
            "no address",
            f"The host name {origin.hostname!r} has no address ({error}). Is it spelled correctly?",
        ) from error
    failure: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        started = now_ns()
        try:
            _connect_one(connection, address, deadline, on_socket)
        except OSError as error:
            connection.close()
            if no_descriptor(error):
                raise
            if isinstance(error, TimeoutError):
                raise _too_slow(origin, timeout) from None
            failure = error
        else:
            return connection, now_ns() - started
    if isinstance(failure, ConnectionRefusedError):
        machine = "" if origin.hostname in _LOCAL_NAMES else f" of {origin.hostname}"
        raise ConnectError(
            "refused",
            f"Nothing is listening on port {origin.port}{machine}. Is your server running?",
        ) from failure
    reason = failure.strerror if failure else "the name has no address"
    raise ConnectError("unreachable", f"{origin.host} cannot be reached: {reason}.")


def no_descriptor(error: OSError) -> ConnectError | None:
    """Return an error that says what to do if no file descriptor is free, else None.

    :param error: as the system raised it.

    >>> no_descriptor(OSError(errno.EMFILE, "Too many open files")).kind
    'unreachable'
    """
    if error.errno not in {errno.EMFILE, errno.ENFILE}:
        return None
    return ConnectError(
        "unreachable",
        f"No file descriptor is free ({error.strerror}). Close files and connections that are not "
        "needed, or raise the limit before Python starts: ulimit -n 4096",
    )


def _connect_one(
    connection: socket.socket,
    address: tuple[object, ...],
    deadline: float,
    on_socket: Callable[[socket.socket], object],
) -> None:
    """Connect a socket to one address.

    `on_socket` gets the socket when it is connecting already, because a socket that is not can
    not be shut down: a stop at that moment would be lost.
    """
    connection.setblocking(False)
    code = connection.connect_ex(address)
    on_socket(connection)
    if code in _CONNECTING:
        with DefaultSelector() as selector:
            selector.register(connection, EVENT_WRITE)
            if not selector.select(max(_MIN_TIMEOUT, deadline - monotonic())):
                raise TimeoutError
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))
    connection.settimeout(max(_MIN_TIMEOUT, deadline - monotonic()))


def _too_slow(origin: Origin, timeout: float) -> LimitError:
    return LimitError(
        "connect timeout",
        f"{origin.host} did not accept the connection within {timeout:g} s. Is the server running?",
    )
