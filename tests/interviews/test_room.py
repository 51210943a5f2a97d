"""The candidate's room: kind doors, one device at a time, a choice that is kept, an end that is an end."""

from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from appliance.interviews.invitations.closing import Closing
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.invitations.letters import InterviewLetters
from appliance.interviews.invitations.links import LinkExpired, OtherDevice, new_secret
from appliance.interviews.invitations.service import CloseWindow
from appliance.interviews.model import AnswerKind, AnswerState, Consent, InterviewState
from appliance.interviews.room.door import Key
from appliance.kernel.clock import FixedClock
from appliance.kernel.errors import Conflict, Invalid
from appliance.kernel.jobs import lease
from appliance.kernel.schema import JOB, OUTBOX
from appliance.recruiting.model import CandidateState
from tests.interviews.house import RECRUITER, House, token_of
from tests.interviews.recorded import recording
from tests.interviews.test_recordings import begun, send_all


def answer_all(house: House, key: Key) -> None:
    for question in house.room.look(key).plan.questions:
        house.recordings.submit_text(key, question.id, "测试回答")


# doors


def test_a_link_with_a_letter_missing_says_what_to_do(house: House) -> None:
    token = token_of(house.invite())
    page = house.browser().get(f"/room/{token[:-1]}")
    assert page.status_code == 404
    assert "copy it whole" in page.text


def test_an_early_link_says_when_to_come_back(house: House) -> None:
    now = house.clock.now()
    invitation = house.invite(window_start=now + timedelta(hours=3), language="zh")
    page = house.browser("zh").get(f"/room/{token_of(invitation)}")
    assert page.status_code == 403
    assert "您来早了" in page.text
    assert "2026年11月23日 周一 12:00" in page.text


def test_an_expired_link_offers_another_way(house: House, clock: FixedClock) -> None:
    invitation = house.invite()
    clock.advance(timedelta(days=2))
    page = house.browser().get(f"/room/{token_of(invitation)}")
    assert page.status_code == 410
    assert "conversation with a person" in page.text


def test_a_withdrawn_link_says_so(house: House) -> None:
    invitation = house.invite()
    house.invitations.revoke(RECRUITER, invitation.interview.id, "The post is filled.")
    page = house.browser().get(f"/room/{token_of(invitation)}")
    assert page.status_code == 410
    assert "has been withdrawn" in page.text


def test_a_used_link_shows_what_comes_next_and_takes_nothing_more(house: House) -> None:
    _, key = house.entered(language="en")
    answer_all(house, key)
    house.room.finish(key)
    page = house.browser().get(f"/room/{key.token}")
    assert page.status_code == 200
    assert "What comes next" in page.text
    state = house.browser().get(f"/room/{key.token}/state", headers={"accept": "application/json"})
    assert (state.status_code, state.json()["code"]) == (410, "link_finished")


def test_looking_at_the_link_changes_nothing(house: House) -> None:
    invitation = house.invite()
    before = house.actions()
    house.browser().get(f"/room/{token_of(invitation)}")
    assert house.actions() == before
    assert house.room.look(Key(token_of(invitation))).interview.state is InterviewState.INVITED


def test_the_pages_reach_for_nothing_outside_and_run_no_inline_script(house: House) -> None:
    page = house.browser().get(f"/room/{token_of(house.invite())}")
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert all("src=" in part.split(">")[0] for part in page.text.split("<script")[1:])


# choices


@pytest.mark.parametrize(
    ("voice", "video", "kinds"),
    [
        (True, True, [AnswerKind.VIDEO, AnswerKind.VOICE, AnswerKind.TEXT]),
        (True, False, [AnswerKind.VOICE, AnswerKind.VOICE, AnswerKind.TEXT]),
        (False, False, [AnswerKind.TEXT] * 3),
        (False, True, [AnswerKind.TEXT] * 3),
    ],
)
def test_what_is_refused_is_not_recorded(
    house: House, voice: bool, video: bool, kinds: list[AnswerKind]
) -> None:
    _, key = house.entered(voice=voice, video=video)
    visit = house.room.look(key)
    given = visit.interview.consent
    assert isinstance(given, Consent)
    assert [given.kind_for(question.kind) for question in visit.plan.questions] == kinds
    if not voice:
        with pytest.raises(Conflict, match="in writing"):
            begun(house, key)


