"""Managing accounts as IT does it."""

import re

from appliance.identity.model import AccountState
from appliance.identity.permissions import Role
from tests.identity.house import PASSWORD, House


def test_an_account_is_opened_and_its_owner_is_asked_for_a_password_of_their_own(house: House) -> None:
    with house.client(Role.IT) as it:
        made = it.post(
            "/accounts",
            data={
                "login": "New.Person",
                "password": "seven green doors",
                "roles": ["recruiter", "interviewer"],
            },
        )
        assert made.status_code == 303
        assert "Interviewer, Recruiter" in it.get("/accounts?q=new.p").text
    account = house.identity.accounts.search("new.person").items[0]
    assert account.roles == {Role.RECRUITER, Role.INTERVIEWER}
    with house.client() as owner:
        opened = owner.post("/login", data={"login": "new.person", "password": "seven green doors"})
        assert opened.headers["location"] == "/account#password"
        assert "choose one of your own" in owner.get("/account").text
        wrong = {"present": "seven green doors", "wanted": "eight blue doors", "again": "eight blue door"}
        refused = owner.post("/account/password", data=wrong)
        assert refused.status_code == 422 and "do not match" in refused.text
        owner.post("/account/password", data=wrong | {"again": "eight blue doors"})
        assert "choose one of your own" not in owner.get("/account").text


def test_a_form_that_comes_back_has_lost_nothing_and_says_why(house: House) -> None:
    house.account(Role.RECRUITER, login="taken")
    with house.client(Role.IT) as it:
        form = {"login": "taken", "display_name": "Test Person A", "password": PASSWORD, "roles": "payroll"}
        answer = it.post("/accounts", data=form)
        assert answer.status_code == 409
        assert "There is an account taken already" in answer.text and 'value="Test Person A"' in answer.text
        assert re.search(r'value="payroll"\s+checked', answer.text)
        without = it.post("/accounts", data=form | {"login": "free", "roles": []})
        assert without.status_code == 422 and "at least one role" in without.text


def test_roles_change_and_the_person_signs_in_again(house: House) -> None:
    account = house.account(Role.RECRUITER)
    token = house.identity.sessions.sign_in(account.login, PASSWORD).token
    with house.client(Role.IT) as it:
        assert it.post(f"/accounts/{account.id}/roles", data={"roles": "auditor"}).status_code == 303
    assert house.identity.accounts.get(account.id).roles == {Role.AUDITOR}
    assert house.identity.authenticate(token, "") is None


def test_a_lost_password_is_replaced_and_shown_once(house: House) -> None:
    account = house.account(Role.RECRUITER)
    with house.client(Role.IT) as it:
        shown = it.post(f"/accounts/{account.id}/password").text
        found = re.search(r'secret-once">([a-z0-9-]+)<', shown)
        assert found is not None
        assert found.group(1) not in it.get(f"/accounts/{account.id}").text
    assert house.identity.sessions.sign_in(account.login, found.group(1)).account.password_is_temporary


def test_a_closed_account_can_be_opened_again(house: House) -> None:
    account = house.account(Role.RECRUITER)
    with house.client(Role.IT) as it:
        it.post(f"/accounts/{account.id}/deactivation")
        assert house.identity.accounts.get(account.id).state is AccountState.INACTIVE
        assert it.post(f"/accounts/{account.id}/deactivation").status_code == 409
        it.post(f"/accounts/{account.id}/reactivation")
        assert house.identity.accounts.get(account.id).state is AccountState.ACTIVE


def test_nobody_closes_their_own_account(house: House) -> None:
    with house.client(Role.IT) as it:
        own = house.identity.accounts.search().items[0]
        assert it.post(f"/accounts/{own.id}/deactivation").status_code == 403


def test_language_and_theme_stay_with_the_account(house: House) -> None:
    with house.client(Role.EMPLOYEE, language="en") as owner:
        owner.post("/account/preferences", data={"language": "zh", "theme": "dark"})
        page = owner.get("/").text
        assert 'lang="zh-CN"' in page and 'data-theme="dark"' in page
        assert owner.post("/account/preferences", data={"language": "xx"}).status_code == 422


def test_the_ledger_keeps_a_number_and_pages_show_the_name(house: House) -> None:
    account = house.account(Role.RECRUITER)
    assert house.identity.accounts.name_behind(account.label) == account.display_name
    for label in ("A99999", "machine", "A", "Axx", ""):
        assert house.identity.accounts.name_behind(label) == ""
