"""The session: a dict that the browser keeps for the application in a signed cookie.

The cookie is signed and not encrypted: the user of the browser can read it but cannot change it.
The format is Flask's, so each of the two frameworks can read the other's cookie if they have the
same secret key. The cookie is sent in a header, so a stream that has begun can no longer change it
(see `streamlab.web.stream_warnings`).

Source: Flask's page "Quickstart", section "Sessions".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NoReturn, cast

from werkzeug.datastructures import CallbackDict

from streamlab.web import session_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from itsdangerous import URLSafeTimedSerializer

    from streamlab.web.app import App
    from streamlab.web.wrappers import Request, Response


class SessionMixin(MutableMapping[str, Any]):
    """The attributes of a session, besides the methods of a dict."""

    #: Whether the session is new, if the implementation supports this.
    new = False
    #: Whether the cookie must be written.
    modified = True
    #: Whether the session was read: if so, the header ``Vary: Cookie`` is sent.
    accessed = False

    @property
    def permanent(self) -> bool:
        """Whether the session lasts longer than the browser's. Stored as ``"_permanent"``."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


class SecureCookieSession(CallbackDict[str, Any], SessionMixin):
    """A session that sets ``modified`` when it changes.

    A change inside a value, such as a list, is not noticed: set ``modified`` yourself.

    :param initial: the contents.

    >>> session = SecureCookieSession({"name": "World"})
    >>> session["count"] = 1
    >>> session.modified, session
    (True, <SecureCookieSession {'name': 'World', 'count': 1}>)
    """

    modified = False
    #: Called at the first change after the cookie has been written.
    on_late_change: Callable[[], None] | None = None

    def __init__(self, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(initial, SecureCookieSession._changed)

    def _changed(self) -> None:
        self.modified = True
        if self.on_late_change is not None:
            warn, self.on_late_change = self.on_late_change, None
            warn()


class NullSession(SecureCookieSession):
    """The session of an application without a secret key: it is empty and cannot be changed."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(
            "The session is unavailable because no secret key was set.  Set the secret_key on the"
            " application to something unique and secret.\n\nIn a notebook any text is good enough:"
            ' app.secret_key = "only for this notebook"'
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _refuse


class SessionInterface:
    """How sessions are opened and saved. Subclass it and set ``app.session_interface``.

    >>> from streamlab.web import App, session
    >>> class InMemory(SessionInterface):
    ...     stored = SecureCookieSession()
    ...     def open_session(self, app, request):
    ...         return self.stored
    ...     def save_session(self, app, session, response):
    ...         pass
    >>> app = App()
    >>> app.session_interface = InMemory()
    >>> with app.test_request_context("/"):
    ...     session["name"] = "World"
    >>> InMemory.stored["name"]
    'World'
    """

    null_session_class: type = NullSession

    def make_null_session(self, app: App) -> Any:  # noqa: ARG002 - used by subclasses
        """Return the session that is used if `open_session` returns None.

        :param app: the application.
        """
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Return whether a session is one of `make_null_session`, which is never saved.

        :param obj: the session.
        """
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: App) -> str:
        """Return the name of the cookie (``SESSION_COOKIE_NAME``).

        :param app: the application.
        """
        return str(app.config["SESSION_COOKIE_NAME"])

    def get_cookie_domain(self, app: App) -> str | None:
        """Return the attribute Domain of the cookie (``SESSION_COOKIE_DOMAIN``).

        :param app: the application.
        """
        return cast("str | None", app.config["SESSION_COOKIE_DOMAIN"])

    def get_cookie_path(self, app: App) -> str:
        """Return the attribute Path (``SESSION_COOKIE_PATH``, or ``APPLICATION_ROOT``).

        :param app: the application.
        """
        return str(app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"])

    def get_cookie_httponly(self, app: App) -> bool:
        """Return whether scripts cannot read the cookie (``SESSION_COOKIE_HTTPONLY``).

        :param app: the application.
        """
        return bool(app.config["SESSION_COOKIE_HTTPONLY"])

    def get_cookie_secure(self, app: App) -> bool:
        """Return whether the cookie is sent only over HTTPS (``SESSION_COOKIE_SECURE``).

        :param app: the application.
        """
        return bool(app.config["SESSION_COOKIE_SECURE"])

    def get_cookie_partitioned(self, app: App) -> bool:
        """Return the attribute Partitioned of the cookie (``SESSION_COOKIE_PARTITIONED``).

        :param app: the application.
        """
        return bool(app.config["SESSION_COOKIE_PARTITIONED"])

    def get_cookie_samesite(self, app: App) -> str | None:
        """Return the attribute SameSite of the cookie (``SESSION_COOKIE_SAMESITE``).

        :param app: the application.
        """
        return cast("str | None", app.config["SESSION_COOKIE_SAMESITE"])

    def should_set_cookie(self, app: App, session: SessionMixin) -> bool:
        """Return whether the response sets the cookie.

        It does if the session has changed, or if the session is permanent and each request renews
        it (``SESSION_REFRESH_EACH_REQUEST``).

        :param app: the application.
        :param session: the session.
        """
        return session.modified or (
            session.permanent and app.config["SESSION_REFRESH_EACH_REQUEST"]
        )

    def get_expiration_time(self, app: App, session: SessionMixin) -> datetime | None:
        """Return when the cookie of a permanent session expires, else None.

        :param app: the application, whose ``permanent_session_lifetime`` is used.
        :param session: the session.
        """
        if session.permanent:
            lifetime: timedelta = app.permanent_session_lifetime
            return datetime.now(timezone.utc) + lifetime
        return None

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Return the session of a request. Override this method.

        :param app: the application.
        :param request: the request.
        :return: the session, or None for the null session.
        """
        raise NotImplementedError

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        """Save a session when the response has been made. Override this method.

        :param app: the application.
        :param session: the session.
        :param response: the response, before its headers are sent.
        """
        raise NotImplementedError


def _sha1(data: bytes = b"") -> Any:
    # Looked up when it is used, because Python builds for FIPS do not have it.
    return hashlib.sha1(data)  # noqa: S324 - used in an HMAC, as in Flask's cookies


class SecureCookieSessionInterface(SessionInterface):
    """Sessions in a cookie that itsdangerous signs."""

    salt = "cookie-session"
    digest_method = staticmethod(_sha1)
    key_derivation = "hmac"
    serializer: Any = session_json
    session_class = SecureCookieSession

    def get_signing_serializer(self, app: App) -> URLSafeTimedSerializer | None:
        """Return the serializer that signs the cookie, or None without a secret key.

        :param app: the application.
        """
        if not app.secret_key:
            return None
        from itsdangerous import URLSafeTimedSerializer  # noqa: PLC0415 - needs a secret key

        # The last key signs. Signatures of the other keys are accepted.
        return URLSafeTimedSerializer(
            [*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key],
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={
                "key_derivation": self.key_derivation,
                "digest_method": self.digest_method,
            },
        )

    def open_session(self, app: App, request: Request) -> SecureCookieSession | None:
        """Return the session of the request's cookie.

        :param app: the application.
        :param request: the request.
        :return: an empty session if there is no cookie, its signature is wrong or it is too old;
            None if the application has no secret key.
        """
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        from itsdangerous import BadSignature  # noqa: PLC0415 - needs a secret key

        lifetime_s = int(app.permanent_session_lifetime.total_seconds())
        try:
            return self.session_class(signer.loads(cookie, max_age=lifetime_s))
        except BadSignature:
            return self.session_class()

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        """Set or delete the cookie, and add the header ``Vary: Cookie`` if the session was read.

        :param app: the application.
        :param session: the session.
        :param response: the response.
        """
        if session.accessed:
            response.vary.add("Cookie")
        name = self.get_cookie_name(app)
        attributes: dict[str, Any] = {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "partitioned": self.get_cookie_partitioned(app),
            "samesite": self.get_cookie_samesite(app),
            "httponly": self.get_cookie_httponly(app),
        }
        if not session:
            if session.modified:
                response.delete_cookie(name, **attributes)
                response.vary.add("Cookie")
            return
        if not self.should_set_cookie(app, session):
            return
        expires = self.get_expiration_time(app, session)
        value = self.get_signing_serializer(app).dumps(dict(session))  # type: ignore[union-attr]
        response.set_cookie(name, value, expires=expires, **attributes)
        response.vary.add("Cookie")
