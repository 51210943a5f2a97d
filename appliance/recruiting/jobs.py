"""Background work: reading a resume in the sandbox, and screening it."""

import hashlib
from pathlib import Path

from appliance.audit import ledger
from appliance.kernel.actor import MACHINE
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import JobContext, JobRegistry, Permanent
from appliance.recruiting import resume_store, store
from appliance.recruiting.extraction.extract import Extractor
from appliance.recruiting.extraction.model import Extraction
from appliance.recruiting.extraction.protected import masked
from appliance.recruiting.extraction.vocabulary import CONFIG_DIR, Vocabulary
from appliance.recruiting.model import CandidateState, DocumentState, ResumeDocument
from appliance.recruiting.openings import required_opening
from appliance.recruiting.pipeline import Pipeline, required_candidate
from appliance.recruiting.rescreening import (
    READ_RESUME,
    SCREEN,
    ReadResumeJob,
    ScreenJob,
    request_screening,
    requirements_hash,
)
from appliance.recruiting.resume_store import StoredScreening
from appliance.recruiting.resumes.document import ResumeText, Unreadable
from appliance.recruiting.resumes.sandbox import read_in_sandbox
from appliance.recruiting.screening.matching import screen


class ResumeWork:
    """The handlers of the room's jobs."""

    def __init__(
        self, core: Database, blobs: BlobStore, clock: Clock, vocabulary: Vocabulary, pipeline: Pipeline
    ) -> None:
        self._core = core
        self._blobs = blobs
        self._clock = clock
        self._vocabulary = vocabulary
        self._extractor = Extractor(vocabulary)
        self._pipeline = pipeline
        self._rules_sha256 = rules_hash()

    def register(self, jobs: JobRegistry) -> None:
        """One reading at a time: it holds a core and up to a gigabyte."""
        jobs.register(READ_RESUME, "core", self.read_resume, concurrency=1)
        jobs.register(SCREEN, "core", self.screen, concurrency=1)

    def read_resume(self, context: JobContext) -> None:
        """Read a file, keep text and facts, and ask for the screening; or list it as a failure."""
        job = context.decode(ReadResumeJob)
        document = self._document(job.document_id)
        context.heartbeat(0.1)
        try:
            read = read_in_sandbox(self._blobs.read_all(document.blob_id))
        except Unreadable as error:
            problem, found = error.problem, error.found

            def note_fault(tx: Transaction) -> None:
                resume_store.note_unreadable(tx, document.id, problem, found)
                if required_candidate(tx, job.candidate_id).document_id == document.id:
                    store.change(tx, job.candidate_id, fault=problem)
                details: dict[str, ledger.Scalar] = {"document_id": document.id, "problem": problem.value}
                ledger.record(tx, MACHINE, "resume.unreadable", f"candidate:{job.candidate_id}", details)

            context.finish(note_fault)
            return
        context.heartbeat(0.7)
        facts = self._extractor.extract(read.text, today=self._clock.today(), has_photo=read.has_photo)
        context.finish(lambda tx: self._keep(tx, job, read, facts))

    def screen(self, context: JobContext) -> None:
        """Hold the requirements against the masked resume and keep the proposal."""
        job = context.decode(ScreenJob)
        document = self._document(job.document_id)
        if document.extraction is None or document.state is not DocumentState.read:
            raise Permanent("the resume of this screening was not read")
        opening = self._core.read(lambda tx: required_opening(tx, document.opening_id))
        if requirements_hash(opening.requirements) != job.requirements_sha256:
            # The list was edited since; the edit has queued a screening of its own for those already screened.
            self._screen_anew(context, job, document)
            return
        text = masked(document.text, document.extraction)
        result = screen(opening.requirements, document.extraction, text, self._vocabulary)

        def keep(tx: Transaction) -> None:
            stored = StoredScreening(
                id=new_id(),
                candidate_id=job.candidate_id,
                document_id=job.document_id,
                requirements_sha256=job.requirements_sha256,
                rules_sha256=self._rules_sha256,
                result=result,
                screened_at=tx.now,
            )
            self._pipeline.screened(tx, stored)

        context.finish(keep)

    def _screen_anew(self, context: JobContext, job: ScreenJob, document: ResumeDocument) -> None:
        def queue(tx: Transaction) -> None:
            opening = required_opening(tx, document.opening_id)
            request_screening(tx, job.candidate_id, job.document_id, opening, occasion=context.id)

        context.finish(queue)

    def _keep(self, tx: Transaction, job: ReadResumeJob, read: ResumeText, facts: Extraction) -> None:
        resume_store.note_read(tx, job.document_id, read, facts)
        details: dict[str, ledger.Scalar] = {
            "document_id": job.document_id,
            "format": read.format,
            "pages": read.pages,
            "hidden_runs": len(read.hidden),
            "rules_sha256": self._rules_sha256,
        }
        ledger.record(tx, MACHINE, "resume.read", f"candidate:{job.candidate_id}", details)
        candidate = required_candidate(tx, job.candidate_id)
        if candidate.document_id != job.document_id:
            return
        # What the applicant or a person entered stands; the rules fill what is empty.
        store.change(
            tx,
            candidate.id,
            name=candidate.name or (facts.name.value if facts.name else ""),
            email=candidate.email or (facts.email.value if facts.email else ""),
            phone=candidate.phone or (facts.phone.value if facts.phone else ""),
            fault=None,
        )
        if candidate.state in (CandidateState.applied, CandidateState.screened):
            request_screening(tx, candidate.id, job.document_id, required_opening(tx, candidate.opening_id))

    def _document(self, document_id: str) -> ResumeDocument:
        document = self._core.read(lambda tx: resume_store.find(tx, document_id))
        if document is None:
            raise Permanent("the resume of this job was erased")
        return document


def rules_hash(folder: Path = CONFIG_DIR) -> str:
    """SHA-256 over the word lists and the rules' own source, in order of name: which rules made a result."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    sources = [
        *folder.glob("*.toml"),
        *(here / "extraction").glob("*.py"),
        *(here / "screening").glob("*.py"),
    ]
    for path in sorted(sources, key=lambda item: item.name):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
