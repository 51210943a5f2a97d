"""What people add to a report, in core.db: shares, comments with all their wordings, norm files; and what
reports are read for together: who has one, and the scores of a post's candidates."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from appliance.interviews.assessment.store import ASSESSMENT, REPORT
from appliance.interviews.report.model import Comment, NormFile, Share, Wording
from appliance.interviews.report.report import Band
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.schema import AUDIT

SHARE = Table(
    "report_share",
    ASSESSMENT,
    Column("id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("rate_first", Integer, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("granted_at", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("revoked_at", Text),
    Index("report_share_interview", "interview_id", "account_id"),
    Index("report_share_account", "account_id", "ends_at"),
)

COMMENT = Table(
    "report_comment",
    ASSESSMENT,
    Column("id", Text, primary_key=True),
    Column("interview_id", Text, nullable=False),
    Column("answer_id", Text, nullable=False, server_default=""),
    Column("sentence", Integer, nullable=False, server_default="0"),
    Column("author_id", Text, nullable=False),
    Column("author_label", Text, nullable=False),
    Column("written_at", Text, nullable=False),
    Column("withdrawn_at", Text),
    Column("wordings", LargeBinary, nullable=False),
    Index("report_comment_interview", "interview_id", "written_at"),
)

NORM_FILE = Table(
    "norm_file",
    ASSESSMENT,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("imported_at", Text, nullable=False),
    Column("imported_by", Text, nullable=False),
)

AT_ONCE = 500
"""Ids named in one question to the file."""


class Scored(Struct, frozen=True):
    """A competency of a kept report, read without the rest of the document."""

    id: str
    rubric_hash: str
    score: Band | None


class ScoredReport(Struct, frozen=True):
    """The scores of a kept report and the scale on which they stand."""

    interview_id: str
    candidate_id: str
    written_at: datetime
    scale: str
    competencies: tuple[Scored, ...]


# shares


def add_share(tx: Transaction, share: Share) -> None:
    """Store a new share."""
    tx.execute(
        sa.insert(SHARE),
        {
            "id": share.id,
            "interview_id": share.interview_id,
            "account_id": share.account_id,
            "rate_first": int(share.rate_first),
            "granted_by": share.granted_by,
            "granted_at": to_text(share.granted_at),
            "ends_at": to_text(share.ends_at),
        },
    )


def shares(tx: Transaction, interview_id: str) -> list[Share]:
    """All shares of an interview's report, also ended ones, newest first."""
    rows = tx.execute(
        sa.select(SHARE)
        .where(SHARE.c.interview_id == interview_id)
        .order_by(SHARE.c.granted_at.desc(), SHARE.c.id.desc())
    )
    return [_share(row) for row in rows]


def shares_with(tx: Transaction, account_id: str) -> list[Share]:
    """What is open to an account now, first to end first."""
    rows = tx.execute(
        sa.select(SHARE)
        .where(
            SHARE.c.account_id == account_id,
            SHARE.c.ends_at > to_text(tx.now),
            SHARE.c.revoked_at.is_(None),
        )
        .order_by(SHARE.c.ends_at, SHARE.c.id)
    )
    return [_share(row) for row in rows]


def open_share(tx: Transaction, interview_id: str, account_id: str) -> Share | None:
    """The share that lets this account in now; the one that ends last where there are several."""
    row = tx.execute(
        sa.select(SHARE)
        .where(
            SHARE.c.interview_id == interview_id,
            SHARE.c.account_id == account_id,
            SHARE.c.ends_at > to_text(tx.now),
            SHARE.c.revoked_at.is_(None),
        )
        .order_by(SHARE.c.ends_at.desc())
        .limit(1)
    ).first()
    return _share(row) if row else None


def was_shared(tx: Transaction, interview_id: str, account_id: str) -> bool:
    """Whether the account was ever given this report."""
    mine = sa.and_(SHARE.c.interview_id == interview_id, SHARE.c.account_id == account_id)
    return tx.execute(sa.select(SHARE.c.id).where(mine).limit(1)).first() is not None


def end_share(tx: Transaction, share_id: str) -> None:
    """Take a share back now."""
    tx.execute(sa.update(SHARE).where(SHARE.c.id == share_id).values(revoked_at=to_text(tx.now)))


# comments


def add_comment(tx: Transaction, comment: Comment) -> None:
    """Store a new comment."""
    tx.execute(
        sa.insert(COMMENT),
        {
            "id": comment.id,
            "interview_id": comment.interview_id,
            "answer_id": comment.answer_id,
            "sentence": comment.sentence,
            "author_id": comment.author_id,
            "author_label": comment.author_label,
            "written_at": to_text(comment.written_at),
            "wordings": msgspec.json.encode(comment.wordings),
        },
    )


