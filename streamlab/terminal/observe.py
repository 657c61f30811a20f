"""``streamlab observe``: one request to an app, observed from inside.

The app is imported, served and observed in this process, as `streamlab.observe` does it.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import ExitStack, redirect_stdout
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from streamlab.exports.table import to_rich_table
from streamlab.harness.harness import Harness
from streamlab.harness.import_app import ImportPathError, import_app
from streamlab.harness.matrix import MATRIX_REASONS, matrix
from streamlab.harness.routes import first_path
from streamlab.harness.scenario import Scenario
from streamlab.harness.wsgi_check import check_wsgi_app
from streamlab.terminal.drawing import watch
from streamlab.terminal.exchange_view import ExchangeView, result_lines
from streamlab.terminal.exit_codes import EXIT_CODES
from streamlab.terminal.saving import (
    EXCHANGE_FORMATS,
    MATRIX_FORMATS,
    check_name,
    matrix_json,
    save,
)
from streamlab.trace.find_generator import is_user_code
from streamlab.wording import printable

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Mapping
    from typing import TextIO

    from streamlab.harness.exchange import Exchange

_NOT_POSSIBLE = (TypeError, ValueError, ModuleNotFoundError, FileNotFoundError)
"""What is raised if arguments do not work together, or if a server or a proxy is not installed."""


def observe_app(options: Namespace, parser: ArgumentParser) -> int:
    """Run the command.

    :param options: the arguments, which `streamlab.cli` defines.
    :param parser: reports arguments that are not valid, and then exits.
    :return: the exit code; see `EXIT_CODES`.
    """
    sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as for `python -m`
    output = sys.stdout
    with ExitStack() as stack:
        if options.json:  # what the app prints must not be mixed with it
            stack.enter_context(redirect_stdout(sys.stderr))
        try:
            formats = MATRIX_FORMATS if options.matrix else EXCHANGE_FORMATS
            for name in options.save:
                check_name(name, formats)
            scenario = _scenario(options)
            app = _import(options.app)
            check_wsgi_app(app, options.app)
            scenario = scenario.replace(
                first_path(app) if options.path is None else options.path,
                middleware=[_import(text) if ":" in text else text for text in options.middleware],
            )
            if options.matrix:
                return _show_matrix(app, scenario, options, output)
            harness = stack.enter_context(Harness(app, remembered=False))
            exchange = harness.exchange(scenario, lockstep=options.lockstep)
        except _NOT_POSSIBLE as error:
            parser.error(str(error))
        return _show_exchange(exchange, options, output)


def _scenario(options: Namespace) -> Scenario:
    """Return the scenario of the arguments, without what has to be imported."""
    path = options.path
    if path is not None and not path.startswith("/"):
        if "://" in path:
            raise ValueError(
                f"{path!r} is a URL. The app is served here for the request, so give only the path "
                f"after the host name. To watch a running server: streamlab probe {path}"
            )
        raise ValueError(
            f"The path {path!r} does not begin with a slash. "
            f"Write: streamlab observe {options.app} /{path}"
        )
    if options.matrix and (options.pace is not None or options.lockstep):
        raise ValueError(f"--matrix has no --pace and no --lockstep: {MATRIX_REASONS['pace']}.")
    return Scenario(
        method=options.method or ("GET" if options.data is None else "POST"),
        headers=options.headers,
        data=os.fsencode(options.data or ""),
        stream_with_context=options.stream_with_context,
        server=options.server or "werkzeug",
        pace=options.pace,
        http_version="1.0" if options.http_1_0 else "1.1",
        timeout=options.timeout,
        chunks=options.chunks,
        time_limit=options.time_limit,
    )


def _import(path: str) -> Any:
    """Import an object of the user. If its module raises an error, print it and exit with 1."""
    try:
        return import_app(path)
    except ImportPathError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module can raise anything
        _print_error_of_user(error)
        print(f"streamlab: importing {path!r} raised this error.", file=sys.stderr)  # noqa: T201
        sys.exit(1)


def _print_error_of_user(error: BaseException) -> None:
    """Print a traceback without the frames of streamlab and of the import system at its start."""
    entries = error.__traceback__
    while entries is not None and not is_user_code(entries.tb_frame.f_code.co_filename):
        entries = entries.tb_next
    traceback.print_exception(type(error), error, entries)


def _show_matrix(app: Any, scenario: Scenario, options: Namespace, output: TextIO) -> int:
    table = matrix(
        app,
        scenario.path,
        method=scenario.method,
        headers=scenario.headers,
        data=scenario.body,
        stream_with_context=None if scenario.stream_with_context else False,
        middleware=scenario.layers or None,
        servers=None if options.server is None else [options.server],
        http_version=scenario.http_version,
        timeout=scenario.timeout,
        chunks=scenario.chunks,
        time_limit=scenario.time_limit,
    )
    print(matrix_json(table) if options.json else table, file=output)
    return 0 if _saved(table, MATRIX_FORMATS, options, output) else 1


def _show_exchange(exchange: Exchange, options: Namespace, output: TextIO) -> int:
    scenario = exchange.scenario
    layers = [layer.name for layer in scenario.layers]
    title = f"{scenario.method} {scenario.path}  {' + '.join(['app', *layers, scenario.server])}"
    console = Console(file=output, highlight=False, quiet=options.json)
    live = console.is_terminal and not options.no_live and not options.json
    console.print(Text(printable(title), "bold"), soft_wrap=True)
    watch(exchange.make, exchange.stop, ExchangeView(exchange), console, live=live)
    if options.json:
        print(exchange.to_json(), file=output)
    else:
        console.print()
        if not live:
            table = to_rich_table(exchange)
            table.title = table.caption = None
            console.print(table)
        for line in result_lines(exchange):
            console.print(line, soft_wrap=not live)
    if not _saved(exchange, EXCHANGE_FORMATS, options, output):
        return 1
    return EXIT_CODES[exchange.verdict.outcome] if exchange.verdict else 1


def _saved(result: Any, formats: Mapping[str, Any], options: Namespace, output: TextIO) -> bool:
    """Save a result to the files of ``--save``, and return whether all were written."""
    for name in options.save:
        try:
            save(result, formats, name)
        except OSError as error:
            print(f"streamlab: {name} was not saved: {error}", file=sys.stderr)  # noqa: T201
            return False
        if not options.json:
            print(f"Saved {name}", file=output)
    return True
