"""A copy of everything that is kept of a person (PIPL art. 45, GDPR art. 15 and 20), made in memory when it is
fetched and never stored.

It leaves the house by a link that works once, in a letter, together with a code that HR tells the person by
another way after having made sure who they are: whoever reads somebody's mail alone gets nothing.
"""

import hashlib
import io
import secrets
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from appliance.audit import ledger
from appliance.interviews import store as interview_store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.invitations.links import new_secret, same_hash, secret_hash
from appliance.interviews.model import Answer, Consent, Interview, Question
from appliance.interviews.rights import erasure_store, store
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.desk import RightsDesk, required
from appliance.interviews.rights.letters import RightsLetters
from appliance.interviews.rights.model import (
    Correction,
    Identified,
    Outcome,
    RequestKind,
    RequestState,
    RightsRequest,
)
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import from_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Forbidden, Gone
from appliance.recruiting.model import Candidate, Decision, Offer, ResumeDocument
from appliance.recruiting.screening.matching import Screening

LINK_DAYS = 14
MOST_TRIES = 5
CODE_DIGITS = 8
ENDINGS = {"webm": "webm", "mp4": "mp4"}

Render = Callable[["Bundle"], str]
"""Makes the readable page of a bundle in its language."""


class CopiedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer with all that was made of it; `files` are the names of its recordings in the archive."""

    question: Question
    answer: Answer
    analysis: AnswerAnalysis | None
    correction: Correction | None
    files: tuple[str, ...]


class CopiedInterview(msgspec.Struct, frozen=True, kw_only=True):
    """One interview; `report` is the report as it is kept."""

    interview: Interview
    consent: Consent | None
    answers: tuple[CopiedAnswer, ...]
    report: msgspec.Raw | None


class Seen(msgspec.Struct, frozen=True):
    """Something that was done with the person's data: when, what, by which kind of party."""

    at: str
    action: str
    by: str


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """What the copy holds, besides the files themselves."""

    language: str
    receipt: str
    post: str
    candidate: Candidate
    resumes: tuple[ResumeDocument, ...]
    screening: Screening | None
    decisions: tuple[Decision, ...]
    offers: tuple[Offer, ...]
    interviews: tuple[CopiedInterview, ...]
    requests: tuple[RightsRequest, ...]
    seen: tuple[Seen, ...]


class Handed(msgspec.Struct, frozen=True):
    """What HR is shown once: the code to tell the person, in groups of four."""

    code: str


class LinkOver(Gone):
    """The one-time link was used, is too old, or had too many wrong codes."""

    default = N_(
        "This link works once and for two weeks. Answer the letter that brought it, and you are sent another."
    )


class WrongCode(Forbidden):
    """Another code was told to the person."""

    code = "wrong_code"
    title = N_("That is not the code")
    default = N_("Please type the code that you were told; %(left)d more tries.")


