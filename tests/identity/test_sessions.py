"""Signing in: no guessing, no enumeration, no fixed or immortal sessions, every code once."""

import re
from datetime import timedelta

import pyotp
import pytest

from appliance.identity import store
from appliance.identity.model import Account, SessionStage
from appliance.identity.permissions import Role
from appliance.identity.sessions import ABSOLUTE, FREE_FAILURES, IDLE, browser_name
from appliance.kernel.clock import FixedClock
from appliance.kernel.errors import Forbidden, Invalid, NotSignedIn, TooManyAttempts
from tests.identity.house import PASSWORD, House

COOKIE = "muster_session"


def with_codes(house: House) -> tuple[Account, str, list[str]]:
    """An account with one-time codes on, its secret and its recovery codes."""
    account = house.account(Role.RECRUITER)
    setup = house.identity.accounts.begin_totp(account.as_actor())
    codes = house.identity.accounts.finish_totp(account.as_actor(), code_at(setup.secret, house.clock))
    house.clock.advance(timedelta(seconds=60))
    return account, setup.secret, codes


def code_at(secret: str, clock: FixedClock) -> str:
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


def test_the_right_password_opens_a_session(house: House) -> None:
    account = house.account(Role.RECRUITER)
    signed_in = house.identity.sessions.sign_in(account.login.upper(), PASSWORD)
    found = house.identity.authenticate(signed_in.token, "")
    assert signed_in.stage is SessionStage.OPEN
    assert found is not None and found[0].id == account.id and found[0].label == account.label


def test_no_token_or_password_is_kept_as_it_is(house: House) -> None:
    account = house.account(Role.RECRUITER)
    signed_in = house.identity.sessions.sign_in(account.login, PASSWORD)
    row = house.databases.core.read(lambda tx: store.account_row(tx, login=account.login))
    assert row.password_hash.startswith("$argon2id$") and PASSWORD not in row.password_hash
    assert house.databases.core.read(lambda tx: store.find_session(tx, signed_in.token)) is None


def test_an_unknown_login_and_a_wrong_password_read_the_same(house: House) -> None:
    account = house.account(Role.RECRUITER)
    told = []
    for login in (account.login, "nobody-here"):
        with pytest.raises(Invalid) as refused:
            house.identity.sessions.sign_in(login, "not the password")
        told.append((refused.value.message, refused.value.fields, refused.value.params))
    assert told[0] == told[1]


@pytest.mark.parametrize("known", [True, False])
def test_after_five_failures_the_next_attempt_waits_whether_or_not_the_login_exists(
    house: House, known: bool
) -> None:
    login = house.account(Role.RECRUITER).login if known else "nobody-here"
    for _attempt in range(FREE_FAILURES):
        with pytest.raises(Invalid):
            house.identity.sessions.sign_in(login, "not the password")
    with pytest.raises(TooManyAttempts) as first:
        house.identity.sessions.sign_in(login, PASSWORD)
    house.clock.advance(timedelta(seconds=first.value.retry_after_s))
    with pytest.raises(Invalid):
        house.identity.sessions.sign_in(login, "not the password")
    with pytest.raises(TooManyAttempts) as second:
        house.identity.sessions.sign_in(login, PASSWORD)
    assert second.value.retry_after_s > first.value.retry_after_s


def test_the_wait_ends_and_a_right_sign_in_forgets_the_failures(house: House) -> None:
    account = house.account(Role.RECRUITER)
    for _attempt in range(FREE_FAILURES):
        with pytest.raises(Invalid):
            house.identity.sessions.sign_in(account.login, "not the password")
    house.clock.advance(timedelta(minutes=1))
    house.identity.sessions.sign_in(account.login, PASSWORD)
    with pytest.raises(Invalid):
        house.identity.sessions.sign_in(account.login, "not the password")


def test_a_session_that_is_not_used_ends(house: House) -> None:
    token = house.identity.sessions.sign_in(house.account().login, PASSWORD).token
    house.clock.advance(IDLE + timedelta(seconds=1))
    assert house.identity.authenticate(token, "") is None