def comments(tx: Transaction, interview_id: str) -> list[Comment]:
    """All comments on a report, in the order in which they were written."""
    rows = tx.execute(
        sa.select(COMMENT)
        .where(COMMENT.c.interview_id == interview_id)
        .order_by(COMMENT.c.written_at, COMMENT.c.id)
    )
    return [_comment(row) for row in rows]


def comment(tx: Transaction, comment_id: str) -> Comment | None:
    """One comment by its id."""
    row = tx.execute(sa.select(COMMENT).where(COMMENT.c.id == comment_id)).first()
    return _comment(row) if row else None


def reword(tx: Transaction, comment_id: str, wordings: Sequence[Wording]) -> None:
    """Keep a comment's wordings, the newest last."""
    body = msgspec.json.encode(wordings)
    tx.execute(sa.update(COMMENT).where(COMMENT.c.id == comment_id).values(wordings=body))


def withdraw_comment(tx: Transaction, comment_id: str) -> None:
    """Mark a comment as taken back by its author."""
    tx.execute(sa.update(COMMENT).where(COMMENT.c.id == comment_id).values(withdrawn_at=to_text(tx.now)))


# norm files


def add_norm_file(tx: Transaction, norms: NormFile) -> None:
    """Store an imported norm file."""
    tx.execute(
        sa.insert(NORM_FILE),
        {
            "id": norms.id,
            "name": norms.name,
            "sha256": norms.sha256,
            "body": msgspec.json.encode(norms),
            "imported_at": to_text(norms.imported_at),
            "imported_by": norms.imported_by,
        },
    )


def norm_files(tx: Transaction) -> list[NormFile]:
    """All imported files, newest first."""
    rows = tx.execute(
        sa.select(NORM_FILE.c.body).order_by(NORM_FILE.c.imported_at.desc(), NORM_FILE.c.id.desc())
    )
    return [msgspec.json.decode(row.body, type=NormFile) for row in rows]


def remove_norm_file(tx: Transaction, norm_id: str) -> bool:
    """Forget a norm file; False when there was none."""
    return tx.execute(sa.delete(NORM_FILE).where(NORM_FILE.c.id == norm_id)).rowcount == 1


# reports read together


def scored_reports(tx: Transaction, candidate_ids: Sequence[str]) -> Iterator[ScoredReport]:
    """The kept reports of these candidates, the newest of each, with their scores alone."""
    decoder = msgspec.json.Decoder(ScoredReport)
    for start in range(0, len(candidate_ids), AT_ONCE):
        some = candidate_ids[start : start + AT_ONCE]
        seen: set[str] = set()
        query = sa.select(REPORT.c.candidate_id, REPORT.c.body).where(REPORT.c.candidate_id.in_(some))
        for row in tx.execute(query.order_by(REPORT.c.written_at.desc(), REPORT.c.interview_id)):
            if row.candidate_id not in seen:
                seen.add(row.candidate_id)
                yield decoder.decode(row.body)


def was_there(tx: Transaction, interview_id: str) -> bool:
    """Whether the ledger knows an interview of this id, also one that was erased since."""
    told = AUDIT.c.subject == f"interview:{interview_id}"
    return tx.execute(sa.select(AUDIT.c.seq).where(told).limit(1)).first() is not None


def erase(tx: Transaction, interview_id: str) -> None:
    """Remove what people added to an interview's report (the candidate asked for erasure)."""
    tx.execute(sa.delete(SHARE).where(SHARE.c.interview_id == interview_id))
    tx.execute(sa.delete(COMMENT).where(COMMENT.c.interview_id == interview_id))


def _share(row: Any) -> Share:
    return Share(
        id=row.id,
        interview_id=row.interview_id,
        account_id=row.account_id,
        rate_first=bool(row.rate_first),
        granted_by=row.granted_by,
        granted_at=from_text(row.granted_at),
        ends_at=from_text(row.ends_at),
        revoked_at=from_text(row.revoked_at) if row.revoked_at else None,
    )


def _comment(row: Any) -> Comment:
    return Comment(
        id=row.id,
        interview_id=row.interview_id,
        answer_id=row.answer_id,
        sentence=row.sentence,
        author_id=row.author_id,
        author_label=row.author_label,
        written_at=from_text(row.written_at),
        withdrawn_at=from_text(row.withdrawn_at) if row.withdrawn_at else None,
        wordings=msgspec.json.decode(row.wordings, type=tuple[Wording, ...]),
    )
