"""Looking at candidates: the board, one person's file with its timeline, and correcting contact details."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from appliance.audit import ledger
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message
from appliance.recruiting import offer_store, opening_store, resume_store, store
from appliance.recruiting.applications import checked_email
from appliance.recruiting.model import (
    OVER,
    Candidate,
    CandidateFilter,
    Decision,
    Offer,
    Opening,
    ResumeDocument,
)
from appliance.recruiting.openings import required_opening
from appliance.recruiting.pipeline import required_candidate
from appliance.recruiting.resume_store import StoredScreening


class CandidateFile(Struct, frozen=True, kw_only=True):
    """Everything the candidate page shows. ``documents`` newest first; the current one is ``document``."""

    candidate: Candidate
    opening: Opening
    document: ResumeDocument
    documents: list[ResumeDocument]
    screening: StoredScreening | None
    decisions: list[Decision]
    offers: list[Offer]
    timeline: Sequence[Mapping[str, Any]]


class Board(Struct, frozen=True, kw_only=True):
    """A page of the board with the counts of its filters and the openings by id."""

    items: list[Candidate]
    total: int
    counts: dict[str, int]
    openings: dict[str, Opening]


class Candidates:
    """Verbs that look, and the correction of contact details."""

    def __init__(self, core: Database) -> None:
        self._core = core

    def get(self, candidate_id: str) -> Candidate:
        """One candidate. Raises ``NotFound``."""
        return self._core.read(lambda tx: required_candidate(tx, candidate_id))

    def board(self, wanted: CandidateFilter, *, offset: int = 0, limit: int = 25) -> Board:
        """A page of candidates with counts."""

        def work(tx: Transaction) -> Board:
            items, total = store.listed(tx, wanted, offset=offset, limit=limit)
            openings = {opening.id: opening for opening in opening_store.everyone(tx)}
            return Board(
                items=items, total=total, counts=store.counts(tx, wanted.opening_id), openings=openings
            )

        return self._core.read(work)

    def counts(self) -> dict[str, int]:
        """Candidates by state and by filter."""
        return self._core.read(store.counts)

    def open_file(self, actor: Actor, candidate_id: str) -> CandidateFile:
        """The file for a person who reads it: noted in the ledger, and no longer new. Raises ``NotFound``."""

        def note(tx: Transaction) -> None:
            required_candidate(tx, candidate_id)
            store.note_seen(tx, candidate_id)
            ledger.record(tx, actor, "candidate.seen", f"candidate:{candidate_id}", {})

        self._core.write(note)
        return self.file(candidate_id)

    def file(self, candidate_id: str) -> CandidateFile:
        """The file without a note in the ledger, for the machine's own use. Raises ``NotFound``."""

        def work(tx: Transaction) -> CandidateFile:
            candidate = required_candidate(tx, candidate_id)
            documents = resume_store.of_candidate(tx, candidate_id)
            return CandidateFile(
                candidate=candidate,
                opening=required_opening(tx, candidate.opening_id),
                document=next(document for document in documents if document.id == candidate.document_id),
                documents=documents,
                screening=resume_store.last_screening(tx, candidate_id),
                decisions=store.decisions(tx, candidate_id),
                offers=offer_store.of_candidate(tx, candidate_id),
                timeline=store.ledger_rows(tx, [f"candidate:{candidate_id}"]),
            )

        return self._core.read(work)

    def correct_contact(
        self, actor: Actor, candidate_id: str, *, name: str, email: str, phone: str
    ) -> Candidate:
        """What the rules read wrong, put right. Raises ``Invalid``, ``Conflict`` once the candidate is through."""
        name, phone = " ".join(name.split()), phone.strip()
        fields: dict[str, str | Message] = {}
        if not name:
            fields["name"] = N_("Write the name as the candidate writes it.")
        if len(name) > 80:
            fields["name"] = Message(N_("At most %(limit)d characters."), {"limit": 80})
        if phone and not (5 <= len(phone) <= 24 and all(c in "+0123456789 ()-" for c in phone)):
            fields["phone"] = N_("A telephone number has digits, blanks, + and -.")
        if fields:
            raise Invalid(fields)
        email = checked_email(email)

        def work(tx: Transaction) -> Candidate:
            candidate = required_candidate(tx, candidate_id)
            if candidate.state in OVER:
                raise Conflict(
                    N_("This candidate's file is closed; contact details are not changed any more.")
                )
            store.change(tx, candidate_id, name=name, email=email, phone=phone)
            ledger.record(tx, actor, "candidate.contact_corrected", f"candidate:{candidate_id}", {})
            return required_candidate(tx, candidate_id)

        return self._core.write(work)
