"""The engine against the worked cases beside the checkout, to the fen; skipped where they are not there."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from appliance.payroll.proration import Count, Proration, WagePart, overtime_pay, prorate, standard_time
from appliance.payroll.tax import MonthIncome, basic_deduction, bonus_tax, non_resident_tax, withhold

CASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "payroll_cn" / "cases.json"
DIVISOR = Decimal("21.75")
BASIC = Decimal(5000)


def money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def table(rows: list[list[Any]]) -> list[tuple[Decimal | None, Decimal, Decimal]]:
    return [
        (None if top is None else Decimal(top), Decimal(rate), Decimal(quick)) for top, rate, quick in rows
    ]


def taxes(months: list[MonthIncome], book: dict[str, Any], **how: Any) -> list[Decimal]:
    return [step.tax for step in withhold(months, table(book["annual_table"]), basic_a_month=BASIC, **how)]


def cumulative(given: dict[str, Any], book: dict[str, Any]) -> dict[str, Any]:
    month = MonthIncome(
        money(given["monthly_gross"]), money(given["special_deduction"]), money(given["additional_deduction"])
    )
    each = taxes([month] * given["months"], book)
    return {"monthly_tax": each, "annual_tax": sum(each)}


def first_job(given: dict[str, Any], book: dict[str, Any]) -> dict[str, Any]:
    months = given["payslip_month"] - given["first_employment_month"] + 1
    return {
        "cumulative_basic_deduction": basic_deduction(
            BASIC, months_employed=months, month=given["payslip_month"], first_job=True
        )[0]
    }


def small_income(given: dict[str, Any], book: dict[str, Any]) -> dict[str, Any]:
    months = [
        MonthIncome(money(gross), money(given["special_deduction"])) for gross in given["monthly_gross"]
    ]
    at_once = given["prior_year_income_same_employer"] <= 60000
    return {"monthly_tax": taxes(months, book, all_at_once=at_once), "old_method_jan": taxes(months, book)[0]}


def bonus(given: dict[str, Any], book: dict[str, Any]) -> dict[str, Any]:
    return {"tax": bonus_tax(money(given["bonus"]), table(book["monthly_table"]))}


def non_resident(given: dict[str, Any], book: dict[str, Any]) -> dict[str, Any]:
    return {"tax": non_resident_tax(money(given["wage"]), table(book["monthly_table"]), basic_a_month=BASIC)}


def day_conversion(given: dict[str, Any], book: dict[str, Any]) -> dict[str, Any]:
    if "year" in given:
        holidays = 13 if given["year"] >= 2025 else 11
        time = standard_time(holidays)
        found = {"statutory_holidays": holidays, "annual_workdays": time.annual, "quarter": time.quarter}
        return found | {"month": time.month, "paid_days_month": DIVISOR}
    wage = money(given["monthly_wage"])
    if "hours" in given:
        rate, hours = Decimal(str(given["rate"])), Decimal(given["hours"])
        return {"pay": overtime_pay(wage, hours, rate, divisor=DIVISOR, hours_per_day=Decimal(8))}
    missed = given.get("unpaid_days")
    paid = Decimal(22 - missed if missed is not None else given["paid_workdays"])
    [pay] = prorate(
        [WagePart(wage, paid)],
        policy=Proration.PAY_DAYS_21_75,
        count=Count.WORKED if missed is None else Count.MISSED,
        month_days=Decimal(22),
        divisor=DIVISOR,
    )
    return {"pay": pay, "deduction": wage - pay}


SOLVERS = {
    "cumulative_withholding": cumulative,
    "first_job_midyear": first_job,
    "le60000_prior_year": small_income,
    "annual_bonus_separate": bonus,
    "non_resident_month": non_resident,
    "day_conversion": day_conversion,
}


def comparable(value: Any) -> Any:
    return [money(item) for item in value] if isinstance(value, list) else money(value)


def test_every_worked_case_is_exact_to_the_fen() -> None:
    if not CASES.exists():
        pytest.skip(f"{CASES} is not there")
    book = json.loads(CASES.read_text())
    exact, total = Counter[str](), Counter[str]()
    wrong = []
    for case in book["cases"]:
        found = SOLVERS[case["kind"]](case["input"], book)
        total[case["kind"]] += 1
        if all(comparable(found[key]) == comparable(value) for key, value in case["expected"].items()):
            exact[case["kind"]] += 1
        else:
            wrong.append((case["id"], found))
    for kind in total:
        print(f"{kind}: {exact[kind]}/{total[kind]}")
    assert not wrong
