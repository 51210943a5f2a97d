"""Offers: one person writes, a second approves, and everything else follows from the event."""

from datetime import date, timedelta
from decimal import Decimal

from appliance.audit import ledger
from appliance.events import CandidateHired, OfferApproved
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Forbidden, Invalid, Message, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.outbox import emit
from appliance.people.probation import longest_probation
from appliance.people.structure import required_post
from appliance.recruiting import offer_store
from appliance.recruiting.model import Candidate, CandidateState, DecisionKind, Offer, OfferState, OfferTerms
from appliance.recruiting.openings import required_opening
from appliance.recruiting.pipeline import Pipeline, checked_reason, require_person, required_candidate

MAX_WAGE = Decimal("10000000.00")
LATEST_START = timedelta(days=366)
MAX_CONTRACT_MONTHS = 600


class Offers:
    """Verbs on offers."""

    def __init__(self, core: Database, clock: Clock, pipeline: Pipeline) -> None:
        self._core = core
        self._clock = clock
        self._pipeline = pipeline

    def write_offer(self, actor: Actor, candidate_id: str, terms: OfferTerms) -> Offer:
        """Make an offer after the decision to make one; while it waits, or after it came back, write it anew.

        Raises ``Invalid`` per field (wage below the post's floor, probation against art. 19), ``Conflict`` without
        the decision or in another state, ``Forbidden`` for the machine.
        """
        require_person(actor)
        fields = faults_of(terms, self._clock.today())

        def work(tx: Transaction) -> Offer:
            candidate = required_candidate(tx, candidate_id)
            problems = fields | _floor_fault(tx, candidate, terms)
            if problems:
                raise Invalid(problems)
            _require_complete(candidate)
            if candidate.decision != DecisionKind.offer.value:
                raise Conflict(N_("Decide to make an offer first, with a reason; then write it."))
            offer = Offer(
                id=new_id(),
                candidate_id=candidate_id,
                state=OfferState.waiting,
                terms=terms,
                made_by=actor.id,
                made_label=actor.label,
                made_at=tx.now,
            )
            offer_store.void_waiting(tx, candidate_id)
            if candidate.state is not CandidateState.offered:
                self._pipeline.mark_offered(tx, actor, candidate, offer.id)
            offer_store.add(tx, offer)
            details: dict[str, ledger.Scalar] = {"offer_id": offer.id}
            ledger.record(tx, actor, "offer.written", f"candidate:{candidate_id}", details)
            return offer

        return self._core.write(work)

    def approve_offer(self, actor: Actor, offer_id: str) -> Offer:
        """The second person's yes: candidate hired, ledger and ``CandidateHired`` in one transaction.

        Raises ``Forbidden`` for the maker and for the machine, ``Conflict`` when the offer does not wait,
        ``Invalid`` when its terms no longer hold (the post's floor was raised, the start lies in the past).
        """
        require_person(actor)

        def work(tx: Transaction) -> Offer:
            offer, candidate = self._waiting(tx, actor, offer_id)
            problems = faults_of(offer.terms, self._clock.today()) | _floor_fault(tx, candidate, offer.terms)
            if problems:
                raise Invalid(
                    problems, N_("The offer's terms no longer hold. Send it back with a word on why.")
                )
            offer_store.answer(tx, offer_id, OfferState.approved, actor.id, actor.label)
            details: dict[str, ledger.Scalar] = {"offer_id": offer_id, "made_by": offer.made_by}
            ledger.record(tx, actor, "offer.approved", f"candidate:{candidate.id}", details)
            self._pipeline.mark_hired(tx, actor, candidate, offer_id)
            emit(tx, OfferApproved(offer_id=offer_id, candidate_id=candidate.id))
            emit(tx, _hired(tx, candidate, offer))
            return required_offer(tx, offer_id)

        return self._core.write(work)

    def return_offer(self, actor: Actor, offer_id: str, reason: str) -> Offer:
        """The second person's no, with a reason; the maker writes the offer anew. Raises as above."""
        require_person(actor)
        reason = checked_reason(reason)

        def work(tx: Transaction) -> Offer:
            _, candidate = self._waiting(tx, actor, offer_id)
            offer_store.answer(tx, offer_id, OfferState.returned, actor.id, actor.label, reason)
            details: dict[str, ledger.Scalar] = {"offer_id": offer_id}
            ledger.record(tx, actor, "offer.returned", f"candidate:{candidate.id}", details)
            return required_offer(tx, offer_id)

        return self._core.write(work)

    def get(self, offer_id: str) -> Offer:
        """One offer. Raises ``NotFound``."""
        return self._core.read(lambda tx: required_offer(tx, offer_id))

    def waiting(self) -> list[tuple[Offer, Candidate]]:
        """Offers that wait for a second person, oldest first, with their candidates."""

        def work(tx: Transaction) -> list[tuple[Offer, Candidate]]:
            return [(offer, required_candidate(tx, offer.candidate_id)) for offer in offer_store.waiting(tx)]

        return self._core.read(work)

    def wage_floor(self, post_id: str) -> Decimal | None:
        """The lowest wage of a post, None where not set. Raises ``NotFound``."""
        return self._core.read(lambda tx: required_post(tx, post_id).wage_floor)

    def _waiting(self, tx: Transaction, actor: Actor, offer_id: str) -> tuple[Offer, Candidate]:
        offer = required_offer(tx, offer_id)
        if offer.state is not OfferState.waiting:
            raise Conflict(N_("This offer has been answered or replaced. Load the page again."))
        if offer.made_by == actor.id:
            raise Forbidden(N_("You wrote this offer, so somebody else approves it."))
        return offer, required_candidate(tx, offer.candidate_id)


