"""A candidate moves only as the table says; a person decides, with a reason; everything is in the ledger."""

import pytest

from appliance.audit.ledger import verify
from appliance.events import CandidateDecided, CandidateScreened, ResumeReceived
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.errors import Conflict, Forbidden, Invalid
from appliance.recruiting import store
from appliance.recruiting.model import CANDIDATE_TRANSITIONS, CandidateState, DecisionKind, Mover
from appliance.recruiting.pipeline import require_transition
from tests.recruiting.house import CANDIDATE, HR, REASON, House

STATES = list(CandidateState)


def test_the_table_names_every_state() -> None:
    assert set(CANDIDATE_TRANSITIONS) == set(STATES)


@pytest.mark.parametrize("to", STATES, ids=str)
@pytest.mark.parametrize("start", STATES, ids=str)
@pytest.mark.parametrize("actor", [HR, MACHINE, CANDIDATE], ids=["person", "machine", "candidate"])
def test_every_move_for_every_mover(
    house_candidate: House, start: CandidateState, to: CandidateState, actor: Actor
) -> None:
    candidate_id = house_candidate.candidate_id  # type: ignore[attr-defined]
    house_candidate.core.write(lambda tx: store.change(tx, candidate_id, state=start))
    candidate = house_candidate.recruiting.candidates.get(candidate_id)
    mover = CANDIDATE_TRANSITIONS[start].get(to)
    if mover is None:
        with pytest.raises(Conflict):
            require_transition(candidate, to, actor)
    elif mover is Mover.person and actor is not HR:
        with pytest.raises(Forbidden):
            require_transition(candidate, to, actor)
    else:
        require_transition(candidate, to, actor)


@pytest.fixture(scope="module")
def house_candidate(tmp_path_factory: pytest.TempPathFactory) -> object:
    house = House(tmp_path_factory.mktemp("house"))
    house.candidate_id = house.screened()  # type: ignore[attr-defined]
    yield house
    house.close()


def test_nobody_is_rejected_hired_or_offered_by_the_machine() -> None:
    for moves in CANDIDATE_TRANSITIONS.values():
        for to in (
            CandidateState.rejected,
            CandidateState.offered,
            CandidateState.approved,
            CandidateState.withdrawn,
        ):
            assert moves.get(to, Mover.person) is Mover.person


def test_from_resume_to_assessed(house: House) -> None:
    candidate_id = house.assessed()
    assert house.state(candidate_id) is CandidateState.assessed
    assert house.actions(candidate_id) == [
        "resume.received",
        "resume.read",
        "candidate.screened",
        "candidate.invited",
        "candidate.interviewing",
        "candidate.interviewed",
        "candidate.assessed",
    ]
    assert len(house.emitted(ResumeReceived)) == len(house.emitted(CandidateScreened)) == 1
    assert verify(house.core).broken_at is None


def test_a_decision_needs_a_reason_and_a_person(house: House) -> None:
    candidate_id = house.assessed()
    with pytest.raises(Invalid) as refused:
        house.recruiting.pipeline.decide(HR, candidate_id, DecisionKind.reject, "too short")
    assert "reason" in refused.value.fields
    for actor in (MACHINE, CANDIDATE):
        with pytest.raises(Forbidden):
            house.recruiting.pipeline.decide(actor, candidate_id, DecisionKind.reject, REASON)
    assert house.state(candidate_id) is CandidateState.assessed


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (DecisionKind.second_round, CandidateState.second_round),
        (DecisionKind.offer, CandidateState.assessed),
        (DecisionKind.reject, CandidateState.rejected),
    ],
)
def test_decisions_are_kept_with_name_and_reason(
    house: House, kind: DecisionKind, state: CandidateState
) -> None:
    candidate_id = house.assessed()
    house.recruiting.pipeline.decide(HR, candidate_id, kind, REASON)
    file = house.recruiting.candidates.file(candidate_id)
    assert file.candidate.state is state
    assert [(d.kind, d.reason, d.decided_label) for d in file.decisions] == [(kind, REASON, "HR-01")]
    assert house.emitted(CandidateDecided) == [
        CandidateDecided(candidate_id=candidate_id, decision=kind.value)
    ]
    assert REASON not in str(file.timeline)


def test_a_refused_move_leaves_nothing_behind(house: House) -> None:
    candidate_id = house.screened()
    before = house.actions(candidate_id)
    with pytest.raises(Conflict):
        house.recruiting.pipeline.decide(HR, candidate_id, DecisionKind.second_round, REASON)
    assert house.actions(candidate_id) == before
    assert house.recruiting.candidates.file(candidate_id).decisions == []
    assert house.emitted(CandidateDecided) == []


def test_a_second_invitation_is_taken(house: House) -> None:
    candidate_id = house.screened()
    for _ in range(2):
        house.core.write(lambda tx: house.recruiting.pipeline.mark_invited(tx, HR, candidate_id))
    assert house.state(candidate_id) is CandidateState.invited


def test_whoever_withdraws_is_out(house: House) -> None:
    candidate_id = house.assessed()
    house.recruiting.pipeline.withdraw(HR, candidate_id)
    assert house.state(candidate_id) is CandidateState.withdrawn
    with pytest.raises(Conflict):
        house.recruiting.pipeline.withdraw(HR, candidate_id)
