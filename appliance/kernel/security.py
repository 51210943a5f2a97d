"""What every answer carries and every request must pass: headers, same origin, body limits, static files."""

from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from litestar import Router
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Guard, Message, Receive, Scope, Send

from appliance.kernel.errors import N_, Forbidden, NotFound
from appliance.kernel.forms import MEGABYTE

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_COOKIE = "muster_session"
JSON_BODY_BYTES = MEGABYTE
"""For `Litestar(request_max_body_size=...)`: bodies of the JSON API; uploads name theirs in `forms`."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: under it browsers send "Origin: null" with a form, and the same-origin check needs the
    # origin. Nothing leaves the site either way: to another origin no referrer is sent.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}

_RAW_HEADERS = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in HEADERS.items()]


async def secure_headers(message: Message, scope: Scope) -> None:
    """A `before_send` hook: the security headers on every answer, and no storing of pages about people."""
    if message["type"] != "http.response.start":
        return
    given = {name.lower() for name, _ in message["headers"]}
    message["headers"] = [*message["headers"], *(pair for pair in _RAW_HEADERS if pair[0] not in given)]
    headers = MutableScopeHeaders.from_message(message)
    if not scope["path"].startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    elif b"v=" in scope["query_string"]:
        # The address names the content (`Web.asset_url`), so a browser may keep it for good.
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers["Cache-Control"] = "no-cache"


class SameOrigin(ASGIMiddleware):
    """Refuses a change that another site's page asks for with this browser's session.

    Browsers name the origin of every POST. With a session cookie the origin must be there and be ours;
    without one (sign-in, the public page, a candidate's link) it must be ours when it is there. Bearer tokens
    are not sent by browsers on their own, so scripts need no origin.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope.get("method") not in SAFE_METHODS:
            self._check(ASGIConnection(scope, receive, send))
        await next_app(scope, receive, send)

    def _check(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        headers = connection.headers
        with_session = SESSION_COOKIE in connection.cookies
        if not with_session and headers.get("authorization", "").lower().startswith("bearer "):
            return
        origin = headers.get("origin")
        if origin is None:
            if with_session and headers.get("sec-fetch-site") != "same-origin":
                raise Forbidden(N_("The browser did not say which page this comes from, so it was not done."))
        elif urlsplit(origin).netloc != headers.get("host", ""):
            raise Forbidden(N_("This came from a page of another site, so it was not done."))


class PlainAddresses(ASGIMiddleware):
    """Answers "not found" to an address with control characters: no address of ours has any, and what comes after
    (file systems, headers) does not agree on what they mean."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if not scope["path"].isprintable():
            raise NotFound()
        await next_app(scope, receive, send)


def static_router(static: Path, vendor: Path | None, guard: Guard) -> Router:
    """/static from the appliance, /static/vendor from the built assets (pages stay readable without)."""
    routers = [create_static_files_router("/static", [static], name="static", guards=[guard])]
    if vendor is not None and vendor.is_dir():
        routers.append(create_static_files_router("/static/vendor", [vendor], name="vendor", guards=[guard]))
    return Router("/", route_handlers=cast("list[Any]", routers), include_in_schema=False)
