"""The timeline of an interview as a part of a page, for whoever may see the interview."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get

from appliance.audit.ledger import record
from appliance.identity.permissions import Permission, requires
from appliance.interviews.integrity.events import Timeline, timeline
from appliance.interviews.integrity.words import TIMELINE_WORDS
from appliance.interviews.progress import Progress
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Forbidden
from appliance.kernel.web import FromPath, NamedDependency, WebRequest, fragment

READ = [requires(Permission.INTERVIEWS_READ)]
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}


class Timelines:
    """Gives timelines to people, with a ledger row for each reading."""

    def __init__(self, core: Database) -> None:
        self._core = core

    def open(self, actor: Actor, interview_id: str) -> Timeline:
        """The timeline; who may see it is the caller's to check."""

        def work(tx: Transaction) -> Timeline:
            record(tx, actor, "interview.timeline_opened", f"interview:{interview_id}")
            return timeline(tx, interview_id)

        return self._core.write(work)


@get("/interviews/{interview_id:str}/timeline", guards=READ, **HIDDEN)
def show(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_progress: NamedDependency[Progress],
    interview_timelines: NamedDependency[Timelines],
) -> Response[str]:
    """What happened beside the answers."""
    if not interview_progress.may_see(request.user, interview_id):
        raise Forbidden(N_("This interview is open to recruiting and to the interviewers named on it."))
    may_play = request.user.may(Permission.RECORDINGS_OPEN) or request.user.may(
        Permission.RECORDINGS_OPEN_ASSIGNED
    )
    return fragment(
        request,
        "interviews/integrity/_timeline.html",
        timeline=interview_timelines.open(request.user, interview_id),
        timeline_words=TIMELINE_WORDS,
        may_play=may_play,
    )


HANDLERS: list[Any] = [show]
