"""The session cookie: unreadable for scripts, not sent by other sites, over when the browser closes."""

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from appliance.kernel.security import SESSION_COOKIE
from appliance.kernel.web import WebRequest, redirect


def signed_in_redirect(request: WebRequest, path: str, token: str) -> Response[str]:
    """Go on to a page with a session."""
    response = redirect(path)
    secure = request.app.state.site.settings.cookies_over_tls or request.url.scheme == "https"
    response.cookies.append(
        Cookie(key=SESSION_COOKIE, value=token, httponly=True, secure=secure, samesite="lax", path="/")
    )
    return response


def signed_out_redirect(path: str) -> Response[Any]:
    """Go to a page without a session."""
    response = redirect(path)
    response.cookies.append(
        Cookie(key=SESSION_COOKIE, value="", max_age=0, httponly=True, samesite="lax", path="/")
    )
    return response


def session_token(request: WebRequest) -> str:
    """The cookie's token, empty without one."""
    return request.cookies.get(SESSION_COOKIE, "")


def local_path(text: str) -> str:
    """The path to go on to after sign-in, only if it is one of ours: never another site."""
    local = text.startswith("/") and not text.startswith(("//", "/\\")) and "\\" not in text
    printable = all(char.isprintable() for char in text)
    return text if local and printable and not text.startswith("/login") else "/"
