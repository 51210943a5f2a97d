"""A candidate reads, corrects and asks on a phone; a second colleague confirms the erasure at a desk."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from appliance.identity.permissions import Role
from appliance.install.assets import vendor_dir
from appliance.interviews.rights.model import ERASE, RequestKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from tests.browser.room_site import Served, phone
from tests.fresh import fresh_keys
from tests.identity.house import PASSWORD
from tests.interviews.rights_house import SPOKEN, RightsHouse

pytestmark = pytest.mark.browser

OVERFLOW = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"


class StyledHouse(RightsHouse):
    """With the built front end, so that dialogues open."""

    def app(self, vendor: Path | None = None) -> object:  # type: ignore[override]
        return super().app(vendor_dir())


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    clock = FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    running = Served(StyledHouse(tmp_path, databases, keys, clock))
    yield running
    running.stop()
    databases.close()


def test_a_candidate_corrects_one_word_and_asks_why(served: Served) -> None:
    house = served.house
    assert isinstance(house, RightsHouse)
    _, key = house.entered(video=False, language="en")
    house.spoken(key)
    faults: list[str] = []
    with phone() as page:
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.context.add_cookies(
            [{"name": "room_device", "value": key.device, "url": served.link(key.token)}]
        )
        page.goto(f"{served.link(key.token)}/mine")
        page.get_by_text("Correct this").click()
        said = "".join(SPOKEN)
        page.get_by_label("The text as you said it").fill("Something else altogether, and much better.")
        page.get_by_role("button", name="Hand in the correction").click()
        expect(page.get_by_role("alert")).to_contain_text("may be corrected here")
        page.get_by_label("The text as you said it").fill(said.replace("李", "黎"))
        page.get_by_role("button", name="Hand in the correction").click()
        expect(page.get_by_role("status")).to_contain_text("Both versions are kept")
        page.get_by_text("An explanation", exact=True).focus()
        page.keyboard.press("Enter")
        page.locator("#words-explanation").fill("What spoke against me?")
        page.locator("#request-explanation").get_by_role("button", name="Ask for this").click()
        expect(page.get_by_role("status")).to_contain_text("Number R-261123-")
        assert page.evaluate(OVERFLOW) == 0
    assert faults == []
    assert [one.kind for one in house.own.look(key).requests] == [RequestKind.EXPLANATION]


def test_a_second_colleague_confirms_and_the_receipt_is_there(served: Served) -> None:
    house = served.house
    assert isinstance(house, RightsHouse)
    _, key = house.entered(video=False)
    house.spoken(key)
    proposed = house.erasures.propose(house.first, house.ask(key, RequestKind.ERASURE).id)
    house.account(Role.HR_MANAGER, login="third")
    session = house.identity.sessions.sign_in("third", PASSWORD).token
    home = served.link("").removesuffix("/room/")
    with phone() as page:
        page.context.add_cookies([{"name": "muster_session", "value": session, "url": home}])
        page.goto(f"{home}/interviews/rights")
        page.get_by_role("link", name="Look at it").click()
        page.get_by_role("button", name="Confirm and erase").click()
        page.get_by_role("dialog").get_by_role("button", name="Confirm and erase").click()
        expect(page.get_by_text("Being erased", exact=True)).to_be_visible()
        assert house.work(ERASE) == 0
        page.goto(f"{home}/interviews/rights/erasures/{proposed.id}")
        expect(page.get_by_text(house.erasures.get(proposed.id).sha256).first).to_be_visible()
        page.goto(f"{served.link(key.token)}/mine")
        expect(page.get_by_role("heading")).to_contain_text("数据已删除")