def test_a_session_ends_at_the_end_of_the_day_however_busy(house: House) -> None:
    token = house.identity.sessions.sign_in(house.account().login, PASSWORD).token
    passed = timedelta(0)
    while passed + IDLE / 2 < ABSOLUTE:
        house.clock.advance(IDLE / 2)
        passed += IDLE / 2
        assert house.identity.authenticate(token, "") is not None
    house.clock.advance(IDLE / 2)
    house.clock.advance(timedelta(seconds=1))
    assert house.identity.authenticate(token, "") is None


def test_signing_in_never_takes_over_a_token_that_was_there_before(house: House) -> None:
    account = house.account(Role.RECRUITER)
    with house.client() as browser:
        browser.cookies.set(COOKIE, "planted-by-somebody")
        answer = browser.post("/login", data={"login": account.login, "password": PASSWORD})
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"]
        assert "planted-by-somebody" not in cookie
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert house.identity.authenticate("planted-by-somebody", "") is None


def test_the_password_alone_opens_nothing_when_codes_are_on(house: House) -> None:
    account, secret, _codes = with_codes(house)
    waiting = house.identity.sessions.sign_in(account.login, PASSWORD)
    assert waiting.stage is SessionStage.CODE
    assert house.identity.authenticate(waiting.token, "") is None
    opened = house.identity.sessions.confirm_code(waiting.token, code_at(secret, house.clock))
    assert opened.token != waiting.token
    assert house.identity.authenticate(opened.token, "") is not None
    assert house.identity.authenticate(waiting.token, "") is None


def test_a_code_is_good_once(house: House) -> None:
    account, secret, _codes = with_codes(house)
    code = code_at(secret, house.clock)
    first = house.identity.sessions.sign_in(account.login, PASSWORD)
    house.identity.sessions.confirm_code(first.token, code)
    second = house.identity.sessions.sign_in(account.login, PASSWORD)
    with pytest.raises(Invalid):
        house.identity.sessions.confirm_code(second.token, code)


def test_the_code_that_turned_codes_on_cannot_sign_in(house: House) -> None:
    account = house.account()
    setup = house.identity.accounts.begin_totp(account.as_actor())
    code = code_at(setup.secret, house.clock)
    house.identity.accounts.finish_totp(account.as_actor(), code)
    waiting = house.identity.sessions.sign_in(account.login, PASSWORD)
    with pytest.raises(Invalid):
        house.identity.sessions.confirm_code(waiting.token, code)


def test_a_recovery_code_opens_once_however_it_is_typed(house: House) -> None:
    account, _secret, codes = with_codes(house)
    typed = codes[0].lower().replace("-", " ")
    first = house.identity.sessions.sign_in(account.login, PASSWORD)
    assert house.identity.sessions.confirm_code(first.token, typed).stage is SessionStage.OPEN
    second = house.identity.sessions.sign_in(account.login, PASSWORD)
    with pytest.raises(Invalid):
        house.identity.sessions.confirm_code(second.token, codes[0])
    assert house.identity.accounts.recovery_codes_left(account.as_actor()) == len(codes) - 1


def test_guessing_codes_is_slowed_down_too(house: House) -> None:
    account, _secret, _codes = with_codes(house)
    waiting = house.identity.sessions.sign_in(account.login, PASSWORD)
    with pytest.raises(TooManyAttempts):
        for _attempt in range(FREE_FAILURES + 1):
            with pytest.raises(Invalid):
                house.identity.sessions.confirm_code(waiting.token, "000000")


def test_waiting_too_long_for_the_code_begins_again(house: House) -> None:
    account, secret, _codes = with_codes(house)
    waiting = house.identity.sessions.sign_in(account.login, PASSWORD)
    house.clock.advance(timedelta(minutes=6))
    with pytest.raises(NotSignedIn):
        house.identity.sessions.confirm_code(waiting.token, code_at(secret, house.clock))