def test_consent_can_be_taken_back_but_not_widened_afterwards(house: House) -> None:
    _, key = house.entered()
    house.room.withdraw_recording(key, voice=True, video=False)
    house.room.withdraw_recording(key, voice=True, video=True)
    given = house.room.look(key).interview.consent
    assert given is not None
    assert (given.voice, given.video) == (True, False)
    assert "interview.consent_changed" in house.actions()


def test_asking_for_a_person_is_kept_and_shown_and_can_be_thought_over(house: House) -> None:
    token = token_of(house.invite(language="en"))
    client = house.browser()
    assert "We will write to you" in client.post(f"/room/{token}/person", follow_redirects=True).text
    assert house.progress.waiting_for_person() == 1
    assert "How would you like to answer?" in client.get(f"/room/{token}?online=1").text


def test_the_room_is_read_in_the_language_chosen_last(house: House) -> None:
    token = token_of(house.invite(language="zh"))
    client = house.browser("en")
    assert "您想怎样作答？" in client.get(f"/room/{token}").text
    page = client.post(f"/room/{token}/language", data={"language": "en"}, follow_redirects=True)
    assert "How would you like to answer?" in page.text


# devices


def test_a_second_device_takes_over_only_when_it_says_so(house: House) -> None:
    token = token_of(house.invite(language="en"))
    first, second = house.browser(), house.browser()
    first.post(f"/room/{token}/consent", data={"voice": "1"})
    page = second.get(f"/room/{token}")
    assert page.status_code == 409
    assert "open on another device" in page.text
    json = {"accept": "application/json"}
    assert second.get(f"/room/{token}/state", headers=json).json()["code"] == "other_device"
    assert first.get(f"/room/{token}/state", headers=json).status_code == 200
    second.post(f"/room/{token}/device")
    assert second.get(f"/room/{token}/state", headers=json).status_code == 200
    assert first.get(f"/room/{token}/state", headers=json).json()["code"] == "other_device"


def test_the_device_cookie_is_for_the_room_alone_and_not_for_scripts(house: House) -> None:
    answer = house.browser().get(f"/room/{token_of(house.invite())}")
    cookie = answer.headers["set-cookie"].lower()
    assert "path=/room" in cookie
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_link_without_this_devices_secret_answers_nothing(house: House) -> None:
    _, key = house.entered()
    question = house.room.look(key).plan.questions[0]
    for other in (Key(key.token), Key(key.token, new_secret())):
        with pytest.raises(OtherDevice):
            house.room.save_text(other, question.id, "测试")


# answers and the end


def test_a_typed_answer_is_kept_while_it_grows_and_final_when_handed_in(house: House) -> None:
    _, key = house.entered()
    question = house.room.look(key).plan.questions[2]
    house.room.save_text(key, question.id, "测试")
    house.room.save_text(key, question.id, "测试回答")
    kept = house.room.look(key).answer_to(question.id)
    assert kept is not None
    assert (kept.text, kept.state) == ("测试回答", AnswerState.RECORDING)
    assert house.room.submit_text(key, question.id, " 测试回答 ").text == "测试回答"
    with pytest.raises(Conflict):
        house.room.save_text(key, question.id, "更多")


def test_an_empty_answer_must_be_meant(house: House) -> None:
    _, key = house.entered()
    question = house.room.look(key).plan.questions[2]
    with pytest.raises(Invalid):
        house.room.submit_text(key, question.id, "  ")
    assert house.room.submit_text(key, question.id, "", skip=True).state is AnswerState.SUBMITTED


