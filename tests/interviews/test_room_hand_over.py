"""Going on on another device by a code: for ten minutes, for one browser, without the letter's own link."""

from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from appliance.kernel.clock import FixedClock
from tests.interviews.house import RECRUITER, House, token_of

JSON = {"accept": "application/json"}


@pytest.fixture
def first(house: House) -> tuple[TestClient[Litestar], str]:
    """The device on which the interview was opened, and the letter's token."""
    client = house.browser()
    token = token_of(house.invite(language="en"))
    client.post(f"/room/{token}/consent", data={"voice": "1"})
    return client, token


def handed(client: TestClient[Litestar], token: str) -> dict[str, Any]:
    answer = client.post(f"/room/{token}/handover", headers=JSON)
    assert answer.status_code == 201
    shown: dict[str, Any] = answer.json()
    return shown


def secret_of(shown: dict[str, Any]) -> str:
    return str(shown["address"]).rsplit("/", 1)[1]


def test_the_other_device_goes_on_and_the_first_one_is_told(
    house: House, first: tuple[TestClient[Litestar], str]
) -> None:
    client, token = first
    shown = handed(client, token)
    assert shown["qr"].startswith("data:image/svg+xml")
    assert token not in str(shown)
    secret = secret_of(shown)
    second = house.browser()
    asked = second.get(f"/room/{secret}")
    assert "Go on here" in asked.text
    assert client.get(f"/room/{token}/state", headers=JSON).status_code == 200, "looking takes nothing over"
    second.post(f"/room/{secret}/device")
    assert second.get(f"/room/{secret}/state", headers=JSON).status_code == 200
    assert client.get(f"/room/{token}/state", headers=JSON).json()["code"] == "other_device"
    assert "open on another device" in client.get(f"/room/{token}").text
    assert house.actions().count("interview.hand_over_made") == 1


def test_a_code_that_was_taken_up_opens_nothing_for_anybody_else(
    house: House, first: tuple[TestClient[Litestar], str]
) -> None:
    client, token = first
    secret = secret_of(handed(client, token))
    second, third = house.browser(), house.browser()
    second.post(f"/room/{secret}/device")
    closed = third.get(f"/room/{secret}")
    assert closed.status_code == 410
    assert "This code has been used" in closed.text
    third.post(f"/room/{secret}/device")
    assert third.get(f"/room/{secret}/state", headers=JSON).json()["code"] == "hand_over_used"
    assert second.get(f"/room/{secret}/state", headers=JSON).status_code == 200


def test_a_code_is_good_for_ten_minutes_and_then_says_what_to_do(
    house: House, clock: FixedClock, first: tuple[TestClient[Litestar], str]
) -> None:
    client, token = first
    secret = secret_of(handed(client, token))
    clock.advance(timedelta(minutes=10, seconds=1))
    late = house.browser().get(f"/room/{secret}")
    assert late.status_code == 410
    assert "Show a new one on the first device" in late.text
    assert client.get(f"/room/{token}/state", headers=JSON).status_code == 200


def test_who_took_it_up_in_time_is_not_put_out_afterwards(
    house: House, clock: FixedClock, first: tuple[TestClient[Litestar], str]
) -> None:
    client, token = first
    secret = secret_of(handed(client, token))
    second = house.browser()
    second.post(f"/room/{secret}/device")
    clock.advance(timedelta(hours=4))
    assert second.get(f"/room/{secret}/state", headers=JSON).status_code == 200


def test_a_new_code_makes_the_one_before_it_void(
    house: House, first: tuple[TestClient[Litestar], str]
) -> None:
    client, token = first
    old, new = secret_of(handed(client, token)), secret_of(handed(client, token))
    assert house.browser().get(f"/room/{old}").status_code == 404
    assert "Go on here" in house.browser().get(f"/room/{new}").text


def test_the_first_device_may_come_back_and_the_second_asks_again(
    house: House, first: tuple[TestClient[Litestar], str]
) -> None:
    client, token = first
    secret = secret_of(handed(client, token))
    second = house.browser()
    second.post(f"/room/{secret}/device")
    client.post(f"/room/{token}/device")
    assert second.get(f"/room/{secret}/state", headers=JSON).json()["code"] == "other_device"
    second.post(f"/room/{secret}/device")
    assert second.get(f"/room/{secret}/state", headers=JSON).status_code == 200


def test_another_device_can_make_no_code_and_a_withdrawn_interview_has_none(
    house: House, first: tuple[TestClient[Litestar], str]
) -> None:
    client, token = first
    stranger = house.browser()
    assert stranger.post(f"/room/{token}/handover", headers=JSON).json()["code"] == "other_device"
    secret = secret_of(handed(client, token))
    for interview in house.progress.of_candidate(house.candidate_id):
        house.invitations.revoke(RECRUITER, interview.id, "A test.")
    assert house.browser().get(f"/room/{secret}").status_code == 410
