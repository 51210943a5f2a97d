"""The candidate room's pages: notice and consent, the room itself, another device, the end, and kind closed
doors.

The link's token is the only secret in an address of the appliance; these pages are never stored by a
browser and link to nothing outside.
"""

import math
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie

from appliance.identity.permissions import invitation_link
from appliance.interviews.invitations.links import (
    LinkEarly,
    LinkExpired,
    LinkFinished,
    LinkHandedOver,
    LinkHandOverLate,
    LinkRevoked,
    LinkUnknown,
    OtherDevice,
    new_secret,
)
from appliance.interviews.model import OPEN_STATES, Interview, InterviewState
from appliance.interviews.plans.timing import question_s
from appliance.interviews.room.door import Key, Visit
from appliance.interviews.room.service import REPLY_DAYS, Room
from appliance.kernel.errors import Conflict, MusterError
from appliance.kernel.site import Site
from appliance.kernel.web import (
    HTML,
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Web,
    WebRequest,
    form_body,
    redirect,
    translator_of,
)

DEVICE_COOKIE = "room_device"
DEVICE_DAYS = 60
LINK_ERRORS = (
    LinkUnknown,
    LinkEarly,
    LinkExpired,
    LinkRevoked,
    LinkFinished,
    LinkHandedOver,
    LinkHandOverLate,
)
GUARDS = [invitation_link()]


@get("/room/{token:str}", guards=GUARDS, sync_to_thread=True, include_in_schema=False)
def enter(
    request: WebRequest,
    token: FromPath[str],
    interview_room: NamedDependency[Room],
    online: FromQuery[bool] = False,
) -> Response[str]:
    """Where the candidate stands: notice, room, other device, end, or a closed door with what to do."""
    key = key_of(request, token)
    try:
        visit = interview_room.look(key)
    except LINK_ERRORS as closed:
        return _closed(request, token, closed)
    response = _step(request, interview_room, visit, token, online=online)
    remember_device(request, response, key)
    return response


@post("/room/{token:str}/consent", guards=GUARDS, sync_to_thread=True, include_in_schema=False,
      dependencies={"form": form_body()})  # fmt: skip
def consent(
    request: WebRequest,
    token: FromPath[str],
    interview_room: NamedDependency[Room],
    form: NamedDependency[Form],
) -> Response[str]:
    """The candidate's choices; both boxes empty means: in writing."""
    key = key_of(request, token)
    fresh = key if key.device else Key(token, new_secret())
    response = _then_back(
        token,
        lambda: interview_room.consent(fresh, voice=form.flag("voice"), video=form.flag("video")),
    )
    remember_device(request, response, fresh)
    return response


@post("/room/{token:str}/device", guards=GUARDS, sync_to_thread=True, include_in_schema=False)
def take_over(
    request: WebRequest, token: FromPath[str], interview_room: NamedDependency[Room]
) -> Response[str]:
    """Go on here instead of on the other device."""
    key = key_of(request, token)
    fresh = key if key.device else Key(token, new_secret())
    response = _then_back(token, lambda: interview_room.take_over(fresh))
    remember_device(request, response, fresh)
    return response


@post("/room/{token:str}/language", guards=GUARDS, sync_to_thread=True, include_in_schema=False,
      dependencies={"form": form_body()})  # fmt: skip
def language(
    request: WebRequest,
    token: FromPath[str],
    interview_room: NamedDependency[Room],
    form: NamedDependency[Form],
) -> Response[str]:
    """Read on in the other language."""
    chosen = form.text("language", required=True)
    response = _then_back(token, lambda: interview_room.choose_language(key_of(request, token), chosen))
    response.set_cookie(Cookie(key="lang", value=chosen, path="/room", samesite="lax"))
    return response


@post("/room/{token:str}/person", guards=GUARDS, sync_to_thread=True, include_in_schema=False)
def ask_for_person(
    request: WebRequest, token: FromPath[str], interview_room: NamedDependency[Room]
) -> Response[str]:
    """A conversation with a person instead."""
    return _then_back(token, lambda: interview_room.ask_for_person(key_of(request, token)))


def key_of(request: WebRequest, token: str) -> Key:
    """What this browser holds."""
    return Key(token[:200], request.cookies.get(DEVICE_COOKIE, "")[:200])


def remember_device(request: WebRequest, response: Response[Any], key: Key) -> None:
    """Give this browser its device secret, once; scripts cannot read it and other paths do not get it."""
    site: Site = request.app.state.site
    response.set_cookie(
        Cookie(
            key=DEVICE_COOKIE,
            value=key.device or new_secret(),
            path="/room",
            httponly=True,
            secure=site.settings.cookies_over_tls,
            samesite="lax",
            max_age=DEVICE_DAYS * 86_400,
        )
    )


def _then_back(token: str, verb: Any) -> Response[str]:
    """Do it and show where the candidate stands now; a closed door or a second click shows there too."""
    try:
        verb()
    except (*LINK_ERRORS, OtherDevice, Conflict):
        pass
    return redirect(f"/room/{token}")


def _step(request: WebRequest, room: Room, visit: Visit, token: str, *, online: bool) -> Response[str]:
    interview = visit.interview
    if interview.state not in OPEN_STATES:
        return _render(request, "done", visit.language, token, visit=visit, post=room.post(visit))
    asked = interview.person_requested_at is not None and interview.state is InterviewState.INVITED
    if asked and not online:
        return _render(request, "person", visit.language, token, visit=visit, post=room.post(visit))
    context: dict[str, Any] = {"visit": visit, "post": room.post(visit), "minutes": _minutes(visit)}
    if interview.consent is None:
        return _render(request, "notice", visit.language, token, **context)
    if not visit.here:
        return _render(request, "elsewhere", visit.language, token, status=409, **context)
    return _render(request, "room", visit.language, token, **context)


def _closed(request: WebRequest, token: str, closed: MusterError) -> Response[str]:
    wished = translator_of(request).language
    return _render(request, "closed", wished, token, status=closed.status, closed=closed, visit=None)


def _render(
    request: WebRequest, name: str, language: str, token: str, *, status: int = 200, **context: Any
) -> Response[str]:
    """A page in the candidate's language, which is the interview's and not the browser's."""
    web: Web = request.app.state.web
    translator = web.catalogue.translator(language)
    with translator.active():
        text = web.environment.get_template(f"interviews/room/{name}.html").render(
            language=translator.language,
            site_name=web.site_name,
            base=f"/room/{token}",
            reply_days=REPLY_DAYS,
            **context,
        )
    return Response(text, status_code=status, media_type=HTML, headers={"Cache-Control": "no-store"})


def _minutes(visit: Visit) -> int:
    """About how long it takes, for the notice: all times given, follow-ups with them, and a few minutes around."""
    interview: Interview = visit.interview
    seconds = sum(interview.seconds(question_s(one)[1]) for one in visit.plan.questions)
    return max(5, math.ceil(seconds / 60) + 3)


HANDLERS: list[Any] = [enter, consent, take_over, language, ask_for_person]
