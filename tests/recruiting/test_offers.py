"""An offer keeps to the law and the post's floor, and takes two people."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audit.ledger import verify
from appliance.events import CandidateHired, OfferApproved
from appliance.kernel.actor import MACHINE
from appliance.kernel.errors import Conflict, Forbidden, Invalid
from appliance.recruiting.model import CandidateState, DecisionKind, OfferState, OfferTerms
from appliance.recruiting.offers import faults_of
from tests.recruiting.house import HR, MANAGER, REASON, TERMS, House

TODAY = date(2026, 11, 9)


def terms(**changes: object) -> OfferTerms:
    return msgspec.structs.replace(TERMS, **changes)


@given(st.one_of(st.none(), st.integers(1, 600)), st.integers(0, 24))
def test_probation_keeps_to_article_19(contract: int | None, probation: int) -> None:
    if contract is None or contract >= 36:
        longest = 6
    elif contract >= 12:
        longest = 2
    else:
        longest = 1 if contract >= 3 else 0
    faults = faults_of(terms(contract_months=contract, probation_months=probation), TODAY)
    assert ("probation_months" in faults) == (probation > longest)


@given(st.decimals(min_value=Decimal("-1000"), max_value=Decimal("20000000"), places=3))
def test_a_wage_is_positive_whole_fen_and_not_absurd(wage: Decimal) -> None:
    sound = Decimal(0) < wage <= Decimal("10000000") and wage == wage.quantize(Decimal("0.01"))
    assert ("monthly_wage" in faults_of(terms(monthly_wage=wage), TODAY)) == (not sound)


@given(st.integers(-400, 800))
def test_the_first_day_is_neither_past_nor_far(days: int) -> None:
    faults = faults_of(terms(start_on=TODAY + timedelta(days=days)), TODAY)
    assert ("start_on" in faults) == (not 0 <= days <= 366)


def test_a_wage_below_the_posts_floor_is_refused_with_the_floor_named(house: House) -> None:
    candidate_id = house.assessed()
    house.recruiting.pipeline.decide(HR, candidate_id, DecisionKind.offer, REASON)
    with pytest.raises(Invalid) as refused:
        house.recruiting.offers.write_offer(HR, candidate_id, terms(monthly_wage=Decimal("8999.99")))
    assert refused.value.fields["monthly_wage"].params == {"floor": "9,000.00"}  # type: ignore[union-attr]
    assert house.state(candidate_id) is CandidateState.assessed


def test_an_offer_needs_the_decision_first(house: House) -> None:
    candidate_id = house.assessed()
    with pytest.raises(Conflict):
        house.recruiting.offers.write_offer(HR, candidate_id, TERMS)


def test_the_second_persons_yes_hires_with_everything_that_is_known(house: House) -> None:
    candidate_id, offer_id = house.offered(terms(card_number="0012345678"))
    house.recruiting.offers.approve_offer(MANAGER, offer_id)
    assert house.state(candidate_id) is CandidateState.hired
    assert house.emitted(OfferApproved) == [OfferApproved(offer_id=offer_id, candidate_id=candidate_id)]
    assert house.emitted(CandidateHired) == [
        CandidateHired(
            candidate_id=candidate_id,
            offer_id=offer_id,
            name="测试甲",
            email="test.a@example.com",
            phone="13800138000",
            post_id=house.post.id,
            department_id=house.post.department_id,
            start_on=TERMS.start_on,
            monthly_wage=TERMS.monthly_wage,
            probation_months=3,
            contract_months=36,
            card_number="0012345678",
        )
    ]
    assert house.actions(candidate_id)[-3:] == ["offer.approved", "candidate.approved", "candidate.hired"]
    assert verify(house.core).broken_at is None


def test_whoever_wrote_the_offer_cannot_approve_it_nor_can_the_machine(house: House) -> None:
    candidate_id, offer_id = house.offered()
    for actor in (HR, MACHINE):
        with pytest.raises(Forbidden):
            house.recruiting.offers.approve_offer(actor, offer_id)
    assert house.state(candidate_id) is CandidateState.offered
    assert house.emitted(CandidateHired) == []


def test_an_offer_is_approved_once(house: House) -> None:
    _, offer_id = house.offered()
    house.recruiting.offers.approve_offer(MANAGER, offer_id)
    with pytest.raises(Conflict):
        house.recruiting.offers.approve_offer(MANAGER, offer_id)
    assert len(house.emitted(CandidateHired)) == 1


def test_an_offer_that_came_back_is_written_anew_and_approved(house: House) -> None:
    candidate_id, offer_id = house.offered()
    house.recruiting.offers.return_offer(MANAGER, offer_id, "The wage is above the band of this post.")
    better = house.recruiting.offers.write_offer(HR, candidate_id, terms(monthly_wage=Decimal("12000.00")))
    with pytest.raises(Conflict):
        house.recruiting.offers.approve_offer(MANAGER, offer_id)
    house.recruiting.offers.approve_offer(MANAGER, better.id)
    assert [event.monthly_wage for event in house.emitted(CandidateHired)] == [Decimal("12000.00")]  # type: ignore[attr-defined]


def test_an_offer_whose_first_day_has_passed_is_not_approved(house: House) -> None:
    candidate_id, offer_id = house.offered()
    house.clock.advance(timedelta(days=40))
    with pytest.raises(Invalid):
        house.recruiting.offers.approve_offer(MANAGER, offer_id)
    assert house.state(candidate_id) is CandidateState.offered


def test_rejecting_voids_the_offer_that_waits(house: House) -> None:
    candidate_id, offer_id = house.offered()
    house.recruiting.pipeline.decide(HR, candidate_id, DecisionKind.reject, REASON)
    assert house.recruiting.offers.get(offer_id).state is OfferState.void
    with pytest.raises(Conflict):
        house.recruiting.offers.approve_offer(MANAGER, offer_id)
