"""Interviews, their links and their answers in core.db."""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Float, Index, Integer, Table, Text, UniqueConstraint

from appliance.interviews.follow_ups import store as follow_up_store
from appliance.interviews.follow_ups.model import with_follow_ups
from appliance.interviews.model import (
    Answer,
    AnswerKind,
    AnswerState,
    Consent,
    Interview,
    InterviewState,
    Question,
    Segment,
)
from appliance.interviews.plans import store as plan_store
from appliance.interviews.plans.store import INTERVIEWS
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

INTERVIEW = Table(
    "interview",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("candidate_id", Text, nullable=False),
    Column("plan_version_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("window_start", Text, nullable=False),
    Column("window_end", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("extra_time", Float, nullable=False),
    Column("device_hash", Text),
    Column("consent", Text),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("started_at", Text),
    Column("finished_at", Text),
    Column("person_requested_at", Text),
    Column("reminded_at", Text),
    Index("interview_candidate", "candidate_id", "created_at"),
)

LINK = Table(
    "interview_link",
    INTERVIEWS,
    Column("token_hash", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

INTERVIEWER = Table(
    "interview_interviewer",
    INTERVIEWS,
    Column("interview_id", Text, primary_key=True),
    Column("account_id", Text, primary_key=True),
    Column("named_at", Text, nullable=False),
    Column("named_by", Text, nullable=False),
)

ANSWER = Table(
    "interview_answer",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("question_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("take", Integer, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("segments", Text, nullable=False, server_default="[]"),
    Column("text", Text, nullable=False, server_default=""),
    Column("submitted_at", Text),
    UniqueConstraint("interview_id", "question_id"),
)


# interviews


_COLUMNS = tuple(INTERVIEW.c.keys())
_BY_LINK_COLUMNS = (*_COLUMNS, "token_hash")
_BY_LINK = (
    f"SELECT {', '.join(f'i.{name}' for name in _COLUMNS)}, l.token_hash "  # noqa: S608 - names of our own columns
    "FROM interview_link l JOIN interview i ON i.id = l.interview_id WHERE l.token_hash = ?"
)


def add_interview(tx: Transaction, interview: Interview) -> None:
    """Store a new invitation."""
    tx.execute(
        sa.insert(INTERVIEW),
        {
            "id": interview.id,
            "candidate_id": interview.candidate_id,
            "plan_version_id": interview.plan_version_id,
            "state": interview.state,
            "window_start": to_text(interview.window_start),
            "window_end": to_text(interview.window_end),
            "language": interview.language,
            "key_id": interview.key_id,
            "extra_time": interview.extra_time,
            "created_at": to_text(interview.created_at),
            "created_by": interview.created_by,
        },
    )


def interview(tx: Transaction, interview_id: str) -> Interview | None:
    """One interview by its id."""
    row = tx.execute(sa.select(INTERVIEW).where(INTERVIEW.c.id == interview_id)).mappings().first()
    return _interview(row) if row else None


def add_link(tx: Transaction, interview_id: str, token_hash: str) -> None:
    """Let this link lead to the interview too: the link of an earlier letter stays good."""
    tx.execute(
        sa.insert(LINK),
        {"token_hash": token_hash, "interview_id": interview_id, "created_at": to_text(tx.now)},
    )


def interview_by_link(tx: Transaction, token_hash: str) -> tuple[Interview, str, str | None] | None:
    """The interview of a link, with the stored hashes of link and device for a comparison in constant
    time."""
    found = tx.run(_BY_LINK, (token_hash,)).fetchone()
    if found is None:
        return None
    row = dict(zip(_BY_LINK_COLUMNS, found, strict=True))
    return _interview(row), row["token_hash"], row["device_hash"]


def interview_and_device(tx: Transaction, interview_id: str) -> tuple[Interview, str | None]:
    """An interview that is known to exist, and the stored hash of the device that goes on with it."""
    row = tx.execute(sa.select(INTERVIEW).where(INTERVIEW.c.id == interview_id)).mappings().one()
    return _interview(row), row["device_hash"]


def interviews_of(tx: Transaction, candidate_id: str) -> list[Interview]:
    """A candidate's interviews, newest first."""
    rows = tx.execute(
        sa.select(INTERVIEW)
        .where(INTERVIEW.c.candidate_id == candidate_id)
        .order_by(INTERVIEW.c.created_at.desc(), INTERVIEW.c.id.desc())
    ).mappings()
    return [_interview(row) for row in rows]


def newest_interviews(
    tx: Transaction, states: frozenset[InterviewState], offset: int, limit: int
) -> tuple[list[Interview], int]:
    """Interviews in these states (all without any), newest first, and how many there are."""
    wanted = INTERVIEW.c.state.in_([str(state) for state in states]) if states else sa.true()
    rows = tx.execute(
        sa.select(INTERVIEW)
        .where(wanted)
        .order_by(INTERVIEW.c.created_at.desc(), INTERVIEW.c.id.desc())
        .offset(offset)
        .limit(limit)
    ).mappings()
    total = tx.execute(sa.select(sa.func.count()).select_from(INTERVIEW).where(wanted)).scalar_one()
    return [_interview(row) for row in rows], int(total)


def state_counts(tx: Transaction) -> dict[InterviewState, int]:
    """How many interviews there are in each state."""
    rows = tx.execute(
        sa.select(INTERVIEW.c.state, sa.func.count().label("number")).group_by(INTERVIEW.c.state)
    )
    return {InterviewState(row.state): row.number for row in rows}


def uses_of_plan_versions(tx: Transaction) -> dict[str, int]:
    """How many interviews use each version of a plan, by the version's id."""
    rows = tx.execute(
        sa.select(INTERVIEW.c.plan_version_id, sa.func.count().label("number")).group_by(
            INTERVIEW.c.plan_version_id
        )
    )
    return {row.plan_version_id: row.number for row in rows}


def waiting_for_person(tx: Transaction) -> int:
    """Candidates who asked for a conversation with a person and whose invitation is still open."""
    asked = sa.and_(INTERVIEW.c.person_requested_at.is_not(None), INTERVIEW.c.state == InterviewState.INVITED)
    return int(tx.execute(sa.select(sa.func.count()).select_from(INTERVIEW).where(asked)).scalar_one())


def update_interview(tx: Transaction, interview_id: str, **values: Any) -> None:
    """Set columns; instants are given as datetimes, a consent as its Struct."""
    tx.execute(
        sa.update(INTERVIEW)
        .where(INTERVIEW.c.id == interview_id)
        .values({name: _stored(value) for name, value in values.items()})
    )


def name_interviewer(tx: Transaction, interview_id: str, account_id: str, named_by: str) -> bool:
    """Name an account as interviewer; False when it was named already."""
    if is_interviewer(tx, interview_id, account_id):
        return False
    tx.execute(
        sa.insert(INTERVIEWER),
        {
            "interview_id": interview_id,
            "account_id": account_id,
            "named_at": to_text(tx.now),
            "named_by": named_by,
        },
    )
    return True


def remove_interviewer(tx: Transaction, interview_id: str, account_id: str) -> bool:
    """Take the naming back; False when there was none."""
    mine = sa.and_(INTERVIEWER.c.interview_id == interview_id, INTERVIEWER.c.account_id == account_id)
    return tx.execute(sa.delete(INTERVIEWER).where(mine)).rowcount == 1


def is_interviewer(tx: Transaction, interview_id: str, account_id: str) -> bool:
    """Whether the account is named on the interview."""
    mine = sa.and_(INTERVIEWER.c.interview_id == interview_id, INTERVIEWER.c.account_id == account_id)
    return tx.execute(sa.select(INTERVIEWER.c.account_id).where(mine)).first() is not None


def interviewers(tx: Transaction, interview_id: str) -> list[str]:
    """Account ids named on the interview."""
    rows = tx.execute(
        sa.select(INTERVIEWER.c.account_id)
        .where(INTERVIEWER.c.interview_id == interview_id)
        .order_by(INTERVIEWER.c.named_at)
    )
    return [str(row.account_id) for row in rows]


# questions


def questions_of(tx: Transaction, interview: Interview) -> tuple[Question, ...]:
    """What this interview asks, in order: its plan's questions, each with the follow-ups that came after its
    answer. Whoever walks over the questions of an interview walks over these."""
    plan = plan_store.plan_version(tx, interview.plan_version_id)
    assert plan is not None, "an interview's plan version is never removed"
    return with_follow_ups(plan.questions, follow_up_store.of_interview(tx, interview.id), tx.now)


def question_of(tx: Transaction, interview: Interview, question_id: str) -> Question | None:
    """One question of this interview, planned or following up."""
    return next((one for one in questions_of(tx, interview) if one.id == question_id), None)


def question_as_read(tx: Transaction, interview: Interview, question_id: str) -> Question | None:
    """One question as a reader of its answer needs it: a follow-up says little without the question before it, so
    both stand together."""
    asked = {one.id: one for one in questions_of(tx, interview)}
    question = asked.get(question_id)
    if question is None or question.follows is None:
        return question
    before = asked[question.follows]
    return msgspec.structs.replace(
        question,
        text_zh=f"{before.text_zh}{question.text_zh}",
        text_en=f"{before.text_en} {question.text_en}",
    )


def follow_up_pending(tx: Transaction, interview: Interview) -> bool:
    """Whether a follow-up is being made for the candidate who waits for it."""
    return any(one.waits(tx.now) for one in follow_up_store.of_interview(tx, interview.id))


# answers


def add_answer(tx: Transaction, answer: Answer) -> None:
    """Store an answer that has just begun."""
    tx.execute(
        sa.insert(ANSWER),
        {
            "id": answer.id,
            "interview_id": answer.interview_id,
            "question_id": answer.question_id,
            "kind": answer.kind,
            "state": answer.state,
            "take": answer.take,
            "started_at": to_text(answer.started_at),
            "text": answer.text,
        },
    )


def answer(tx: Transaction, answer_id: str) -> Answer | None:
    """One answer by its id."""
    row = tx.execute(sa.select(ANSWER).where(ANSWER.c.id == answer_id)).mappings().first()
    return _answer(row) if row else None


def answer_to(tx: Transaction, interview_id: str, question_id: str) -> Answer | None:
    """The answer to one question of an interview."""
    row = (
        tx.execute(
            sa.select(ANSWER).where(
                ANSWER.c.interview_id == interview_id, ANSWER.c.question_id == question_id
            )
        )
        .mappings()
        .first()
    )
    return _answer(row) if row else None


def answers(tx: Transaction, interview_id: str) -> list[Answer]:
    """All answers of an interview, in the order in which they were begun."""
    rows = tx.execute(
        sa.select(ANSWER)
        .where(ANSWER.c.interview_id == interview_id)
        .order_by(ANSWER.c.started_at, ANSWER.c.id)
    ).mappings()
    return [_answer(row) for row in rows]


def update_answer(tx: Transaction, answer_id: str, **values: Any) -> None:
    """Set columns; instants are given as datetimes, segments as Structs."""
    tx.execute(
        sa.update(ANSWER)
        .where(ANSWER.c.id == answer_id)
        .values({name: _stored(value) for name, value in values.items()})
    )


# rows and Structs


def _interview(row: Any) -> Interview:
    return Interview(
        id=row["id"],
        candidate_id=row["candidate_id"],
        plan_version_id=row["plan_version_id"],
        state=InterviewState(row["state"]),
        window_start=from_text(row["window_start"]),
        window_end=from_text(row["window_end"]),
        language=row["language"],
        key_id=row["key_id"],
        extra_time=row["extra_time"],
        created_at=from_text(row["created_at"]),
        created_by=row["created_by"],
        consent=msgspec.json.decode(row["consent"], type=Consent) if row["consent"] else None,
        started_at=_read(row["started_at"]),
        finished_at=_read(row["finished_at"]),
        person_requested_at=_read(row["person_requested_at"]),
    )


def _answer(row: Any) -> Answer:
    return Answer(
        id=row["id"],
        interview_id=row["interview_id"],
        question_id=row["question_id"],
        kind=AnswerKind(row["kind"]),
        state=AnswerState(row["state"]),
        take=row["take"],
        started_at=from_text(row["started_at"]),
        segments=msgspec.json.decode(row["segments"], type=tuple[Segment, ...]),
        text=row["text"],
        submitted_at=_read(row["submitted_at"]),
    )


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, msgspec.Struct | tuple | list):
        return _text(value)
    return value


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode("utf-8")


def _read(value: str | None) -> datetime | None:
    return from_text(value) if value else None
