"""The command `streamlab`: look at any endpoint from outside, or see the first lesson run."""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.console import Console

from streamlab.http1.client import Probe
from streamlab.http1.connect import tls_context
from streamlab.terminal.drawing import verdict_text, watch
from streamlab.terminal.probe_view import ProbeShow, as_json
from streamlab.trace.probe_verdict import judge_probe
from streamlab.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

EXIT_CODES = {
    "streamed": 0,
    "buffered": 3,
    "truncated": 4,
    "failed": 5,
    "empty": 6,
    "inconclusive": 7,
    "stopped": 130,  # as every command that Ctrl-C has ended
}
"""By outcome. 2 is a command line that makes no sense, 1 a fault of streamlab's own."""

_PROBE_EPILOG = """\
exit codes:
  0 streamed      bytes came, and the client waited for more while the response went on
  3 buffered      a long wait, and then everything at once
  4 truncated     the response broke off
  5 failed        no response, or one that says 4xx or 5xx
  6 empty         a response without a body
  7 inconclusive  everything came too fast to tell, or a redirect
  2 bad usage     130 stopped by Ctrl-C before anything could be told

Redirects are not followed, bodies not decompressed, proxies of the environment not used.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal of no Unicode
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.command(options, parser))
    except BrokenPipeError:  # `| head` has seen enough; nothing may be said to it any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="streamlab", description="See how HTTP streaming works: every chunk, live."
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    probe = commands.add_parser(
        "probe",
        help="watch the response of any URL arrive, and tell whether it streams",
        epilog=_PROBE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    probe.set_defaults(command=_probe)
    probe.add_argument("url", metavar="URL", help="http://... or https://...")
    probe.add_argument("-X", "--method", help="GET, or POST where there is --data")
    probe.add_argument(
        "-H",
        "--header",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="sent with the request; may be given again",
    )
    probe.add_argument("-d", "--data", help="the body of the request")
    probe.add_argument("--http1.0", dest="http_1_0", action="store_true", help="ask in HTTP/1.0")
    probe.add_argument(
        "--timeout",
        type=_seconds,
        default=30.0,
        metavar="S",
        help="of silence, and to connect (30)",
    )
    probe.add_argument(
        "--time-limit",
        type=_seconds,
        default=60.0,
        metavar="S",
        help="for everything: then the client leaves, and tells what it saw (60)",
    )
    probe.add_argument("-k", "--insecure", action="store_true", help="take any certificate")
    probe.add_argument("--ca-file", metavar="PEM", help="certificates to trust")
    probe.add_argument("--json", action="store_true", help="print what was seen for a program")
    probe.add_argument("--no-live", action="store_true", help="plain lines in a terminal, too")

    demo = commands.add_parser("demo", help="the first lesson's experiment, here in the terminal")
    demo.set_defaults(command=_demo)
    demo.add_argument(
        "--pace", type=_seconds, default=0.5, metavar="S", help="between two chunks (0.5)"
    )
    demo.add_argument("--no-live", action="store_true", help="plain lines in a terminal, too")
    return parser


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < (seconds := float(text)) < float("inf"):
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"the header {text!r} has no colon; write 'Name: value'")
    return name.strip(), value.strip()


def _probe(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    method = (options.method or ("GET" if options.data is None else "POST")).upper()
    try:
        probe = Probe(
            options.url,
            Trace(("client",)),
            method=method,
            headers=[("User-Agent", "streamlab"), *map(_header, options.header)],
            data=(options.data or "").encode(),
            http_version="1.0" if options.http_1_0 else "1.1",
            timeout=options.timeout,
            time_limit=options.time_limit,
            tls=tls_context(verify=not options.insecure, ca_file=options.ca_file),
        )
    except (ValueError, OSError) as error:
        parser.error(str(error))
    console = Console(highlight=False, quiet=options.json)
    show = ProbeShow(f"{method} {options.url}", probe)
    live = console.is_terminal and not options.no_live and not options.json
    watch(probe.run, probe.stop, show, console, live=live)
    verdict = judge_probe(probe)
    if options.json:
        print(json.dumps(as_json(options.url, method, probe, verdict), indent=2))
    else:
        console.print()
        console.print(verdict_text(verdict), soft_wrap=not live)
    return EXIT_CODES[verdict.outcome]


def _demo(options: argparse.Namespace, _parser: argparse.ArgumentParser) -> int:
    from streamlab.terminal.demo import demo  # noqa: PLC0415 - the probe needs no framework

    console = Console(highlight=False)
    demo(console, options.pace, live=console.is_terminal and not options.no_live)
    return 0