def required_offer(tx: Transaction, offer_id: str) -> Offer:
    """The offer. Raises ``NotFound``."""
    offer = offer_store.find(tx, offer_id)
    if offer is None:
        raise NotFound(N_("There is no offer %(id)s."), id=offer_id)
    return offer


def faults_of(terms: OfferTerms, today: date) -> dict[str, str | Message]:
    """What is wrong with the terms by field, apart from the post's floor.

    Probation: Labour Contract Law art. 19 (``people.probation``); contract length: art. 12 to 14.
    """
    fields: dict[str, str | Message] = {}
    wage = terms.monthly_wage
    if not wage.is_finite() or wage <= 0 or wage > MAX_WAGE:
        fields["monthly_wage"] = N_("Write a monthly wage above zero, such as 12000.00.")
    elif wage != wage.quantize(Decimal("0.01")):
        fields["monthly_wage"] = N_("A wage has at most two places after the point.")
    if terms.start_on < today:
        fields["start_on"] = N_("The first day lies in the past.")
    elif terms.start_on > today + LATEST_START:
        fields["start_on"] = N_("The first day is more than a year away; check the date.")
    months = terms.contract_months
    if months is not None and not 1 <= months <= MAX_CONTRACT_MONTHS:
        fields["contract_months"] = N_(
            "A fixed term has at least one month; leave it empty for an open-ended contract."
        )
    elif terms.probation_months < 0:
        fields["probation_months"] = N_("Probation is zero months or more.")
    elif terms.probation_months > longest_probation(months):
        fields["probation_months"] = _probation_fault(longest_probation(months))
    card = terms.card_number
    if card is not None and not (card.isascii() and card.isdigit() and len(card) <= 19):
        fields["card_number"] = N_("A card number has 1 to 19 digits.")
    return fields


def _probation_fault(longest: int) -> str | Message:
    if longest == 0:
        return N_("A contract under 3 months may have no probation (Labour Contract Law, art. 19).")
    text = N_(
        "For this length of contract the probation is at most %(months)d months (Labour Contract Law, art. 19)."
    )
    return Message(text, {"months": longest})


def _floor_fault(tx: Transaction, candidate: Candidate, terms: OfferTerms) -> dict[str, str | Message]:
    opening = required_opening(tx, candidate.opening_id)
    floor = required_post(tx, opening.post_id).wage_floor
    if floor is None or terms.monthly_wage >= floor:
        return {}
    return {
        "monthly_wage": Message(
            N_("The post's wage begins at %(floor)s yuan a month."), {"floor": f"{floor:,.2f}"}
        )
    }


def _require_complete(candidate: Candidate) -> None:
    """An employee file needs a name: said here, where it can be mended, and not after the approval."""
    if not candidate.name:
        raise Conflict(N_("The candidate has no name yet. Correct the contact details first."))


def _hired(tx: Transaction, candidate: Candidate, offer: Offer) -> CandidateHired:
    """All that is known goes along; nobody types it again."""
    opening = required_opening(tx, candidate.opening_id)
    return CandidateHired(
        candidate_id=candidate.id,
        offer_id=offer.id,
        name=candidate.name,
        email=candidate.email,
        phone=candidate.phone,
        post_id=opening.post_id,
        department_id=opening.department_id,
        start_on=offer.terms.start_on,
        monthly_wage=offer.terms.monthly_wage,
        probation_months=offer.terms.probation_months,
        contract_months=offer.terms.contract_months,
        card_number=offer.terms.card_number,
    )
