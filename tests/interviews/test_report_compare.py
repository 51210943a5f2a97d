"""Candidates side by side: by name, each with the own uncertainty, and the ledger knows who looked."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from appliance.identity.permissions import Role
from appliance.interviews import store as interview_store
from appliance.interviews.model import InterviewState
from appliance.interviews.report.report import Report
from appliance.interviews.report.side_by_side import SideBySide, chosen, name_order, rows_of
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Invalid
from appliance.kernel.schema import AUDIT
from tests.fresh import fresh_keys
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.reported import HR, assessed, beside
from tests.interviews.scripted import always
from tests.interviews.test_assessment import RelevantToAll


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    parts = always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    yield AssessedHouse(
        tmp_path, databases, keys, clock, RelevantToAll("", always({"4": 0.7, "5": 0.2, "3": 0.1}), parts)
    )
    databases.close()


def other(house: AssessedHouse, report: Report, score: float, name: str, opening_id: str = "") -> str:
    """A further candidate whose interview is kept too."""
    interview_id = beside(house, report, score, name=name, opening_id=opening_id)

    def work(tx: Transaction) -> None:
        known = interview_store.interview(tx, report.interview_id)
        assert known is not None
        query = sa.text("SELECT candidate_id FROM interview_report WHERE interview_id = :id")
        candidate_id = tx.execute(query, {"id": interview_id}).scalar_one()
        copy = msgspec.structs.replace(known, id=interview_id, candidate_id=candidate_id, key_id=interview_id)
        interview_store.add_interview(tx, copy)
        interview_store.update_interview(tx, interview_id, state=InterviewState.ASSESSED)

    house.databases.core.write(work)
    return interview_id


def compared(house: AssessedHouse) -> list[dict[str, object]]:
    query = sa.select(AUDIT.c.details).where(AUDIT.c.action == "report.compared")
    return [json.loads(row.details) for row in house.databases.core.read(lambda tx: tx.execute(query).all())]


def test_they_stand_by_name_whatever_their_scores(house: AssessedHouse) -> None:
    first = assessed(house)
    report = house.reports.open(HR, first)
    second = other(house, report, 9.9, "赵六")
    third = other(house, report, 1.0, "白一")
    side = house.site.services["side_by_side"]
    assert isinstance(side, SideBySide)
    columns = side.columns(house.reports.compare(HR, [second, first, third]))
    assert [one.brief.name for one in columns] == ["白一", "测试甲", "赵六"]
    rows = rows_of(columns)
    assert [len(row.cells) for row in rows] == [3] * len(report.competencies)
    assert all(cell is not None and cell.score is not None for row in rows for cell in row.cells)


def test_the_ledger_tells_who_compared_whom_in_a_row_for_each(house: AssessedHouse) -> None:
    first = assessed(house)
    second = other(house, house.reports.open(HR, first), 5.0, "赵六")
    house.reports.compare(HR, [first, second])
    assert [row["with"] for row in compared(house)] == [f"{first},{second}"] * 2


def test_the_page_shows_everybodys_band_quotes_and_what_needs_a_person(house: AssessedHouse) -> None:
    first = assessed(house, CONCRETE["zh"], CONCRETE["zh"], "还行吧。")
    report = house.reports.open(HR, first)
    second = other(house, report, 5.0, "赵六")
    client = house.client(Role.HR_MANAGER)
    choice = client.get(f"/interviews/compare/{house.candidate_id}").text
    assert choice.index("测试甲") < choice.index("赵六")
    page = client.get(f"/interviews/compare/{house.candidate_id}?interview={second}&interview={first}").text
    assert "(4.0 – 6.0)" in page and "(6.0 – 9.5)" in page
    assert "Not validated here" in page and "too short to be rated" in page
    assert f'href="/interviews/{first}/report#a-' in page, "a written quote leads to its report"


@pytest.mark.parametrize("count", [1, 5])
def test_fewer_than_two_and_more_than_four_are_not_compared(house: AssessedHouse, count: int) -> None:
    with pytest.raises(Invalid):
        chosen([f"interview-{number}" for number in range(count)])
    with pytest.raises(Invalid):
        chosen(["the-same", "the-same"])


def test_somebody_of_another_opening_or_without_a_report_is_refused_before_anything_is_opened(
    house: AssessedHouse,
) -> None:
    first = assessed(house)
    client = house.client(Role.HR_MANAGER)
    path = f"/interviews/compare/{house.candidate_id}?interview={first}&interview="
    refused = client.get(path + "no-such-interview")
    assert refused.status_code == 422 and "whose report is written" in refused.text
    assert compared(house) == []


def test_whoever_was_given_one_report_sees_none_of_the_others(house: AssessedHouse) -> None:
    assessed(house)
    assert house.client(Role.INTERVIEWER).get(f"/interviews/compare/{house.candidate_id}").status_code == 403


def test_chinese_names_stand_in_the_order_of_their_reading() -> None:
    assert sorted(["赵", "陈", "白", "李", "anna"], key=name_order) == ["anna", "白", "陈", "李", "赵"]
