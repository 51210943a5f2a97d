"""Resumes coming in: kept encrypted under the candidate's own key, recognised when they come twice."""

import hashlib
import re
from collections.abc import Callable

from msgspec import Struct

from appliance.audit import ledger
from appliance.events import ResumeReceived
from appliance.kernel.actor import Actor
from appliance.kernel.blobs import BlobStore
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.outbox import emit
from appliance.recruiting import resume_store, store
from appliance.recruiting.kept_files import KeptFile, KeptFiles
from appliance.recruiting.model import (
    Candidate,
    CandidateState,
    DocumentState,
    OpeningState,
    ResumeDocument,
    Source,
)
from appliance.recruiting.openings import required_opening
from appliance.recruiting.pipeline import required_candidate
from appliance.recruiting.reading_messages import problem_message
from appliance.recruiting.rescreening import request_reading
from appliance.recruiting.resumes.document import MAX_FILE_BYTES, Problem, Unreadable
from appliance.recruiting.resumes.registry import choose

EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")
MAX_TYPED_CHARS = 100_000


class IncomingFile(Struct, frozen=True):
    """A file as it was sent: name and type are claims."""

    filename: str
    content_type: str
    data: bytes


class Received(Struct, frozen=True):
    """What became of an upload; ``duplicate`` when the same bytes had come for the same opening before."""

    candidate_id: str
    document_id: str
    duplicate: bool


