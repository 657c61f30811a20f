"""Send the files of the static folder.

Source: Flask's page "Quickstart", section "Static Files".
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound
from werkzeug.utils import send_from_directory

from streamlab.web.globals import current_context

if TYPE_CHECKING:
    import os

    from werkzeug.wrappers import Response


def static_rule(folder: str | os.PathLike[str], url_path: str | None) -> str:
    """Return the URL rule of a static folder.

    :param folder: the folder.
    :param url_path: the URL under which it is served, or None to use the folder's name.

    >>> static_rule("assets/", None), static_rule("static", "/files/"), static_rule("static", "")
    ('/assets/<path:filename>', '/files/<path:filename>', '/<path:filename>')
    """
    if url_path is None:
        url_path = f"/{Path(folder).name}"
    return f"{url_path.rstrip('/')}/<path:filename>"


def send_static_file(filename: str) -> Response:
    """Answer a request for a static file. This is the view of the endpoint ``static``.

    :param filename: a path relative to the static folder.
    :raises werkzeug.exceptions.NotFound: if the folder does not contain the file.
    """
    ctx = current_context.get()
    app = ctx.app
    if app.static_folder is None:
        raise NotFound
    max_age = app.config["SEND_FILE_MAX_AGE_DEFAULT"]
    return send_from_directory(
        Path(app.root_path, app.static_folder),
        filename,
        ctx.request.environ,
        response_class=app.response_class,
        max_age=int(max_age.total_seconds()) if isinstance(max_age, timedelta) else max_age,
    )
