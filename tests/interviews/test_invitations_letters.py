"""What a candidate is written over the life of an invitation, and when they are not."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from appliance.identity.permissions import Role
from appliance.interviews.invitations import letter_store
from appliance.interviews.invitations.letters import InterviewLetters, Step
from appliance.interviews.invitations.reminding import REMIND, Reminding
from appliance.interviews.invitations.service import CLOSE_WINDOW
from appliance.interviews.model import InterviewState
from appliance.kernel import jobs
from appliance.kernel.errors import Conflict
from appliance.notifications.model import Message
from appliance.notifications.store import page
from tests.interviews.house import RECRUITER, House, token_of


def letters(house: House) -> list[Message]:
    """All messages, oldest first."""
    found, _ = house.databases.core.read(lambda tx: page(tx, state=None, template=None, offset=0, limit=50))
    return found[::-1]


def steps(house: House) -> list[object]:
    return [one.context.get("step") for one in letters(house)]


def remind_due(house: House) -> int:
    """Run the reminders that are due; how many jobs there were."""
    reminding, done = Reminding(house._service("invitation_letters", InterviewLetters)), 0
    while (job := jobs.lease(house.databases.core, REMIND)) is not None:
        reminding.handle(job)
        done += 1
    return done


def close_due(house: House) -> None:
    handler = house.site.jobs.kinds[CLOSE_WINDOW].handler
    while (job := jobs.lease(house.databases.core, CLOSE_WINDOW)) is not None:
        handler(job)
        if not job.finished:
            job.finish(lambda tx: None)


def three_days(house: House) -> dict[str, Any]:
    now = house.clock.now()
    return {"window_start": now, "window_end": now + timedelta(days=3)}


def test_who_has_not_begun_is_reminded_once_a_day_before_the_end(house: House) -> None:
    house.invite(**three_days(house))
    house.clock.advance(timedelta(days=1, hours=23))
    assert remind_due(house) == 0
    house.clock.advance(timedelta(hours=1))
    assert remind_due(house) == 1
    house.clock.advance(timedelta(hours=12))
    assert remind_due(house) == 0
    assert steps(house) == ["invited", "reminder"]
    assert "interview.reminded" in house.actions()


def test_who_has_begun_is_not_reminded(house: House) -> None:
    _, key = house.entered(**three_days(house))
    house.room.save_text(key, house.room.look(key).plan.questions[2].id, "测试")
    house.clock.advance(timedelta(days=2))
    remind_due(house)
    assert steps(house) == ["invited"]


def test_who_asked_for_a_person_is_neither_reminded_nor_told_that_time_is_over(house: House) -> None:
    _, key = house.entered(**three_days(house))
    house.databases.core.write(
        lambda tx: tx.dbapi.execute("UPDATE interview SET person_requested_at = created_at")
    )
    house.clock.advance(timedelta(days=2))
    remind_due(house)
    house.clock.advance(timedelta(days=2))
    close_due(house)
    assert steps(house) == ["invited"]


def test_hr_reminded_by_hand_so_the_machine_does_not(house: House) -> None:
    interview = house.invite(**three_days(house)).interview
    house.clock.advance(timedelta(days=1, hours=20))
    house.invitations.remind(RECRUITER, interview.id)
    house.clock.advance(timedelta(hours=5))
    assert remind_due(house) == 1
    assert steps(house) == ["invited", "reminder"]


def test_of_a_window_that_was_moved_nobody_is_reminded(house: House) -> None:
    interview = house.invite(**three_days(house)).interview
    now = house.clock.now()
    house.invitations.reschedule(RECRUITER, interview.id, now, now + timedelta(days=10))
    house.clock.advance(timedelta(days=2))
    remind_due(house)
    assert steps(house) == ["invited", "moved"]
    house.clock.advance(timedelta(days=7))
    remind_due(house)
    assert steps(house) == ["invited", "moved", "reminder"]


def test_a_candidate_who_never_came_is_told_kindly_and_once(house: House) -> None:
    interview = house.invite(language="en").interview
    house.clock.advance(timedelta(days=2))
    close_due(house)
    assert house.progress.of(interview.id).interview.state is InterviewState.EXPIRED
    last = letters(house)[-1]
    assert (last.template.value, last.context["step"]) == ("invitation_over", "expired")
    assert not last.context["link"]


def test_the_calendars_event_is_one_and_its_sequence_rises(house: House) -> None:
    interview = house.invite(**three_days(house)).interview
    now = house.clock.now()
    house.invitations.remind(RECRUITER, interview.id)
    house.invitations.reschedule(RECRUITER, interview.id, now, now + timedelta(days=5))
    house.invitations.revoke(RECRUITER, interview.id, "The post is filled.")
    house.invite(**three_days(house))
    written = letters(house)
    assert steps(house) == ["invited", "reminder", "moved", "withdrawn", "invited"]
    assert [one.context["calendar_sequence"] for one in written] == [0, 0, 1, 2, 3]
    assert len({one.context["calendar_uid"] for one in written}) == 1


def test_the_reason_of_a_withdrawal_is_not_in_the_letter(house: House) -> None:
    interview = house.invite().interview
    house.invitations.revoke(RECRUITER, interview.id, "INTERNAL REASON")
    assert "INTERNAL REASON" not in repr(letters(house)[-1].context)


def test_every_link_of_a_letter_opens_the_room(house: House) -> None:
    invitation = house.invite()
    house.invitations.remind(RECRUITER, invitation.interview.id)
    browser = house.browser()
    for letter in letters(house):
        link = str(letter.context["link"])
        assert browser.get("/room/" + link.rsplit("/", 1)[1]).status_code == 200
    assert str(letters(house)[0].context["link"]).endswith(token_of(invitation))


def test_a_window_is_not_shortened_under_who_is_answering(house: House) -> None:
    interview, key = house.entered(**three_days(house))
    house.room.save_text(key, house.room.look(key).plan.questions[2].id, "测试")
    now = house.clock.now()
    with pytest.raises(Conflict, match="answering now"):
        house.invitations.reschedule(RECRUITER, interview.id, now, now + timedelta(days=1))
    house.invitations.reschedule(RECRUITER, interview.id, now, now + timedelta(days=4))
    assert steps(house) == ["invited", "moved"]


def test_hr_sees_each_letter_with_its_delivery(house: House) -> None:
    interview = house.invite().interview
    house.databases.core.write(
        lambda tx: tx.dbapi.execute("UPDATE message SET state = 'refused', trouble = 'recipient_refused'")
    )
    [sent] = house._service("invitation_letters", InterviewLetters).of(interview.id)
    assert (sent.step, sent.trouble.value) == (Step.INVITED, "recipient_refused")
    shown = house.client(Role.RECRUITER).get(f"/interviews/{interview.id}")
    assert shown.status_code == 200 and "does not take this recipient" in shown.text


def test_the_list_of_letters_knows_ids_and_no_words(house: House) -> None:
    house.invite()
    [row] = house.databases.core.read(lambda tx: tx.execute(sa.select(letter_store.LETTER)).mappings().all())
    assert set(row) == {"message_id", "interview_id", "step", "sequence", "asked_at"}
