"""Send the files of the static folder.

Source: Flask's page "Quickstart", section "Static Files".
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound
from werkzeug.utils import send_from_directory

from streamlab.web.globals import current_context

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


class StaticFolder:
    """The attributes of `App` for its static folder."""

    if TYPE_CHECKING:  # provided by App
        root_path: str

    _static_folder: str | None = None
    _static_url_path: str | None = None

    @property
    def static_folder(self) -> str | None:
        """The folder of the static files as an absolute path, or None.

        A relative path that is assigned starts at `App.root_path`.
        """
        if self._static_folder is None:
            return None
        return os.path.join(self.root_path, self._static_folder)  # noqa: PTH118

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip(r"\/")

    @property
    def static_url_path(self) -> str | None:
        """The URL path of the static files: by default the folder's name; None without a folder."""
        if self._static_url_path is not None:
            return self._static_url_path
        if self.static_folder is None:
            return None
        return f"/{Path(self.static_folder).name}".rstrip("/")

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    @property
    def has_static_folder(self) -> bool:
        """Whether there is a static folder."""
        return self._static_folder is not None


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
        app.static_folder,
        filename,
        ctx.request.environ,
        response_class=app.response_class,
        max_age=int(max_age.total_seconds()) if isinstance(max_age, timedelta) else max_age,
    )
