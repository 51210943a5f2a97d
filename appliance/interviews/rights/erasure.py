"""Erasing a candidate: one proposes, another confirms, the machine destroys keys, files and rows, and a receipt
stays.

Two files cannot commit together, so the work is a job that may begin twice: first what is to be destroyed is
listed (core.db), then keys and files go (media.db), and last the rows go and the receipt is written (core.db).
"""

import hashlib
from collections.abc import Callable, Collection

import msgspec

from appliance.audit import ledger
from appliance.interviews import store as interview_store
from appliance.interviews.model import Interview, InterviewState
from appliance.interviews.recordings import store as recording_store
from appliance.interviews.rights import erasure_store, store
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.desk import checked_answer, required
from appliance.interviews.rights.filing import receipt_number
from appliance.interviews.rights.letters import RightsLetters
from appliance.interviews.rights.model import (
    ERASE,
    EraseCandidate,
    Erasure,
    ErasureCause,
    ErasureState,
    LegalHold,
    Manifest,
    Outcome,
    RequestKind,
    RequestState,
)
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.blobs import BlobStore
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Conflict, Forbidden, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import JobContext, enqueue, withdraw
from appliance.kernel.keys import KeyRing
from appliance.notifications.service import forget_recipient

Eraser = Callable[[Transaction, str, Collection[str]], None]
"""What a part registers that keeps a person's data under other names than `candidate_id`, `interview_id`,
`answer_id`: given the transaction on core.db, the candidate and all their ids, it removes its rows."""


