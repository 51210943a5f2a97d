"""Until when a request is to be answered, over weekends, holidays and a year that nobody has announced yet."""

from datetime import date
from pathlib import Path

import pytest

import appliance
from appliance.interviews.rights.deadlines import deadline
from appliance.people.work_calendar import DayKind, WorkCalendar

CALENDARS = Path(appliance.__file__).parents[1] / "config" / "calendars"


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    return WorkCalendar.load((CALENDARS,))


def test_fifteen_plain_working_days_are_three_weeks(calendar: WorkCalendar) -> None:
    assert deadline(calendar, date(2026, 11, 2), 15) == (date(2026, 11, 23), True)


def test_the_day_of_receipt_does_not_count_nor_does_a_weekend(calendar: WorkCalendar) -> None:
    assert deadline(calendar, date(2026, 11, 6), 1).day == date(2026, 11, 9)
    assert deadline(calendar, date(2026, 11, 7), 1).day == date(2026, 11, 9)


def test_the_national_holiday_moves_the_deadline(calendar: WorkCalendar) -> None:
    due = deadline(calendar, date(2026, 9, 28), 5).day
    between = [date(2026, 10, number) for number in range(1, due.day + 1)]
    worked = sum(calendar.kind(day) is DayKind.WORK for day in between)
    assert worked == 5 - 2, "29 and 30 September are worked, the rest lies behind the holiday"
    assert due > date(2026, 10, 7)


def test_a_long_holiday_does_not_stretch_it_beyond_a_month(calendar: WorkCalendar) -> None:
    assert deadline(calendar, date(2026, 1, 30), 22).day == date(2026, 2, 28)


def test_a_year_without_calendar_is_counted_from_monday_to_friday_and_said(calendar: WorkCalendar) -> None:
    due = deadline(calendar, date(2026, 12, 28), 15)
    assert due == (date(2027, 1, 18), False)
