"""Resume documents and screenings in core.db."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import insert, select, update

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.recruiting.extraction.model import Extraction
from appliance.recruiting.model import DocumentState, ResumeDocument
from appliance.recruiting.resumes.document import HiddenText, Problem, ReadWarning, ResumeText
from appliance.recruiting.screening.matching import Screening
from appliance.recruiting.tables import RESUME_DOCUMENT, SCREENING


class StoredScreening(Struct, frozen=True, kw_only=True):
    """A screening with what it was made from, so that it can be made again."""

    id: str
    candidate_id: str
    document_id: str
    requirements_sha256: str
    rules_sha256: str
    result: Screening
    screened_at: datetime


def add(tx: Transaction, document: ResumeDocument) -> None:
    """Stores a document that waits to be read."""
    tx.execute(
        insert(RESUME_DOCUMENT).values(
            id=document.id,
            candidate_id=document.candidate_id,
            opening_id=document.opening_id,
            blob_id=document.blob_id,
            key_id=document.key_id,
            sha256=document.sha256,
            filename=document.filename,
            declared_type=document.declared_type,
            size=document.size,
            state=document.state.value,
            received_at=to_text(document.received_at),
        )
    )


def find(tx: Transaction, document_id: str) -> ResumeDocument | None:
    """The document, or None."""
    row = tx.execute(select(RESUME_DOCUMENT).where(RESUME_DOCUMENT.c.id == document_id)).mappings().first()
    return _document(row) if row else None


def same_file(tx: Transaction, opening_id: str, sha256: str) -> ResumeDocument | None:
    """The document with the same bytes for the same opening, or None."""
    query = select(RESUME_DOCUMENT).where(
        RESUME_DOCUMENT.c.opening_id == opening_id, RESUME_DOCUMENT.c.sha256 == sha256
    )
    row = tx.execute(query).mappings().first()
    return _document(row) if row else None


def refers_to(tx: Transaction, blob_id: str) -> bool:
    """Whether a document's bytes are these."""
    query = select(RESUME_DOCUMENT.c.id).where(RESUME_DOCUMENT.c.blob_id == blob_id)
    return tx.execute(query.limit(1)).first() is not None


def of_candidate(tx: Transaction, candidate_id: str) -> list[ResumeDocument]:
    """All files of a candidate, newest first."""
    query = (
        select(RESUME_DOCUMENT)
        .where(RESUME_DOCUMENT.c.candidate_id == candidate_id)
        .order_by(RESUME_DOCUMENT.c.received_at.desc(), RESUME_DOCUMENT.c.id.desc())
    )
    return [_document(row) for row in tx.execute(query).mappings()]


def note_read(tx: Transaction, document_id: str, read: ResumeText, extraction: Extraction) -> None:
    """Keeps what was read."""
    tx.execute(
        update(RESUME_DOCUMENT)
        .where(RESUME_DOCUMENT.c.id == document_id)
        .values(
            state=DocumentState.read.value,
            read_at=to_text(tx.now),
            format=read.format,
            pages=read.pages,
            text=read.text,
            extraction=msgspec.json.encode(extraction).decode(),
            hidden=msgspec.json.encode(read.hidden).decode(),
            warnings=msgspec.json.encode(read.warnings).decode(),
            problem=None,
            problem_found="",
        )
    )


def note_unreadable(tx: Transaction, document_id: str, problem: Problem, found: str) -> None:
    """Keeps why a file could not be read."""
    tx.execute(
        update(RESUME_DOCUMENT)
        .where(RESUME_DOCUMENT.c.id == document_id)
        .values(
            state=DocumentState.unreadable.value,
            read_at=to_text(tx.now),
            problem=problem.value,
            problem_found=found,
        )
    )


def add_screening(tx: Transaction, screening: StoredScreening) -> None:
    """Keeps a screening; earlier ones stay."""
    tx.execute(
        insert(SCREENING).values(
            id=screening.id,
            candidate_id=screening.candidate_id,
            document_id=screening.document_id,
            requirements_sha256=screening.requirements_sha256,
            rules_sha256=screening.rules_sha256,
            result=msgspec.json.encode(screening.result).decode(),
            screened_at=to_text(screening.screened_at),
        )
    )


def last_screening(tx: Transaction, candidate_id: str) -> StoredScreening | None:
    """The newest screening of a candidate, or None."""
    query = (
        select(SCREENING)
        .where(SCREENING.c.candidate_id == candidate_id)
        .order_by(SCREENING.c.screened_at.desc(), SCREENING.c.id.desc())
        .limit(1)
    )
    row = tx.execute(query).mappings().first()
    if row is None:
        return None
    return StoredScreening(
        id=row["id"],
        candidate_id=row["candidate_id"],
        document_id=row["document_id"],
        requirements_sha256=row["requirements_sha256"],
        rules_sha256=row["rules_sha256"],
        result=msgspec.json.decode(row["result"], type=Screening),
        screened_at=from_text(row["screened_at"]),
    )


def _document(row: Any) -> ResumeDocument:
    return ResumeDocument(
        id=row["id"],
        candidate_id=row["candidate_id"],
        opening_id=row["opening_id"],
        blob_id=row["blob_id"],
        key_id=row["key_id"],
        sha256=row["sha256"],
        filename=row["filename"],
        declared_type=row["declared_type"],
        size=row["size"],
        state=DocumentState(row["state"]),
        received_at=from_text(row["received_at"]),
        read_at=from_text(row["read_at"]) if row["read_at"] else None,
        format=row["format"],
        pages=row["pages"],
        text=row["text"],
        extraction=msgspec.json.decode(row["extraction"], type=Extraction) if row["extraction"] else None,
        hidden=msgspec.json.decode(row["hidden"], type=list[HiddenText]),
        warnings=msgspec.json.decode(row["warnings"], type=list[ReadWarning]),
        problem=Problem(row["problem"]) if row["problem"] else None,
        problem_found=row["problem_found"],
    )
