"""Where analyses and reports are kept: one row an answer, one row an interview, in core.db.

The figures stand in columns where something selects by them; all else is one JSON document a row, written and
read whole as a Struct, so that an old report stays readable as it was signed.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

from appliance.interviews.analysis.observations import Observations
from appliance.interviews.analysis.transcript import Sentence
from appliance.interviews.analysis.voices import Voices
from appliance.interviews.integrity.faces import FaceCheck
from appliance.interviews.integrity.reading_gaze import GazeSweeps
from appliance.interviews.model import AnswerKind
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.scoring.reading import Reading
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from inference.ports import Word

ASSESSMENT = MetaData()

ANSWER_ANALYSIS = Table(
    "interview_answer_analysis",
    ASSESSMENT,
    Column("answer_id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("take", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("needs_person", Text, nullable=False, server_default=""),
    Column("body", LargeBinary),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text),
    Column("waiting_until", Text),
    Index("interview_answer_analysis_interview", "interview_id"),
)

ANSWER_PART = Table(
    "interview_answer_part",
    ASSESSMENT,
    Column("answer_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("take", Integer, nullable=False),
    Column("begun_at", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("interview_answer_part_interview", "interview_id"),
)

REPORT = Table(
    "interview_report",
    ASSESSMENT,
    Column("interview_id", Text, primary_key=True),
    Column("candidate_id", Text, nullable=False),
    Column("match", Float),
    Column("needs_person", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("written_at", Text, nullable=False),
    Index("interview_report_candidate", "candidate_id"),
)


class Stage(StrEnum):
    """How far the analysis of one answer is; the share done that a progress bar shows is in `SHARE_DONE`."""

    QUEUED = "queued"
    DECODING = "decoding"
    LISTENING = "listening"
    VOICES = "voices"
    WATCHING = "watching"
    PROSODY = "prosody"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"


SHARE_DONE: dict[Stage, float] = {
    Stage.QUEUED: 0.0,
    Stage.DECODING: 0.05,
    Stage.LISTENING: 0.1,
    Stage.VOICES: 0.35,
    Stage.WATCHING: 0.45,
    Stage.PROSODY: 0.65,
    Stage.READING: 0.7,
    Stage.DONE: 1.0,
    Stage.FAILED: 1.0,
}


class StageSpan(Struct, frozen=True):
    """When a stage began and how many seconds it took."""

    stage: Stage
    begun_at: datetime
    seconds: float


class SpeechUse(Struct, frozen=True, kw_only=True):
    """Which recogniser heard the answer, and the mean of its words' probabilities."""

    model: str
    model_sha256: str
    language: str
    word_probability: float | None


class AnswerAnalysis(Struct, frozen=True, kw_only=True):
    """All that is known of one answer. `seconds` is the time each stage took, `spans` when; `duration_s` the length
    of the recording (None for typed text); `words` the recogniser's words with their times. `heard_language` is the
    language spoken where it is not the interview's. `observed` is the site's policy when it was looked at."""

    answer_id: str
    question_id: str
    kind: AnswerKind
    language: Language
    sentences: tuple[Sentence, ...]
    words: tuple[Word, ...]
    duration_s: float | None
    observations: Observations
    reading: Reading
    speech: SpeechUse | None
    seconds: dict[str, float]
    spans: tuple[StageSpan, ...] = ()
    voices: Voices = Voices()
    faces: FaceCheck = FaceCheck()
    sweeps: GazeSweeps | None = None
    heard_language: str | None = None
    observed: str = "observe"


class AnswerProgress(Struct, frozen=True, kw_only=True):
    """What a progress page shows of one answer. `needs_person` is a reason code, empty where there is none;
    `waiting_until` is when an analysis that an engine could not serve goes on by itself, `stage` then says which
    stage waits."""

    answer_id: str
    stage: Stage
    share_done: float
    needs_person: str
    started_at: datetime
    finished_at: datetime | None
    waiting_until: datetime | None = None


def begin(tx: Transaction, answer_id: str, interview_id: str, take: int) -> None:
    """A row for an analysis that starts, or starts again: an earlier result of the answer gives way. One that goes
    on after a wait keeps the moment when it began."""
    same = sa.and_(
        ANSWER_ANALYSIS.c.answer_id == answer_id,
        ANSWER_ANALYSIS.c.take == take,
        ANSWER_ANALYSIS.c.finished_at.is_(None),
    )
    again = sa.update(ANSWER_ANALYSIS).where(same).values(stage=Stage.QUEUED, waiting_until=None)
    if tx.execute(again).rowcount == 1:
        return
    tx.execute(sa.delete(ANSWER_ANALYSIS).where(ANSWER_ANALYSIS.c.answer_id == answer_id))
    tx.execute(
        sa.insert(ANSWER_ANALYSIS),
        {
            "answer_id": answer_id,
            "interview_id": interview_id,
            "take": take,
            "stage": Stage.QUEUED,
            "started_at": to_text(tx.now),
        },
    )


