"""HR arranges a plan in Chromium: by mouse and by keyboard, with the minutes as they change."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, sync_playwright

from appliance.demo.room_walker import BROWSER_ARGUMENTS
from tests.browser.test_pages import CHROMIUM, DESK, OVERFLOW, PHONE, SEEDED, Walk
from tests.running import RunningSite

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("plans"), SEEDED) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_question_is_added_moved_by_keyboard_and_saved(
    site: RunningSite, chromium: Browser, size: dict[str, int]
) -> None:
    context = chromium.new_context(viewport=size, base_url=site.url)  # type: ignore[arg-type]
    walk = Walk(context.new_page())
    walk.sign_in("hr")
    walk.speak("en")
    walk.go("/plans")
    path = walk.links("td a.btn[href^='/plans/']")[0]
    walk.go(path)
    page = walk.page
    rows = page.locator("[data-row][data-bank]")
    before, total = rows.count(), page.locator("[data-total]").inner_text()
    page.locator("[data-add]:not([disabled])").first.click()
    page.wait_for_selector(f"#rows[data-at='{before + 1}']")
    assert page.locator("[data-total]").inner_text() != total
    assert page.evaluate("document.activeElement.id") == f"questions.{before + 1}"
    assert page.locator("#plan-said").inner_text() == f"Added as question {before + 1}."
    added = rows.nth(before).get_attribute("data-bank")
    taken = page.locator(f"[data-bank-id='{added}'] [data-add]")
    assert taken.is_disabled() and taken.inner_text().strip() == "In the plan"

    answer = page.locator(f"[name='answer_s.{before + 1}']")
    answer.fill("77")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_selector(f"#rows[data-at='{before}']")
    assert page.locator(f"[name='answer_s.{before}']").input_value() == "77"
    assert rows.nth(before - 1).get_attribute("data-bank") == added

    mode = page.locator(f"[name='follow_up.{before}']")
    mode.select_option("fixed")
    listed = page.locator(f"[name='after_en.{before}.1']")
    assert listed.is_visible()
    page.locator(f"[name='after_zh.{before}.1']").fill("最后结果怎样？")
    listed.fill("How did it turn out?")
    assert "with follow-ups up to" in page.locator("[data-total]").inner_text()
    assert page.evaluate(OVERFLOW) <= 0
    page.locator(".plan-bar .btn-primary").click()
    page.wait_for_url("**saved=1")
    assert page.locator(f"[name='after_en.{before}.1']").input_value() == "How did it turn out?"
    assert walk.complaints == []
    context.close()


def test_work_that_is_not_saved_asks_before_it_is_left(site: RunningSite, chromium: Browser) -> None:
    context = chromium.new_context(viewport=DESK, base_url=site.url)  # type: ignore[arg-type]
    walk = Walk(context.new_page())
    walk.sign_in("hr")
    walk.go("/plans")
    walk.go(walk.links("td a.btn[href^='/plans/']")[0])
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    walk.page.on("dialog", dismiss)
    walk.page.locator("[name='text_en.1']").press_sequentially("More words. ")
    with walk.page.expect_event("dialog"):
        walk.page.locator("a[href='/interviews/library']").first.click(no_wait_after=True)
    assert asked == ["beforeunload"]
    assert "More words. " in walk.page.locator("[name='text_en.1']").input_value()
    context.close()
