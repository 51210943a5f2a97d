"""Every error reads well, in the reader's language, and tells nothing that it should not."""

import io
import json
from typing import Any

import pytest
import structlog
from litestar import Response, get, post

from appliance.identity.permissions import Role, public
from appliance.kernel import log
from appliance.kernel.errors import N_, Conflict, Forbidden, Gone, Invalid, MusterError, NotFound, TooLarge
from appliance.kernel.web import FromPath, JSONBody, WebRequest
from tests.identity.conftest import clock, empty_site, house
from tests.identity.house import House
from tests.kernel.requests import Body

__all__ = ["clock", "empty_site", "house"]

SECRET = "测试甲的手机号 13800000000"
ERRORS: dict[str, MusterError] = {
    "403": Forbidden(),
    "404": NotFound(N_("There is no such job.")),
    "409": Conflict(),
    "410": Gone(),
    "413": TooLarge(),
    "422": Invalid({"name": N_("Please fill this in.")}),
}


@get("/raise/{code:str}", guards=[public()], sync_to_thread=True)
def raising(code: FromPath[str]) -> str:
    raise ERRORS[code]


@get("/fault", guards=[public()], sync_to_thread=True)
def faulty() -> str:
    raise ValueError(SECRET)


@get("/api/v1/fault", guards=[public()], sync_to_thread=True)
def faulty_for_scripts() -> str:
    raise ValueError(SECRET)


@post("/api/v1/bodies", guards=[public()], sync_to_thread=True)
def bodies(request: WebRequest, data: JSONBody[Body]) -> Response[Any]:
    return Response({"count": data.count})


@pytest.fixture
def raising_house(house: House) -> House:
    house.extra += [raising, faulty, faulty_for_scripts, bodies]
    return house


@pytest.mark.parametrize("code", sorted(ERRORS))
@pytest.mark.parametrize(("language", "words"), [("zh", "返回上一页"), ("en", "Back to the page before")])
def test_a_page_for_every_status_in_both_languages(
    raising_house: House, code: str, language: str, words: str
) -> None:
    with raising_house.client(language=language) as browser:
        answer = browser.get(f"/raise/{code}")
        assert answer.status_code == int(code)
        assert words in answer.text
        assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text


def test_an_unknown_address_is_a_page_too(raising_house: House) -> None:
    with raising_house.client(language="zh") as browser:
        answer = browser.get("/no/such/page")
        assert answer.status_code == 404 and "这里没有内容" in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'self'")


def test_htmx_gets_a_notice_instead_of_a_page(raising_house: House) -> None:
    with raising_house.client() as browser:
        answer = browser.get("/raise/409", headers={"hx-request": "true"})
        assert answer.headers["hx-retarget"] == "#notice"
        assert "<html" not in answer.text and "notice-bad" in answer.text


def test_htmx_without_a_session_leads_the_whole_page_to_sign_in(house: House) -> None:
    with house.client() as browser:
        assert (
            browser.get("/jobs", headers={"hx-request": "true"}).headers["hx-redirect"]
            == "/login?next=%2Fjobs"
        )


def test_scripts_get_a_problem_with_the_field(raising_house: House) -> None:
    with raising_house.client(language="zh") as script:
        answer = script.get("/raise/422", headers={"accept": "application/json"})
        assert answer.headers["content-type"].startswith("application/problem+json")
        problem = answer.json()
        assert problem["code"] == "invalid" and problem["status"] == 422
        assert problem["errors"] == [{"field": "name", "message": "请填写此项。"}]


def test_a_body_of_another_shape_names_the_field(raising_house: House) -> None:
    with raising_house.client() as script:
        answer = script.post("/api/v1/bodies", json={"count": "many"})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["count"]


@pytest.mark.parametrize("path", ["/fault", "/api/v1/fault"])
def test_an_unforeseen_error_shows_a_number_that_is_in_the_log_and_no_text(
    raising_house: House, path: str
) -> None:
    stream = io.StringIO()
    log.configure(stream)
    try:
        with raising_house.client() as browser:
            answer = browser.get(path)
    finally:
        structlog.reset_defaults()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    failure = next(line for line in lines if line["event"] == "request.failed")
    assert answer.status_code == 500
    assert failure["error_id"] in answer.text
    assert failure["error_class"] == "ValueError"
    assert SECRET not in answer.text and "13800000000" not in stream.getvalue()


def test_the_text_of_an_error_holds_no_values() -> None:
    error = NotFound(N_("There is an account %(login)s already. Choose another."), login=SECRET)
    assert SECRET not in str(error) and SECRET not in repr(error)


def test_the_sign_in_page_is_where_a_visitor_lands(house: House) -> None:
    with house.client(Role.EMPLOYEE) as browser:
        browser.post("/logout")
        assert browser.get("/").headers["location"] == "/login"
