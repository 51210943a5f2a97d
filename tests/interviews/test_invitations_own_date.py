"""A candidate puts the end of their window off by themselves: once, within what HR allowed, until they begin."""

from datetime import timedelta

from appliance.notifications.store import page
from tests.interviews.house import House, token_of


def steps(house: House) -> list[object]:
    found, _ = house.databases.core.read(lambda tx: page(tx, state=None, template=None, offset=0, limit=50))
    return [one.context["step"] for one in found[::-1]]


def test_the_end_is_put_off_once_and_a_letter_confirms_it(house: House) -> None:
    invitation = house.invite(own_move_days=7)
    before = invitation.interview.window_end
    assert house.invitations.own_moves(invitation.interview.id) == (
        before + timedelta(days=3), before + timedelta(days=7)
    )  # fmt: skip
    address, browser = f"/room/{token_of(invitation)}/another-date", house.browser("zh")
    assert "推迟到" in browser.get(address).text
    wished = {"until": (before + timedelta(days=3)).isoformat()}
    assert "已改好" in browser.post(address, data=wished).text
    browser.post(address, data={"until": (before + timedelta(days=6)).isoformat()})
    moved = house.progress.of(invitation.interview.id).interview
    assert moved.window_end == before + timedelta(days=3)
    assert steps(house) == ["invited", "moved"]
    assert "interview.rescheduled" in house.actions()


def test_the_letter_names_the_page_only_while_there_is_a_move_left(house: House) -> None:
    house.invite(own_move_days=7)
    house.invite()
    found, _ = house.databases.core.read(lambda tx: page(tx, state=None, template=None, offset=0, limit=50))
    plain, movable = (str(one.context["own_date"]) for one in found)
    assert movable.endswith("/another-date") and plain == ""


def test_without_leave_the_page_says_how_to_ask_and_moves_nothing(house: House) -> None:
    invitation = house.invite(language="en")
    address, browser = f"/room/{token_of(invitation)}/another-date", house.browser()
    assert "Answer the letter" in browser.get(address).text
    later = invitation.interview.window_end + timedelta(days=3)
    assert browser.post(address, data={"until": later.isoformat()}).status_code in {200, 201}
    assert house.progress.of(invitation.interview.id).interview == invitation.interview


def test_who_has_begun_or_whose_time_is_over_is_offered_nothing(house: House) -> None:
    interview, key = house.entered(own_move_days=14)
    house.room.save_text(key, house.room.look(key).plan.questions[2].id, "测试")
    assert house.invitations.own_moves(interview.id) == ()


def test_an_early_candidate_finds_the_way_and_a_wrong_link_finds_none(house: House) -> None:
    now = house.clock.now()
    window = {"window_start": now + timedelta(days=1), "window_end": now + timedelta(days=2)}
    invitation = house.invite(own_move_days=3, **window)
    browser = house.browser()
    assert "/another-date" in browser.get(f"/room/{token_of(invitation)}").text
    assert browser.get(f"/room/{token_of(invitation)}/another-date").status_code == 200
    assert browser.get("/room/wrong/another-date").status_code == 404
