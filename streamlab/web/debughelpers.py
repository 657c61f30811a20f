"""Errors that only debug mode raises: a form without its files, a redirect that loses the form.

The names come from Flask's module ``debughelpers``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import RequestRedirect

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from streamlab.web.wrappers import Request


class DebugFilesKeyError(KeyError, AssertionError):
    """Raised by ``request.files[key]`` if the form sent only the name of the file."""

    def __str__(self) -> str:
        return str(self.args[0])


class FormDataRoutingRedirect(AssertionError):  # noqa: N818 - Flask's name
    """Raised if the client would lose the body of its request when it follows a redirect."""


class NamedFiles(ImmutableMultiDict[str, "FileStorage"]):
    """The files of a form that sent none. A look-up raises an error that says how to send them."""

    request: Request

    def __getitem__(self, key: str) -> FileStorage:
        try:
            return super().__getitem__(key)
        except KeyError:
            names = self.request.form.getlist(key)
            if not names:
                raise
            raise DebugFilesKeyError(
                f"request.files has no {key!r}: the form was sent as {self.request.mimetype!r},"
                " which contains no files. Add this to the <form>:"
                ' enctype="multipart/form-data"'
                f"\n\nThe form contained these file names: {', '.join(map(repr, names))}"
            ) from None


def explain_missing_files(request: Request) -> None:
    """Make ``request.files`` raise a helpful error if the form cannot have sent files.

    :param request: the request, whose ``files`` are replaced.
    """
    if request.mimetype != "multipart/form-data" and not request.files:
        files = NamedFiles()
        files.request = request
        request.files = files


def refuse_lossy_redirect(request: Request) -> None:
    """Raise an error if a redirect of the router would lose the body of the request.

    :param request: a request with a ``routing_exception``.
    :raises FormDataRoutingRedirect: if the redirect's status is neither 307 nor 308
        (RFC 9110 section 15.4) and the method can have a body.
    """
    redirect = request.routing_exception
    if (
        isinstance(redirect, RequestRedirect)
        and redirect.code not in {307, 308}
        and request.method not in {"GET", "HEAD", "OPTIONS"}
    ):
        raise FormDataRoutingRedirect(
            f"{request.method} {request.url!r} is redirected to the canonical URL"
            f" {redirect.new_url!r}, and with status {redirect.code} a client repeats the request"
            f" without its body.\n\nSend the request to {redirect.new_url!r}, or make the router"
            " use status 307 or 308. (This error is raised only in debug mode.)"
        )
