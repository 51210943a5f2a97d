"""What every answer carries, and what another site's page cannot do."""

import io
import json

import pytest
import structlog

from appliance.identity.permissions import Permission, Role
from appliance.kernel import log
from tests.identity.conftest import clock, empty_site, house
from tests.identity.house import ADDRESS, House

__all__ = ["clock", "empty_site", "house"]


@pytest.mark.parametrize("path", ["/login", "/no-such-page", "/api/v1/jobs", "/static/muster.css"])
def test_every_answer_carries_the_security_headers(house: House, path: str) -> None:
    with house.client() as browser:
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "camera=(self)" in headers["permissions-policy"]


def test_pages_are_not_stored_and_static_files_are(house: House) -> None:
    with house.client(Role.EMPLOYEE) as browser:
        page = browser.get("/")
        assert page.headers["cache-control"] == "no-store"
        address = page.text.split('href="/static/muster.css')[1].split('"')[0]
        assert "immutable" in browser.get(f"/static/muster.css{address}").headers["cache-control"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://testserver.local.evil.example"])
def test_another_origin_changes_nothing_with_this_browsers_session(house: House, origin: str) -> None:
    with house.client(Role.EMPLOYEE) as browser:
        assert browser.post("/account/sessions/removal", headers={"origin": origin}).status_code == 403
        assert browser.get("/account").status_code == 200


def test_a_change_without_an_origin_is_refused_with_a_session(house: House) -> None:
    with house.client(Role.EMPLOYEE) as browser:
        del browser.headers["origin"]
        assert browser.post("/account/totp").status_code == 403
        assert browser.post("/account/totp", headers={"sec-fetch-site": "same-origin"}).status_code == 303


def test_another_site_cannot_sign_somebody_in(house: House) -> None:
    with house.client() as browser:
        assert browser.post("/login", data={}, headers={"origin": "http://evil.example"}).status_code == 403


def test_a_bearer_token_needs_no_origin(house: House) -> None:
    with house.client() as script:
        del script.headers["origin"]
        answer = script.post("/api/v1/audit/verification", headers=house.bearer(Permission.AUDIT_READ))
        assert answer.status_code == 200


def test_a_bearer_header_does_not_excuse_a_session(house: House) -> None:
    with house.client(Role.EMPLOYEE) as browser:
        headers = {"origin": "http://evil.example", "authorization": "Bearer x"}
        assert browser.post("/account/totp", headers=headers).headers["location"].startswith("/login")
    account = house.identity.accounts.search().items[0]
    assert house.identity.accounts.pending_totp(account.as_actor()) is None


@pytest.mark.parametrize(
    "path", ["/static/../kernel/web.py", "/static/%2e%2e/settings.py", "/static//etc/passwd", "/static/"]
)
def test_static_files_stay_in_their_folder(house: House, path: str) -> None:
    with house.client() as browser:
        assert browser.get(path).status_code == 404


def test_the_log_names_the_route_and_never_the_path_or_the_query(house: House) -> None:
    stream = io.StringIO()
    log.configure(stream)
    try:
        with house.client(Role.IT) as browser:
            browser.get("/accounts/0193-very-private?saved=secret-token")
            browser.get("/search?q=13800000000")
    finally:
        structlog.reset_defaults()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert routes == ["/accounts/{account_id}", "/search"]
    assert "very-private" not in stream.getvalue() and "13800000000" not in stream.getvalue()
    assert all(line["actor_id"] and line["status"] for line in lines if line["event"] == "request")


def test_what_is_not_on_the_list_never_reaches_the_log() -> None:
    stream = io.StringIO()
    log.configure(stream)
    try:
        log.logger().info("candidate.read", candidate_name="测试甲", job_id="1")
    finally:
        structlog.reset_defaults()
    line = json.loads(stream.getvalue())
    assert line["job_id"] == "1" and line["dropped"] == ["candidate_name"]
    assert "测试甲" not in stream.getvalue()


def test_metrics_are_for_this_machine_and_for_it(house: House) -> None:
    with house.client() as stranger:
        assert stranger.get("/metrics").status_code == 303
    with house.client() as script:
        script.get("/login")
        found = script.get("/metrics", headers=house.bearer(Permission.METRICS_READ))
        assert 'muster_http_requests_total{method="GET",route="/login",status="200"} 1.0' in found.text
        assert 'muster_jobs{state="dead"} 0.0' in found.text


def test_pages_ask_for_nothing_from_elsewhere(house: House) -> None:
    with house.client(Role.IT, Role.AUDITOR) as browser:
        for path in ("/", "/account", "/accounts", "/accounts/new", "/jobs", "/audit", "/search?q=x"):
            text = browser.get(path).text
            assert "http://" not in text.replace(ADDRESS, "") and "https://" not in text
            assert " style=" not in text and "<script>" not in text and "onclick" not in text
