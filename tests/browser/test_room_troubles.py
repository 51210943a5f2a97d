"""What goes wrong around a candidate: trains, empty batteries, tabs left open. Nothing said is lost."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, sync_playwright

from appliance.demo.room_walker import BROWSER_ARGUMENTS, PHONE, at_step, press
from appliance.interviews.model import AnswerState
from appliance.interviews.recordings import media
from appliance.interviews.room import store as room_store
from appliance.kernel.clock import FixedClock
from tests.browser.room_site import CHROMIUM, Served, enter, invited, past_check, phone, recording_on, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "site") as running:
        yield running


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()


def interview_id(served: Served) -> str:
    return served.house.progress.of_candidate(served.house.candidate_id)[0].id


def seconds_of_only_answer(served: Served) -> float:
    (answer,) = served.answers(interview_id(served))
    assert answer.state is AnswerState.SUBMITTED
    tracks = media.tracks_of(served.house.site.blobs, answer.segments)
    return media.decode_sound(tracks).duration_s


def test_a_trains_sign_in_page_is_not_taken_for_our_answer(served: Served) -> None:
    """It answers everything with 200 and a page of its own, or with a refusal that is not ours."""
    link = invited(served)
    with phone() as page:
        enter(page, link)
        past_check(page)
        answers = iter([200, 403, 404, 200])

        def sign_in(route: Route) -> None:
            status = next(answers, 0)
            if status:
                route.fulfill(status=status, content_type="text/html", body="<h1>Welcome aboard</h1>")
            else:
                route.continue_()

        page.route("**/recordings/*", sign_in)
        page.route("**/answers/*/recordings", sign_in)
        recording_on(page)
        page.locator("[data-saved][data-mood='away']").wait_for()
        page.locator("[data-saved][data-mood='saved']").wait_for()
        page.wait_for_timeout(1000)
        press(page, "stop")
        press(page, "hand-in")
        at_step(page, "intro")
    assert seconds_of_only_answer(served) > 3


def kept_browser(playwright: Playwright, folder: Path) -> tuple[BrowserContext, Page]:
    """A browser that keeps what it stores, as a phone does."""
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=CHROMIUM,
        args=list(BROWSER_ARGUMENTS),
        viewport={"width": PHONE[0], "height": PHONE[1]},
        locale="en-GB",
    )
    context.set_default_timeout(30_000)
    return context, context.pages[0]


def die(folder: Path) -> None:
    """The battery is empty: the processes of this browser end without another instruction."""
    ours = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"--user-data-dir={folder}".encode() in (process / "cmdline").read_bytes():
                ours.append(int(process.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    assert ours
    for pid in ours:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_an_empty_battery_loses_nothing_that_was_waiting_to_be_sent(served: Served, tmp_path: Path) -> None:
    link, folder = invited(served), tmp_path / "phone"
    with sync_playwright() as playwright:
        context, page = kept_browser(playwright, folder)
        enter(page, link)
        past_check(page)
        context.set_offline(True)
        recording_on(page)
        page.wait_for_timeout(4500)
        die(folder)
    with sync_playwright() as playwright:
        context, page = kept_browser(playwright, folder)
        page.goto(link)
        # The browser may have died before it wrote its cookies: then the page asks first.
        again = page.get_by_role("button", name="Go on here")
        page.locator("#room[data-at='question']").or_(again).first.wait_for()
        if again.is_visible():
            again.click()
        at_step(page, "question")
        assert "were interrupted" in page.locator("[data-trouble]").inner_text()
        press(page, "hand-in")
        at_step(page, "check")
        context.close()
    assert seconds_of_only_answer(served) > 2.5


def test_a_clock_that_is_set_back_does_not_turn_the_answer_around(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.clock.set_fixed_time("2038-01-01T00:00:00Z")
        enter(page, link)
        past_check(page)
        page.context.set_offline(True)
        recording_on(page)
        page.wait_for_timeout(3200)
        press(page, "stop")
        page.clock.set_fixed_time("2001-01-01T00:00:00Z")
        press(page, "continue")
        page.locator("#room[data-recording='yes']").wait_for()
        page.wait_for_timeout(1200)
        press(page, "stop")
        page.context.set_offline(False)
        press(page, "hand-in")
        at_step(page, "intro")
    (answer,) = served.answers(interview_id(served))
    sizes = [
        part.end_s - part.start_s
        for part in media.decode_sound(media.tracks_of(served.house.site.blobs, answer.segments)).parts
    ]
    assert len(sizes) == 2
    assert sizes[0] > sizes[1], "what was said first comes first"


def test_a_tab_left_open_for_hours_goes_on_while_the_window_is_open(served: Served) -> None:
    link = invited(served)
    clock = served.house.clock
    assert isinstance(clock, FixedClock)
    with phone() as page:
        enter(page, link, voice=False)
        press(page, "show-question")
        page.locator("[data-text]").fill("The first half of an answer.")
        page.locator("[data-text-saved]", has_text="Saved").wait_for()
        clock.advance(timedelta(hours=4))
        page.locator("[data-text]").fill("The first half of an answer, and the second.")
        press(page, "hand-in-text")
        at_step(page, "intro")
    (answer,) = served.answers(interview_id(served))
    assert answer.text == "The first half of an answer, and the second."


def test_a_tab_left_open_beyond_the_window_says_so_and_what_to_do(served: Served) -> None:
    link = invited(served)
    clock = served.house.clock
    assert isinstance(clock, FixedClock)
    with phone() as page:
        enter(page, link, voice=False)
        press(page, "show-question")
        page.locator("[data-text]").fill("Half an answer.")
        page.locator("[data-text-saved]", has_text="Saved").wait_for()
        clock.advance(timedelta(days=1, hours=4))
        page.locator("[data-text]").fill("Half an answer, and a late word.")
        page.get_by_role("heading", name="The time for this interview is over").wait_for()
        assert "ask for a new time" in page.locator("main").inner_text()
    (answer,) = served.answers(interview_id(served))
    assert answer.text == "Half an answer.", "what was saved in time is kept"


def test_leaving_and_pasting_are_noticed_as_the_notice_says(served: Served) -> None:
    link = invited(served)
    with phone() as page:
        page.goto(link)
        assert "never a verdict" in page.locator("main").inner_text()
        enter(page, link, voice=False)
        press(page, "show-question")
        page.evaluate(
            """() => {
              const hide = (hidden) => {
                Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
                document.dispatchEvent(new Event("visibilitychange"));
              };
              const given = new DataTransfer();
              given.setData("text", "A sentence from elsewhere.");
              document.getElementById("text").dispatchEvent(new ClipboardEvent("paste", { clipboardData: given }));
              hide(true);
              setTimeout(() => hide(false), 900);
            }"""
        )
        page.locator("[data-text]").fill("An answer.")
        page.wait_for_timeout(1200)
        with page.expect_response("**/events") as told:
            press(page, "hand-in-text")
        assert told.value.status == 204
        assert "elsewhere" not in (told.value.request.post_data or "")
    kept = served.house.databases.core.read(lambda tx: room_store.page_events(tx, interview_id(served)))
    by_kind = {one.kind: one.amount for one in kept}
    assert by_kind["pasted"] == len("A sentence from elsewhere.")
    assert 800 <= by_kind["left_page"] < 5000
    assert len(kept) == 2


def test_a_follow_up_is_waited_for_and_named(served: Served) -> None:
    link = invited(served)
    reads: list[str] = []

    def prepared(route: Route) -> None:
        """The state as it is while a follow-up is being made of the first answer, and once it is there."""
        answer = route.fetch()
        state: dict[str, Any] = answer.json()
        if state["questions"][0]["answer"]:
            reads.append(state["questions"][0]["answer"]["state"])
            state["follow_up_pending"] = len(reads) < 3
            if len(reads) >= 3:
                state["questions"][1]["follows"] = state["questions"][0]["id"]
        route.fulfill(response=answer, json=state)

    with phone() as page:
        page.route("**/state", prepared)
        enter(page, link, voice=False)
        press(page, "show-question")
        page.locator("[data-text]").fill("An answer.")
        press(page, "hand-in-text")
        at_step(page, "follow-up")
        assert "being prepared" in page.locator("[data-step='follow-up']").inner_text()
        at_step(page, "intro")
        assert page.locator("[data-intro-title]").inner_text() == "Follow-up to question 1"
    assert reads == ["submitted"] * 3


def test_an_answer_above_its_largest_size_is_handed_in_as_far_as_it_came(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.interviews.recordings.service.ALLOWANCE", 60_000 - 120 * 400_000)
    link = invited(served)
    with phone() as page:
        enter(page, link)
        past_check(page)
        recording_on(page)
        page.locator("[data-trouble]", has_text="largest size").wait_for()
        press(page, "hand-in")
        at_step(page, "intro")
    (answer,) = served.answers(interview_id(served))
    assert answer.state is AnswerState.SUBMITTED
    assert 0 < sum(segment.size for segment in answer.segments) <= 60_000
