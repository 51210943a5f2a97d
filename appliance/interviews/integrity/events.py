"""One timeline an interview: what happened beside the answers, in the order of the questions.

It is context for a reader and never a verdict: nothing here is read by a model, and no score knows of it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from appliance.interviews import store
from appliance.interviews.analysis.observations import EventKind
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.integrity.faces import FaceReference
from appliance.interviews.integrity.model import Certainty, IntegrityEvent, IntegrityKind
from appliance.interviews.model import Answer, AnswerState, Question
from appliance.interviews.plans import store as plan_store
from appliance.interviews.room import store as room_store
from appliance.interviews.room.store import StoredPageEvent
from appliance.kernel.db import Transaction

OVERLAP_S = 2.0
"""Two parts of an answer that were recorded at once for less than this are one connection that broke and came
back."""

FEW_CHARACTERS = 20
"""A pasted word or number is no event."""

SHORT_ABSENCE_S = 1.0
"""Leaving the page for less is a touch, not a look elsewhere."""

_SEEN = {
    EventKind.NO_FACE: IntegrityKind.NO_FACE,
    EventKind.MORE_THAN_ONE_FACE: IntegrityKind.MORE_THAN_ONE_FACE,
}


class AnswerEvents(Struct, frozen=True, kw_only=True):
    """One question of the interview with what happened beside its answer. `number` counts from 1; `watched` tells
    whether its picture was looked at at all, `compared` how many pictures were compared with `reference` and
    `matching` how many of them matched."""

    number: int
    question: Question
    answer_id: str | None
    playable: bool
    events: tuple[IntegrityEvent, ...]
    watched: bool = False
    reference: FaceReference = FaceReference.NONE
    compared: int = 0
    matching: int = 0


class Timeline(Struct, frozen=True, kw_only=True):
    """All of an interview."""

    answers: tuple[AnswerEvents, ...]

    @property
    def count(self) -> int:
        """How many events there are."""
        return sum(len(one.events) for one in self.answers)

    @property
    def events(self) -> tuple[IntegrityEvent, ...]:
        """All events in the order of questions and times."""
        return tuple(event for one in self.answers for event in one.events)


def timeline(tx: Transaction, interview_id: str) -> Timeline:
    """The timeline of an interview; empty where it is gone. Answers that are not analysed yet show what the page
    noticed, the rest follows."""
    interview = store.interview(tx, interview_id)
    plan = plan_store.plan_version(tx, interview.plan_version_id) if interview else None
    if interview is None or plan is None:
        return Timeline(answers=())
    answers = {one.question_id: one for one in store.answers(tx, interview_id)}
    analyses = assessment_store.analyses(tx, interview_id)
    noticed = room_store.page_events(tx, interview_id)
    lines = []
    for number, question in enumerate(plan.questions, 1):
        answer = answers.get(question.id)
        analysis = analyses.get(answer.id) if answer else None
        mine = [one for one in noticed if one.question_id == question.id]
        lines.append(_line(number, question, answer, analysis, mine))
    return Timeline(answers=tuple(lines))


def _line(
    number: int,
    question: Question,
    answer: Answer | None,
    analysis: AnswerAnalysis | None,
    noticed: Sequence[StoredPageEvent],
) -> AnswerEvents:
    answer_id = answer.id if answer else None
    events = [*_on_page(question.id, answer, noticed)]
    if answer is not None:
        events += _connections(answer)
    if analysis is not None:
        events += [*_voices(analysis), *_faces(analysis), *_gaze(analysis)]
    return AnswerEvents(
        number=number,
        question=question,
        answer_id=answer_id,
        playable=answer is not None and bool(answer.segments) and answer.state is not AnswerState.RECORDING,
        events=tuple(sorted(events, key=lambda event: (event.start_s, event.kind))),
        watched=analysis is not None and analysis.observations.pictures > 0,
        reference=analysis.faces.reference if analysis else FaceReference.NONE,
        compared=len(analysis.faces.compared) if analysis else 0,
        matching=len(analysis.faces.compared) - len(analysis.faces.differing) if analysis else 0,
    )


def _on_page(
    question_id: str, answer: Answer | None, noticed: Sequence[StoredPageEvent]
) -> Iterator[IntegrityEvent]:
    """What the candidate's page noticed in the take that counts."""
    for one in noticed:
        if answer is not None and one.take != answer.take or one.kind not in set(IntegrityKind):
            continue
        kind, at_s, amount, length_s = IntegrityKind(one.kind), one.at_ms / 1000, float(one.amount), 0.0
        if kind is IntegrityKind.LEFT_PAGE:
            amount = length_s = round(one.amount / 1000, 1)
            if length_s < SHORT_ABSENCE_S:
                continue
        if kind is IntegrityKind.PASTED and one.amount < FEW_CHARACTERS:
            continue
        yield IntegrityEvent(
            kind=kind,
            question_id=question_id,
            answer_id=answer.id if answer else None,
            start_s=round(at_s, 1),
            end_s=round(at_s + length_s, 1),
            amount=amount,
            certainty=Certainty.CERTAIN,
            on_page=True,
        )