class Copies:
    """Hands out copies."""

    def __init__(
        self,
        core: Database,
        blobs: BlobStore,
        candidates: RightsCandidates,
        desk: RightsDesk,
        letters: RightsLetters,
    ) -> None:
        self._core = core
        self._blobs = blobs
        self._candidates = candidates
        self._desk = desk
        self._letters = letters

    def hand_out(self, actor: Actor, request_id: str, identified: Identified) -> Handed:
        """Answer a request for a copy: the letter carries the link, HR tells the code. Again for a person whose
        link was used up or ran out. Raises `Conflict` for another kind of request or without an address."""
        token, code = new_secret(), "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))

        def work(tx: Transaction) -> Handed:
            request = required(tx, request_id)
            if request.kind is not RequestKind.COPY or request.outcome is Outcome.REFUSED:
                raise Conflict(N_("Only a request for a copy that was not refused is answered with one."))
            brief = self._candidates.brief(tx, request.candidate_id)
            if not brief.has_address:
                raise Conflict(N_("The file has no e-mail address to send the link to. Add one first."))
            erasure_store.add_copy_link(
                tx,
                token_hash=secret_hash(token),
                request_id=request_id,
                candidate_id=request.candidate_id,
                code_hash=code_hash(token, code),
                expires_at=tx.now + timedelta(days=LINK_DAYS),
            )
            details = {"identified": identified.value}
            ledger.record(tx, actor, "rights.copy_handed_out", f"rights_request:{request_id}", details)
            link = self._letters.copy_link(token)
            if request.may_become(RequestState.ANSWERED):
                self._desk.answered(tx, actor, request, Outcome.GRANTED, answer="", link=link)
            else:
                self._letters.step(tx, request, brief, "granted", link)
            return Handed(f"{code[:4]} {code[4:]}")

        return self._core.write(work)

    def look(self, token: str) -> str:
        """The language of the person whom a link belongs to. Raises `LinkOver`."""
        return self._core.read(lambda tx: required(tx, self._usable(tx, token)["request_id"]).language)

    def fetch(self, token: str, code: str, render: Render) -> bytes:
        """The copy as a ZIP, for the right code, once. Raises `LinkOver`, `WrongCode`, `NotFound`.

        The link is used up only when the archive is whole: a failure on the way costs the person nothing.
        """
        typed = "".join(mark for mark in code if mark.isdigit())

        def check(tx: Transaction) -> str | None:
            row = self._usable(tx, token)
            if same_hash(code_hash(token, typed), row["code_hash"]):
                return str(row["request_id"])
            erasure_store.count_try(tx, secret_hash(token))
            details = {"left": MOST_TRIES - row["tries"] - 1}
            actor = Actor(id=row["candidate_id"], kind=ActorKind.CANDIDATE, label="link")
            subject = f"rights_request:{row['request_id']}"
            ledger.record(tx, actor, "rights.copy_code_refused", subject, details)
            return None

        request_id = self._core.write(check)
        if request_id is None:
            left = self._core.read(lambda tx: erasure_store.copy_link(tx, secret_hash(token)))
            raise WrongCode(left=max(0, MOST_TRIES - (left["tries"] if left else MOST_TRIES)))
        bundle = self._core.read(lambda tx: self.bundle(tx, request_id))
        archive = self._archive(bundle, render(bundle))

        def use(tx: Transaction) -> None:
            row = self._usable(tx, token)
            erasure_store.use_copy_link(tx, secret_hash(token))
            actor = Actor(id=row["candidate_id"], kind=ActorKind.CANDIDATE, label="link")
            details = {"bytes": len(archive)}
            ledger.record(tx, actor, "rights.copy_fetched", f"rights_request:{request_id}", details)

        self._core.write(use)
        return archive

    def state_of(self, request_id: str) -> Mapping[str, Any] | None:
        """The link of a request: tries, expires_at, used_at; None when none was made."""
        row = self._core.read(lambda tx: erasure_store.copy_link_of(tx, request_id))
        return dict(row) if row is not None else None

    def bundle(self, tx: Transaction, request_id: str) -> Bundle:
        """Everything that is kept of the person who asked. Raises `NotFound`, `CandidateErased`."""
        request = required(tx, request_id)
        candidate_id = request.candidate_id
        candidate = self._candidates.candidate(tx, candidate_id)
        papers = self._candidates.papers(tx, candidate_id)
        interviews = tuple(
            _copied(tx, one, place)
            for place, one in enumerate(reversed(interview_store.interviews_of(tx, candidate_id)), 1)
        )
        return Bundle(
            language=request.language,
            receipt=request.receipt,
            post=self._candidates.brief(tx, candidate_id).post(request.language),
            candidate=candidate,
            resumes=papers.resumes,
            screening=papers.screening,
            decisions=papers.decisions,
            offers=papers.offers,
            interviews=interviews,
            requests=tuple(store.requests_of(tx, candidate_id)),
            seen=_seen(tx, candidate_id, interviews),
        )

    def _archive(self, bundle: Bundle, page: str) -> bytes:
        """The ZIP in memory: recordings as recorded, resumes as sent, the data as JSON and as a page."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("index.html", page)
            archive.writestr("data.json", msgspec.json.format(msgspec.json.encode(bundle), indent=1))
            for place, resume in enumerate(bundle.resumes, 1):
                data = self._blobs.read_all(resume.blob_id)
                archive.writestr(f"resumes/{place}-{_safe(resume.filename)}", data)
            for interview in bundle.interviews:
                for one in interview.answers:
                    for name, segment in zip(one.files, one.answer.segments, strict=True):
                        data = self._blobs.read_all(segment.blob_id)
                        # A recording is compressed already.
                        archive.writestr(name, data, compress_type=zipfile.ZIP_STORED)
        return target.getvalue()

    def _usable(self, tx: Transaction, token: str) -> Any:
        row = erasure_store.copy_link(tx, secret_hash(token))
        if row is None or row["used_at"] is not None or row["tries"] >= MOST_TRIES:
            raise LinkOver()
        if from_text(row["expires_at"]) < tx.now:
            raise LinkOver()
        return row


def code_hash(token: str, code: str) -> str:
    """What is kept of a code. Eight digits alone could be tried out against the hash; together with the token,
    which is not kept, they cannot, so one round is enough."""
    return hashlib.sha256(f"{token}\n{code}".encode("utf-8", "replace")).hexdigest()


def _copied(tx: Transaction, interview: Interview, place: int) -> CopiedInterview:
    asked = {question.id: question for question in interview_store.questions_of(tx, interview)}
    analyses = assessment_store.analyses(tx, interview.id)
    corrections = store.corrections(tx, interview.id)
    answers = []
    for number, answer in enumerate(interview_store.answers(tx, interview.id), 1):
        question = asked.get(answer.question_id)
        if question is None:
            continue
        files = tuple(
            f"recordings/interview-{place}-answer-{number}-{part}.{_ending(segment.content_type)}"
            for part, segment in enumerate(answer.segments, 1)
        )
        answers.append(
            CopiedAnswer(
                question=question,
                answer=answer,
                analysis=analyses.get(answer.id),
                correction=corrections.get(answer.id),
                files=files,
            )
        )
    body = assessment_store.report_body(tx, interview.id)
    return CopiedInterview(
        interview=interview,
        consent=interview.consent,
        answers=tuple(answers),
        report=msgspec.Raw(body) if body is not None else None,
    )


def _seen(tx: Transaction, candidate_id: str, interviews: Sequence[CopiedInterview]) -> tuple[Seen, ...]:
    """What the ledger tells of the person's data, without the names of colleagues."""
    subjects = [f"candidate:{candidate_id}"]
    for one in interviews:
        subjects += [
            f"interview:{one.interview.id}",
            *(f"answer:{copied.answer.id}" for copied in one.answers),
        ]
    rows = sorted(store.ledger_rows(tx, subjects), key=lambda row: row["seq"])
    return tuple(Seen(row["at"], row["action"], row["actor_kind"]) for row in rows)


def _ending(content_type: str) -> str:
    kind = content_type.partition(";")[0].rpartition("/")[2]
    return ENDINGS.get(kind, "bin")


def _safe(filename: str) -> str:
    """A file name that means no folder and no device to any system."""
    kept = "".join(mark if mark.isalnum() or mark in "._- " else "_" for mark in filename).strip(". ")
    return kept[-100:] or "resume"
