"""A connection to an origin, plain or with TLS, within a time; what fails has a name."""

from __future__ import annotations

import socket
import ssl
from time import monotonic
from typing import TYPE_CHECKING

from streamlab.clock import now_ns
from streamlab.http1.errors import ConnectError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlab.http1.request import Origin

_MOMENT = 1e-3
"""Seconds: a timeout of 0 would mean not to wait at all, which is an error of another kind."""


def connect(
    origin: Origin,
    *,
    timeout: float,
    tls: ssl.SSLContext | None = None,
    opened: Callable[[socket.socket], object],
) -> tuple[socket.socket, int]:
    """A connection to the first address of `origin` that answers, and how long a round trip is.

    The round trip, in nanoseconds, is what TCP's handshake took.

    :param timeout: seconds for all addresses together and TLS's handshake. The look-up of the
        name is the operating system's, which has limits of its own.
    :param tls: for ``https``; the default checks certificates against the system's.
    :param opened: called with each socket before it connects, so that another thread can shut
        it down.
    :raises ConnectError: where there is no connection to be had.
    :raises LimitError: where it takes too long.
    """
    # Made first: loading the certificates to trust is no time of the server's.
    context = (tls or tls_context()) if origin.scheme == "https" else None
    deadline = monotonic() + timeout
    connection, round_trip_ns = _connect_any(origin, deadline, timeout, opened)
    if context is None:
        return connection, round_trip_ns
    secured = context.wrap_socket(
        connection,
        server_hostname=origin.hostname,
        # An end without TLS's own word of it may be a cut, and must not pass as an end.
        suppress_ragged_eofs=False,
        do_handshake_on_connect=False,
    )
    opened(secured)
    secured.settimeout(max(_MOMENT, deadline - monotonic()))
    try:
        _shake_hands(secured, origin, timeout)
    except BaseException:
        secured.close()
        raise
    return secured, round_trip_ns


def _shake_hands(secured: ssl.SSLSocket, origin: Origin, timeout: float) -> None:
    try:
        secured.do_handshake()
    except TimeoutError:
        raise _too_long(origin, timeout) from None
    except ssl.SSLCertVerificationError as error:
        raise ConnectError(
            "tls", f"{origin.host} could not prove who it is: {error.verify_message}"
        ) from error
    except OSError as error:
        raise ConnectError(
            "tls",
            f"{origin.host} did not agree on TLS: {getattr(error, 'reason', None) or error}; "
            "if it speaks plain HTTP, the URL begins with http://",
        ) from error


def tls_context(*, verify: bool = True, ca_file: str | None = None) -> ssl.SSLContext:
    """How TLS is spoken.

    :param verify: False takes any certificate: for a server of one's own that made its own.
    :param ca_file: certificates to trust instead of the system's, as a PEM file.
    :raises OSError: where `ca_file` cannot be read.
    """
    context = ssl.create_default_context(cafile=ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _connect_any(
    origin: Origin, deadline: float, timeout: float, opened: Callable[[socket.socket], object]
) -> tuple[socket.socket, int]:
    try:
        addresses = socket.getaddrinfo(origin.hostname, origin.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise ConnectError(
            "no address", f"the name {origin.hostname!r} has no address: {error}"
        ) from error
    failure: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(max(_MOMENT, deadline - monotonic()))
        opened(connection)
        started = now_ns()
        try:
            connection.connect(address)
        except OSError as error:
            connection.close()
            if isinstance(error, TimeoutError):
                raise _too_long(origin, timeout) from None
            failure = error
        else:
            return connection, now_ns() - started
    if isinstance(failure, ConnectionRefusedError):
        raise ConnectError(
            "refused", f"nobody listens at {origin.host}: is the server running, and on this port?"
        ) from failure
    reason = failure.strerror if failure else "it has none"
    raise ConnectError("unreachable", f"no address of {origin.host} can be reached: {reason}")


def _too_long(origin: Origin, timeout: float) -> LimitError:
    return LimitError("connect timeout", f"no connection to {origin.host} within {timeout:g} s")
