"""HR's pages: inviting, how far an interview is, reminding and withdrawing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.assessment.store import Stage
from appliance.interviews.invitations.desk import InterviewerChoice
from appliance.interviews.invitations.letters import InterviewLetters, Step
from appliance.interviews.invitations.service import Invitations, InvitationWish
from appliance.interviews.model import OPEN_STATES, AnswerKind, AnswerState, InterviewState
from appliance.interviews.plans.service import Plans
from appliance.interviews.progress import Progress
from appliance.kernel.clock import Clock
from appliance.kernel.errors import N_, Forbidden, Invalid
from appliance.kernel.site import Site
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Paging,
    WebRequest,
    form_body,
    fragment,
    page,
    redirect,
)
from appliance.notifications.model import STATE_LABELS
from appliance.notifications.pages import TROUBLE_LABELS

MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
READ = [requires(Permission.INTERVIEWS_READ)]
INVITE_FIELDS = ("window_start", "window_end", "language", "extra_time", "own_move_days")
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}

STATES: Mapping[InterviewState, tuple[str, str]] = {
    InterviewState.INVITED: (N_("Invited"), "info"),
    InterviewState.CONSENTED: (N_("Ready to begin"), "info"),
    InterviewState.IN_PROGRESS: (N_("Answering now"), "info"),
    InterviewState.FINISHED: (N_("Being assessed"), "info"),
    InterviewState.ASSESSED: (N_("Report ready"), "good"),
    InterviewState.REVOKED: (N_("Invitation withdrawn"), "calm"),
    InterviewState.EXPIRED: (N_("Not taken in time"), "warn"),
    InterviewState.ERASED: (N_("Erased"), "calm"),
}
KINDS: Mapping[AnswerKind, tuple[str, str]] = {
    AnswerKind.VIDEO: (N_("Video"), "video"),
    AnswerKind.VOICE: (N_("Voice"), "microphone"),
    AnswerKind.TEXT: (N_("Text"), "writing"),
}
ANSWER_STATES: Mapping[AnswerState, tuple[str, str]] = {
    AnswerState.RECORDING: (N_("Not handed in yet"), "calm"),
    AnswerState.SUBMITTED: (N_("Handed in"), "info"),
    AnswerState.ANALYSED: (N_("Analysed"), "good"),
    AnswerState.FAILED: (N_("Needs a person"), "warn"),
}
STAGES: Mapping[Stage, str] = {
    Stage.QUEUED: N_("Waiting for its turn"),
    Stage.DECODING: N_("Opening the recording"),
    Stage.LISTENING: N_("Writing down what was said"),
    Stage.VOICES: N_("Telling voices apart"),
    Stage.WATCHING: N_("Looking at the picture"),
    Stage.PROSODY: N_("Measuring pauses and speech rate"),
    Stage.READING: N_("Reading the answer"),
    Stage.DONE: N_("Done"),
    Stage.FAILED: N_("A person has to look at it"),
}
WAITS: Mapping[str, str] = {
    "speech": N_("Waits for the speech engine."),
    "vision": N_("Waits for the vision engine."),
    "llm": N_("Waits for the language model."),
    "any": N_("Waits."),
}
FILTERS: Mapping[str, tuple[str, frozenset[InterviewState]]] = {
    "": (N_("All"), frozenset()),
    "open": (N_("Still open"), OPEN_STATES),
    "waiting": (N_("Not begun"), frozenset({InterviewState.INVITED, InterviewState.CONSENTED})),
    "started": (N_("Answering now"), frozenset({InterviewState.IN_PROGRESS})),
    "working": (N_("Being assessed"), frozenset({InterviewState.FINISHED})),
    "ready": (N_("Report ready"), frozenset({InterviewState.ASSESSED})),
    "overdue": (N_("Not taken in time"), frozenset({InterviewState.EXPIRED})),
    "over": (N_("Withdrawn or not taken"), frozenset({InterviewState.REVOKED, InterviewState.EXPIRED})),
}
LETTERS: Mapping[Step, str] = {
    Step.INVITED: N_("Invitation"),
    Step.REMINDER: N_("Reminder"),
    Step.MOVED: N_("Another time"),
    Step.WITHDRAWN: N_("Withdrawal"),
    Step.EXPIRED: N_("End of the window"),
}
LABELS: Mapping[str, Any] = {
    "states": STATES,
    "kinds": KINDS,
    "answer_states": ANSWER_STATES,
    "stages": STAGES,
    "waits": WAITS,
    "open_states": OPEN_STATES,
}


@get("/interviews", guards=MANAGE, **HIDDEN)
def board(
    request: WebRequest,
    interview_progress: NamedDependency[Progress],
    show: FromQuery[str] = "",
    page_number: FromQuery[int] = 1,
) -> Response[str]:
    """All interviews, newest first."""
    chosen = show if show in FILTERS else ""
    counts = interview_progress.counts()
    filters = [
        (label, f"/interviews?show={key}" if key else "/interviews", key == chosen,
         sum(counts.values()) if not states else sum(counts.get(state, 0) for state in states))
        for key, (label, states) in FILTERS.items()
    ]  # fmt: skip
    found = interview_progress.listed(FILTERS[chosen][1], Paging(page_number))
    # The list asks for itself again while something in it may change.
    renders = fragment if request.headers.get("hx-target") == "interview-board" else page
    template = "board_lines" if renders is fragment else "board"
    return renders(
        request,
        f"interviews/progress_{template}.html",
        found=found,
        filters=filters,
        show=chosen,
        moving=any(line.interview.state in OPEN_STATES | {InterviewState.FINISHED} for line in found.items),
        page_number=page_number,
        may_decide=request.user.may(Permission.RECORDINGS_OPEN),
        **LABELS,
    )


@get("/interviews/of/{candidate_id:str}", guards=READ, **HIDDEN)
def of_candidate(
    request: WebRequest, candidate_id: FromPath[str], interview_progress: NamedDependency[Progress]
) -> Response[str]:
    """The slot on the candidate's page: their interviews, and the way to a new one."""
    found = [
        interview
        for interview in interview_progress.of_candidate(candidate_id)
        if interview_progress.may_see(request.user, interview.id)
    ]
    return fragment(
        request,
        "interviews/progress_of_candidate.html",
        candidate_id=candidate_id,
        interviews=found,
        may_manage=request.user.may(Permission.INTERVIEWS_MANAGE),
        **LABELS,
    )


