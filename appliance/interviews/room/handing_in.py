"""The two ends: an answer is handed in, and the interview is finished. By the candidate, or when the
window is over."""

import msgspec

from appliance.audit import ledger
from appliance.events import AnswerSubmitted, InterviewFinished
from appliance.interviews import store
from appliance.interviews.invitations.service import CandidateDesk
from appliance.interviews.model import (
    ANALYSE_ANSWER,
    ASSESS,
    AnalyseAnswer,
    Answer,
    AnswerState,
    AssessInterview,
    Interview,
    InterviewState,
    Segment,
)
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import enqueue
from appliance.kernel.outbox import emit


def hand_in(tx: Transaction, interview: Interview, answer: Answer, segments: tuple[Segment, ...]) -> Answer:
    """An answer is final: tell it and have it analysed at once, while the interview goes on."""
    store.update_answer(tx, answer.id, state=AnswerState.SUBMITTED, segments=segments, submitted_at=tx.now)
    emit(tx, AnswerSubmitted(interview_id=interview.id, answer_id=answer.id))
    enqueue(
        tx,
        ANALYSE_ANSWER,
        AnalyseAnswer(answer.id),
        unique_key=f"{ANALYSE_ANSWER}:{answer.id}",
        subject=f"answer:{answer.id}",
    )
    actor = Actor(id=interview.candidate_id, kind=ActorKind.CANDIDATE, label="link")
    details: dict[str, str | int] = {
        "question": answer.question_id,
        "segments": len(segments),
        "take": answer.take,
    }
    ledger.record(tx, actor, "answer.submitted", f"answer:{answer.id}", details)
    state = AnswerState.SUBMITTED
    return msgspec.structs.replace(answer, state=state, segments=segments, submitted_at=tx.now)


def close(tx: Transaction, candidates: CandidateDesk, interview: Interview, actor: Actor) -> None:
    """The interview is finished: tell it, move the candidate on, have it assessed once."""
    store.update_interview(tx, interview.id, state=InterviewState.FINISHED, finished_at=tx.now)
    candidates.mark_interviewed(tx, actor, interview.candidate_id)
    emit(tx, InterviewFinished(interview_id=interview.id, candidate_id=interview.candidate_id))
    enqueue(
        tx,
        ASSESS,
        AssessInterview(interview.id),
        unique_key=f"{ASSESS}:{interview.id}",
        subject=f"interview:{interview.id}",
    )
    ledger.record(tx, actor, "interview.finished", f"interview:{interview.id}", {})