def test_the_end_needs_every_answer_and_comes_once(house: House) -> None:
    _, key = house.entered()
    with pytest.raises(Conflict, match="not handed in"):
        house.room.finish(key)
    answer_all(house, key)
    assert house.candidate_state() is CandidateState.interviewing
    house.room.finish(key)
    house.room.finish(key)
    assert house.candidate_state() is CandidateState.interviewed
    core = house.databases.core
    jobs = core.read(
        lambda tx: tx.execute(sa.select(JOB.c.kind).where(JOB.c.kind.like("interviews.a%"))).all()
    )
    assert sorted(job.kind for job in jobs) == ["interviews.analyse_answer"] * 3 + ["interviews.assess"]
    told = core.read(lambda tx: tx.execute(sa.select(OUTBOX.c.kind)).all())
    assert [row.kind for row in told].count("InterviewFinished") == 1
    assert [row.kind for row in told].count("AnswerSubmitted") == 3


def test_extra_time_lengthens_what_the_page_is_told(house: House) -> None:
    token = token_of(house.invite(extra_time=1.5))
    client = house.browser()
    client.post(f"/room/{token}/consent", data={"voice": "1", "video": "1"})
    state = client.get(f"/room/{token}/state", headers={"accept": "application/json"}).json()
    assert (state["questions"][0]["prepare_s"], state["questions"][0]["answer_s"]) == (45, 180)


# the window's end


def closing(house: House) -> None:
    """Run the window's job, as the runner would."""
    job = lease(house.databases.core, "interviews.close_window")
    assert job is not None
    assert job.decode(CloseWindow).interview_id
    desk = house.site.services["interview_desk"]
    assert isinstance(desk, RecruitingDesk)
    letters = house._service("invitation_letters", InterviewLetters)
    Closing(house.databases, house.recordings, desk, letters).handle(job)


def test_who_has_begun_may_finish_a_little_after_the_window(house: House, clock: FixedClock) -> None:
    _, key = house.entered()
    question = house.room.look(key).plan.questions[2]
    house.room.save_text(key, question.id, "测试")
    clock.advance(timedelta(days=1, hours=1))
    assert house.room.save_text(key, question.id, "测试回答").text == "测试回答"
    clock.advance(timedelta(hours=2))
    with pytest.raises(LinkExpired):
        house.room.save_text(key, question.id, "更多")


def test_what_was_recorded_counts_although_the_candidate_never_came_back(
    house: House, clock: FixedClock
) -> None:
    interview, key = house.entered()
    _, segment = begun(house, key)
    send_all(house, key, segment, recording(0.5))
    clock.advance(timedelta(days=1, hours=3))
    closing(house)
    after = house.progress.of(interview.id)
    assert after.interview.state is InterviewState.FINISHED
    assert [line.state for line in after.lines] == [AnswerState.SUBMITTED, None, None]
    assert house.candidate_state() is CandidateState.interviewed


def test_an_invitation_that_nobody_took_expires(house: House, clock: FixedClock) -> None:
    interview = house.invite().interview
    clock.advance(timedelta(days=1, hours=3))
    closing(house)
    assert house.progress.of(interview.id).interview.state is InterviewState.EXPIRED
    assert house.candidate_state() is CandidateState.invited


def test_a_rescheduled_interview_outlives_its_first_window(house: House, clock: FixedClock) -> None:
    interview = house.invite().interview
    now = clock.now()
    house.invitations.reschedule(RECRUITER, interview.id, now, now + timedelta(days=5))
    clock.advance(timedelta(days=1, hours=3))
    closing(house)
    assert house.progress.of(interview.id).interview.state is InterviewState.INVITED


def test_an_interview_that_is_over_is_only_erased_or_assessed_anew(house: House) -> None:
    interview = house.invite().interview
    for state, after in (
        (InterviewState.ASSESSED, {InterviewState.FINISHED, InterviewState.ERASED}),
        (InterviewState.REVOKED, {InterviewState.ERASED}),
        (InterviewState.EXPIRED, {InterviewState.ERASED}),
        (InterviewState.ERASED, set()),
    ):
        over = msgspec.structs.replace(interview, state=state)
        assert {other for other in InterviewState if over.may_become(other)} == after