class Applications:
    """Verbs on resumes that come in."""

    def __init__(self, core: Database, blobs: BlobStore, files: KeptFiles) -> None:
        self._core = core
        self._blobs = blobs
        self._files = files

    def receive_resume(
        self, actor: Actor, opening_id: str, file: IncomingFile, *, source: Source, email: str = ""
    ) -> Received:
        """A new candidate with this resume, which a job reads next.

        Raises ``Invalid`` naming the file when it is surely no resume (empty, a picture, too large), or the
        address is none; ``Conflict`` when the opening takes none; ``NotFound``.
        """
        check_file(file.data)
        email = checked_email(email)
        known = self._core.read(lambda tx: self._known(tx, opening_id, file.data))
        if known is not None:
            return known
        candidate_id = new_id()
        kept = self._files.keep(candidate_id, file.data)

        def work(tx: Transaction) -> Received:
            twin = resume_store.same_file(tx, opening_id, kept.sha256)
            if twin is not None:
                return Received(twin.candidate_id, twin.id, True)
            opening = required_opening(tx, opening_id)
            if opening.state is OpeningState.closed or (
                source is Source.public and opening.state is not OpeningState.open
            ):
                raise Conflict(N_("This opening is closed and takes no more applications."))
            document = _document(tx, candidate_id, opening_id, kept, file)
            candidate = Candidate(
                id=candidate_id,
                opening_id=opening_id,
                state=CandidateState.applied,
                name="",
                email=email,
                phone="",
                source=source,
                created_at=tx.now,
                changed_at=tx.now,
                document_id=document.id,
            )
            store.add(tx, candidate)
            self._enter(tx, actor, document, "resume.received", {"source": source.value})
            return Received(candidate_id, document.id, False)

        return self._written(work, kept)

    def replace_resume(self, actor: Actor, candidate_id: str, file: IncomingFile) -> Received:
        """A better file for a candidate who is not invited yet, read and screened anew. Raises as above."""
        check_file(file.data)
        kept = self._files.keep(candidate_id, file.data)

        def work(tx: Transaction) -> Received:
            candidate = required_candidate(tx, candidate_id)
            if candidate.state not in (CandidateState.applied, CandidateState.screened):
                raise Conflict(N_("The resume can be replaced until the candidate is invited."))
            twin = resume_store.same_file(tx, candidate.opening_id, kept.sha256)
            if twin is not None:
                raise Conflict(N_("This very file has been sent for this opening before."))
            document = _document(tx, candidate_id, candidate.opening_id, kept, file)
            store.change(tx, candidate_id, document_id=document.id, fault=None)
            self._enter(tx, actor, document, "resume.replaced", {})
            return Received(candidate_id, document.id, False)

        return self._written(work, kept)

    def type_resume(self, actor: Actor, candidate_id: str, text: str) -> Received:
        """The text of a resume that no reader could read, typed by a person. Raises as above."""
        if len(text) > MAX_TYPED_CHARS:
            raise Invalid({"text": Message(N_("At most %(limit)d characters."), {"limit": MAX_TYPED_CHARS})})
        if len(text.strip()) < 20:
            raise Invalid({"text": N_("Type at least a few lines: name, contact, education, work.")})
        return self.replace_resume(
            actor, candidate_id, IncomingFile("typed.txt", "text/plain", text.encode())
        )

    def original(self, actor: Actor, document_id: str) -> tuple[ResumeDocument, bytes]:
        """The file as it was sent, noted in the ledger. Raises ``NotFound``, ``KeyDestroyed`` after erasure."""

        def work(tx: Transaction) -> ResumeDocument:
            document = resume_store.find(tx, document_id)
            if document is None:
                raise NotFound(N_("There is no such file; it may have been erased."))
            details = {"document_id": document_id}
            ledger.record(tx, actor, "resume.opened", f"candidate:{document.candidate_id}", details)
            return document

        document = self._core.write(work)
        return document, self._blobs.read_all(document.blob_id)

    def _known(self, tx: Transaction, opening_id: str, data: bytes) -> Received | None:
        required_opening(tx, opening_id)
        twin = resume_store.same_file(tx, opening_id, hashlib.sha256(data).hexdigest())
        return Received(twin.candidate_id, twin.id, True) if twin else None

    def _written(self, work: Callable[[Transaction], Received], kept: KeptFile) -> Received:
        """Runs the change in core.db; bytes that it did not come to refer to are let go."""
        try:
            received = self._core.write(work)
        except Exception:
            self._files.let_go(kept)
            raise
        if received.duplicate:
            self._files.let_go(kept)
        return received

    def _enter(
        self,
        tx: Transaction,
        actor: Actor,
        document: ResumeDocument,
        action: str,
        details: dict[str, ledger.Scalar],
    ) -> None:
        resume_store.add(tx, document)
        request_reading(tx, document.candidate_id, document.id)
        facts: dict[str, ledger.Scalar] = {
            "document_id": document.id,
            "sha256": document.sha256,
            "size": document.size,
        }
        ledger.record(tx, actor, action, f"candidate:{document.candidate_id}", facts | details)
        emit(tx, ResumeReceived(candidate_id=document.candidate_id, document_id=document.id))


def check_file(data: bytes) -> None:
    """Refuses at the door what is surely no resume. Raises ``Invalid`` for the field ``file``."""
    try:
        if len(data) > MAX_FILE_BYTES:
            raise Unreadable(Problem.too_large)
        choose(data)
    except Unreadable as error:
        # A locked or old Word file is kept and listed: HR may have only this one.
        if error.problem not in (Problem.password, Problem.old_word):
            raise Invalid({"file": problem_message(error.problem, error.found)}) from error


def checked_email(email: str) -> str:
    """An address in lower case, empty when none was given. Raises ``Invalid`` for the field ``email``."""
    email = email.strip().lower()
    if email and not EMAIL.fullmatch(email):
        raise Invalid({"email": N_("Write an address such as name@hospital.example.")})
    return email


def _document(
    tx: Transaction, candidate_id: str, opening_id: str, kept: KeptFile, file: IncomingFile
) -> ResumeDocument:
    return ResumeDocument(
        id=new_id(),
        candidate_id=candidate_id,
        opening_id=opening_id,
        blob_id=kept.blob_id,
        key_id=kept.key_id,
        sha256=kept.sha256,
        filename=file.filename[:200],
        declared_type=file.content_type[:100],
        size=len(file.data),
        state=DocumentState.waiting,
        received_at=tx.now,
    )
