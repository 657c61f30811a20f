"""The session: a dict that travels to the browser and back in a signed cookie.

Signed, not encrypted: the browser's user can read it and cannot change it. The format is
Flask's, so a cookie of one is understood by the other, given the same secret key. The cookie
is a header: once a stream has begun, it has been sent (see `streamlab.web.stream_warnings`).
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
    """What a session can tell beside being a dict."""

    #: Whether the session is new; not every implementation knows.
    new = False
    #: Whether the cookie must be written.
    modified = True
    #: Whether the request looked at the session at all: then ``Vary: Cookie`` is sent.
    accessed = False

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser's; kept under ``"_permanent"``."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


class SecureCookieSession(CallbackDict[str, Any], SessionMixin):
    """A session that notes its own changes (not those inside a list or dict it holds)."""

    modified = False
    #: Called at the first change after the cookie has been written.
    on_late_change: Callable[[], None] | None = None

    def __init__(self, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(initial, SecureCookieSession._changed)

    def _changed(self) -> None:
        self.modified = True
        if self.on_late_change is not None:
            tell, self.on_late_change = self.on_late_change, None
            tell()


class NullSession(SecureCookieSession):
    """The session of an application without a secret key: empty, and refuses to be changed."""

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(
            "The session is unavailable because no secret key was set.  Set the secret_key on the"
            " application to something unique and secret.\n\nIn a lesson any text will do:"
            ' app.secret_key = "only for this notebook"'
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _refuse


class SessionInterface:
    """How sessions are opened and saved; subclass it and set ``app.session_interface``."""

    null_session_class: type = NullSession

    def make_null_session(self, app: App) -> Any:  # noqa: ARG002 - for those who override it
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: App) -> str:
        return str(app.config["SESSION_COOKIE_NAME"])

    def get_cookie_domain(self, app: App) -> str | None:
        return cast("str | None", app.config["SESSION_COOKIE_DOMAIN"])

    def get_cookie_path(self, app: App) -> str:
        return str(app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"])

    def get_cookie_httponly(self, app: App) -> bool:
        return bool(app.config["SESSION_COOKIE_HTTPONLY"])

    def get_cookie_secure(self, app: App) -> bool:
        return bool(app.config["SESSION_COOKIE_SECURE"])

    def get_cookie_partitioned(self, app: App) -> bool:
        return bool(app.config["SESSION_COOKIE_PARTITIONED"])

    def get_cookie_samesite(self, app: App) -> str | None:
        return cast("str | None", app.config["SESSION_COOKIE_SAMESITE"])

    def should_set_cookie(self, app: App, session: SessionMixin) -> bool:
        return session.modified or (
            session.permanent and app.config["SESSION_REFRESH_EACH_REQUEST"]
        )

    def get_expiration_time(self, app: App, session: SessionMixin) -> datetime | None:
        if session.permanent:
            lifetime: timedelta = app.permanent_session_lifetime
            return datetime.now(timezone.utc) + lifetime
        return None

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        raise NotImplementedError

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        raise NotImplementedError


def _sha1(data: bytes = b"") -> Any:
    # Looked up at use: a build of Python for FIPS has none, and may never need one.
    return hashlib.sha1(data)  # noqa: S324 - the digest inside an HMAC, as Flask's cookies have it


class SecureCookieSessionInterface(SessionInterface):
    """Sessions in a signed cookie, with itsdangerous."""

    salt = "cookie-session"
    digest_method = staticmethod(_sha1)
    key_derivation = "hmac"
    serializer: Any = session_json
    session_class = SecureCookieSession

    def get_signing_serializer(self, app: App) -> URLSafeTimedSerializer | None:
        if not app.secret_key:
            return None
        from itsdangerous import URLSafeTimedSerializer  # noqa: PLC0415 - needs a secret key

        # The key that signs comes last; those before it are only accepted.
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
        """The session in the request's cookie; an empty one if it is forged or too old."""
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
        """Write, renew or delete the cookie, and say that the response depends on it."""
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
