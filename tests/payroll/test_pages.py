"""Pages and JSON of pay records."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.people.house import House
from tests.people.web import client


def opened(house: House) -> str:
    employee = house.hire()
    house.punch(employee.id, datetime(2026, 11, 9, 8, 3))
    return employee.id


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("试用期", "待本单位核实", "未计算", "第二十条", "÷ 21.75")),
        ("en", ("Probation", "to be confirmed by the site", "not computed", "/ 21.75 x paid days")),
    ],
)
def test_the_record_opens_every_figure_in_the_readers_language(
    house: House, language: str, words: tuple[str, ...]
) -> None:
    employee_id = opened(house)
    with client(house) as browser:
        answer = browser.get(f"/payroll/{employee_id}?month=2026-11", headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert "¥7,062.07" in answer.text
    for word in words:
        assert word in answer.text


def test_the_list_shows_the_running_months_pay(house: House) -> None:
    with client(house) as browser:
        assert "还没有薪资档案" in browser.get("/payroll").text
    opened(house)
    with client(house) as browser:
        assert "¥7,062.07" in browser.get("/payroll?q=测试甲").text
        nobody = browser.get("/payroll?q=nobody").text
        assert "没有符合条件的人员" in nobody and "测试甲" not in nobody
        assert browser.get("/payroll/nobody").status_code == 404


def test_another_wage_is_agreed_on_the_page(house: House) -> None:
    employee_id = opened(house)
    form = {"effective_from": "2026-12-16", "monthly_wage": "15000", "reason": "晋升"}
    with client(house) as browser:
        wrong = browser.post(f"/payroll/{employee_id}/wages", data=form | {"monthly_wage": "-1"})
        assert wrong.status_code == 422
        assert browser.post(f"/payroll/{employee_id}/wages", data=form).status_code == 200
        assert "2026-12-16" in browser.get(f"/api/v1/payroll/records/{employee_id}").text


def test_the_json_explains_every_figure_down_to_its_source(house: House) -> None:
    employee_id = opened(house)
    with client(house) as script:
        record = script.get(f"/api/v1/payroll/records/{employee_id}?month=2026-11").json()
        listed = script.get("/api/v1/payroll/records").json()
        assert script.get(f"/api/v1/payroll/records/{employee_id}?month=soon").status_code == 422
    assert Decimal(record["pay"]["gross"]["value"]) == Decimal("7062.07")
    assert (listed["total"], listed["items"][0]["gross"]) == (1, "7062.07")
    assert record["pay"]["net"]["value"] is None and record["pay"]["net"]["not_computed"]
    assert [segment["kind"] for segment in record["segments"]] == ["probation", "full"]

    def walk(figure: dict[str, Any]) -> None:
        assert figure["label"]
        assert (figure["value"] is None) == bool(figure["not_computed"])
        for part in figure["inputs"]:
            walk(part)

    for figure in (record["pay"]["gross"], *record["pay"]["contributions"], record["pay"]["tax"]):
        walk(figure)


def test_the_api_is_described_although_figures_hold_figures(house: House) -> None:
    with client(house) as script:
        schema = script.app.openapi_schema.to_schema()
    operations = {
        operation["operationId"]: operation
        for path in schema["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    assert operations.keys() == {
        "list_employees",
        "take_on_employee",
        "get_employee",
        "leave_employee",
        "list_departments",
        "open_department",
        "list_posts",
        "open_post",
        "list_pay_records",
        "get_pay_record",
        "change_wage",
    }
    assert all(operation["summary"] for operation in operations.values())
