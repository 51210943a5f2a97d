"""Puts who acts on every request: `request.user` (an Actor) and `request.auth` (how it was proven)."""

from typing import Any, cast

from anyio import to_thread
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from appliance.identity.service import Identity
from appliance.kernel.actor import ANONYMOUS
from appliance.kernel.errors import N_, NotSignedIn
from appliance.kernel.security import SESSION_COOKIE
from appliance.kernel.web import NOBODY, translator_of

BEARER = "bearer "


class Authentication(ASGIMiddleware):
    """Reads the bearer token or the session cookie; without either the anonymous actor goes in."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope, receive, send)
        user, auth = ANONYMOUS, NOBODY
        values = cast("dict[str, Any]", scope)
        values["user"], values["auth"] = user, auth
        if not scope["path"].startswith("/static/"):
            authorization = connection.headers.get("authorization", "")
            bearer = authorization[len(BEARER) :].strip() if authorization.lower().startswith(BEARER) else ""
            session = connection.cookies.get(SESSION_COOKIE, "")
            if bearer or session:
                found = await to_thread.run_sync(self._identity.authenticate, session, bearer)
                if found is None and bearer:
                    raise NotSignedIn(N_("The token is unknown, has expired or was revoked."))
                values["user"], values["auth"] = found or (user, auth)
        translator_of(connection).activate()
        await next_app(scope, receive, send)
