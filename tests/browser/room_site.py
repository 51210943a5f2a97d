"""The room served on a port of its own, and phones with a made-up camera and microphone to walk it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server
from playwright.sync_api import BrowserContext, Page, sync_playwright

from appliance.demo.room_walker import BROWSER_ARGUMENTS, PHONE, at_step, press
from appliance.interviews import store
from appliance.interviews.model import Answer
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from tests.fresh import fresh_keys
from tests.interviews.house import House, token_of

CHROMIUM = "/usr/bin/chromium"
FAKE_MEDIA = "--use-fake-ui-for-media-stream"


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


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A fresh house on a port of its own."""
    clock = FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    keys = fresh_keys(folder)
    databases = Databases.open(folder, keys, clock)
    running = Served(House(folder, databases, keys, clock))
    try:
        yield running
    finally:
        running.stop()
        databases.close()


@contextmanager
def browsing(*more: str, permissions: bool = True, width: int = PHONE[0]) -> Iterator[BrowserContext]:
    """A browser at phone size; without `permissions` it refuses camera and microphone."""
    arguments = [one for one in BROWSER_ARGUMENTS if permissions or one != FAKE_MEDIA]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*arguments, *more])
        context = browser.new_context(viewport={"width": width, "height": PHONE[1]}, locale="en-GB")
        context.set_default_timeout(30_000)
        yield context
        context.close()
        browser.close()


@contextmanager
def phone(*more: str, permissions: bool = True) -> Iterator[Page]:
    """One page of such a browser."""
    with browsing(*more, permissions=permissions) as context:
        yield context.new_page()


def invited(served: Served) -> str:
    """A fresh invitation's link, in English."""
    return served.link(token_of(served.house.invite(language="en")))


def enter(page: Page, link: str, *, voice: bool = True, video: bool = True) -> None:
    """Open the link and consent."""
    page.goto(link)
    if voice:
        page.get_by_role("checkbox").nth(0).check()
    if voice and video:
        page.get_by_role("checkbox").nth(1).check()
    page.locator("form[action$='/consent'] button").click()
    at_step(page, "check" if voice else "intro")


def past_check(page: Page) -> None:
    """Through the device check and past the practice question, to the first question's introduction."""
    press(page, "check-start")
    press(page, "check-done")
    at_step(page, "practice")
    press(page, "practice-skip")
    at_step(page, "intro")


def recording_on(page: Page) -> None:
    """From a question's introduction into its recording."""
    press(page, "show-question")
    at_step(page, "question")
    press(page, "record")
    page.locator("#room[data-recording='yes']").wait_for()
