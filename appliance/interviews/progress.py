"""How far interviews are, for the people who wait for them: what has arrived, what is analysed, what is
ready."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from appliance.interviews import store
from appliance.interviews.analysis.delay import ReportDelay, report_delay
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import Stage
from appliance.interviews.invitations.service import CandidateBrief, CandidateDesk, required
from appliance.interviews.model import (
    OPEN_STATES,
    Answer,
    AnswerKind,
    AnswerState,
    Interview,
    InterviewPlan,
    InterviewState,
    Question,
    Recording,
)
from appliance.interviews.plans import store as plan_store
from appliance.interviews.recordings import store as recording_store
from appliance.kernel.actor import Actor
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import NotFound
from appliance.kernel.web import Page, Paging

ENGINE_OF: Mapping[Stage, str] = {
    Stage.LISTENING: "speech",
    Stage.VOICES: "speech",
    Stage.PROSODY: "speech",
    Stage.WATCHING: "vision",
    Stage.READING: "llm",
}
"""Which engine serves a stage."""

STAGES_OF: Mapping[AnswerKind, tuple[Stage, ...]] = {
    AnswerKind.TEXT: (Stage.READING,),
    AnswerKind.VOICE: (Stage.DECODING, Stage.LISTENING, Stage.VOICES, Stage.PROSODY, Stage.READING),
    AnswerKind.VIDEO: (
        Stage.DECODING,
        Stage.LISTENING,
        Stage.VOICES,
        Stage.WATCHING,
        Stage.PROSODY,
        Stage.READING,
    ),
}
"""The stages of an analysis by the kind of its answer, in order."""


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """One question's line. `state` is None before it is begun; `recorded_s` is what the candidate's page
    counted; `stage` and `share_done` (0 to 1) tell the analysis, `ahead` the stages still to come;
    `needs_person` is a reason code or empty. An analysis that an engine could not serve goes on at
    `waiting_until`."""

    number: int
    question: Question
    answer_id: str | None = None
    kind: AnswerKind
    state: AnswerState | None = None
    segments: int = 0
    stored_bytes: int = 0
    recorded_s: float = 0.0
    characters: int = 0
    stage: Stage | None = None
    share_done: float = 0.0
    needs_person: str = ""
    waiting_until: datetime | None = None
    ahead: tuple[Stage, ...] = ()

    @property
    def waits_for(self) -> str:
        """The engine that a waiting analysis waits for (speech, vision, llm); empty where it does not wait."""
        if self.waiting_until is None or self.stage is None:
            return ""
        return ENGINE_OF.get(self.stage, "any")

    @property
    def playable(self) -> bool:
        """Whether there is a recording that can be opened."""
        return self.segments > 0 and self.state not in {None, AnswerState.RECORDING}


class InterviewProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One interview with its lines. `share_done` (0 to 1) is over upload and analysis of all questions; `delay` is
    what the report waited for, once it is written."""

    interview: Interview
    plan: InterviewPlan
    brief: CandidateBrief
    lines: tuple[AnswerLine, ...]
    interviewers: tuple[str, ...]
    delay: ReportDelay | None = None

    @property
    def share_done(self) -> float:
        """Half for an answer handed in, half for its analysis; whole only when the report is ready."""
        if self.interview.state is InterviewState.ASSESSED:
            return 1.0
        each = [
            0.5 * bool(line.state not in {None, AnswerState.RECORDING}) + 0.5 * line.share_done
            for line in self.lines
        ]
        return min(0.99, sum(each) / len(each)) if each else 0.0

    @property
    def moving(self) -> bool:
        """Whether something may change by itself, so that a page looks again."""
        return self.interview.state in OPEN_STATES | {InterviewState.FINISHED}


class ListedInterview(msgspec.Struct, frozen=True):
    """One line of the list of interviews: how many answers are handed in, how many analysed, how many of those a
    person has to look at, and whether an analysis waits for an engine."""

    interview: Interview
    brief: CandidateBrief | None
    handed_in: int
    questions: int
    analysed: int = 0
    needs_person: int = 0
    waiting: bool = False