def advance(tx: Transaction, answer_id: str, stage: Stage) -> None:
    """The analysis has reached a stage."""
    tx.execute(sa.update(ANSWER_ANALYSIS).where(ANSWER_ANALYSIS.c.answer_id == answer_id).values(stage=stage))


def wait(tx: Transaction, answer_id: str, until: datetime) -> None:
    """The analysis cannot go on now; the stage that it has reached is tried again at this moment."""
    tx.execute(
        sa.update(ANSWER_ANALYSIS)
        .where(ANSWER_ANALYSIS.c.answer_id == answer_id)
        .values(waiting_until=to_text(until))
    )


def complete(tx: Transaction, analysis: AnswerAnalysis, stage: Stage) -> None:
    """The result of an analysis, `Stage.DONE` or `Stage.FAILED`."""
    tx.execute(
        sa.update(ANSWER_ANALYSIS)
        .where(ANSWER_ANALYSIS.c.answer_id == analysis.answer_id)
        .values(
            stage=stage,
            needs_person=analysis.reading.needs_person or "",
            body=msgspec.json.encode(analysis),
            finished_at=to_text(tx.now),
            waiting_until=None,
        )
    )


def progress(tx: Transaction, interview_id: str) -> list[AnswerProgress]:
    """Where the analysis of each answer stands, in the order in which they were begun."""
    rows = tx.execute(
        sa.select(ANSWER_ANALYSIS)
        .where(ANSWER_ANALYSIS.c.interview_id == interview_id)
        .order_by(ANSWER_ANALYSIS.c.started_at)
    )
    return [
        AnswerProgress(
            answer_id=row.answer_id,
            stage=Stage(row.stage),
            share_done=SHARE_DONE[Stage(row.stage)],
            needs_person=row.needs_person,
            started_at=from_text(row.started_at),
            finished_at=from_text(row.finished_at) if row.finished_at else None,
            waiting_until=from_text(row.waiting_until) if row.waiting_until else None,
        )
        for row in rows
    ]


def analyses(tx: Transaction, interview_id: str) -> dict[str, AnswerAnalysis]:
    """The finished analyses of an interview by answer id."""
    rows = tx.execute(
        sa.select(ANSWER_ANALYSIS.c.answer_id, ANSWER_ANALYSIS.c.body).where(
            ANSWER_ANALYSIS.c.interview_id == interview_id, ANSWER_ANALYSIS.c.body.is_not(None)
        )
    )
    return {row.answer_id: msgspec.json.decode(row.body, type=AnswerAnalysis) for row in rows}


def write_report(
    tx: Transaction,
    *,
    interview_id: str,
    candidate_id: str,
    match: float | None,
    needs_person: int,
    body: bytes,
) -> None:
    """The report of an interview; a repeated assessment replaces it."""
    tx.execute(sa.delete(REPORT).where(REPORT.c.interview_id == interview_id))
    tx.execute(
        sa.insert(REPORT),
        {
            "interview_id": interview_id,
            "candidate_id": candidate_id,
            "match": match,
            "needs_person": needs_person,
            "body": body,
            "written_at": to_text(tx.now),
        },
    )


def report_body(tx: Transaction, interview_id: str) -> bytes | None:
    """The report's document, or None before there is one."""
    body = tx.execute(sa.select(REPORT.c.body).where(REPORT.c.interview_id == interview_id)).scalar()
    return bytes(body) if body is not None else None


class MatchRow(Struct, frozen=True):
    """What of a report stands in columns: whose it is, its match (0 to 10) if it has one, when it was written."""

    candidate_id: str
    match: float | None
    written_at: str


def matches(tx: Transaction) -> list[MatchRow]:
    """Every report's match, oldest first."""
    columns = (REPORT.c.candidate_id, REPORT.c.match, REPORT.c.written_at)
    rows = tx.execute(sa.select(*columns).order_by(REPORT.c.written_at, REPORT.c.interview_id))
    return [MatchRow(row.candidate_id, row.match, row.written_at) for row in rows]


def written_at(tx: Transaction, interview_id: str) -> datetime | None:
    """When the report was written; None before."""
    found = tx.execute(sa.select(REPORT.c.written_at).where(REPORT.c.interview_id == interview_id)).scalar()
    return from_text(found) if found else None


def erase(tx: Transaction, interview_id: str) -> None:
    """Remove everything assessed of an interview (the person asked for erasure)."""
    tx.execute(sa.delete(ANSWER_PART).where(ANSWER_PART.c.interview_id == interview_id))
    tx.execute(sa.delete(ANSWER_ANALYSIS).where(ANSWER_ANALYSIS.c.interview_id == interview_id))
    tx.execute(sa.delete(REPORT).where(REPORT.c.interview_id == interview_id))
