"""Inviting many at once: each candidate is invited once, whatever stops in between; who cannot be invited is
told apart, with the reason."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from appliance.identity.permissions import Role
from appliance.interviews import store
from appliance.interviews.invitations.batches import Batches
from appliance.interviews.invitations.model import INVITE_ONE, MOST_AT_ONCE, Batch, Outcome
from appliance.interviews.invitations.service import InvitationWish
from appliance.kernel import jobs
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Invalid
from appliance.kernel.ids import new_id
from appliance.notifications.store import MESSAGE
from appliance.recruiting import store as recruiting_store
from appliance.recruiting.model import Candidate, CandidateState, Source
from tests.interviews.house import RECRUITER, House


def batches(house: House) -> Batches:
    return house._service("interview_batches", Batches)


def applicants(house: House, count: int) -> list[str]:
    """Further screened candidates of the opening."""
    ids = [new_id() for _ in range(count)]

    def work(tx: Transaction) -> None:
        for number, candidate_id in enumerate(ids):
            recruiting_store.add(
                tx,
                Candidate(
                    id=candidate_id,
                    opening_id=house.opening_id,
                    state=CandidateState.screened,
                    name=f"测试{number}",
                    email=f"person.{number}@test.invalid",
                    phone="",
                    source=Source.hr,
                    created_at=tx.now,
                    changed_at=tx.now,
                    document_id="",
                ),
            )

    house.databases.core.write(work)
    return ids


def wish(house: House, language: str = "own") -> InvitationWish:
    now = house.clock.now()
    return InvitationWish(window_start=now, window_end=now + timedelta(days=3), language=language)


def start(house: House, ids: Sequence[str], language: str = "own") -> Batch:
    return batches(house).start(RECRUITER, house.opening_id, ids, wish(house, language))


def work_off(house: House, most: int = 10_000) -> int:
    """Run due jobs of the batch; how many there were."""
    done = 0
    while done < most and (job := jobs.lease(house.databases.core, INVITE_ONE)) is not None:
        batches(house).handle(job)
        if not job.finished:
            job.finish(lambda tx: None)
        done += 1
    return done


def outcomes(house: House, batch: Batch) -> list[Outcome]:
    return [one.line.outcome for one in batches(house).progress(batch.id).lines]


def letters(house: House) -> int:
    counted = sa.select(sa.func.count()).select_from(MESSAGE)
    return int(house.databases.core.read(lambda tx: tx.execute(counted).scalar_one()))


def test_five_hundred_are_invited_once_each(house: House) -> None:
    ids = applicants(house, MOST_AT_ONCE)
    batch = start(house, ids)
    assert batches(house).progress(batch.id).done == 0
    assert work_off(house, most=200) == 200
    assert batches(house).progress(batch.id).share_done == pytest.approx(0.4)
    assert work_off(house) == 300
    progress = batches(house).progress(batch.id)
    assert progress.count(Outcome.INVITED) == MOST_AT_ONCE
    assert letters(house) == MOST_AT_ONCE
    made = house.databases.core.read(lambda tx: [store.interviews_of(tx, one) for one in ids])
    assert all(len(found) == 1 for found in made)
    assert {one.line.interview_id for one in progress.lines} == {found[0].id for found in made}


def test_a_stop_in_the_middle_of_one_neither_loses_nor_doubles_them(house: House) -> None:
    [candidate_id] = applicants(house, 1)
    batch = start(house, [candidate_id])
    stopped = jobs.lease(house.databases.core, INVITE_ONE)
    assert stopped is not None
    house.clock.advance(jobs.LEASE + timedelta(seconds=1))
    assert work_off(house) == 1
    batches(house).handle(stopped)
    assert outcomes(house, batch) == [Outcome.INVITED]
    assert letters(house) == 1


def test_who_cannot_be_invited_is_told_apart(house: House) -> None:
    bare, rejected, ready = applicants(house, 3)
    core = house.databases.core
    core.write(lambda tx: recruiting_store.change(tx, bare, email=""))
    core.write(lambda tx: recruiting_store.change(tx, rejected, state=CandidateState.rejected))
    open_already = house.invite().interview
    chosen = [house.candidate_id, bare, rejected, "never-was", ready]
    foreseen = batches(house).foreseen(house.opening_id, chosen, wish(house))
    batch = start(house, chosen)
    work_off(house)
    told = [Outcome.ALREADY_INVITED, Outcome.NO_ADDRESS, Outcome.WRONG_STATE, Outcome.GONE]
    assert [one.outcome for one in foreseen] == [*told, Outcome.WAITING]
    assert outcomes(house, batch) == [*told, Outcome.INVITED]
    first = batches(house).progress(batch.id).lines[0].line
    assert first.interview_id == open_already.id, "the open invitation is left as it is"
    assert house.progress.of(open_already.id).interview == open_already


def test_the_same_batch_sent_twice_invites_nobody_twice(house: House) -> None:
    ids = applicants(house, 3)
    start(house, ids)
    second = start(house, [*ids, ids[0]])
    work_off(house)
    assert outcomes(house, second) == [Outcome.ALREADY_INVITED] * 3
    assert letters(house) == 3


def test_a_machine_that_stood_still_past_the_window_invites_nobody_into_the_past(house: House) -> None:
    batch = start(house, applicants(house, 1))
    house.clock.advance(timedelta(days=4))
    work_off(house)
    assert outcomes(house, batch) == [Outcome.TOO_LATE]
    assert letters(house) == 0


def test_the_letter_is_in_the_language_of_an_earlier_interview_or_in_the_one_chosen(house: House) -> None:
    earlier = house.invite(language="en").interview
    house.invitations.revoke(RECRUITER, earlier.id, "The post was on hold.")
    start(house, [house.candidate_id])
    work_off(house)
    [newest, _] = house.progress.of_candidate(house.candidate_id)
    assert newest.language == "en"
    [other] = applicants(house, 1)
    start(house, [other], "zh")
    work_off(house)
    assert house.progress.of_candidate(other)[0].language == "zh"


def test_bad_batches_are_refused_at_their_field(house: House) -> None:
    other_opening = new_id()
    for ids, opening, field in (
        ([], house.opening_id, "candidates"),
        ([new_id() for _ in range(MOST_AT_ONCE + 1)], house.opening_id, "candidates"),
        ([house.candidate_id], other_opening, "candidates"),
    ):
        with pytest.raises(Invalid) as refused:
            batches(house).start(RECRUITER, opening, ids, wish(house))
        assert list(refused.value.fields) == [field]
    past = InvitationWish(
        window_start=house.clock.now() - timedelta(days=2), window_end=house.clock.now() - timedelta(days=1)
    )
    with pytest.raises(Invalid) as refused:
        batches(house).start(RECRUITER, house.opening_id, [house.candidate_id], past)
    assert "window_end" in refused.value.fields


def test_hr_chooses_reads_the_letter_sends_and_finds_the_list_again(house: House) -> None:
    ids = applicants(house, 2)
    client = house.client(Role.RECRUITER)
    chosen = client.get(f"/interviews/invitations?opening={house.opening_id}")
    assert chosen.status_code == 200 and all(one in chosen.text for one in ids)
    form = {
        "opening": house.opening_id,
        "candidates": ids,
        "window_start": "2026-11-24T08:00",
        "window_end": "2026-11-30T20:00",
        "language": "own",
    }
    preview = client.post("/interviews/invitations/preview", data=form)
    assert preview.status_code == 200
    assert "面试邀请" in preview.text and "Invitation to an interview" in preview.text
    assert letters(house) == 0, "reading a letter sends none"
    sent = client.post("/interviews/invitations", data=form)
    assert sent.status_code in {302, 303}
    work_off(house)
    result = client.get(sent.headers["location"])
    assert result.status_code == 200 and "测试0" in result.text
    assert sent.headers["location"] in client.get("/interviews/invitations").text
    bad = client.post("/interviews/invitations/preview", data=form | {"window_end": "2020-01-01T08:00"})
    assert bad.status_code == 422 and "must end in the future" in bad.text


def test_an_interviewer_invites_nobody(house: House) -> None:
    assert house.client(Role.INTERVIEWER).get("/interviews/invitations").status_code == 403
