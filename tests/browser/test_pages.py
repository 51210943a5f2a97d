"""Every page that a role's navigation leads to, in both languages, on a phone and on a desk, in Chromium."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from appliance.demo.room_walker import BROWSER_ARGUMENTS
from appliance.demo.seed import PASSWORD
from tests.running import RunningSite

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
SEEDED = """
import asyncio, sys
from pathlib import Path
from appliance.demo import seed
from appliance.demo.mailbox import Mailbox
from appliance.demo.run import open_site
from appliance.kernel.log import configure
from appliance.serve import announce, run
from inference.engines import unavailable
configure()
folder = Path(sys.argv[1])
folder.mkdir(parents=True)
appliance = open_site(folder, unavailable(), Mailbox(), 0, 0)
seed.seed(appliance)
sys.exit(asyncio.run(run(appliance, announce)))
"""
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
LANGUAGES = {"zh": "zh-CN", "en": "en"}
ROLES = ("hr", "recruiter", "interviewer", "payroll", "head", "it", "auditor")
MORE_PAGES = {
    "hr": ("/account", "/openings/new", "/employees/new", "/shifts/new", "/plans", "/search?q=1"),
    "it": ("/accounts/new", "/terminals/new"),
}
LISTS = ("/candidates", "/openings", "/employees", "/terminals", "/shifts", "/accounts")
NO_CHINESE_NEEDED = {"English", "PDF", "#", "IT", "CSV"}
LABELS = ".btn, button, .side-link, .side-group-title, .filter, th, .form-label, .field-error, .state"

STATE_OF_PAGE = """(labels) => ({
  headings: document.querySelectorAll("h1").length,
  language: document.documentElement.lang,
  labels: [...document.querySelectorAll(labels)].map(each => each.textContent.trim()).filter(Boolean),
})"""
OVERFLOW = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
FOCUS = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect();
  return {
    tag: focused.tagName,
    seen: box.width > 0 && box.left >= 0 && box.top >= 0 && box.right <= window.innerWidth,
    outlined: getComputedStyle(focused).outlineStyle !== "none",
  };
}"""


