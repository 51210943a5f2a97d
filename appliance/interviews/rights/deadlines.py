"""Until when a request has to be answered: working days of the site's calendar, and never more than a month."""

from datetime import date, timedelta
from typing import NamedTuple

from appliance.people.probation import months_after
from appliance.people.work_calendar import DayKind, UnknownYear, WorkCalendar

SATURDAY = 5


class Deadline(NamedTuple):
    """The last day on which an answer is in time. `calendar_known` is false when the count went into a year
    without a calendar, where Monday to Friday were taken as working days."""

    day: date
    calendar_known: bool


def deadline(calendar: WorkCalendar, received_on: date, working_days: int) -> Deadline:
    """The day of receipt does not count (民法典 art. 201). A long holiday does not stretch the time beyond a
    month (GDPR art. 12 (3)): the earlier day holds."""
    latest = months_after(received_on, 1)
    day, left, known = received_on, working_days, True
    while left and day < latest:
        day += timedelta(days=1)
        worked, sure = _worked(calendar, day)
        known = known and sure
        left -= worked
    return Deadline(day, known)


def _worked(calendar: WorkCalendar, day: date) -> tuple[bool, bool]:
    """Whether the day is worked, and whether that is known."""
    try:
        return calendar.kind(day) is DayKind.WORK, True
    except UnknownYear:
        return day.weekday() < SATURDAY, False
