"""The arguments of ``streamlab observe``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from streamlab.terminal.arguments import add_live_option, add_request_options, number, seconds

if TYPE_CHECKING:
    from typing import Any

_EPILOG = """\
examples:
  streamlab observe shop:app /stream?name=World
  streamlab observe 'shop:create_app("test")' /stream --middleware gzip --lockstep
  streamlab observe mysite.wsgi /events --chunks 10 --save run.html
  streamlab observe shop:app /stream --matrix

exit codes:
  0 streamed      each chunk reached the client before the next one was made
  3 buffered      chunks were held until others had been made
  4 truncated     the response was cut
  5 failed        there was no response, or its status was 4xx or 5xx
  6 empty         the response had no body
  7 inconclusive  the order of events does not tell; --lockstep does
  1 error         importing the app raised an error, or a file was not saved
  2 bad usage     an argument is not valid
  130 stopped     Ctrl-C was pressed before there was a result
With --matrix the exit code is 0 if the table was made.

The current folder can be imported from, as with flask and gunicorn. An ASGI application cannot be
observed from inside: start it, and use streamlab probe.
"""


def add_observe(commands: Any) -> argparse.ArgumentParser:
    """Add the command.

    :param commands: what `argparse.ArgumentParser.add_subparsers` returned.
    :return: the parser of the command.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "observe",
        help="make a request to a WSGI app, and show where each chunk is held and why",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_observe)
    parser.add_argument(
        "app",
        metavar="MODULE:APP",
        help="where the app is imported from: shop:app, 'shop:create_app()', or mysite.wsgi",
    )
    parser.add_argument(
        "path",
        nargs="?",
        metavar="/PATH",
        help="path and query of the request (default: the app's first route)",
    )
    add_request_options(parser)
    parser.add_argument(
        "--no-stream-with-context",
        dest="stream_with_context",
        action="store_false",
        help="switch off stream_with_context; only for an app made by streamlab's App",
    )
    parser.add_argument(
        "--middleware",
        action="append",
        default=[],
        metavar="NAME",
        help="a middleware of streamlab such as gzip, or the import path of another one, such as "
        "shop:middleware; may be used several times, the one nearest to the app first",
    )
    parser.add_argument(
        "--server", metavar="NAME", help="the server, such as waitress (default: werkzeug)"
    )
    parser.add_argument(
        "--pace", type=seconds, metavar="S", help="seconds between two chunks (default: none)"
    )
    parser.add_argument(
        "--lockstep",
        action="store_true",
        help="make a chunk only when the previous one has arrived or is certain to be held; "
        "the verdict is then independent of time",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=30.0,
        metavar="S",
        help="the most seconds between two reads (default: 30)",
    )
    parser.add_argument(
        "--chunks",
        type=number,
        metavar="N",
        help="leave after this number of chunks; for a stream that does not end",
    )
    parser.add_argument(
        "--time-limit",
        type=seconds,
        default=60.0,
        metavar="S",
        help="the most seconds for the whole exchange; then the client leaves (default: 60)",
    )
    parser.add_argument(
        "--matrix",
        action="store_true",
        help="make the request with every server and every middleware, and print a table",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--save",
        action="append",
        default=[],
        metavar="FILE",
        help="save the result as .html, .svg, .har or .json, by the end of the name; may be used "
        "several times",
    )
    add_live_option(parser)
    return parser


def _observe(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    from streamlab.terminal.observe import observe_app  # noqa: PLC0415 - imports servers

    return observe_app(options, parser)
