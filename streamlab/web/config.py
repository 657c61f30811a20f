"""The settings of an application. Source: Flask's page "Configuration Handling"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from werkzeug.utils import import_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from streamlab.web.app import App

DEFAULTS: dict[str, Any] = {
    "DEBUG": False,
    "TESTING": False,
    "PROPAGATE_EXCEPTIONS": None,
    "SECRET_KEY": None,
    "SECRET_KEY_FALLBACKS": None,
    "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
    "TRUSTED_HOSTS": None,
    "SERVER_NAME": None,
    "APPLICATION_ROOT": "/",
    "SESSION_COOKIE_NAME": "session",
    "SESSION_COOKIE_DOMAIN": None,
    "SESSION_COOKIE_PATH": None,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SECURE": False,
    "SESSION_COOKIE_PARTITIONED": False,
    "SESSION_COOKIE_SAMESITE": None,
    "SESSION_REFRESH_EACH_REQUEST": True,
    "MAX_CONTENT_LENGTH": None,
    "MAX_FORM_MEMORY_SIZE": 500_000,
    "MAX_FORM_PARTS": 1_000,
    "SEND_FILE_MAX_AGE_DEFAULT": None,
    "TRAP_BAD_REQUEST_ERRORS": None,
    "TRAP_HTTP_EXCEPTIONS": False,
    "PREFERRED_URL_SCHEME": "http",
    "TEMPLATES_AUTO_RELOAD": None,
    "MAX_COOKIE_SIZE": 4093,
    "PROVIDE_AUTOMATIC_OPTIONS": True,
}


class Config(dict[str, Any]):
    """A dict of settings with Flask's names and default values.

    >>> config = Config({"TESTING": False})
    >>> config.from_mapping(TESTING=True, ignored=1)
    True
    >>> config
    <Config {'TESTING': True}>
    """

    def from_object(self, obj: object) -> None:
        """Take the settings from the upper-case attributes of an object.

        :param obj: an object, or the dotted name from which to import it.

        >>> class Testing:
        ...     TESTING = True
        ...     ignored = 1
        >>> config = Config()
        >>> config.from_object(Testing)
        >>> config
        <Config {'TESTING': True}>
        """
        if isinstance(obj, str):
            obj = import_string(obj)
        self.update({key: getattr(obj, key) for key in dir(obj) if key.isupper()})

    def from_mapping(
        self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None, **kwargs: Any
    ) -> bool:
        """Take the settings from the upper-case keys of a mapping and of the keywords.

        :param mapping: a mapping, or (key, value) pairs.
        :param kwargs: further settings.
        :return: True, as in Flask.
        """
        self.update({k: v for k, v in dict(mapping or (), **kwargs).items() if k.isupper()})
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"


class ConfigAttribute:
    """A descriptor for an attribute of the application that is stored in its config.

    :param key: the name of the setting.
    :param convert: called with the setting when the attribute is read.

    >>> from streamlab.web import App
    >>> app = App()
    >>> app.secret_key = "only for this example"
    >>> app.config["SECRET_KEY"]
    'only for this example'
    """

    def __init__(self, key: str, convert: Callable[[Any], Any] | None = None) -> None:
        self.key = key
        self.convert = convert

    def __get__(self, app: Any, owner: type) -> Any:
        if app is None:
            return self
        value = app.config[self.key]
        return value if self.convert is None else self.convert(value)

    def __set__(self, app: App, value: Any) -> None:
        app.config[self.key] = value
