"""A started site under the hands of somebody who means harm, or is only curious."""

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.app.visitors import Hr, Visitor, refused
from tests.recruiting.samples import ENGLISH, docx_of
from tests.running import RunningSite

PASSWORD = "a long password for tests"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    running = RunningSite(tmp_path_factory.mktemp("site"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def hr(site: RunningSite) -> Hr:
    found = Hr(site)
    found.open_post()
    return found


@pytest.fixture(scope="module")
def invitation(hr: Hr) -> dict[str, str]:
    return hr.invite(hr.screened())


@pytest.fixture(scope="module")
def manager(site: RunningSite) -> str:
    account(site, "manager", "hr_manager")
    return "manager"


def account(site: RunningSite, login: str, *roles: str) -> str:
    """An account with these roles; its id."""
    body = {"login": login, "password": PASSWORD, "roles": roles, "temporary_password": False}
    with site.client() as client:
        made = client.post("/api/v1/accounts", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def signed_in(site: RunningSite, login: str, following: str = "/") -> tuple[httpx.Client, httpx.Response]:
    """A browser after the sign-in form, and the form's answer."""
    browser = site.browser()
    form = {"login": login, "password": PASSWORD, "next": following}
    return browser, browser.post("/login", data=form)


# the way in


@pytest.mark.parametrize(
    "following",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/x\r\nSet-Cookie: evil=1",
        "evil.example",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(site: RunningSite, manager: str, following: str) -> None:
    _, entered = signed_in(site, manager, following)
    assert entered.status_code == 303
    assert entered.headers["location"] == "/"
    assert "evil" not in str(entered.headers)


def test_signing_in_leads_back_to_a_page_of_ours_in_any_letters(site: RunningSite, manager: str) -> None:
    browser, entered = signed_in(site, manager, "/candidates?q=测试&page_number=1")
    assert entered.status_code == 303
    assert browser.get(entered.headers["location"]).status_code == 200


def test_a_session_that_somebody_laid_ready_is_not_the_one_that_is_opened(site: RunningSite) -> None:
    account(site, "fixed", "hr_manager")
    browser = site.browser()
    browser.cookies.set("muster_session", "laid-ready", domain="127.0.0.1")
    form = {"login": "fixed", "password": PASSWORD}
    entered = browser.post("/login", data=form)
    assert entered.status_code == 303
    given = entered.headers["set-cookie"]
    assert "laid-ready" not in given and "HttpOnly" in given and "SameSite=lax" in given
    stranger = site.browser()
    stranger.cookies.set("muster_session", "laid-ready", domain="127.0.0.1")
    assert stranger.get("/candidates").status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2f..%2fapp.py",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static//etc/passwd",
        "/static/vendor/../../app.py",
        "/static/..\\..\\app.py",
        "/static/%00",
    ],
)
def test_static_files_are_only_the_static_files(site: RunningSite, path: str) -> None:
    where = urlsplit(site.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.request("GET", path)  # as it stands: httpx would tidy the path
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    assert answer.status in {400, 404}, path
    assert b"import" not in body and b"root:" not in body


@pytest.mark.parametrize("number", [str(10**30), "-1", "0", "99999", "1e9", "x"])
def test_no_page_number_is_too_large_to_be_answered(hr: Hr, site: RunningSite, number: str) -> None:
    lists = ("candidates", "employees", "punches", "audit", "jobs", "accounts", "payroll/records", "openings")
    pages = (
        "candidates",
        "interviews",
        "employees",
        "punches",
        "audit",
        "jobs",
        "accounts",
        "messages",
        "payroll",
    )
    with site.client() as client:
        for path in [f"/api/v1/{name}?page={number}" for name in lists] + [
            f"/{name}?page_number={number}" for name in pages
        ]:
            assert client.get(path).status_code in {200, 422}, path


# who sees whom


def test_an_interviewer_sees_only_the_interviews_that_name_them(
    hr: Hr, site: RunningSite, invitation: dict[str, str]
) -> None:
    named_id = account(site, "named", "interviewer")
    account(site, "stranger", "interviewer")
    account(site, "head", "department_head")
    named_to = hr.invite(hr.screened(), interviewers=[named_id])["interview_id"]
    named, stranger, head = (signed_in(site, login)[0] for login in ("named", "stranger", "head"))
    for path in (f"/interviews/{named_to}", f"/api/v1/interviews/{named_to}"):
        assert named.get(path).status_code == 200, path
    other = invitation["interview_id"]
    for browser in (stranger, head, named):
        for path in (
            f"/interviews/{other}",
            f"/interviews/{other}/progress",
            f"/interviews/{other}/report",
            f"/interviews/{other}/report.pdf",
            f"/api/v1/interviews/{other}",
            f"/api/v1/interviews/{other}/report",
            "/interviews",
            "/candidates",
            "/api/v1/candidates",
        ):
            assert browser.get(path).status_code == 403, path


def test_a_head_of_department_does_not_see_the_whole_sites_punches_and_sets_nobodys_shifts(
    site: RunningSite,
) -> None:
    account(site, "ward-head", "department_head")
    head, _ = signed_in(site, "ward-head")
    for path in ("/punches", "/api/v1/punches", "/employees", "/shifts/new", "/payroll"):
        assert head.get(path).status_code == 403, path


def test_it_sees_no_candidate_and_no_link(site: RunningSite, invitation: dict[str, str]) -> None:
    account(site, "machine-room", "it")
    browser, _ = signed_in(site, "machine-room")
    for path in ("/candidates", "/interviews", "/audit", "/payroll"):
        assert browser.get(path).status_code == 403, path
    token = invitation["link"].rsplit("/", 1)[1]
    for path in ("/messages", "/jobs", "/api/v1/jobs"):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert token not in page.text and "测试甲" not in page.text, path


# what is left lying about


def test_a_candidates_link_is_in_no_log_no_ledger_and_no_referrer(
    hr: Hr, site: RunningSite, invitation: dict[str, str]
) -> None:
    visitor = Visitor(site, invitation["link"])
    page = visitor.page()
    visitor.enter()
    visitor.ask("GET", "/no-such-thing")
    visitor.ask("POST", "/finish", content=b"\xff")
    token = invitation["link"].rsplit("/", 1)[1]
    assert page.headers["referrer-policy"] in {"same-origin", "no-referrer"}
    assert page.headers["cache-control"] == "no-store"
    assert token not in site.log.read_text()
    assert token not in str(hr.get("/audit?size=200")) + str(hr.get("/jobs?size=200"))


def test_no_name_or_address_is_in_the_log_and_no_file_is_left_in_the_temporary_folder(
    hr: Hr, site: RunningSite
) -> None:
    sent = hr.send_resume(docx_of(ENGLISH), "Test Person A.docx")
    hr.wait_until(sent.json()["candidate_id"], "screened")
    with site.client() as client:
        client.get("/api/v1/candidates?q=Test%20Person%20A")
        client.post("/api/v1/accounts", json={"login": "Test Person A", "password": "x", "roles": []})
    log = site.log.read_text()
    for word in ("Test Person A", "test.person@example.com", "测试甲", PASSWORD, site.token):
        assert word not in log
    assert list(site.temporary.iterdir()) == []


def test_a_file_comes_back_only_as_a_download_under_its_own_name(hr: Hr, site: RunningSite) -> None:
    page = b"<!doctype html><html><body>Test Person B, ward nurse, ten years<script>1</script></body></html>"
    sent = hr.send_resume(page, 'résumé";\r\nX-Evil: 1.html')
    assert sent.status_code == 201, sent.text
    with site.client() as client:
        back = client.get(f"/resumes/{sent.json()['document_id']}")
    assert back.content == page
    assert back.headers["content-type"] == "application/octet-stream"
    assert back.headers["content-disposition"].startswith("attachment;")
    assert "x-evil" not in back.headers
    assert "default-src 'self'" in back.headers["content-security-policy"]


def test_a_change_from_another_sites_page_is_refused(site: RunningSite) -> None:
    account(site, "lured", "hr_manager")
    browser, _ = signed_in(site, "lured")
    for origin in ("https://evil.example", "null", site.url.replace("127.0.0.1", "127.0.0.2")):
        answer = browser.post(
            "/api/v1/departments",
            json={"code": "EVIL", "name_zh": "x"},
            headers={"Origin": origin, "Accept": "application/json"},
        )
        refused(answer, 403, "forbidden")
    with site.client() as client:
        assert "EVIL" not in client.get("/api/v1/departments").text
