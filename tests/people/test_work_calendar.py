"""The working calendar: what is known is exact, what is not is said to be unknown."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from appliance.payroll.wiring import CONFIG
from appliance.people.work_calendar import CalendarYear, DayKind, UnknownYear, WorkCalendar, days_between

CALENDARS = CONFIG / "calendars"
PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "holiday_cn"


@pytest.fixture
def calendar() -> WorkCalendar:
    return WorkCalendar.load([CALENDARS])


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_year_has_248_working_days_13_holidays_and_12_times_the_divisor(
    calendar: WorkCalendar, year: int
) -> None:
    kinds = [calendar.kind(day) for day in days_between(date(year, 1, 1), date(year, 12, 31))]
    assert kinds.count(DayKind.WORK) == 248
    assert kinds.count(DayKind.STATUTORY_HOLIDAY) == 13
    assert calendar.pay_days(date(year, 1, 1), date(year, 12, 31)) == 12 * Decimal("21.75")


def test_moved_days_are_worked_and_bridging_days_are_off(calendar: WorkCalendar) -> None:
    assert calendar.kind(date(2026, 10, 10)) is DayKind.WORK
    assert calendar.kind(date(2026, 10, 7)) is DayKind.REST
    assert calendar.kind(date(2026, 10, 3)) is DayKind.STATUTORY_HOLIDAY
    assert calendar.kind(date(2026, 11, 21)) is DayKind.REST


def test_a_year_without_a_notice_is_unknown_and_never_guessed(calendar: WorkCalendar) -> None:
    with pytest.raises(UnknownYear) as error:
        calendar.kind(date(2027, 5, 4))
    assert error.value.params == {"year": "2027"}


def test_the_sites_own_file_brings_a_new_year(tmp_path: Path) -> None:
    (tmp_path / "cn").mkdir()
    (tmp_path / "cn" / "2027.toml").write_text(
        'year = 2027\nscope = "cn"\nstatutory = [{zh = "元旦", en = "New Year", days = [2027-01-01]}]\n'
        '[source]\ntitle = "测试通知"\n'
    )
    calendar = WorkCalendar.load([CALENDARS, tmp_path])
    assert calendar.kind(date(2027, 1, 1)) is DayKind.STATUTORY_HOLIDAY


def test_a_file_that_contradicts_itself_is_refused() -> None:
    text = (
        'year = 2027\nscope = "cn"\nstatutory = [{zh = "元旦", en = "New Year", days = [2027-01-01]}]\n'
        '[source]\ntitle = "测试通知"\n[arranged]\nworking = [2027-01-04]\n'
    )
    with pytest.raises(msgspec.ValidationError, match="no weekend day"):
        msgspec.toml.decode(text, type=CalendarYear)


@pytest.mark.parametrize("year", [2025, 2026])
def test_every_day_agrees_with_the_published_calendar(calendar: WorkCalendar, year: int) -> None:
    file = PUBLISHED / f"{year}.json"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    off = {entry["date"]: entry["isOffDay"] for entry in json.loads(file.read_text())["days"]}
    for day in days_between(date(year, 1, 1), date(year, 12, 31)):
        published = off.get(day.isoformat(), day.weekday() >= 5)
        assert published == (calendar.kind(day) is not DayKind.WORK), day
