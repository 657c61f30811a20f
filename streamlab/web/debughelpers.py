"""Two mistakes with forms that only debug mode explains: a file not sent, a body dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import RequestRedirect

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from streamlab.web.wrappers import Request


class DebugFilesKeyError(KeyError, AssertionError):
    """``request.files[key]`` for a file of which the form has sent only the name."""

    def __str__(self) -> str:
        return str(self.args[0])


class FormDataRoutingRedirect(AssertionError):  # noqa: N818 - Flask's name
    """A redirect by the router after which the client would not send its form again."""


class NamedFiles(ImmutableMultiDict[str, "FileStorage"]):
    """The files of a form that sent none; asked for one, it says how a form sends them."""

    request: Request

    def __getitem__(self, key: str) -> FileStorage:
        try:
            return super().__getitem__(key)
        except KeyError:
            names = self.request.form.getlist(key)
            if not names:
                raise
            raise DebugFilesKeyError(
                f"request.files has no {key!r}: the form came as {self.request.mimetype!r}, so that"
                ' no file contents were transmitted. Add enctype="multipart/form-data" to the'
                f" <form>.\n\nThis was submitted: {', '.join(map(repr, names))}"
            ) from None


def explain_missing_files(request: Request) -> None:
    """Have ``request.files`` explain itself, if the form could not send any."""
    if request.mimetype != "multipart/form-data" and not request.files:
        files = NamedFiles()
        files.request = request
        request.files = files


def refuse_lossy_redirect(request: Request) -> None:
    """Raise `FormDataRoutingRedirect` where following the router's redirect loses the body."""
    redirect = request.routing_exception
    if (
        isinstance(redirect, RequestRedirect)
        and redirect.code not in {307, 308}
        and request.method not in {"GET", "HEAD", "OPTIONS"}
    ):
        raise FormDataRoutingRedirect(
            f"{request.method} {request.url!r} is redirected to the canonical URL"
            f" {redirect.new_url!r}, and with status {redirect.code} clients drop the body on the"
            " way.\n\nSend the request there at once, or have the router use 307 or 308. (Only"
            " debug mode raises this.)"
        )
