"""How every error is told: a page, an htmx fragment or RFC 9457 problem+json, in the reader's language.

An error that nobody foresaw gets an id, shown to the reader and written to the log with the place in the
code; its text stays out of both, because it may hold personal data.
"""

import traceback
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from appliance.kernel import errors
from appliance.kernel.errors import N_, MusterError
from appliance.kernel.ids import new_id
from appliance.kernel.log import logger, told
from appliance.kernel.web import HTML, WebRequest, fragment, is_htmx, page, translator_of

PROBLEM = "application/problem+json"


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one field of the request."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as scripts read it (RFC 9457); `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[FieldProblem, ...] = ()
    id: str = ""


class Unexpected(MusterError):
    """A fault of ours: the reader gets an id that IT finds in the log."""

    code = "unexpected"
    title = N_("Something went wrong on our side")
    default = N_("Nothing was half-saved. Tell IT this number, it leads to the place in the log: %(id)s")


class MethodNotAllowed(MusterError):
    """The address exists and takes another verb."""

    status = 405
    code = "method_not_allowed"
    title = N_("This address does not take that")
    default = N_("The address exists and takes another HTTP method.")


BY_STATUS: Mapping[int, type[MusterError]] = {
    400: errors.Invalid,
    401: errors.NotSignedIn,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: MethodNotAllowed,
    409: errors.Conflict,
    410: errors.Gone,
    413: errors.TooLarge,
    415: errors.Unsupported,
    503: errors.Unavailable,
}


def exception_handlers() -> ExceptionHandlersMap:
    """For `Litestar(exception_handlers=...)`: one handler for everything."""
    return {Exception: answer}


def answer(request: WebRequest, error: Exception) -> Response[Any]:
    """The answer to an error, in the shape and language that the caller reads."""
    told = _known(request, error)
    if wants_problem(request):
        return _problem(request, told)
    if isinstance(told, errors.NotSignedIn):
        return _to_sign_in(request)
    if is_htmx(request):
        response = fragment(request, "errors/fragment.html", status=told.status, error=told)
        response.headers.update({"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"})
    else:
        response = page(request, "errors/page.html", status=told.status, error=told)
    response.headers.update(told.headers)
    return response


def wants_problem(request: WebRequest) -> bool:
    """Whether the caller is a script: the JSON API, or anybody who asks for JSON and not for a page."""
    accept = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accept and "text/html" not in accept)


def _known(request: WebRequest, error: Exception) -> MusterError:
    if isinstance(error, MusterError) and error.status != 500:
        return error
    if isinstance(error, HTTPException) and error.status_code < 500:
        kind = BY_STATUS.get(error.status_code, errors.Invalid)
        return errors.Invalid(_litestar_fields(error)) if kind is errors.Invalid else kind()
    if isinstance(error, RecursionError) and _while_decoding(error):
        return errors.Invalid()
    return _unexpected(request, error)


def _while_decoding(error: RecursionError) -> bool:
    """Whether the depth was that of the request's JSON (msgspec stops there) and not our own doing."""
    place = traceback.extract_tb(error.__traceback__)[-1:]
    return any("/litestar/serialization/" in frame.filename for frame in place)


def _unexpected(request: WebRequest, error: Exception) -> Unexpected:
    identifier = new_id()
    logger(**told(error)).error("request.failed", error_id=identifier, route=route_template(request.scope))
    return Unexpected(id=identifier)


def _litestar_fields(error: HTTPException) -> dict[str, str]:
    """The fields that request parsing refused, as {field: message}; messages are those of the parser."""
    found: dict[str, str] = {}
    if isinstance(error.extra, list):
        for entry in error.extra:
            if isinstance(entry, dict) and "message" in entry:
                found[str(entry.get("key", "body"))] = str(entry["message"])
    return found


def _problem(request: WebRequest, error: MusterError) -> Response[Any]:
    translator = translator_of(request)
    fields = error.fields if isinstance(error, errors.Invalid) else {}
    body = Problem(
        type=f"urn:muster:problem:{error.code}",
        title=translator.say(error.title),
        status=error.status,
        detail=translator.say(error),
        code=error.code,
        errors=tuple(FieldProblem(name, translator.say(message)) for name, message in fields.items()),
        id=str(error.params.get("id", "")) if isinstance(error, Unexpected) else "",
    )
    headers = {**error.headers, "Content-Language": translator.language, "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), status_code=error.status, media_type=PROBLEM, headers=headers)


def _to_sign_in(request: WebRequest) -> Response[Any]:
    path = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query and not is_htmx(request):
        path += f"?{request.url.query}"
    target = "/login" if path == "/" else f"/login?next={quote(path, safe='')}"
    if is_htmx(request):
        return Response("", status_code=200, headers={"HX-Redirect": target}, media_type=HTML)
    return Response("", status_code=303, headers={"Location": target}, media_type=HTML)


def route_template(scope: Mapping[str, Any]) -> str:
    """The route as written (`/i/{token}`), never the path as called: a link's token must not reach a log."""
    return str(scope.get("path_template") or "(no route)")
