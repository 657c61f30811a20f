"""The command `streamlab`: ``probe`` watches a URL, ``observe`` an app, ``demo`` shows a lesson."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from rich.console import Console

from streamlab.http1.connect import tls_context
from streamlab.terminal.arguments import add_live_option, add_request_options, seconds
from streamlab.terminal.drawing import verdict_text, watch
from streamlab.terminal.exit_codes import EXIT_CODES
from streamlab.terminal.observe_arguments import add_observe
from streamlab.terminal.probe_view import ProbeView, as_json
from streamlab.trace.probe_verdict import judge_probe
from streamlab.trace.trace import Trace
from streamlab.trace.url_probe import URLProbe

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
"""The codings that browsers accept. A server may compress only for them, and a compressor may
buffer."""

_PROBE_EPILOG = """\
exit codes:
  0 streamed      the body arrived in parts, with pauses between them
  3 buffered      no content arrived for a long time, then all of it at once; comments of an
                  event stream and the header of a compression are no content. Or events (or
                  lines of JSON) came in lumps, many at once after each pause
  4 truncated     the response was cut, or did not fill its Content-Length
  5 failed        there was no response, its status was 4xx or 5xx, or its body is not in the
                  coding that its Content-Encoding header names
  6 empty         the response had no body, or no content in it
  7 inconclusive  everything arrived too fast to tell; or there were headers without a body, only
                  comments, or one part and then silence; or the coding cannot be decoded; or it
                  was a redirect
  2 bad usage     an argument is not valid
  130 stopped     Ctrl-C was pressed before there was a result

The probe accepts compressed bodies, as a browser does. It does not follow redirects and does not
use the proxies of the environment.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command `streamlab`.

    :param arguments: the arguments of the command; None (default) for ``sys.argv[1:]``.
    :return: the exit code, see `EXIT_CODES`.
    :raises SystemExit: after ``--help`` and ``--version``, and if an argument is not valid.
    """
    _open_closed_streams()
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # terminals without UTF-8
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        code = int(options.command(options, parser))
        sys.stdout.flush()
    except BrokenPipeError:  # for example, `| head` has ended; Python must not flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _open_closed_streams() -> None:
    """Replace standard output and standard error if they are closed, as after ``>&-`` in a shell.

    Python sets them to None then. A file that is opened next, such as the socket of the probe,
    would also get the free file descriptor.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, os.fdopen(null, "w", encoding="utf-8", closefd=False))


def _version() -> str:
    try:
        return version("streamlab")
    except PackageNotFoundError:  # imported from a folder, not installed
        return "unknown"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="streamlab", description="See how HTTP streaming works: every chunk, live."
    )
    parser.add_argument("--version", action="version", version=f"streamlab {_version()}")
    commands = parser.add_subparsers(required=True, metavar="command")

    probe = commands.add_parser(
        "probe",
        help="show when each part of a URL's response arrives, and whether it streams",
        epilog=_PROBE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    probe.set_defaults(command=_probe)
    probe.add_argument("url", metavar="URL", help="http://... or https://...")
    add_request_options(probe)
    probe.add_argument(
        "--no-compression",
        action="store_true",
        help=f"ask for a body without compression; by default as a browser: {ACCEPT_ENCODING}",
    )
    probe.add_argument(
        "--timeout",
        type=seconds,
        default=30.0,
        metavar="S",
        help="the most seconds to connect, and between two reads (default: 30)",
    )
    probe.add_argument(
        "--time-limit",
        type=seconds,
        default=60.0,
        metavar="S",
        help="the most seconds for everything; then the client leaves (default: 60)",
    )
    probe.add_argument("-k", "--insecure", action="store_true", help="accept any TLS certificate")
    probe.add_argument("--ca-file", metavar="PEM", help="a file with the TLS certificates to trust")
    probe.add_argument("--json", action="store_true", help="print the result as JSON")
    add_live_option(probe)

    add_observe(commands)

    demo = commands.add_parser(
        "demo", help="show the experiment of the first lesson in the terminal"
    )
    demo.set_defaults(command=_demo)
    demo.add_argument(
        "--pace",
        type=seconds,
        default=0.5,
        metavar="S",
        help="seconds between two chunks (default: 0.5)",
    )
    add_live_option(demo)
    return parser


def _request_headers(options: argparse.Namespace) -> list[tuple[str, str]]:
    """Return the headers of the request: the ones that were given, and what a browser accepts."""
    headers = [("User-Agent", "streamlab"), *options.headers]
    if not any(name.lower() == "accept-encoding" for name, _ in options.headers):
        coding = "identity" if options.no_compression else ACCEPT_ENCODING
        headers.append(("Accept-Encoding", coding))
    return headers


def _probe(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    method = (options.method or ("GET" if options.data is None else "POST")).upper()
    try:
        probe = URLProbe(
            options.url,
            Trace(("client",)),
            method=method,
            headers=_request_headers(options),
            data=os.fsencode(options.data or ""),
            http_version="1.0" if options.http_1_0 else "1.1",
            timeout=options.timeout,
            time_limit=options.time_limit,
            tls=tls_context(verify=not options.insecure, ca_file=options.ca_file),
        )
    except (ValueError, OSError) as error:
        parser.error(str(error))
    console = Console(highlight=False, quiet=options.json)
    view = ProbeView(f"{method} {options.url}", probe)
    live = console.is_terminal and not options.no_live and not options.json
    watch(probe.run, probe.stop, view, console, live=live)
    verdict = judge_probe(probe)
    if options.json:
        print(json.dumps(as_json(options.url, method, probe, verdict), indent=2))
    else:
        console.print()
        console.print(verdict_text(verdict), soft_wrap=not live)
    return EXIT_CODES[verdict.outcome]


def _demo(options: argparse.Namespace, _parser: argparse.ArgumentParser) -> int:
    from streamlab.terminal.demo import demo  # noqa: PLC0415 - not needed to probe

    console = Console(highlight=False)
    demo(console, options.pace, live=console.is_terminal and not options.no_live)
    return 0
