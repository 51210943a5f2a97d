"""A candidate's way: every move is checked against the table and written with its ledger row and event."""

from appliance.audit import ledger
from appliance.events import CandidateDecided, CandidateScreened
from appliance.kernel.actor import MACHINE, Actor, ActorKind
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Forbidden, Invalid, Message, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.outbox import emit
from appliance.recruiting import offer_store, resume_store, store
from appliance.recruiting.extraction.model import Extraction
from appliance.recruiting.model import (
    CANDIDATE_TRANSITIONS,
    STATE_LABELS,
    Candidate,
    CandidateBrief,
    CandidateState,
    Decision,
    DecisionKind,
    Mover,
)
from appliance.recruiting.openings import required_opening
from appliance.recruiting.resume_store import StoredScreening

MIN_REASON = 10
MAX_REASON = 2_000


class Pipeline:
    """The moves of a candidate. Those that take ``tx`` are called inside another room's transaction on core.db."""

    def __init__(self, core: Database) -> None:
        self._core = core

    def screened(self, tx: Transaction, screening: StoredScreening) -> None:
        """Keep the machine's proposal. A candidate who has gone further keeps the state; a screening that was
        overtaken by a newer file is dropped."""
        candidate = required_candidate(tx, screening.candidate_id)
        if candidate.document_id != screening.document_id:
            return
        resume_store.add_screening(tx, screening)
        result = screening.result
        store.change(
            tx,
            candidate.id,
            score=result.score,
            must_met=result.must_met,
            must_total=result.must_total,
            unknown=result.unknown,
            proposal=result.proposal,
        )
        details: dict[str, ledger.Scalar] = {
            "proposal": result.proposal.value,
            "score": result.score,
            "requirements_sha256": screening.requirements_sha256,
            "rules_sha256": screening.rules_sha256,
        }
        if candidate.state in (CandidateState.applied, CandidateState.screened):
            self._move(tx, MACHINE, candidate, CandidateState.screened, "candidate.screened", details)
            emit(tx, CandidateScreened(candidate_id=candidate.id))

    def brief(self, tx: Transaction, candidate_id: str) -> CandidateBrief:
        """What an invitation needs. Raises ``NotFound``."""
        candidate = required_candidate(tx, candidate_id)
        opening = required_opening(tx, candidate.opening_id)
        return CandidateBrief(
            candidate.id, opening.id, candidate.name, opening.title("zh"), bool(candidate.email)
        )

    def peers(self, tx: Transaction, candidate_id: str) -> list[str]:
        """Ids of everybody who applied for the same post, this candidate too. Raises ``NotFound``."""
        opening = required_opening(tx, required_candidate(tx, candidate_id).opening_id)
        return store.applicants_for_post(tx, opening.post_id)

    def last_extraction(self, tx: Transaction, candidate_id: str) -> Extraction | None:
        """The facts of the candidate's last resume that could be read; None where there is none."""
        documents = resume_store.of_candidate(tx, candidate_id)
        return next((one.extraction for one in documents if one.extraction is not None), None)

    def taken_further(self, tx: Transaction, candidate_id: str) -> bool | None:
        """Whether a person ever decided for a second round or an offer; None before any decision. Raises
        ``NotFound``."""
        required_candidate(tx, candidate_id)
        kinds = {one.kind for one in store.decisions(tx, candidate_id)}
        return bool(kinds - {DecisionKind.reject}) if kinds else None

    def mark_invited(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        """A person invited the candidate; also again while the first invitation is open. Raises ``Conflict``."""
        self._mark(tx, actor, candidate_id, CandidateState.invited)

    def mark_interviewing(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        """The candidate began the interview. Raises ``Conflict``."""
        self._mark(tx, actor, candidate_id, CandidateState.interviewing)

    def mark_interviewed(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        """The interview is over. Raises ``Conflict``."""
        self._mark(tx, actor, candidate_id, CandidateState.interviewed)

    def mark_assessed(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        """The report is ready. Raises ``Conflict``."""
        self._mark(tx, actor, candidate_id, CandidateState.assessed)

    def mark_offered(self, tx: Transaction, actor: Actor, candidate: Candidate, offer_id: str) -> None:
        """An offer was made. Raises ``Conflict``."""
        self._move(tx, actor, candidate, CandidateState.offered, "candidate.offered", {"offer_id": offer_id})

    def mark_hired(self, tx: Transaction, actor: Actor, candidate: Candidate, offer_id: str) -> None:
        """The second person approved: approved by them, hired by the machine."""
        details: dict[str, ledger.Scalar] = {"offer_id": offer_id}
        self._move(tx, actor, candidate, CandidateState.approved, "candidate.approved", details)
        approved = required_candidate(tx, candidate.id)
        self._move(tx, MACHINE, approved, CandidateState.hired, "candidate.hired", details)

    def decide(self, actor: Actor, candidate_id: str, kind: DecisionKind, reason: str) -> Decision:
        """A person's decision, with a reason of at least ten characters.

        ``offer`` leaves the candidate where they are until the offer is written. Raises ``Invalid``,
        ``Forbidden`` for the machine, ``Conflict`` when the state does not allow it.
        """
        reason = checked_reason(reason)
        require_person(actor)

        def work(tx: Transaction) -> Decision:
            candidate = required_candidate(tx, candidate_id)
            decision = Decision(
                id=new_id(),
                candidate_id=candidate_id,
                kind=kind,
                reason=reason,
                decided_by=actor.id,
                decided_label=actor.label,
                decided_at=tx.now,
            )
            details: dict[str, ledger.Scalar] = {"decision": kind.value, "decision_id": decision.id}
            if kind is DecisionKind.offer:
                require_transition(candidate, CandidateState.offered, actor)
                ledger.record(tx, actor, "candidate.decided", f"candidate:{candidate_id}", details)
            else:
                to = (
                    CandidateState.second_round
                    if kind is DecisionKind.second_round
                    else CandidateState.rejected
                )
                self._move(tx, actor, candidate, to, "candidate.decided", details)
            if kind is DecisionKind.reject:
                offer_store.void_waiting(tx, candidate_id)
            store.add_decision(tx, decision)
            store.change(tx, candidate_id, decision=kind)
            emit(tx, CandidateDecided(candidate_id=candidate_id, decision=kind.value))
            return decision

        return self._core.write(work)

    def withdraw(self, actor: Actor, candidate_id: str) -> Candidate:
        """The candidate does not want to go on; a person notes it. Raises ``Conflict``, ``Forbidden``."""
        require_person(actor)

        def work(tx: Transaction) -> Candidate:
            candidate = required_candidate(tx, candidate_id)
            self._move(tx, actor, candidate, CandidateState.withdrawn, "candidate.withdrawn", {})
            offer_store.void_waiting(tx, candidate_id)
            return required_candidate(tx, candidate_id)

        return self._core.write(work)

    def _mark(self, tx: Transaction, actor: Actor, candidate_id: str, to: CandidateState) -> None:
        candidate = required_candidate(tx, candidate_id)
        self._move(tx, actor, candidate, to, f"candidate.{to.value}", {})

    def _move(
        self,
        tx: Transaction,
        actor: Actor,
        candidate: Candidate,
        to: CandidateState,
        action: str,
        details: dict[str, ledger.Scalar],
    ) -> None:
        require_transition(candidate, to, actor)
        store.change(tx, candidate.id, state=to)
        states: dict[str, ledger.Scalar] = {"from": candidate.state.value, "to": to.value}
        ledger.record(tx, actor, action, f"candidate:{candidate.id}", states | details)


class CandidateErased(NotFound):
    """The candidate was here and was erased; pages say so instead of failing."""

    status = 410
    code = "erased"
    title = N_("This person's data have been erased")
    default = N_(
        "The data of this candidate were erased, at their own request or because they had been kept long "
        "enough. They cannot be brought back; the receipt is at the rights desk."
    )


def forget_candidate(tx: Transaction, candidate_id: str) -> dict[str, int]:
    """Erase what recruiting keeps of a candidate in core.db; returns the rows removed by table.

    An employee who was hired from this application stays one: offers of a hired candidate are papers of the
    employment and are kept. The caller writes the ledger row. Raises ``NotFound``, ``CandidateErased``.
    """
    candidate = required_candidate(tx, candidate_id)
    hired = candidate.state in (CandidateState.approved, CandidateState.hired)
    return store.forget(tx, candidate, keep_offers=hired)


def required_candidate(tx: Transaction, candidate_id: str) -> Candidate:
    """The candidate. Raises ``NotFound``, ``CandidateErased``."""
    candidate = store.find(tx, candidate_id)
    if candidate is None and store.erased_at(tx, candidate_id) is not None:
        raise CandidateErased()
    if candidate is None:
        raise NotFound(N_("There is no candidate %(id)s."), id=candidate_id)
    return candidate


def require_transition(candidate: Candidate, to: CandidateState, actor: Actor) -> None:
    """Raises ``Conflict`` unless the table has the move, ``Forbidden`` when only a person may make it."""
    mover = CANDIDATE_TRANSITIONS[candidate.state].get(to)
    if mover is None:
        raise Conflict(
            N_("The candidate is at “%(from_state)s” and cannot go to “%(to_state)s” from there."),
            from_state=Message(STATE_LABELS[candidate.state]),
            to_state=Message(STATE_LABELS[to]),
        )
    if mover is Mover.person:
        require_person(actor)


def require_person(actor: Actor) -> None:
    """Raises ``Forbidden`` for anybody but a person with an account."""
    if actor.kind is not ActorKind.PERSON:
        raise Forbidden(N_("Only a person decides about a candidate; the machine proposes."))


def checked_reason(reason: str) -> str:
    """A reason that somebody can read later. Raises ``Invalid`` for the field ``reason``."""
    reason = reason.strip()
    if len(reason) < MIN_REASON:
        text = N_("Give the reason in at least %(limit)d characters; the candidate may ask for it.")
        raise Invalid({"reason": Message(text, {"limit": MIN_REASON})})
    if len(reason) > MAX_REASON:
        raise Invalid({"reason": Message(N_("At most %(limit)d characters."), {"limit": MAX_REASON})})
    return reason