class Progress:
    """Reads what HR pages and the API show of interviews."""

    def __init__(self, databases: Databases, candidates: CandidateDesk) -> None:
        self._core = databases.core
        self._media = databases.media
        self._candidates = candidates

    def of(self, interview_id: str) -> InterviewProgress:
        """One interview. Raises `NotFound`."""
        recordings = self._media.read(lambda tx: recording_store.of_interview(tx, interview_id))
        return self._core.read(lambda tx: self._progress(tx, interview_id, recordings))

    def of_candidate(self, candidate_id: str) -> list[Interview]:
        """A candidate's interviews, newest first."""
        return self._core.read(lambda tx: store.interviews_of(tx, candidate_id))

    def brief(self, candidate_id: str) -> CandidateBrief:
        """Who the candidate is. Raises `NotFound`."""
        return self._core.read(lambda tx: self._candidates.brief(tx, candidate_id))

    def may_see(self, actor: Actor, interview_id: str) -> bool:
        """Whether the actor manages interviews, or is named on this one."""
        if actor.may("interviews.manage") or actor.may("audit.read"):
            return True
        return self._core.read(lambda tx: store.is_interviewer(tx, interview_id, actor.id))

    def listed(self, states: frozenset[InterviewState], paging: Paging) -> Page[ListedInterview]:
        """A page of interviews, newest first."""

        def work(tx: Transaction) -> Page[ListedInterview]:
            found, total = store.newest_interviews(tx, states, paging.offset, paging.size)
            items = [self._line_of(tx, interview) for interview in found]
            return Page(items, total, paging.number, paging.size)

        return self._core.read(work)

    def counts(self) -> dict[InterviewState, int]:
        """Interviews by state."""
        return self._core.read(store.state_counts)

    def waiting_for_person(self) -> int:
        """How many candidates asked for a conversation instead."""
        return self._core.read(store.waiting_for_person)

    def _line_of(self, tx: Transaction, interview: Interview) -> ListedInterview:
        try:
            brief: CandidateBrief | None = self._candidates.brief(tx, interview.candidate_id)
        except NotFound:
            brief = None
        handed_in = sum(answer.submitted_at is not None for answer in store.answers(tx, interview.id))
        analyses = assessment_store.progress(tx, interview.id)
        return ListedInterview(
            interview,
            brief,
            handed_in,
            len(store.questions_of(tx, interview)),
            analysed=sum(one.finished_at is not None for one in analyses),
            needs_person=sum(bool(one.needs_person) for one in analyses),
            waiting=any(one.waiting_until is not None for one in analyses),
        )

    def _progress(self, tx: Transaction, interview_id: str, recordings: list[Recording]) -> InterviewProgress:
        interview = required(tx, interview_id)
        plan = plan_store.plan_version(tx, interview.plan_version_id)
        assert plan is not None, "an interview's plan version is never removed"
        answers = {answer.question_id: answer for answer in store.answers(tx, interview_id)}
        analysed = {one.answer_id: one for one in assessment_store.progress(tx, interview_id)}
        lines = []
        for number, question in enumerate(store.questions_of(tx, interview), 1):
            answer = answers.get(question.id)
            line = _line(interview, number, question, answer, recordings)
            analysis = analysed.get(answer.id) if answer else None
            if analysis is not None:
                line = msgspec.structs.replace(
                    line,
                    stage=analysis.stage,
                    share_done=analysis.share_done,
                    needs_person=analysis.needs_person,
                    waiting_until=analysis.waiting_until,
                    ahead=_ahead(line.kind, analysis.stage),
                )
            lines.append(line)
        return InterviewProgress(
            interview=interview,
            plan=plan,
            brief=self._candidates.brief(tx, interview.candidate_id),
            lines=tuple(lines),
            interviewers=tuple(store.interviewers(tx, interview_id)),
            delay=report_delay(tx, interview_id),
        )


def _ahead(kind: AnswerKind, stage: Stage) -> tuple[Stage, ...]:
    """The stages that follow the one that runs."""
    stages = STAGES_OF[kind]
    if stage is Stage.QUEUED:
        return stages
    return stages[stages.index(stage) + 1 :] if stage in stages else ()


def _line(
    interview: Interview, number: int, question: Question, answer: Answer | None, recordings: list[Recording]
) -> AnswerLine:
    if answer is None:
        kind = interview.consent.kind_for(question.kind) if interview.consent else question.kind
        return AnswerLine(number=number, question=question, kind=kind)
    mine = [one for one in recordings if one.answer_id == answer.id]
    return AnswerLine(
        number=number,
        question=question,
        answer_id=answer.id,
        kind=answer.kind,
        state=answer.state,
        segments=len(mine),
        stored_bytes=sum(one.size for one in mine),
        recorded_s=sum(one.recorded_ms for one in mine) / 1000,
        characters=len(answer.text),
    )
