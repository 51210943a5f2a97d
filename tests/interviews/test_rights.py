"""The rights desk: requests with receipts and deadlines, one correction, a copy that leaves once."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from appliance.identity.permissions import Role
from appliance.interviews import store as interview_store
from appliance.interviews.invitations.links import LinkUnknown, OtherDevice, new_secret
from appliance.interviews.model import ANALYSE_ANSWER, Answer, AnswerState, InterviewState
from appliance.interviews.rights import store
from appliance.interviews.rights.copies import LinkOver, WrongCode
from appliance.interviews.rights.model import Identified, Origin, Outcome, RequestKind, RequestState
from appliance.interviews.room.door import Key
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Conflict, Invalid
from appliance.kernel.web import Paging
from appliance.recruiting import store as recruiting_store
from appliance.recruiting.model import CandidateState
from tests.fresh import fresh_keys
from tests.interviews.house import NAME, token_of
from tests.interviews.recorded import recording
from tests.interviews.rights_house import SPOKEN, RightsHouse

ANSWER = "We looked at three competencies; a person decided after reading your answers."


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[RightsHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    yield RightsHouse(tmp_path, databases, keys, clock)
    databases.close()


# asking


def test_a_request_gets_a_receipt_a_deadline_and_a_letter(house: RightsHouse) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.EXPLANATION, "Why?")
    assert re.fullmatch(r"R-\d{6}-[2-9A-Z]{6}", asked.receipt)
    assert (asked.state, asked.due_on) == (RequestState.RECEIVED, date(2026, 12, 14))
    [letter] = house.letters()
    assert letter.context["receipt"] == asked.receipt
    assert letter.context["step"] == "received"
    assert "/mine" in str(letter.context["link"])
    assert "rights.received" in house.actions()


def test_asking_twice_shows_the_first(house: RightsHouse) -> None:
    _, key = house.entered()
    first = house.ask(key, RequestKind.COPY)
    house.clock.advance(timedelta(days=2))
    again, new = house.own.ask(key, RequestKind.COPY, "still waiting")
    assert (again, new) == (first, False)
    assert len(house.letters()) == 1


def test_the_wish_for_a_person_is_told_to_recruiting_too(house: RightsHouse) -> None:
    interview, key = house.entered()
    house.ask(key, RequestKind.HUMAN_INTERVIEW)
    found = house.databases.core.read(lambda tx: interview_store.interview(tx, interview.id))
    assert found is not None and found.person_requested_at is not None


def test_a_wrong_link_tells_nothing(house: RightsHouse) -> None:
    _, key = house.entered()
    with pytest.raises(LinkUnknown):
        house.own.look(Key(key.token[:-1], key.device))
    page = house.browser().get(f"/room/{key.token[:-1]}/mine")
    assert page.status_code == 404
    assert NAME not in page.text
    posted = house.browser().post(f"/room/{key.token[:-1]}/mine/requests", data={"kind": "copy"})
    assert posted.status_code == 404
    assert house.desk.counts()["open"] == 0


def test_rights_outlast_the_window_and_a_withdrawn_invitation(house: RightsHouse) -> None:
    interview, key = house.entered()
    house.invitations.revoke(house.first, interview.id, "The post is filled.")
    house.clock.advance(timedelta(days=40))
    assert house.ask(key, RequestKind.ERASURE).state is RequestState.RECEIVED


def test_what_was_said_is_shown_on_the_device_that_said_it_only(house: RightsHouse) -> None:
    _, key = house.entered(video=False)
    house.spoken(key)
    browser = house.browser()
    assert "".join(SPOKEN) not in browser.get(f"/room/{key.token}/mine").text
    browser.cookies.set("room_device", key.device)
    page = browser.get(f"/room/{key.token}/mine")
    assert "".join(SPOKEN) in page.text
    assert page.headers["cache-control"] == "no-store"


def test_hostile_words_are_shown_as_words(house: RightsHouse) -> None:
    _, key = house.entered()
    hostile = "<script>alert(1)</script>\u202e{{ 7*7 }}"
    answer = house.browser().post(
        f"/room/{key.token}/mine/requests",
        data={"kind": "explanation", "words": hostile},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    [line] = house.desk.listed("open", _first_page()).items
    page = house.client(Role.RECRUITER).get(f"/interviews/rights/{line.request.id}")
    assert "<script>alert" not in page.text and "&lt;script&gt;alert(1)" in page.text
    assert "\u202e" not in page.text and "49" not in line.request.words


@pytest.mark.parametrize("kind", ["", "payroll", "erasure; DROP TABLE rights_request"])
def test_an_unknown_wish_is_refused_in_words(house: RightsHouse, kind: str) -> None:
    _, key = house.entered(language="en")
    answer = house.browser().post(f"/room/{key.token}/mine/requests", data={"kind": kind})
    assert answer.status_code == 422
    assert "Choose what you would like to ask for." in answer.text


def test_too_many_words_are_kept_on_the_page_and_not_filed(house: RightsHouse) -> None:
    _, key = house.entered(language="en")
    answer = house.browser().post(
        f"/room/{key.token}/mine/requests", data={"kind": "correction", "words": "x" * 2500}
    )
    assert answer.status_code == 422
    assert "x" * 2500 in answer.text
    assert house.desk.counts()["open"] == 0


# answering


def test_hr_enters_what_came_by_letter_and_the_time_runs_from_its_arrival(house: RightsHouse) -> None:
    asked, new = house.desk.enter(
        house.first,
        house.candidate_id,
        kind=RequestKind.COPY,
        origin=Origin.LETTER,
        language="zh",
        words="",
        received_on=date(2026, 11, 2),
    )
    assert new and asked.due_on == date(2026, 11, 23) and asked.interview_id == ""
    with pytest.raises(Invalid):
        house.desk.enter(
            house.first,
            house.candidate_id,
            kind=RequestKind.COPY,
            origin=Origin.LETTER,
            language="zh",
            words="",
            received_on=date(2026, 11, 24),
        )


def test_each_step_has_a_letter_and_a_row_in_the_ledger(house: RightsHouse) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.EXPLANATION)
    house.desk.take(house.first, asked.id)
    assert house.request(asked.id).responsible_id == house.first.id
    house.desk.grant(house.first, asked.id, ANSWER)
    answered = house.request(asked.id)
    assert (answered.state, answered.outcome) == (RequestState.ANSWERED, Outcome.GRANTED)
    assert [one.context["step"] for one in reversed(house.letters())] == ["received", "in_work", "granted"]
    steps = [action for action in house.actions() if action.startswith("rights.")]
    assert steps == ["rights.received", "rights.in_work", "rights.granted"]
    assert house.own.look(key).asked(RequestKind.EXPLANATION) == answered
    assert house.ledgers_are_sound()


def test_an_answer_is_final(house: RightsHouse) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.CORRECTION)
    house.desk.grant(house.first, asked.id, ANSWER)
    with pytest.raises(Conflict):
        house.desk.take(house.first, asked.id)
    with pytest.raises(Conflict):
        house.desk.refuse(house.first, asked.id, ANSWER, "PIPL art. 46")
    with pytest.raises(Conflict):
        house.desk.assign(house.first, asked.id, house.second.id)


def test_a_refusal_needs_a_reason_and_a_ground_in_law(house: RightsHouse) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.ERASURE)
    with pytest.raises(Invalid) as short:
        house.desk.refuse(house.first, asked.id, "no", "PIPL art. 47")
    with pytest.raises(Invalid) as groundless:
        house.desk.refuse(house.first, asked.id, ANSWER, " ")
    assert (list(short.value.fields), list(groundless.value.fields)) == (["answer"], ["legal_ground"])
    house.desk.refuse(house.first, asked.id, ANSWER, "PIPL art. 47 (2)")
    assert house.request(asked.id).legal_ground == "PIPL art. 47 (2)"


def test_the_overdue_stand_first_and_are_told_on_the_home_page(house: RightsHouse) -> None:
    _, key = house.entered()
    early = house.ask(key, RequestKind.COPY)
    house.clock.advance(timedelta(days=10))
    late = house.ask(key, RequestKind.EXPLANATION)
    house.clock.set(house.clock.now().replace(month=12, day=16))
    found = house.desk.listed("open", _first_page()).items
    assert [line.request.id for line in found] == [early.id, late.id]
    assert house.desk.counts() == {"open": 2, "overdue": 1, "answered": 0}
    page = house.client(Role.RECRUITER).get("/interviews/rights")
    assert page.text.index(early.receipt) < page.text.index(late.receipt)
    assert "Overdue" in page.text


def test_an_agreed_conversation_ends_the_machines_part_and_nothing_else(house: RightsHouse) -> None:
    interview, key = house.entered()
    asked = house.ask(key, RequestKind.HUMAN_INTERVIEW)
    before = house.candidate_state()
    house.desk.grant(house.first, asked.id, "On Friday at ten, with the head nurse, room 3.")
    found = house.databases.core.read(lambda tx: interview_store.interview(tx, interview.id))
    assert found is not None and found.state is InterviewState.REVOKED
    assert house.candidate_state() is before
    door = house.browser().get(f"/room/{key.token}")
    assert door.status_code == 410
    assert "A person will talk with you instead" in door.text
    house.desk.conversation_held(house.first, asked.id)
    assert house.candidate_state() is CandidateState.assessed
    with pytest.raises(Conflict):
        house.desk.conversation_held(house.first, asked.id)


def test_new_requests_go_to_the_person_named_in_the_terms(house: RightsHouse) -> None:
    house.desk.set_policy(house.first, answer_days=5, keep_months=12, responsible=house.second.id)
    _, key = house.entered()
    asked = house.ask(key, RequestKind.COPY)
    assert (asked.responsible_id, asked.due_on) == (house.second.id, date(2026, 11, 30))
    with pytest.raises(Invalid) as refused:
        house.desk.set_policy(house.first, answer_days=60, keep_months=0, responsible="")
    assert set(refused.value.fields) == {"answer_days", "keep_months"}


@pytest.mark.parametrize("role", [Role.INTERVIEWER, Role.IT, Role.PAYROLL])
def test_the_desk_is_closed_to_others(house: RightsHouse, role: Role) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.COPY)
    client = house.client(role)
    assert client.get("/interviews/rights").status_code == 403
    assert (
        client.post(f"/interviews/rights/{asked.id}/copy", data={"identified": "document"}).status_code == 403
    )


# correcting


def test_both_versions_are_kept_and_the_corrected_one_is_analysed_again(house: RightsHouse) -> None:
    _, key = house.entered(video=False)
    answer = house.spoken(key)
    said = "".join(SPOKEN)
    house.own.correct(key, answer.id, said.replace("李", "黎"))
    [kept] = house.databases.core.read(lambda tx: store.corrections(tx, answer.interview_id)).values()
    assert (kept.original, kept.corrected) == (said, said.replace("李", "黎"))
    assert _answer(house, answer.id).state is AnswerState.SUBMITTED
    assert "ready" in house.job_states(ANALYSE_ANSWER)
    assert "answer.corrected" in house.actions()


def test_hr_reads_both_versions_beside_each_other(house: RightsHouse) -> None:
    interview, key = house.entered(video=False)
    answer = house.spoken(key)
    said = "".join(SPOKEN)
    house.own.correct(key, answer.id, said.replace("李", "黎"))
    page = house.client(Role.RECRUITER).get(f"/interviews/rights/corrections/{interview.id}")
    assert said in page.text and said.replace("李", "黎") in page.text
    assert house.client(Role.IT).get(f"/interviews/rights/corrections/{interview.id}").status_code == 403


def test_an_answer_is_corrected_once(house: RightsHouse) -> None:
    _, key = house.entered(video=False)
    answer = house.spoken(key)
    said = "".join(SPOKEN)
    house.own.correct(key, answer.id, said.replace("李", "黎"))
    with pytest.raises(Conflict):
        house.own.correct(key, answer.id, said.replace("李", "里"))
    [kept] = house.databases.core.read(lambda tx: store.corrections(tx, answer.interview_id)).values()
    assert "黎" in kept.corrected


def test_another_device_may_not_correct_and_a_new_answer_is_no_correction(house: RightsHouse) -> None:
    _, key = house.entered(video=False)
    answer = house.spoken(key)
    with pytest.raises(OtherDevice):
        house.own.correct(Key(key.token, new_secret()), answer.id, "".join(SPOKEN).replace("李", "黎"))
    browser = house.browser("zh")
    browser.cookies.set("room_device", key.device)
    typed = "我独自一人在三个月里把全院差错降到了零"
    page = browser.post(f"/room/{key.token}/mine/answers/{answer.id}", data={"text": typed})
    assert page.status_code == 422
    assert typed in page.text
    assert _answer(house, answer.id).state is AnswerState.ANALYSED


def test_a_stranger_s_answer_is_not_reached_through_my_link(house: RightsHouse) -> None:
    _, key = house.entered(video=False)
    theirs = house.spoken(key)
    house.invitations.revoke(house.first, theirs.interview_id, "Invited anew.")
    house.databases.core.write(
        lambda tx: recruiting_store.change(tx, house.candidate_id, state=CandidateState.screened)
    )
    other = house.invite()
    mine = Key(token_of(other), new_secret())
    house.room.consent(mine, voice=True, video=False)
    browser = house.browser()
    browser.cookies.set("room_device", mine.device)
    text = "".join(SPOKEN).replace("李", "黎")
    page = browser.post(f"/room/{mine.token}/mine/answers/{theirs.id}", data={"text": text})
    assert page.status_code == 404
    assert _answer(house, theirs.id).state is AnswerState.ANALYSED


# a copy


def test_a_copy_is_fetched_once_with_the_code_that_was_told(house: RightsHouse) -> None:
    _, key = house.entered(video=False)
    sound = _recorded(house, key)
    asked = house.ask(key, RequestKind.COPY)
    code = house.copies.hand_out(house.first, asked.id, Identified.CALLED_BACK).code
    link = str(house.letters()[0].context["link"])
    assert code.replace(" ", "") not in json.dumps(house.letters()[0].context)
    token = link.rsplit("/", 1)[1]
    browser = house.browser()
    assert NAME not in browser.get(f"/room/copy/{token}").text
    answer = browser.post(f"/room/copy/{token}", data={"code": code})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        data = json.loads(archive.read("data.json"))
        assert data["candidate"]["name"] == NAME
        assert NAME in archive.read("index.html").decode()
        [name] = [one for one in archive.namelist() if one.startswith("recordings/")]
        assert archive.read(name) == sound
    again = browser.post(f"/room/copy/{token}", data={"code": code})
    assert again.status_code == 410
    assert "rights.copy_fetched" in house.actions()


def test_five_wrong_codes_end_a_link(house: RightsHouse) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.COPY)
    code = house.copies.hand_out(house.first, asked.id, Identified.DOCUMENT).code
    token = str(house.letters()[0].context["link"]).rsplit("/", 1)[1]
    wrong = str((int(code.replace(" ", "")) + 1) % 10**8).zfill(8)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(WrongCode) as refused:
            house.copies.fetch(token, wrong, lambda bundle: "")
        assert refused.value.params["left"] == left
    with pytest.raises(LinkOver):
        house.copies.fetch(token, code, lambda bundle: "")


def test_a_link_ends_after_two_weeks_and_a_new_one_ends_the_old(house: RightsHouse) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.COPY)
    first_code = house.copies.hand_out(house.first, asked.id, Identified.DOCUMENT).code
    first = str(house.letters()[0].context["link"]).rsplit("/", 1)[1]
    code = house.copies.hand_out(house.first, asked.id, Identified.DOCUMENT).code
    second = str(house.letters()[0].context["link"]).rsplit("/", 1)[1]
    with pytest.raises(LinkOver):
        house.copies.fetch(first, first_code, lambda bundle: "")
    house.clock.advance(timedelta(days=15))
    with pytest.raises(LinkOver):
        house.copies.fetch(second, code, lambda bundle: "")


def test_a_copy_that_fails_on_the_way_costs_nothing(house: RightsHouse) -> None:
    _, key = house.entered()
    asked = house.ask(key, RequestKind.COPY)
    code = house.copies.hand_out(house.first, asked.id, Identified.DOCUMENT).code
    token = str(house.letters()[0].context["link"]).rsplit("/", 1)[1]

    def broken(bundle: object) -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        house.copies.fetch(token, code, broken)
    assert house.copies.fetch(token, code, lambda bundle: "page").startswith(b"PK")


def _recorded(house: RightsHouse, key: Key) -> bytes:
    data = recording(video=None)
    house.recorded(key, 0, data, "audio/webm")
    return data


def _answer(house: RightsHouse, answer_id: str) -> Answer:
    def work(tx: Transaction) -> Answer:
        found = interview_store.answer(tx, answer_id)
        assert found is not None
        return found

    return house.databases.core.read(work)


def _first_page() -> Paging:
    return Paging()


def test_the_wish_said_in_the_room_arrives_at_the_desk(house: RightsHouse) -> None:
    key = Key(token_of(house.invite()), new_secret())
    house.room.ask_for_person(key)
    house.room.ask_for_person(key)
    [line] = house.desk.listed("open", _first_page()).items
    assert line.request.kind is RequestKind.HUMAN_INTERVIEW
    assert house.actions().count("interview.person_requested") == 1
