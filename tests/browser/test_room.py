"""A candidate with a phone goes through the room in Chromium: the network breaks, the page is loaded anew."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.sync_api import Page, Request, sync_playwright

from appliance.demo.room_walker import BROWSER_ARGUMENTS, PHONE, RoomAnswer, Spoken, Typed, at_step, walk_room
from appliance.interviews import store
from appliance.interviews.model import Answer, AnswerKind, AnswerState, InterviewState
from appliance.interviews.recordings import media
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from tests.fresh import fresh_keys
from tests.interviews.house import House, token_of

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"


class Served:
    """A house whose web app answers on a port of its own."""

    def __init__(self, house: House) -> None:
        self.house = house
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._server = Server(
            house.app(), address="127.0.0.1", port=self.port, interface=Interfaces.ASGI, log_enabled=False
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def link(self, token: str) -> str:
        return f"http://127.0.0.1:{self.port}/room/{token}"

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(10)
        self._loop.close()

    def answers(self, interview_id: str) -> list[Answer]:
        return self.house.databases.core.read(lambda tx: store.answers(tx, interview_id))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    clock = FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    running = Served(House(tmp_path, databases, keys, clock))
    yield running
    running.stop()
    databases.close()


@contextmanager
def phone(*, permissions: bool = True) -> Iterator[Page]:
    """A page at phone size; without `permissions` the browser refuses camera and microphone."""
    arguments = [one for one in BROWSER_ARGUMENTS if permissions or one != "--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="en-GB")
        context.set_default_timeout(30_000)
        yield context.new_page()
        context.close()
        browser.close()


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
