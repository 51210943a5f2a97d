"""The report in Chromium: whole at both widths in both languages, quotes that play their second, shares that
hide scores."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.test_pages import chromium, faults, person  # noqa: F401 - a fixture
from tests.running import RunningSite

pytestmark = pytest.mark.browser

SITE = (
    "import sys; from pathlib import Path; from tests.browser.reported_site import main; "
    "sys.exit(main(Path(sys.argv[1])))"
)
INTERVIEW = re.compile(r"/interviews/([0-9a-f-]{36})$")
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("report"), SITE) as running:
        yield running


def interviews(site: RunningSite, browser: Browser) -> dict[str, str]:
    """Interview ids by candidate, as the board shows them."""
    with person(browser, site, "hr") as walk:
        walk.go("/interviews")
        found = walk.page.locator("main a").evaluate_all(
            "all => all.map(each => [each.getAttribute('href'), each.textContent.trim()])"
        )
    return {name: match[1] for path, name in found if (match := INTERVIEW.match(path or ""))}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_around_a_report_is_whole(
    site: RunningSite,
    chromium: Browser,  # noqa: F811
    language: str,
) -> None:
    ids = interviews(site, chromium)
    one, other = ids["沈知夏"], ids["白芷"]
    with person(chromium, site, "hr", language) as walk:
        walk.speak(language)
        walk.go(f"/interviews/{one}/report")
        compare = walk.links("a[href^='/interviews/compare/']")[0]
        pages = [
            f"/interviews/{one}/report",
            f"/interviews/{other}/report",
            f"/interviews/{one}/sharing",
            f"/interviews/{one}/explanation",
            compare,
            f"{compare}?interview={one}&interview={other}",
            "/norms",
            "/shared-reports",
        ]
        assert [fault for path in pages for fault in faults(walk, path, language)] == []
        assert walk.complaints == []


def test_a_quote_plays_its_second_on_a_phone(
    site: RunningSite,
    chromium: Browser,  # noqa: F811
) -> None:
    one = interviews(site, chromium)["沈知夏"]
    with person(chromium, site, "hr") as walk:
        walk.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        walk.go(f"/interviews/{one}/report")
        quote = walk.page.locator("a.quote-where[data-second='1.0'], a.said-at[data-second='1.0']").first
        quote.click()
        video = walk.page.locator("[data-report-player] video")
        walk.page.wait_for_function(
            "() => { const v = document.querySelector('[data-report-player] video');"
            " return v.readyState >= 2 && v.currentTime >= 1.0; }"
        )
        assert video.is_visible()
        assert video.evaluate("each => each.currentTime") < 4.0
        box = video.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
        walk.page.locator("[data-report-close]").click()
        assert not video.is_visible()
        assert walk.complaints == []


def test_a_head_of_department_reads_what_was_shared_without_scores_and_comments_are_kept(
    site: RunningSite,
    chromium: Browser,  # noqa: F811
) -> None:
    one = interviews(site, chromium)["沈知夏"]
    with person(chromium, site, "hr", "en") as walk:
        walk.go(f"/interviews/{one}/report")
        walk.page.locator("#comments textarea").fill("Ask about the roster.")
        walk.page.locator("#comments button").click()
        walk.page.wait_for_url("**/report#comment-*")
        assert "Ask about the roster." in walk.page.locator("#comments").inner_text()
        walk.go(f"/interviews/{one}/sharing")
        heads = walk.page.locator("#account_id option").evaluate_all("all => all.map(each => each.text)")
        walk.page.select_option("#account_id", label=heads[-1])
        walk.page.locator("button", has_text="Share report").click()
        walk.page.wait_for_selector(".share-link")
    with person(chromium, site, "head", "en") as walk:
        walk.go("/")
        walk.page.locator("a[href='/shared-reports']").first.click()
        walk.page.locator("main td a").first.click()
        walk.page.wait_for_url("**/report")
        assert "Your own rating comes first." in walk.page.locator("main").inner_text()
        assert walk.page.locator(".anchors, .radar, .level, #comments").count() == 0
        assert walk.page.locator("a[data-answer]").count() > 0, "the answers can be played"
        assert faults(walk, f"/interviews/{one}/report", "en") == []
        assert walk.complaints == []
