"""API tokens: no more than their issuer, no longer than they should."""

from datetime import timedelta

import pytest

from appliance.identity.permissions import Permission, Role
from appliance.kernel.actor import ActorKind
from appliance.kernel.errors import Forbidden, Invalid
from tests.identity.house import House


def test_each_start_ends_the_console_token_of_the_one_before(house: House) -> None:
    first = house.identity.console_token()
    second = house.identity.console_token()
    assert house.identity.authenticate("", first) is None
    found = house.identity.authenticate("", second)
    assert found is not None and all(found[0].may(permission) for permission in Permission)
    assert found[0].kind is ActorKind.PERSON


def test_a_token_opens_what_it_names_and_nothing_else(house: House) -> None:
    with house.client() as script:
        headers = house.bearer(Permission.JOBS_READ)
        assert script.get("/api/v1/jobs", headers=headers).status_code == 200
        assert script.get("/api/v1/audit", headers=headers).status_code == 403


def test_a_token_cannot_do_more_than_its_issuer(house: House) -> None:
    issuer = house.account(Role.IT).as_actor()
    with pytest.raises(Forbidden):
        house.identity.issue_token(issuer, "greedy", frozenset({Permission.PAYROLL_READ}))


def test_a_token_of_an_account_loses_what_the_account_loses(house: House) -> None:
    console = house.identity.authenticate("", house.identity.console_token())
    assert console is not None
    account = house.account(Role.AUDITOR)
    issued = house.identity.issue_token(
        console[0],
        "nightly",
        frozenset({Permission.AUDIT_READ, Permission.JOBS_MANAGE}),
        account_id=account.id,
    )
    found = house.identity.authenticate("", issued.secret)
    assert found is not None
    actor = found[0]
    assert (actor.id, actor.kind) == (account.id, ActorKind.PERSON)
    assert actor.may(Permission.AUDIT_READ) and not actor.may(Permission.JOBS_MANAGE)
    house.identity.accounts.deactivate(console[0], account.id)
    assert house.identity.authenticate("", issued.secret) is None


def test_an_expired_and_a_revoked_token_open_nothing(house: House) -> None:
    console = house.identity.authenticate("", house.identity.console_token())
    assert console is not None
    jobs = frozenset({Permission.JOBS_READ})
    ends = house.clock.now() + timedelta(days=1)
    short = house.identity.issue_token(console[0], "short", jobs, expires_at=ends)
    ended = house.identity.issue_token(console[0], "ended", jobs)
    house.identity.tokens.revoke(console[0], ended.token.id)
    assert house.identity.authenticate("", short.secret) is not None
    assert house.identity.authenticate("", ended.secret) is None
    house.clock.advance(timedelta(days=1))
    assert house.identity.authenticate("", short.secret) is None


def test_an_expiry_in_the_past_is_refused(house: House) -> None:
    console = house.identity.authenticate("", house.identity.console_token())
    assert console is not None
    with pytest.raises(Invalid):
        jobs = frozenset({Permission.JOBS_READ})
        house.identity.issue_token(console[0], "late", jobs, expires_at=house.clock.now())


def test_the_first_account_is_made_with_the_console_token(house: House) -> None:
    headers = {"authorization": f"Bearer {house.identity.console_token()}", "accept": "application/json"}
    body = {"login": "hr", "password": "a wide river 9", "roles": ["hr_manager"]}
    with house.client() as script:
        made = script.post("/api/v1/accounts", json=body, headers=headers)
        assert made.status_code == 201 and made.json()["number"] == "A00001"
        assert "password" not in made.text
        again = script.post("/api/v1/accounts", json=body, headers=headers)
        assert again.status_code == 409 and again.json()["code"] == "conflict"
        listed = script.get("/api/v1/accounts?role=hr_manager", headers=headers).json()
        assert [account["login"] for account in listed["items"]] == ["hr"]


def test_a_token_issued_over_the_api_works_until_it_is_deleted(house: House) -> None:
    headers = {"authorization": f"Bearer {house.identity.console_token()}", "accept": "application/json"}
    with house.client() as script:
        made = script.post(
            "/api/v1/tokens", json={"label": "payroll file", "permissions": ["jobs.read"]}, headers=headers
        ).json()
        own = {"authorization": f"Bearer {made['secret']}"}
        assert script.get("/api/v1/me", headers=own).json()["permissions"] == ["jobs.read"]
        assert made["secret"] not in script.get("/api/v1/tokens", headers=headers).text
        assert script.delete(f"/api/v1/tokens/{made['token']['id']}", headers=headers).status_code == 204
        refused = script.get("/api/v1/me", headers=own)
        assert refused.status_code == 401


def test_the_console_is_one_person_however_often_the_machine_is_started(house: House) -> None:
    found = [house.identity.authenticate("", house.identity.console_token()) for _ in range(2)]
    assert [entry[0].id for entry in found if entry is not None] == ["console", "console"]
