"""``app.run()``: werkzeug's development server, for a script that serves until it is stopped."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import werkzeug.serving

if TYPE_CHECKING:
    from streamlab.web.app import App


def run(app: App, host: str | None, port: int | None, options: dict[str, Any]) -> None:
    """Serve until interrupted, on ``SERVER_NAME`` or 127.0.0.1:5000 unless told otherwise."""
    if hasattr(sys.modules.get("__main__"), "get_ipython"):
        raise RuntimeError(
            "app.run() serves until it is stopped, so this cell would never end.\n\nIn a notebook"
            " serve in the background: Lab(app) shows what happens, Server(app).start() only"
            " serves."
        )
    named_host, _, named_port = (app.config["SERVER_NAME"] or "").partition(":")
    options = {
        "use_reloader": app.debug,
        "use_debugger": app.debug,
        "threaded": True,
        **options,
    }
    if port is None:
        port = int(named_port or 5000)
    werkzeug.serving.run_simple(host or named_host or "127.0.0.1", port, app, **options)