@dataclass
class Walk:
    """One person's browser, and everything that it asked for or complained about."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on(
            "console",
            lambda message: (
                self.complaints.append(f"{self.page.url}: {message.text}")
                if message.type == "error"
                else None
            ),
        )

    def go(self, path: str) -> Response:
        answer = self.page.goto(path)
        assert answer is not None
        return answer

    def sign_in(self, login: str) -> None:
        self.go("/login")
        self.page.locator("#login").fill(login)
        self.page.locator("#password").fill(PASSWORD)
        self.page.locator(".gate button").click()
        self.page.wait_for_url("**/")

    def speak(self, language: str) -> None:
        host = urlsplit(self.page.url)
        cookie = {"name": "lang", "value": language, "url": f"{host.scheme}://{host.netloc}"}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]

    def links(self, where: str) -> list[str]:
        found: list[str] = self.page.locator(where).evaluate_all(
            "all => all.map(each => each.getAttribute('href'))"
        )
        return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("pages"), SEEDED) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def person(chromium: Browser, site: RunningSite, login: str = "", language: str = "zh") -> Iterator[Walk]:
    """A browser of their own; signed in through the form when a login is given."""
    context: BrowserContext = chromium.new_context(
        base_url=site.url,
        viewport=DESK,  # type: ignore[arg-type]
        locale="en-GB" if language == "en" else "zh-CN",
    )
    context.set_default_timeout(20_000)
    walk = Walk(context.new_page())
    if login:
        walk.sign_in(login)
    yield walk
    context.close()


def faults(walk: Walk, path: str, language: str) -> list[str]:
    """What is wrong with the page at a path, at both widths."""
    answer = walk.go(path)
    found = [] if answer.status == 200 else [f"status {answer.status}"]
    state = walk.page.evaluate(STATE_OF_PAGE, LABELS)
    if state["headings"] != 1:
        found.append(f"{state['headings']} h1")
    if state["language"] != LANGUAGES[language]:
        found.append(f"lang {state['language']}")
    if language == "zh":
        found += [f"not Chinese: {label}" for label in untranslated(state["labels"])]
    for name, size in (("desk", DESK), ("phone", PHONE)):
        walk.page.set_viewport_size(size)  # type: ignore[arg-type]
        over = walk.page.evaluate(OVERFLOW)
        if over > 0:
            found.append(f"{over} px too wide on a {name}")
    return [f"{path} ({language}): {each}" for each in found]


def untranslated(labels: list[str]) -> list[str]:
    """Labels with words and without a Chinese one."""
    return [
        label
        for label in labels
        if re.search("[A-Za-z]{2}", label)
        and not re.search("[\u4e00-\u9fff]", label)
        and label not in NO_CHINESE_NEEDED
    ]


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("login", ROLES)
def test_every_page_of_a_role_is_whole_at_both_widths(
    site: RunningSite, chromium: Browser, login: str, language: str
) -> None:
    with person(chromium, site, login, language) as walk:
        walk.speak(language)
        walk.go("/")
        paths = [*walk.links(".side-link"), *MORE_PAGES.get(login, ())]
        found: list[str] = []
        for path in paths:
            found += faults(walk, path, language)
            if path in LISTS and login in MORE_PAGES:
                inner = [each for each in walk.links("main td a") if each.startswith(f"{path}/")][:1]
                inner += [f"{each}/edit" for each in inner if path == "/openings"]
                found += [each for inside in inner for each in faults(walk, inside, language)]
        assert found == []
        assert walk.complaints == []
        assert walk.hosts == {urlsplit(site.url).netloc}, "no request leaves the machine"


@pytest.mark.parametrize("tab", ["resume", "requirements", "interview", "offer", "timeline"])
def test_every_tab_of_a_candidate_is_whole(site: RunningSite, chromium: Browser, tab: str) -> None:
    with person(chromium, site, "recruiter") as walk:
        walk.go("/candidates")
        path = walk.links("main td a")[0]
        assert faults(walk, f"{path}?tab={tab}", "zh") == []
        assert walk.complaints == []


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_pages_without_an_account_are_whole(site: RunningSite, chromium: Browser, language: str) -> None:
    with site.client() as script:
        public = [opening["public_path"] for opening in script.get("/api/v1/openings").json()["items"]]
    with person(chromium, site, language=language) as walk:
        assert [*faults(walk, "/login", language), *faults(walk, public[0], language)] == []
        assert walk.complaints == []
        assert walk.hosts == {urlsplit(site.url).netloc}


def test_the_keyboard_shows_where_it_is(site: RunningSite, chromium: Browser) -> None:
    with person(chromium, site, "hr") as walk:
        walk.go("/employees")
        for _press in range(3):
            walk.page.keyboard.press("Tab")
            state = walk.page.evaluate(FOCUS)
            assert state["seen"] and state["outlined"], state
        walk.page.locator("h1").click()
        walk.page.keyboard.press("/")
        assert walk.page.evaluate("document.activeElement.id") == "search"


def test_language_and_theme_stay_as_chosen(site: RunningSite, chromium: Browser) -> None:
    with person(chromium, site, "recruiter") as walk:
        walk.go("/candidates")
        walk.page.locator("[data-language=en]").click()
        walk.page.wait_for_function("document.documentElement.lang === 'en'")
        assert walk.page.locator("h1").inner_text().startswith("Candidates")
        before = walk.page.evaluate("document.documentElement.dataset.bsTheme")
        walk.page.locator("[data-theme-switch]").click()
        walk.go("/openings")
        assert walk.page.evaluate("document.documentElement.dataset.bsTheme") != before
        assert walk.page.evaluate("document.documentElement.lang") == "en"
        assert walk.complaints == []


def test_signing_out_closes_the_door(site: RunningSite, chromium: Browser) -> None:
    with person(chromium, site, "payroll") as walk:
        walk.page.locator("form[action='/logout'] button").click()
        walk.page.wait_for_url("**/login*")
        walk.go("/payroll")
        assert "/login" in walk.page.url and walk.page.locator("#password").count() == 1


def test_the_search_box_finds_people_and_openings_by_role(site: RunningSite, chromium: Browser) -> None:
    with person(chromium, site, "hr") as walk:
        walk.page.locator("#search").fill("护士")
        walk.page.keyboard.press("Enter")
        walk.page.wait_for_url("**/search*")
        assert any(link.startswith("/openings/") for link in walk.links("main td a"))
        walk.go("/search?q=1003")
        assert any(link.startswith("/employees/") for link in walk.links("main td a"))
    with person(chromium, site, "it") as walk:
        walk.go("/search?q=护士")
        assert walk.links("main td a") == [], "IT may open neither"


def test_on_a_phone_the_navigation_unfolds(site: RunningSite, chromium: Browser) -> None:
    with person(chromium, site, "hr") as walk:
        walk.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        walk.go("/")
        link = walk.page.locator(".side-link[href='/employees']")
        assert not link.is_visible()
        walk.page.locator(".side-toggle").click()
        link.click()
        walk.page.wait_for_url("**/employees")
        assert walk.page.evaluate(OVERFLOW) == 0


def test_a_refused_form_keeps_what_was_typed_and_says_it_beside_the_field(
    site: RunningSite, chromium: Browser
) -> None:
    with person(chromium, site, "hr") as walk:
        walk.go("/employees/new")
        walk.page.locator("#name").fill("测试甲")
        walk.page.locator("#start_on").fill("2026-12-01")
        walk.page.locator("#monthly_wage").fill("12,abc")
        walk.page.locator("main form button").click()
        walk.page.locator("#monthly_wage-error").wait_for()
        assert walk.page.locator("#name").input_value() == "测试甲"
        assert walk.page.locator("#monthly_wage").input_value() == "12,abc"
        assert walk.page.locator("#monthly_wage").get_attribute("aria-invalid") == "true"


def test_a_destructive_act_asks_first_and_names_the_thing(site: RunningSite, chromium: Browser) -> None:
    with person(chromium, site, "hr") as walk:
        walk.go("/openings")
        name = walk.page.locator("main td a").first.inner_text()
        walk.go(walk.links("main td a")[0])
        walk.page.locator("[data-dialog=close-opening]").click()
        asked = walk.page.locator("dialog[open]")
        assert name in asked.locator("h2").inner_text()
        asked.locator("[data-dialog-close]").click()
        assert walk.page.locator("dialog[open]").count() == 0
