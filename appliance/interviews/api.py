"""The scriptable part: inviting, how far an interview is, plans."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.invitations.service import Invitations, InvitationWish
from appliance.interviews.model import AnswerKind, AnswerState, InterviewPlan, InterviewState, Question
from appliance.interviews.plans.drafts import QuestionDraft
from appliance.interviews.plans.service import Plans
from appliance.interviews.progress import InterviewProgress, Progress
from appliance.kernel.errors import N_, Forbidden, Invalid
from appliance.kernel.web import FromPath, JSONBody, NamedDependency, WebRequest

TAGS = ["Interviews"]
MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
READ = [requires(Permission.INTERVIEWS_READ)]


class NewInvitation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Window as ISO 8601 instants with offset; `language` of letter and room; `extra_time` a factor from
    1 to 3; `interviewers` account ids that may open this interview's recordings."""

    window_start: datetime
    window_end: datetime
    language: str = "zh"
    extra_time: Annotated[float, msgspec.Meta(ge=1, le=3)] = 1.0
    interviewers: list[str] = []


class InvitationMade(msgspec.Struct, kw_only=True):
    """The link is told this once; the letter carries it too."""

    interview_id: str
    state: InterviewState
    link: str
    window_start: datetime
    window_end: datetime
    language: str


class AnswerProgressOut(msgspec.Struct, kw_only=True):
    """One question's answer. `state` is null before it is begun; `recorded_s` seconds as the candidate's page
    counted; `stage` of the analysis; `share_done` from 0 to 1; `needs_person` a reason code or empty."""

    number: int
    question_id: str
    question_zh: str
    question_en: str
    kind: AnswerKind
    answer_id: str | None
    state: AnswerState | None
    segments: int
    stored_bytes: int
    recorded_s: float
    stage: str | None
    share_done: float
    needs_person: str


class InterviewOut(msgspec.Struct, kw_only=True):
    """An interview and how far it is. With `state` assessed the report is at `report`."""

    id: str
    candidate_id: str
    state: InterviewState
    plan_version_id: str
    language: str
    window_start: datetime
    window_end: datetime
    extra_time: float
    voice_consent: bool | None
    video_consent: bool | None
    person_requested: bool
    started_at: datetime | None
    finished_at: datetime | None
    share_done: float
    answers: list[AnswerProgressOut]
    report: str | None


class PlanOut(msgspec.Struct, kw_only=True):
    """The newest version of an opening's plan; `in_use` versions never change, saving makes the next one."""

    id: str
    plan_id: str
    opening_id: str
    version: int
    in_use: bool
    questions: list[Question]


class PlanIn(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The questions an opening's plan shall have, in order."""

    opening_id: str
    questions: list[QuestionDraft]


@post("/api/v1/candidates/{candidate_id:str}/invitation", guards=MANAGE, sync_to_thread=True, tags=TAGS,
      operation_id="InviteCandidate", summary="Invite a candidate to an interview",
      status_code=201)  # fmt: skip
def invite(
    request: WebRequest,
    candidate_id: FromPath[str],
    data: JSONBody[NewInvitation],
    interview_invitations: NamedDependency[Invitations],
) -> InvitationMade:
    """Freeze the opening's plan, make the link, send the letter. An open earlier invitation is withdrawn."""
    for name, value in (("window_start", data.window_start), ("window_end", data.window_end)):
        if value.tzinfo is None:
            raise Invalid({name: N_("Write the instant with its offset, such as 2026-11-23T08:00:00+08:00.")})
    made = interview_invitations.invite(
        request.user,
        candidate_id,
        InvitationWish(
            window_start=data.window_start,
            window_end=data.window_end,
            language=data.language,
            extra_time=data.extra_time,
            interviewers=tuple(data.interviewers),
        ),
    )
    return InvitationMade(
        interview_id=made.interview.id,
        state=made.interview.state,
        link=made.link,
        window_start=made.interview.window_start,
        window_end=made.interview.window_end,
        language=made.interview.language,
    )


@get("/api/v1/interviews/{interview_id:str}", guards=READ, sync_to_thread=True, tags=TAGS,
     operation_id="InterviewProgress", summary="How far an interview is")  # fmt: skip
def show(
    request: WebRequest, interview_id: FromPath[str], interview_progress: NamedDependency[Progress]
) -> InterviewOut:
    """State, consent and per answer what has arrived and how far its analysis is."""
    if not interview_progress.may_see(request.user, interview_id):
        raise Forbidden(N_("This interview is open to recruiting and to the interviewers named on it."))
    return _interview_out(interview_progress.of(interview_id))


@get("/api/v1/plans", guards=READ, sync_to_thread=True, tags=TAGS,
     operation_id="ListPlans", summary="The interview plans")  # fmt: skip
def plans(interview_plans: NamedDependency[Plans]) -> list[PlanOut]:
    """The newest version of every opening's plan."""
    return [_plan_out(plan) for plan in interview_plans.newest()]


@post("/api/v1/plans", guards=MANAGE, sync_to_thread=True, tags=TAGS,
      operation_id="SavePlan", summary="Set an opening's questions", status_code=201)  # fmt: skip
def save_plan(
    request: WebRequest, data: JSONBody[PlanIn], interview_plans: NamedDependency[Plans]
) -> PlanOut:
    """Set the questions; a version in use stays as it is and the next version is made."""
    return _plan_out(interview_plans.save(request.user, data.opening_id, data.questions))


def _interview_out(progress: InterviewProgress) -> InterviewOut:
    interview, consent = progress.interview, progress.interview.consent
    assessed = interview.state is InterviewState.ASSESSED
    return InterviewOut(
        id=interview.id,
        candidate_id=interview.candidate_id,
        state=interview.state,
        plan_version_id=interview.plan_version_id,
        language=interview.language,
        window_start=interview.window_start,
        window_end=interview.window_end,
        extra_time=interview.extra_time,
        voice_consent=consent.voice if consent else None,
        video_consent=consent.video if consent else None,
        person_requested=interview.person_requested_at is not None,
        started_at=interview.started_at,
        finished_at=interview.finished_at,
        share_done=progress.share_done,
        answers=[
            AnswerProgressOut(
                number=line.number,
                question_id=line.question.id,
                question_zh=line.question.text_zh,
                question_en=line.question.text_en,
                kind=line.kind,
                answer_id=line.answer_id,
                state=line.state,
                segments=line.segments,
                stored_bytes=line.stored_bytes,
                recorded_s=line.recorded_s,
                stage=line.stage,
                share_done=line.share_done,
                needs_person=line.needs_person,
            )
            for line in progress.lines
        ],
        report=f"/api/v1/interviews/{interview.id}/report" if assessed else None,
    )


def _plan_out(plan: InterviewPlan) -> PlanOut:
    return PlanOut(
        id=plan.id,
        plan_id=plan.plan_id,
        opening_id=plan.opening_id,
        version=plan.number,
        in_use=plan.frozen_at is not None,
        questions=list(plan.questions),
    )


HANDLERS: list[Any] = [invite, show, plans, save_plan]
