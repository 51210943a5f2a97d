"""The candidate's page for another date, open before the interview is and until it is begun."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import invitation_link
from appliance.interviews.invitations.links import LinkUnknown
from appliance.interviews.invitations.service import Invitations
from appliance.interviews.model import Interview
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.errors import Conflict
from appliance.kernel.web import (
    HTML,
    Form,
    FromPath,
    NamedDependency,
    Web,
    WebRequest,
    form_body,
    redirect,
)

GUARDS = [invitation_link()]
LONGEST_TOKEN = 200


@get("/room/{token:str}/another-date", guards=GUARDS, sync_to_thread=True, include_in_schema=False)
def offer(
    request: WebRequest, token: FromPath[str], interview_invitations: NamedDependency[Invitations]
) -> Response[str]:
    """The later ends that HR allows, or how to ask for one."""
    try:
        interview = interview_invitations.behind(token[:LONGEST_TOKEN])
    except LinkUnknown:
        return redirect("/room/" + token)
    return _shown(request, token, interview, interview_invitations.own_moves(interview.id))


@post("/room/{token:str}/another-date", guards=GUARDS, sync_to_thread=True, include_in_schema=False,
      dependencies={"form": form_body()})  # fmt: skip
def choose(
    request: WebRequest,
    token: FromPath[str],
    form: NamedDependency[Form],
    interview_invitations: NamedDependency[Invitations],
) -> Response[str]:
    """Put the end off to one of them; a second click shows where it stands."""
    try:
        interview = interview_invitations.behind(token[:LONGEST_TOKEN])
    except LinkUnknown:
        return redirect("/room/" + token)
    wished = form.text("until", required=True, max_length=64)
    ends = {end.isoformat(): end for end in interview_invitations.own_moves(interview.id)}
    candidate = Actor(id=interview.candidate_id, kind=ActorKind.CANDIDATE, label="link")
    moved = wished in ends
    if moved:
        try:
            interview_invitations.move_own(candidate, interview.id, ends[wished])
        except Conflict:
            moved = False
    now = interview_invitations.behind(token[:LONGEST_TOKEN])
    return _shown(request, token, now, interview_invitations.own_moves(now.id), moved=moved)


def _shown(
    request: WebRequest, token: str, interview: Interview, ends: Sequence[datetime], *, moved: bool = False
) -> Response[str]:
    web: Web = request.app.state.web
    translator = web.catalogue.translator(interview.language)
    with translator.active():
        text = web.environment.get_template("interviews/room/another_date.html").render(
            language=translator.language,
            site_name=web.site_name,
            base=f"/room/{token}",
            interview=interview,
            ends=ends,
            moved=moved,
        )
    return Response(text, media_type=HTML, headers={"Cache-Control": "no-store"})


HANDLERS: list[Any] = [offer, choose]
