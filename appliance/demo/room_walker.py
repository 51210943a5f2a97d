"""Walks through the candidate's room in a real browser, as a candidate would, for the demo and for tests.

Playwright is imported by the caller, who hands in a page of a Chromium that was started with
`BROWSER_ARGUMENTS` (and, for real faces and voices, `--use-file-for-fake-video-capture` and
`--use-file-for-fake-audio-capture`).
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Page

BROWSER_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
"""What Chromium needs to record without a person in front of it, and to stay off the network."""

PHONE = (390, 844)
STEP_MS = 30_000
SAVING_MS = 120_000


class Spoken(msgspec.Struct, frozen=True):
    """An answer by voice or video of this length. With `offline_s` the network is away for that long in
    the middle; with `reload` the page is loaded again in the middle and the answer goes on in a further
    segment."""

    seconds: float
    offline_s: float = 0.0
    reload: bool = False


class Typed(msgspec.Struct, frozen=True):
    """An answer in writing."""

    text: str


RoomAnswer = Spoken | Typed


def walk_room(
    page: "Page",
    link: str,
    answers: Sequence[RoomAnswer],
    *,
    video: bool = True,
    see: Callable[[str], None] = lambda name: None,
) -> None:
    """Open the link, consent, check the devices, answer every question in order and finish.

    `see` is called with a name at every place worth a screenshot. Raises Playwright's TimeoutError where
    the room does not come to the next step.
    """
    page.on("dialog", _accept)
    page.goto(link)
    see("notice")
    page.get_by_role("checkbox").nth(0).check()
    if video:
        page.get_by_role("checkbox").nth(1).check()
    see("chosen")
    page.locator("form[action$='/consent'] button").click()
    _check_devices(page, see)
    for number, answer in enumerate(answers, 1):
        at_step(page, "intro")
        see(f"intro-{number}")
        press(page, "show-question")
        at_step(page, "question")
        if isinstance(answer, Typed):
            _write(page, answer, numbered(see, number))
        else:
            _speak(page, answer, numbered(see, number))
    at_step(page, "finish", SAVING_MS)
    see("last")
    press(page, "finish")
    page.locator("ol.steps").wait_for(timeout=STEP_MS)
    see("done")


def numbered(see: Callable[[str], None], number: int) -> Callable[[str], None]:
    """`see` with the question's number behind each name."""
    return lambda name: see(f"{name}-{number}")


def press(page: "Page", act: str) -> None:
    """Press one of the room's buttons, as soon as it is there."""
    page.locator(f"[data-act='{act}']:visible").click(timeout=STEP_MS)


def at_step(page: "Page", step: str, timeout_ms: int = STEP_MS) -> None:
    """Wait until the room is at a step."""
    page.locator(f"#room[data-at='{step}']").wait_for(timeout=timeout_ms)


def _check_devices(page: "Page", see: Callable[[str], None]) -> None:
    page.locator("#room[data-at]").wait_for(timeout=STEP_MS)
    if page.locator("#room[data-at='check']").count() == 0:
        return
    see("check")
    press(page, "check-start")
    page.locator("[data-act='check-done']:visible").wait_for(timeout=STEP_MS)
    page.wait_for_timeout(800)
    see("checked")
    press(page, "check-done")
    at_step(page, "practice")
    see("practice")
    press(page, "practice-skip")


def _write(page: "Page", answer: Typed, see: Callable[[str], None]) -> None:
    page.locator("[data-text]").fill(answer.text)
    page.wait_for_timeout(1800)
    see("written")
    press(page, "hand-in-text")


def _speak(page: "Page", answer: Spoken, see: Callable[[str], None]) -> None:
    page.locator("[data-act='record']:visible").wait_for(timeout=STEP_MS)
    page.wait_for_timeout(500)
    see("thinking")
    press(page, "record")
    page.locator("#room[data-recording='yes']").wait_for(timeout=STEP_MS)
    half_ms = round(answer.seconds * 500)
    page.wait_for_timeout(half_ms)
    see("recording")
    if answer.offline_s:
        page.context.set_offline(True)
        page.wait_for_timeout(round(answer.offline_s * 1000))
        see("offline")
        page.context.set_offline(False)
        page.locator("[data-saved][data-mood='saved']").wait_for(timeout=STEP_MS)
        see("back")
    if answer.reload:
        page.wait_for_timeout(1200)
        page.reload()
        at_step(page, "question")
        page.locator("[data-act='continue']:visible").wait_for(timeout=STEP_MS)
        see("interrupted")
        press(page, "continue")
        page.locator("#room[data-recording='yes']").wait_for(timeout=STEP_MS)
    page.wait_for_timeout(half_ms)
    press(page, "stop")
    page.locator("[data-act='hand-in']:visible").wait_for(timeout=STEP_MS)
    see("stopped")
    press(page, "hand-in")
    page.wait_for_function(
        "() => ['intro', 'finish'].includes(document.getElementById('room').dataset.at)", timeout=SAVING_MS
    )


def _accept(dialog: "Dialog") -> None:
    """Answer yes to "leave the page?" and to the room's own questions."""
    dialog.accept()