def test_changing_the_password_ends_the_other_sessions(house: House) -> None:
    account = house.account(Role.RECRUITER)
    here = house.identity.sessions.sign_in(account.login, PASSWORD)
    elsewhere = house.identity.sessions.sign_in(account.login, PASSWORD)
    found = house.identity.authenticate(here.token, "")
    assert found is not None
    house.identity.accounts.change_password(found[0], PASSWORD, "another calm hill 8", session_id=found[1].id)
    assert house.identity.authenticate(here.token, "") is not None
    assert house.identity.authenticate(elsewhere.token, "") is None


def test_of_a_browser_only_two_words_are_kept() -> None:
    line = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/150.0 Safari/537.36"
    assert browser_name(line) == "Chrome · Windows"
    assert browser_name("curl/8") == "" == browser_name("")


def test_closing_an_account_ends_its_sessions_and_keeps_it_out(house: House) -> None:
    manager, account = house.account(Role.IT), house.account(Role.RECRUITER)
    token = house.identity.sessions.sign_in(account.login, PASSWORD).token
    house.identity.accounts.deactivate(manager.as_actor(), account.id)
    assert house.identity.authenticate(token, "") is None
    with pytest.raises(Invalid):
        house.identity.sessions.sign_in(account.login, PASSWORD)


def test_nobody_gives_themselves_another_role(house: House) -> None:
    manager = house.account(Role.IT)
    with pytest.raises(Forbidden):
        house.identity.accounts.set_roles(manager.as_actor(), manager.id, frozenset({Role.HR_MANAGER}))


@pytest.mark.parametrize("password", ["short 1", "aaaaaaaaaaaaaaaa", "recruiter-recruiter", "x" * 257])
def test_weak_passwords_are_refused_beside_their_field(house: House, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        house.account().as_actor()
        house.identity.create_account(
            house.account(Role.IT).as_actor(), "recruiter", password, frozenset({Role.RECRUITER})
        )
    assert set(refused.value.fields) == {"password"}


def test_the_whole_way_through_the_pages_with_a_phone(house: House) -> None:
    account = house.account(Role.RECRUITER)
    with house.client() as browser:
        browser.post("/login", data={"login": account.login, "password": PASSWORD})
        assert browser.post("/account/totp").headers["location"] == "/account/totp"
        shown = browser.get("/account/totp").text
        assert "<svg" in shown and "style=" not in shown
        found = re.search(r'secret-once">([A-Z2-7]+)<', shown)
        assert found is not None
        secret = found.group(1)
        kept = browser.post("/account/totp/confirmation", data={"code": code_at(secret, house.clock)})
        assert kept.status_code == 201 or kept.status_code == 200
        assert kept.text.count("<li>") >= 10
        browser.post("/logout")
        assert browser.get("/").status_code == 303
        house.clock.advance(timedelta(minutes=1))
        asked = browser.post("/login", data={"login": account.login, "password": PASSWORD, "next": "/jobs"})
        assert asked.headers["location"].startswith("/login/code")
        assert browser.get("/").status_code == 303
        wrong = browser.post("/login/code", data={"code": "123456"})
        assert wrong.status_code == 422 and "does not fit" in wrong.text
        opened = browser.post("/login/code", data={"code": code_at(secret, house.clock), "next": "/account"})
        assert opened.headers["location"] == "/account"
        assert browser.get("/account").status_code == 200
    expected = ["account.totp_on", "account.signed_out", "account.code_refused", "account.signed_in"]
    assert [action for action in house.actions() if action in expected][-4:] == expected


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_sign_in_never_leads_to_another_site(house: House, target: str) -> None:
    account = house.account()
    with house.client() as browser:
        answer = browser.post("/login", data={"login": account.login, "password": PASSWORD, "next": target})
        assert answer.headers["location"] == "/"


def test_a_new_site_says_how_to_make_the_first_account(house: House) -> None:
    with house.client() as browser:
        assert "/api/v1/accounts" in browser.get("/login").text
        house.account()
        assert "/api/v1/accounts" not in browser.get("/login").text
