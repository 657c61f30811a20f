"""Tells what kind of client has sent a request that is not one of the harness itself."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def is_from_other_page(environ: WSGIEnvironment) -> bool:
    """Return whether a page of another origin makes a browser send a request, without its user.

    A page can send simple requests to every origin, and cannot read the answers (Fetch standard,
    "CORS protocol"). A browser says so in ``Sec-Fetch-Site`` (Fetch Metadata), which no page can
    set. A link that the user has followed counts as the user's own request. Browsers without these
    fields send ``Origin`` for most such requests.

    :param environ: see PEP 3333.

    >>> is_from_other_page({"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "no-cors"})
    True
    >>> is_from_other_page({"HTTP_SEC_FETCH_SITE": "none"})
    False
    >>> is_from_other_page({"HTTP_ORIGIN": "http://pages.example", "HTTP_HOST": "localhost:8099"})
    True
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        followed = (
            environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
            and environ.get("HTTP_SEC_FETCH_DEST") == "document"
            and environ.get("HTTP_SEC_FETCH_USER") == "?1"
            and environ.get("REQUEST_METHOD", "GET") in {"GET", "HEAD"}
        )
        return site not in {"same-origin", "none"} and not followed
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and urlsplit(origin).netloc != environ.get("HTTP_HOST")
