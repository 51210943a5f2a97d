"""Recorded segments in media.db, beside the blobs that hold their bytes, so that one transaction covers
both."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text

from appliance.interviews.model import Recording, RecordingState
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction

RECORDINGS = MetaData()

RECORDING = Table(
    "recording",
    RECORDINGS,
    Column("id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("answer_id", Text, nullable=False),
    Column("take", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("blob_id", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False, server_default="0"),
    Column("limit_bytes", Integer, nullable=False),
    Column("recorded_ms", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text, nullable=False),
    Index("recording_answer", "answer_id", "take", "number"),
    Index("recording_interview", "interview_id"),
)

RECORDING_CHUNK = Table(
    "recording_chunk",
    RECORDINGS,
    Column("recording_id", Text, primary_key=True),
    Column("start", Integer, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
)

_COLUMNS = tuple(RECORDING.c.keys())
_FIND = f"SELECT {', '.join(_COLUMNS)} FROM recording WHERE id = ?"  # noqa: S608 - names of our own columns
_USED = "SELECT coalesce(sum(size), 0) FROM recording WHERE answer_id = ? AND state <> ?"
_GROW = "UPDATE recording SET size = ?, recorded_ms = ?, ended_at = ? WHERE id = ?"
_ADD_CHUNK = "INSERT INTO recording_chunk (recording_id, start, size, sha256) VALUES (?, ?, ?, ?)"


def add(tx: Transaction, recording: Recording) -> None:
    """Store a segment that has just begun."""
    tx.execute(
        sa.insert(RECORDING),
        {
            "id": recording.id,
            "interview_id": recording.interview_id,
            "answer_id": recording.answer_id,
            "take": recording.take,
            "number": recording.number,
            "blob_id": recording.blob_id,
            "content_type": recording.content_type,
            "limit_bytes": recording.limit_bytes,
            "state": recording.state,
            "started_at": to_text(recording.started_at),
            "ended_at": to_text(recording.ended_at),
        },
    )


def find(tx: Transaction, recording_id: str) -> Recording | None:
    """One segment by the id that the candidate's page chose."""
    row = tx.run(_FIND, (recording_id,)).fetchone()
    return _recording(dict(zip(_COLUMNS, row, strict=True))) if row else None


def used_bytes(tx: Transaction, answer_id: str) -> int:
    """What an answer's segments weigh together, discarded takes left out."""
    used: int = tx.run(_USED, (answer_id, str(RecordingState.DISCARDED))).fetchone()[0]
    return used


def of_answer(tx: Transaction, answer_id: str) -> list[Recording]:
    """An answer's segments in order, discarded takes left out."""
    rows = tx.execute(
        sa.select(RECORDING)
        .where(RECORDING.c.answer_id == answer_id, RECORDING.c.state != RecordingState.DISCARDED)
        .order_by(RECORDING.c.take, RECORDING.c.number)
    ).mappings()
    return [_recording(row) for row in rows]


def of_interview(tx: Transaction, interview_id: str) -> list[Recording]:
    """An interview's segments in order, discarded takes left out."""
    rows = tx.execute(
        sa.select(RECORDING)
        .where(RECORDING.c.interview_id == interview_id, RECORDING.c.state != RecordingState.DISCARDED)
        .order_by(RECORDING.c.answer_id, RECORDING.c.take, RECORDING.c.number)
    ).mappings()
    return [_recording(row) for row in rows]


def every_one_of(tx: Transaction, interview_id: str) -> list[Recording]:
    """An interview's segments with the discarded takes, for an erasure."""
    rows = tx.execute(sa.select(RECORDING).where(RECORDING.c.interview_id == interview_id)).mappings()
    return [_recording(row) for row in rows]


def grow(tx: Transaction, recording_id: str, size: int, recorded_ms: int) -> None:
    """Bytes have arrived."""
    tx.run(_GROW, (size, recorded_ms, to_text(tx.now), recording_id))


def set_state(tx: Transaction, recording_id: str, state: RecordingState) -> None:
    """Seal or discard a segment."""
    tx.execute(sa.update(RECORDING).where(RECORDING.c.id == recording_id).values(state=state))


def add_chunk(tx: Transaction, recording_id: str, start: int, size: int, sha256: str) -> None:
    """Remember what was sent, to recognise it when it is sent again."""
    tx.run(_ADD_CHUNK, (recording_id, start, size, sha256))


def has_chunk(tx: Transaction, recording_id: str, start: int, size: int, sha256: str) -> bool:
    """Whether exactly this piece is stored at this place."""
    chunk = RECORDING_CHUNK.c
    same = sa.and_(
        chunk.recording_id == recording_id, chunk.start == start, chunk.size == size, chunk.sha256 == sha256
    )
    return tx.execute(sa.select(chunk.start).where(same)).first() is not None


def forget_chunks(tx: Transaction, recording_id: str) -> None:
    """Remove what is known of the pieces of a discarded segment."""
    tx.execute(sa.delete(RECORDING_CHUNK).where(RECORDING_CHUNK.c.recording_id == recording_id))


def _recording(row: Any) -> Recording:
    return Recording(
        id=row["id"],
        interview_id=row["interview_id"],
        answer_id=row["answer_id"],
        take=row["take"],
        number=row["number"],
        blob_id=row["blob_id"],
        content_type=row["content_type"],
        size=row["size"],
        limit_bytes=row["limit_bytes"],
        recorded_ms=row["recorded_ms"],
        state=RecordingState(row["state"]),
        started_at=from_text(row["started_at"]),
        ended_at=from_text(row["ended_at"]),
    )
