"""The arguments that several commands have, and their types for argparse."""

from __future__ import annotations

import argparse
from contextlib import suppress

from streamlab.arguments import MAX_NUMBER, MAX_SECONDS


def seconds(text: str) -> float:
    """Return an argument as a number of seconds.

    :param text: the argument.
    :raises argparse.ArgumentTypeError: if it is not a number above 0, or too large.

    >>> seconds("0.5")
    0.5
    """
    with suppress(ValueError):
        if 0 < (number := float(text)) <= MAX_SECONDS:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0, such as 0.5")


def number(text: str) -> int:
    """Return an argument as a whole number.

    :param text: the argument.
    :raises argparse.ArgumentTypeError: if it is not a whole number above 0, or too large.

    >>> number("10")
    10
    """
    with suppress(ValueError):
        if 0 < (value := int(text)) <= MAX_NUMBER:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0, such as 10")


def header(text: str) -> tuple[str, str]:
    """Return an argument as a header field.

    :param text: the argument, such as ``"Accept: text/html"``.
    :raises argparse.ArgumentTypeError: if it has no colon.

    >>> header("Accept: text/html")
    ('Accept', 'text/html')
    """
    name, colon, value = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(
            f"The header {text!r} has no colon between name and value. Write it like "
            "-H 'Accept: text/event-stream'."
        )
    return name.strip(" \t"), value.strip(" \t")


def add_request_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the request: method, headers, body and version.

    :param parser: the parser of a command.
    """
    parser.add_argument(
        "-X", "--method", help="the request's method; default: GET, or POST with --data"
    )
    parser.add_argument(
        "-H",
        "--header",
        dest="headers",
        action="append",
        default=[],
        type=header,
        metavar="'NAME: VALUE'",
        help="a header of the request; may be used several times",
    )
    parser.add_argument("-d", "--data", help="the body of the request")
    parser.add_argument(
        "--http1.0", dest="http_1_0", action="store_true", help="send an HTTP/1.0 request"
    )


def add_live_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that prints lines and no picture.

    :param parser: the parser of a command.
    """
    parser.add_argument(
        "--no-live", action="store_true", help="print plain lines in a terminal as well"
    )
