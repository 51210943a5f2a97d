"""Who may come in: every route has a guard, every role opens what it should and nothing more."""

import pytest
from litestar import get

from appliance.identity.permissions import (
    EVERYTHING,
    ROLE_LABELS,
    ROLE_PERMISSIONS,
    Permission,
    Role,
    permissions_of,
)
from tests.identity.house import House
from tests.identity.routes import handlers, unguarded

PERSONAL = {
    Permission.CANDIDATES_READ,
    Permission.EMPLOYEES_READ,
    Permission.PAYROLL_READ,
    Permission.RECORDINGS_OPEN,
    Permission.INTERVIEWS_READ,
}
CHANGES = {permission for permission in Permission if not permission.endswith((".read", ".open"))}


def test_every_route_of_identity_and_audit_has_a_guard(house: House) -> None:
    app = house.app()
    assert len(handlers(app)) > 30
    assert [name for name in unguarded(app) if "/schema" not in name] == []


def test_the_walk_finds_a_route_without_a_guard(house: House) -> None:
    @get("/forgotten", sync_to_thread=False)
    def forgotten() -> str:
        return ""

    house.extra.append(forgotten)
    assert "GET /forgotten" in unguarded(house.app())


def test_every_role_has_permissions_and_a_label() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role) == set(ROLE_LABELS)
    assert all(ROLE_PERMISSIONS[role] for role in Role)


def test_only_hr_managers_open_any_recording() -> None:
    assert [role for role in Role if Permission.RECORDINGS_OPEN in ROLE_PERMISSIONS[role]] == [
        Role.HR_MANAGER
    ]


def test_it_sees_no_person() -> None:
    assert not ROLE_PERMISSIONS[Role.IT] & PERSONAL


def test_an_auditor_changes_nothing() -> None:
    assert not ROLE_PERMISSIONS[Role.AUDITOR] & CHANGES


def test_no_role_holds_everything() -> None:
    assert all(ROLE_PERMISSIONS[role] < EVERYTHING for role in Role)


def test_roles_together_hold_what_each_holds() -> None:
    both = permissions_of({Role.IT, Role.AUDITOR})
    assert both == permissions_of({Role.IT}) | permissions_of({Role.AUDITOR})


@pytest.mark.parametrize(
    ("role", "opens", "refuses"),
    [
        (Role.HR_MANAGER, ["/", "/account", "/jobs", "/audit"], ["/accounts", "/api/v1/accounts"]),
        (Role.RECRUITER, ["/", "/account"], ["/jobs", "/audit", "/accounts"]),
        (Role.INTERVIEWER, ["/", "/account"], ["/jobs", "/audit", "/accounts"]),
        (Role.PAYROLL, ["/", "/account"], ["/jobs", "/audit", "/accounts"]),
        (Role.DEPARTMENT_HEAD, ["/", "/account"], ["/jobs", "/audit", "/accounts"]),
        (Role.EMPLOYEE, ["/", "/account"], ["/jobs", "/audit", "/accounts", "/api/v1/jobs"]),
        (Role.IT, ["/", "/jobs", "/accounts", "/accounts/new", "/metrics"], ["/audit", "/api/v1/audit"]),
        (Role.AUDITOR, ["/", "/audit", "/jobs", "/audit/export.csv"], ["/accounts", "/metrics"]),
    ],
)
def test_a_role_opens_its_pages_and_no_others(
    house: House, role: Role, opens: list[str], refuses: list[str]
) -> None:
    with house.client(role) as browser:
        assert {path: browser.get(path).status_code for path in opens} == dict.fromkeys(opens, 200)
        assert {path: browser.get(path).status_code for path in refuses} == dict.fromkeys(refuses, 403)


def test_the_navigation_shows_only_what_the_role_opens(house: House) -> None:
    with house.client(Role.AUDITOR) as auditor, house.client(Role.EMPLOYEE) as employee:
        seen = auditor.get("/").text
        assert 'href="/audit"' in seen and 'href="/accounts"' not in seen
        assert 'href="/audit"' not in employee.get("/").text


def test_a_reader_of_jobs_cannot_retry_them(house: House) -> None:
    with house.client(Role.AUDITOR) as auditor:
        assert auditor.post("/jobs/some-id/retry").status_code == 403


def test_nobody_signed_in_is_sent_to_sign_in_and_comes_back(house: House) -> None:
    with house.client() as browser:
        answer = browser.get("/jobs?state=dead")
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fjobs%3Fstate%3Ddead")


def test_a_script_without_a_token_gets_401_with_a_problem(house: House) -> None:
    with house.client() as script:
        answer = script.get("/api/v1/jobs")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "not_signed_in"