def _connections(answer: Answer) -> Iterator[IntegrityEvent]:
    """Parts of the answer that came in at the same time, by the server's clock."""
    parts = sorted(answer.segments, key=lambda part: part.started_at)
    for before, after in pairwise(parts):
        both_s = (min(before.ended_at, after.ended_at) - after.started_at).total_seconds()
        if both_s >= OVERLAP_S:
            start_s = (after.started_at - parts[0].started_at).total_seconds()
            yield _event(answer.question_id, answer.id, IntegrityKind.EXTRA_CONNECTION, start_s, both_s)


def _voices(analysis: AnswerAnalysis) -> Iterator[IntegrityEvent]:
    for one in analysis.voices.others:
        yield _event(
            analysis.question_id, analysis.answer_id, IntegrityKind.SECOND_VOICE, one.start_s, one.seconds,
            Certainty.FAIR,
        )  # fmt: skip


def _faces(analysis: AnswerAnalysis) -> Iterator[IntegrityEvent]:
    for seen in analysis.observations.events:
        if seen.kind in _SEEN:
            yield _event(
                analysis.question_id, analysis.answer_id, _SEEN[seen.kind], seen.start_s,
                seen.end_s - seen.start_s, Certainty.FAIR,
            )  # fmt: skip
    if analysis.faces.differs:
        differing = analysis.faces.differing
        yield IntegrityEvent(
            kind=IntegrityKind.FACE_DIFFERS,
            question_id=analysis.question_id,
            answer_id=analysis.answer_id,
            start_s=differing[0].time_s,
            end_s=differing[-1].time_s,
            amount=float(len(differing)),
            certainty=Certainty.FAIR,
        )


def _gaze(analysis: AnswerAnalysis) -> Iterator[IntegrityEvent]:
    if analysis.sweeps is not None:
        yield IntegrityEvent(
            kind=IntegrityKind.READING_GAZE,
            question_id=analysis.question_id,
            answer_id=analysis.answer_id,
            start_s=analysis.sweeps.start_s,
            end_s=analysis.sweeps.end_s,
            amount=float(analysis.sweeps.sweeps),
            certainty=Certainty.LOW,
        )


def _event(
    question_id: str,
    answer_id: str,
    kind: IntegrityKind,
    start_s: float,
    seconds: float,
    certainty: Certainty = Certainty.CERTAIN,
) -> IntegrityEvent:
    """An event whose amount is its length."""
    return IntegrityEvent(
        kind=kind,
        question_id=question_id,
        answer_id=answer_id,
        start_s=round(start_s, 1),
        end_s=round(start_s + seconds, 1),
        amount=round(seconds, 1),
        certainty=certainty,
    )
