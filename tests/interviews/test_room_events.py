"""What the page notices is kept as context: checked like everything that a browser says, and bounded."""

from typing import Any

import pytest

from appliance.interviews.invitations.links import OtherDevice, new_secret
from appliance.interviews.room import store as room_store
from appliance.interviews.room.door import Key
from appliance.interviews.room.page_events import MOST_EVENTS, PageEvent, PageEventKind, PageEvents
from appliance.interviews.room.store import StoredPageEvent
from appliance.kernel.errors import Invalid
from tests.interviews.house import House, token_of

JSON = {"accept": "application/json"}


def page_events(house: House) -> PageEvents:
    service = house.site.services["interview_page_events"]
    assert isinstance(service, PageEvents)
    return service


def stored(house: House, key: Key) -> list[StoredPageEvent]:
    interview = house.room.look(key).interview
    return house.databases.core.read(lambda tx: room_store.page_events(tx, interview.id))


def test_leaving_the_page_and_pasting_are_kept_with_their_times_and_never_the_text(house: House) -> None:
    client = house.browser()
    token = token_of(house.invite())
    client.post(f"/room/{token}/consent", data={"voice": "1"})
    question = client.get(f"/room/{token}/state", headers=JSON).json()["questions"][2]["id"]
    events = [
        {"kind": "left_page", "question": question, "at_ms": 4000, "length_ms": 12_500},
        {"kind": "pasted", "question": question, "at_ms": 21_000, "characters": 340},
        {"kind": "device_changed", "question": question, "at_ms": 30_000},
    ]
    answer = client.post(f"/room/{token}/events", json={"events": events}, headers=JSON)
    assert answer.status_code == 204
    interview_id = client.get(f"/room/{token}/state", headers=JSON).json()["interview_id"]
    kept = house.databases.core.read(lambda tx: room_store.page_events(tx, interview_id))
    assert [(one.kind, one.at_ms, one.amount) for one in kept] == [
        ("left_page", 4000, 12_500),
        ("pasted", 21_000, 340),
        ("device_changed", 30_000, 0),
    ]
    assert {one.received_at for one in kept} == {house.clock.now()}


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "thought_badly", "at_ms": 1},
        {"kind": "left_page", "at_ms": -1},
        {"kind": "left_page", "at_ms": 10**12},
        {"kind": "left_page", "at_ms": "soon"},
        {"kind": "pasted", "at_ms": 1, "characters": 10**9},
        {"kind": "pasted", "at_ms": 1, "text": "测试"},
        {"kind": "left_page", "at_ms": 1, "question": "another-interviews-question"},
        {"kind": "left_page", "at_ms": 1, "question": "x" * 500},
    ],
)
def test_what_is_no_event_of_this_interview_is_refused_whole(house: House, event: dict[str, Any]) -> None:
    client = house.browser()
    token = token_of(house.invite())
    client.post(f"/room/{token}/consent", data={"voice": "1"})
    state = client.get(f"/room/{token}/state", headers=JSON).json()
    question = state["questions"][0]["id"]
    good = {"kind": "left_page", "question": question, "at_ms": 5, "length_ms": 5}
    body = {"events": [good, {"question": question} | event]}
    answer = client.post(f"/room/{token}/events", json=body, headers=JSON)
    assert answer.status_code in {400, 422}
    kept = house.databases.core.read(lambda tx: room_store.page_events(tx, state["interview_id"]))
    assert kept == []


def left(question: str, at_ms: int) -> PageEvent:
    return PageEvent(PageEventKind.LEFT_PAGE, question, at_ms, length_ms=1000)


def test_an_event_that_is_sent_again_is_kept_once(house: House) -> None:
    _, key = house.entered()
    question = house.room.look(key).plan.questions[0].id
    for _ in range(2):
        page_events(house).keep(key, [left(question, 10), left(question, 20)])
    assert [one.at_ms for one in stored(house, key)] == [10, 20]


def test_an_answer_keeps_no_more_than_its_share(house: House) -> None:
    _, key = house.entered()
    first, second, _ = house.room.look(key).plan.questions
    for start in range(0, MOST_EVENTS + 60, 50):
        page_events(house).keep(key, [left(first.id, start + index) for index in range(50)])
    page_events(house).keep(key, [left(second.id, 1)])
    kept = [one.question_id for one in stored(house, key)]
    assert (kept.count(first.id), kept.count(second.id)) == (MOST_EVENTS, 1)


def test_an_event_belongs_to_the_take_in_which_it_came(house: House) -> None:
    _, key = house.entered()
    question = house.room.look(key).plan.questions[0].id
    page_events(house).keep(key, [left(question, 10)])
    house.room.begin_answer(key, question, 1)
    house.room.begin_answer(key, question, 2)
    page_events(house).keep(key, [left(question, 10)])
    assert [one.take for one in stored(house, key)] == [1, 2]


def test_only_the_device_that_goes_on_may_tell(house: House) -> None:
    _, key = house.entered()
    question = house.room.look(key).plan.questions[0].id
    with pytest.raises(OtherDevice):
        page_events(house).keep(Key(key.token, new_secret()), [left(question, 1)])
    with pytest.raises(Invalid):
        page_events(house).keep(key, [left("unknown", 1)])