class Erasures:
    """Verbs on erasures and legal holds; `handle` is the handler of the job `interviews.erase`."""

    def __init__(
        self,
        databases: Databases,
        blobs: BlobStore,
        keys: KeyRing,
        candidates: RightsCandidates,
        letters: RightsLetters,
        forget_in_memory: Callable[[Collection[str]], None],
    ) -> None:
        self._core = databases.core
        self._media = databases.media
        self._blobs = blobs
        self._keys = keys
        self._candidates = candidates
        self._letters = letters
        self._forget_in_memory = forget_in_memory
        self._erasers: list[Eraser] = []

    def also(self, eraser: Eraser) -> None:
        """Let another part erase what it keeps under names of its own."""
        self._erasers.append(eraser)

    # deciding

    def propose(self, actor: Actor, request_id: str) -> Erasure:
        """The first person's word on a request for erasure. Raises `Conflict` under a legal hold, or when one is
        proposed already."""
        responsible = self._candidates.colleague(actor.id)

        def work(tx: Transaction) -> Erasure:
            request = required(tx, request_id)
            if request.kind is not RequestKind.ERASURE or not request.open:
                raise Conflict(N_("Only an open request for erasure leads to one."))
            erasure = self.propose_in(tx, actor, request.candidate_id, ErasureCause.REQUEST, request_id)
            if request.may_become(RequestState.IN_WORK):
                known, name = responsible
                store.update_request(
                    tx, request_id, state=RequestState.IN_WORK, responsible_id=known, responsible_name=name
                )
                ledger.record(tx, actor, "rights.in_work", f"rights_request:{request_id}", {})
            return erasure

        return self._core.write(work)

    def propose_in(
        self, tx: Transaction, actor: Actor, candidate_id: str, cause: ErasureCause, request_id: str = ""
    ) -> Erasure:
        """Propose in the caller's transaction. Raises `Conflict`, `NotFound`."""
        self._candidates.candidate(tx, candidate_id)
        _refuse_held(tx, candidate_id)
        if erasure_store.standing(tx, candidate_id) is not None:
            raise Conflict(N_("The erasure of these data is proposed already."))
        erasure = Erasure(
            id=new_id(),
            receipt=receipt_number("E", tx.now.date()),
            candidate_id=candidate_id,
            request_id=request_id,
            cause=cause,
            state=ErasureState.PROPOSED,
            hired=self._candidates.is_employed(tx, candidate_id),
            proposed_at=tx.now,
            proposed_by=actor.id,
            proposed_label=actor.label,
        )
        erasure_store.add(tx, erasure)
        details: dict[str, ledger.Scalar] = {
            "candidate": candidate_id,
            "cause": cause.value,
            "request": request_id,
        }
        ledger.record(tx, actor, "erasure.proposed", f"erasure:{erasure.id}", details)
        return erasure

    def confirm(self, actor: Actor, erasure_id: str) -> None:
        """The second person's word: from here on nothing is added, and the machine erases. Raises `Forbidden`
        for the person who proposed it, `Conflict`."""
        self._core.write(lambda tx: self.confirm_in(tx, actor, erasure_id))

    def confirm_in(self, tx: Transaction, actor: Actor, erasure_id: str) -> None:
        """Confirm in the caller's transaction."""
        erasure = self._movable(tx, erasure_id, ErasureState.CONFIRMED)
        if erasure.proposed_by == actor.id:
            raise Forbidden(N_("Another person has to confirm: nobody erases data alone."))
        _refuse_held(tx, erasure.candidate_id)
        erasure_store.update(
            tx,
            erasure_id,
            state=ErasureState.CONFIRMED,
            confirmed_at=tx.now,
            confirmed_by=actor.id,
            confirmed_label=actor.label,
        )
        interviews = interview_store.interviews_of(tx, erasure.candidate_id)
        for interview in interviews:
            interview_store.update_interview(tx, interview.id, state=InterviewState.ERASED)
        withdraw(tx, self._subjects(tx, erasure.candidate_id, interviews))
        enqueue(
            tx,
            ERASE,
            EraseCandidate(erasure_id),
            unique_key=f"{ERASE}:{erasure_id}",
            subject=f"erasure:{erasure_id}",
        )
        details = {"candidate": erasure.candidate_id}
        ledger.record(tx, actor, "erasure.confirmed", f"erasure:{erasure_id}", details)

    def decline(self, actor: Actor, erasure_id: str, reason: str) -> None:
        """Do not erase, with a reason; a request behind it is still to be answered. Raises `Invalid`,
        `Conflict`."""
        reason = checked_answer(reason)

        def work(tx: Transaction) -> None:
            erasure = self._movable(tx, erasure_id, ErasureState.DECLINED)
            erasure_store.update(tx, erasure_id, state=ErasureState.DECLINED, done_at=tx.now, reason=reason)
            details = {"candidate": erasure.candidate_id}
            ledger.record(tx, actor, "erasure.declined", f"erasure:{erasure_id}", details)

        self._core.write(work)

    def get(self, erasure_id: str) -> Erasure:
        """One erasure with its receipt. Raises `NotFound`."""
        return self._core.read(lambda tx: _required(tx, erasure_id))

    def of_request(self, request_id: str) -> Erasure | None:
        """What a request for erasure led to."""
        return self._core.read(lambda tx: erasure_store.of_request(tx, request_id))

    def waiting(self, cause: ErasureCause | None = None) -> list[tuple[Erasure, str]]:
        """Erasures that wait for a second person, oldest first, with the person's name."""

        def work(tx: Transaction) -> list[tuple[Erasure, str]]:
            found = erasure_store.in_state(tx, ErasureState.PROPOSED, cause)
            return [(one, self._called(tx, one.candidate_id)) for one in found]

        return self._core.read(work)

    # legal holds

    def place_hold(self, actor: Actor, candidate_id: str, reason: str) -> None:
        """Forbid erasure for now, with a reason; a proposal that waits falls. Raises `Invalid`, `Conflict` when
        the erasure is confirmed already."""
        reason = checked_answer(reason)

        def work(tx: Transaction) -> None:
            self._candidates.candidate(tx, candidate_id)
            standing = erasure_store.standing(tx, candidate_id)
            if standing is not None and standing.state is not ErasureState.PROPOSED:
                raise Conflict(N_("These data are being erased; it is too late for a hold."))
            if standing is not None:
                erasure_store.update(
                    tx, standing.id, state=ErasureState.DECLINED, done_at=tx.now, reason=reason
                )
            hold = LegalHold(
                candidate_id=candidate_id, reason=reason, placed_at=tx.now, placed_label=actor.label
            )
            erasure_store.place_hold(tx, hold)
            ledger.record(tx, actor, "erasure.held", f"candidate:{candidate_id}", {})

        self._core.write(work)

    def lift_hold(self, actor: Actor, candidate_id: str) -> None:
        """Allow erasure again."""

        def work(tx: Transaction) -> None:
            if erasure_store.lift_hold(tx, candidate_id):
                ledger.record(tx, actor, "erasure.hold_lifted", f"candidate:{candidate_id}", {})

        self._core.write(work)

    def hold(self, candidate_id: str) -> LegalHold | None:
        """The hold on a candidate's data, if there is one."""
        return self._core.read(lambda tx: erasure_store.hold(tx, candidate_id))

    # doing

    def handle(self, job: JobContext) -> None:
        """Erase what two people decided on; beginning again goes on where it stopped."""
        erasure_id = job.decode(EraseCandidate).erasure_id
        erasure = self.get(erasure_id)
        if erasure.state is not ErasureState.CONFIRMED:
            return
        ids = self._core.read(lambda tx: self._ids(tx, erasure.candidate_id))
        manifest = erasure.read_manifest() or self._list(erasure)
        job.heartbeat(0.3)
        self._media.write(lambda tx: self._destroy(tx, erasure, manifest, ids))
        self._forget_in_memory(ids)
        job.heartbeat(0.7)
        job.finish(lambda tx: self._finish(tx, erasure, manifest, ids))

    def _list(self, erasure: Erasure) -> Manifest:
        """What lies in media.db, kept before anything is destroyed."""
        candidate_id = erasure.candidate_id
        interviews = self._core.read(lambda tx: interview_store.interviews_of(tx, candidate_id))
        subjects = [f"candidate:{candidate_id}", *(f"interview:{one.id}" for one in interviews)]
        keys = self._media.read(lambda tx: erasure_store.keys_of(tx, subjects))
        blobs = self._media.read(lambda tx: erasure_store.blobs_of(tx, keys))
        files = []
        for blob_id, size in blobs:
            files.append(
                self._media.read(
                    lambda tx, blob_id=blob_id, size=size: erasure_store.fingerprint(tx, blob_id, size)  # type: ignore[misc]
                )
            )
        manifest = Manifest(candidate_id=candidate_id, files=tuple(files), keys=tuple(keys))
        self._core.write(lambda tx: erasure_store.update(tx, erasure.id, manifest=_text(manifest)))
        return manifest

    def _destroy(self, tx: Transaction, erasure: Erasure, manifest: Manifest, ids: Collection[str]) -> None:
        for file in manifest.files:
            self._blobs.erase(tx, file.id)
        for key_id in manifest.keys:
            self._keys.destroy(tx, key_id)
        recordings = [
            one.id
            for interview_id in ids
            for one in recording_store.every_one_of(tx, interview_id)
        ]  # fmt: skip
        erasure_store.sweep(tx, [*ids, *recordings])
        withdraw(tx, [f"candidate:{erasure.candidate_id}"])
        details = {"keys": len(manifest.keys), "files": len(manifest.files)}
        ledger.record(tx, MACHINE, "erasure.keys_destroyed", f"erasure:{erasure.id}", details)

    def _finish(self, tx: Transaction, erasure: Erasure, manifest: Manifest, ids: Collection[str]) -> None:
        """The rows go, the person is written to, and the receipt is sealed."""
        candidate_id = erasure.candidate_id
        interviews = interview_store.interviews_of(tx, candidate_id)
        candidate = self._candidates.candidate(tx, candidate_id)
        withdraw(tx, self._subjects(tx, candidate_id, interviews))
        for eraser in self._erasers:
            eraser(tx, candidate_id, ids)
        kept = ("offer",) if erasure.hired else ()
        rows = self._candidates.forget(tx, candidate_id)
        for name, count in erasure_store.sweep(tx, ids, kept).items():
            rows[name] = rows.get(name, 0) + count
        letters = forget_recipient(tx, "candidate", candidate_id)
        rows |= {"message": letters} if letters else {}
        for interview in interviews:
            interview_store.update_interview(
                tx, interview.id, consent=None, device_hash=None, state=InterviewState.ERASED
            )
        store.forget_words(tx, candidate_id)
        sealed = _text(msgspec.structs.replace(manifest, rows=dict(sorted(rows.items()))))
        digest = hashlib.sha256(sealed.encode()).hexdigest()
        erasure_store.update(
            tx, erasure.id, state=ErasureState.DONE, done_at=tx.now, manifest=sealed, sha256=digest
        )
        details: dict[str, ledger.Scalar] = {
            "candidate": candidate_id,
            "sha256": digest,
            "rows": sum(rows.values()),
            "files": len(manifest.files),
            "keys": len(manifest.keys),
        }
        ledger.record(tx, MACHINE, "erasure.done", f"erasure:{erasure.id}", details)
        self._answer(tx, erasure)
        self._letters.erased(
            tx,
            erasure_id=erasure.id,
            receipt=erasure.receipt,
            address=candidate.email,
            name=candidate.name,
            language=interviews[0].language if interviews else "zh",
            interview_id=interviews[0].id if interviews else "",
        )

    def _answer(self, tx: Transaction, erasure: Erasure) -> None:
        """Every request that was open has its answer now: there is nothing left."""
        for request in store.requests_of(tx, erasure.candidate_id):
            if request.open:
                store.update_request(
                    tx,
                    request.id,
                    state=RequestState.ANSWERED,
                    outcome=Outcome.GRANTED,
                    answered_at=tx.now,
                    answered_label=erasure.confirmed_label,
                )
                details: dict[str, ledger.Scalar] = {
                    "kind": request.kind.value,
                    "erasure": erasure.id,
                }
                ledger.record(tx, MACHINE, "rights.granted", f"rights_request:{request.id}", details)

    def _ids(self, tx: Transaction, candidate_id: str) -> list[str]:
        """The candidate's id, their interviews' and their answers'."""
        interviews = interview_store.interviews_of(tx, candidate_id)
        answers = [one.id for interview in interviews for one in interview_store.answers(tx, interview.id)]
        return [candidate_id, *(one.id for one in interviews), *answers]

    def _subjects(self, tx: Transaction, candidate_id: str, interviews: Collection[Interview]) -> list[str]:
        answers = [one.id for interview in interviews for one in interview_store.answers(tx, interview.id)]
        return [
            f"candidate:{candidate_id}",
            *(f"interview:{one.id}" for one in interviews),
            *(f"answer:{answer_id}" for answer_id in answers),
        ]

    def _called(self, tx: Transaction, candidate_id: str) -> str:
        brief = self._candidates.known(tx, candidate_id)
        return brief.name if brief else ""

    def _movable(self, tx: Transaction, erasure_id: str, to: ErasureState) -> Erasure:
        erasure = _required(tx, erasure_id)
        if not erasure.may_become(to):
            raise Conflict(N_("This erasure has been decided already. Load the page again to see how."))
        return erasure


def _required(tx: Transaction, erasure_id: str) -> Erasure:
    erasure = erasure_store.find(tx, erasure_id)
    if erasure is None:
        raise NotFound(N_("There is no such erasure."))
    return erasure


def _refuse_held(tx: Transaction, candidate_id: str) -> None:
    if erasure_store.hold(tx, candidate_id) is not None:
        raise Conflict(
            N_(
                "These data are under a legal hold and must not be erased. Lift the hold first, if its reason is gone."
            )
        )


def _text(manifest: Manifest) -> str:
    return msgspec.json.encode(manifest).decode()
