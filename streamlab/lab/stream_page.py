"""A page that shows a streamed response part by part, also where a proxy buffers.

jupyter-server-proxy, which JupyterHub and Binder use, passes on a response part by part only if the
request accepts exactly ``text/event-stream``. A link in a browser cannot ask for that, but a script
can.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from streamlab.harness.visitors import is_from_other_page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STREAM_PAGE = "/~stream"
"""The path of the page. The path that it requests follows after a ``#``."""


def stream_page(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the page. It is a WSGI application.

    The page contains nothing of the request. A page of another site cannot open it without its
    user, because the requests of this page would then count as the user's own.

    :param environ: see PEP 3333.
    :param start_response: see PEP 3333.

    >>> page = stream_page({}, lambda status, headers: print(status))
    200 OK
    >>> page[0].startswith(b"<!doctype html>")
    True
    """
    page, policy = _page()
    if is_from_other_page(environ):
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"Open this page from the panel.\n"]
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(page))),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("200 OK", headers)
    return [page]


@cache
def _page() -> tuple[bytes, str]:
    """Return the page and its Content-Security-Policy, which allows its script only."""
    page = files("streamlab.lab").joinpath("stream_page.html").read_bytes()
    script = page.partition(b"<script>")[2].partition(b"</script>")[0]
    allowed = b64encode(sha256(script).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{allowed}'; connect-src 'self'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy
