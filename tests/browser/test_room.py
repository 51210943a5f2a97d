"""A candidate with a phone goes through the room in Chromium: the network breaks, the page is loaded anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Request

from appliance.demo.room_walker import RoomAnswer, Spoken, Typed, at_step, walk_room
from appliance.interviews.model import AnswerKind, AnswerState, InterviewState
from appliance.interviews.recordings import media
from tests.browser.room_site import Served, phone, serving
from tests.interviews.house import token_of

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as running:
        yield running


def test_a_candidate_goes_through_the_room_although_network_and_page_break(served: Served) -> None:
    invitation = served.house.invite(language="en")
    asked: list[Request] = []
    faults: list[str] = []
    with phone() as page:
        page.on("request", lambda request: asked.append(request))
        page.on("pageerror", lambda error: faults.append(str(error)))
        answers: list[RoomAnswer] = [
            Spoken(5, offline_s=4, reload=True),
            Spoken(3),
            Typed("测试回答，一件真实的事。"),
        ]
        walk_room(page, served.link(token_of(invitation)), answers)
    assert faults == []
    assert {request.url.split("/")[2] for request in asked if request.url.startswith("http")} == {
        f"127.0.0.1:{served.port}"
    }
    video, voice, text = served.answers(invitation.interview.id)
    assert [one.kind for one in (video, voice, text)] == [AnswerKind.VIDEO, AnswerKind.VOICE, AnswerKind.TEXT]
    assert {one.state for one in (video, voice, text)} == {AnswerState.SUBMITTED}
    blobs = served.house.site.blobs
    sound = media.decode_sound(media.tracks_of(blobs, video.segments))
    assert sound.present
    assert len(sound.parts) == 2, "the reload made a second segment"
    assert sound.parts[0].end_s > 5.5, "what was said without a network is there"
    assert sum(1 for _ in media.decode_pictures(media.tracks_of(blobs, video.segments), 1)) >= 6
    assert media.decode_sound(media.tracks_of(blobs, voice.segments)).duration_s > 2
    assert text.text == "测试回答，一件真实的事。"
    assert served.house.progress.of(invitation.interview.id).interview.state is InterviewState.FINISHED


def test_without_consent_the_browser_is_never_asked_for_a_camera(served: Served) -> None:
    token = token_of(served.house.invite(language="en"))
    with phone() as page:
        page.goto(served.link(token))
        page.locator("form[action$='/consent'] button").click()
        at_step(page, "intro")
        assert "in writing" in page.locator("[data-intro-lead]").inner_text()


def test_a_refused_camera_leaves_other_ways_that_work(served: Served) -> None:
    token = token_of(served.house.invite(language="en"))
    with phone(permissions=False) as page:
        page.goto(served.link(token))
        page.get_by_role("checkbox").nth(0).check()
        page.get_by_role("checkbox").nth(1).check()
        page.locator("form[action$='/consent'] button").click()
        at_step(page, "check")
        page.locator("[data-act='check-start']").click()
        page.locator("[data-check-trouble]:visible").wait_for()
        page.locator("[data-act='only-text']").click()
        at_step(page, "intro")
        assert "in writing" in page.locator("[data-intro-lead]").inner_text()


def test_the_room_is_walked_with_the_keyboard_alone(served: Served) -> None:
    token = token_of(served.house.invite(language="en"))
    with phone() as page:
        page.goto(served.link(token))
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").strip() == "I have read this, go on":
                break
        page.keyboard.press("Enter")
        at_step(page, "intro")
        page.keyboard.press("Enter")
        at_step(page, "question")
        assert page.evaluate("document.activeElement.id") in {"question-text", "text"}