@get("/interviews/invite/{candidate_id:str}", guards=MANAGE, **HIDDEN)
def invite_form(
    request: WebRequest,
    candidate_id: FromPath[str],
    interview_progress: NamedDependency[Progress],
    interview_plans: NamedDependency[Plans],
    interviewer_choice: NamedDependency[InterviewerChoice],
) -> Response[str]:
    """The form, filled with what fits most: from tomorrow morning, for a week, in Chinese."""
    site: Site = request.app.state.site
    start = datetime.combine(site.clock.today(), datetime.min.time()) + timedelta(days=1, hours=8)
    values = {
        "window_start": start.isoformat(timespec="minutes"),
        "window_end": (start + timedelta(days=7, hours=12)).isoformat(timespec="minutes"),
        "language": "zh",
        "extra_time": "1",
        "own_move_days": "0",
    }
    return _invite_page(
        request, candidate_id, interview_progress, interview_plans, values, choice=interviewer_choice()
    )


@post("/interviews/invite/{candidate_id:str}", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def invite(
    request: WebRequest,
    candidate_id: FromPath[str],
    form: NamedDependency[Form],
    interview_progress: NamedDependency[Progress],
    interview_plans: NamedDependency[Plans],
    interview_invitations: NamedDependency[Invitations],
    interviewer_choice: NamedDependency[InterviewerChoice],
) -> Response[str]:
    """Invite, and show the link this once."""
    site: Site = request.app.state.site
    try:
        made = interview_invitations.invite(request.user, candidate_id, _wish(form, site.clock))
    except Invalid as invalid:
        values = {name: form.text(name) for name in INVITE_FIELDS}
        return _invite_page(
            request,
            candidate_id,
            interview_progress,
            interview_plans,
            values,
            choice=interviewer_choice(),
            chosen=form.texts("interviewers"),
            status=422,
            invalid=invalid,
        )
    return page(
        request,
        "interviews/invite_done.html",
        brief=interview_progress.brief(candidate_id),
        interview=made.interview,
        link=made.link,
    )


@get("/interviews/{interview_id:str}", guards=READ, **HIDDEN)
def show(
    request: WebRequest,
    interview_id: FromPath[str],
    interview_progress: NamedDependency[Progress],
    invitation_letters: NamedDependency[InterviewLetters],
) -> Response[str]:
    """One interview with the state of every answer, refreshed while something moves."""
    _refuse_stranger(request, interview_progress, interview_id)
    site: Site = request.app.state.site
    found = interview_progress.of(interview_id)
    return page(
        request,
        "interviews/progress.html",
        progress=found,
        local_start=_local(found.interview.window_start, site.clock),
        local_end=_local(found.interview.window_end, site.clock),
        may_manage=request.user.may(Permission.INTERVIEWS_MANAGE),
        may_play=_may_play(request),
        letters=invitation_letters.of(interview_id),
        letter_labels=LETTERS,
        delivery_labels=STATE_LABELS,
        trouble_labels=TROUBLE_LABELS,
        **LABELS,
    )


@get("/interviews/{interview_id:str}/progress", guards=READ, **HIDDEN)
def refreshed(
    request: WebRequest, interview_id: FromPath[str], interview_progress: NamedDependency[Progress]
) -> Response[str]:
    """The lines of the answers alone."""
    _refuse_stranger(request, interview_progress, interview_id)
    return fragment(
        request,
        "interviews/progress_lines.html",
        progress=interview_progress.of(interview_id),
        may_play=_may_play(request),
        **LABELS,
    )


@post("/interviews/{interview_id:str}/reminder", guards=MANAGE, **HIDDEN)
def remind(
    request: WebRequest, interview_id: FromPath[str], interview_invitations: NamedDependency[Invitations]
) -> Response[str]:
    """Send the letter again."""
    interview_invitations.remind(request.user, interview_id)
    return redirect(f"/interviews/{interview_id}")


@post("/interviews/{interview_id:str}/window", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def reschedule(
    request: WebRequest,
    interview_id: FromPath[str],
    form: NamedDependency[Form],
    interview_invitations: NamedDependency[Invitations],
) -> Response[str]:
    """Another window."""
    site: Site = request.app.state.site
    start, end = _moment(form, "window_start", site.clock), _moment(form, "window_end", site.clock)
    interview_invitations.reschedule(request.user, interview_id, start, end)
    return redirect(f"/interviews/{interview_id}")


@post(
    "/interviews/{interview_id:str}/revocation", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN
)
def revoke(
    request: WebRequest,
    interview_id: FromPath[str],
    form: NamedDependency[Form],
    interview_invitations: NamedDependency[Invitations],
) -> Response[str]:
    """Withdraw the invitation, with a reason."""
    interview_invitations.revoke(
        request.user, interview_id, form.text("reason", required=True, max_length=300)
    )
    return redirect(f"/interviews/{interview_id}")


def _invite_page(
    request: WebRequest,
    candidate_id: str,
    progress: Progress,
    plans: Plans,
    values: Mapping[str, str],
    *,
    choice: Sequence[tuple[str, str]],
    chosen: Sequence[str] = (),
    status: int = 200,
    invalid: Invalid | None = None,
) -> Response[str]:
    brief = progress.brief(candidate_id)
    return page(
        request,
        "interviews/invite.html",
        status=status,
        brief=brief,
        plan=plans.for_opening(request.user, brief.opening_id),
        earlier=progress.of_candidate(candidate_id),
        values=values,
        interviewers=choice,
        chosen=chosen,
        invalid=invalid or Invalid(),
        **LABELS,
    )


def _wish(form: Form, clock: Clock) -> InvitationWish:
    return InvitationWish(
        window_start=_moment(form, "window_start", clock),
        window_end=_moment(form, "window_end", clock),
        language=form.text("language", default="zh"),
        extra_time=float(form.decimal("extra_time")),
        interviewers=tuple(form.texts("interviewers")),
        own_move_days=form.integer("own_move_days", default=0),
    )


def _moment(form: Form, name: str, clock: Clock) -> datetime:
    """A wall time at the site as an instant."""
    return form.local_moment(name).replace(tzinfo=clock.zone)


def _local(instant: datetime, clock: Clock) -> str:
    """An instant as a datetime-local field shows it."""
    return instant.astimezone(clock.zone).replace(tzinfo=None).isoformat(timespec="minutes")


def _refuse_stranger(request: WebRequest, progress: Progress, interview_id: str) -> None:
    if not progress.may_see(request.user, interview_id):
        raise Forbidden(N_("This interview is open to recruiting and to the interviewers named on it."))


def _may_play(request: WebRequest) -> bool:
    return request.user.may(Permission.RECORDINGS_OPEN) or request.user.may(
        Permission.RECORDINGS_OPEN_ASSIGNED
    )


HANDLERS: list[Any] = [
    board, of_candidate, invite_form, invite, show, refreshed, remind, reschedule, revoke
]  # fmt: skip
