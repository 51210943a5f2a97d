"""A shift: start, end, break and the weekdays it is worked on."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from msgspec import Struct

from appliance.kernel.errors import N_

WEEKDAYS: Final[Mapping[int, str]] = {
    1: N_("Mon"),
    2: N_("Tue"),
    3: N_("Wed"),
    4: N_("Thu"),
    5: N_("Fri"),
    6: N_("Sat"),
    7: N_("Sun"),
}
"""ISO numbers of the weekdays."""


class Shift(Struct, frozen=True, kw_only=True):
    """One shift; an end at or before the start is on the next day (a night shift)."""

    id: str
    name_zh: str
    name_en: str
    starts: time
    ends: time
    break_minutes: int
    weekdays: frozenset[int]

    def name(self, language: str) -> str:
        """The shift's name for a reader."""
        return self.name_zh if language == "zh" else self.name_en

    @property
    def across_midnight(self) -> bool:
        """Whether it ends on the day after it began."""
        return self.ends <= self.starts

    @property
    def minutes(self) -> int:
        """Length from start to end without the break."""
        day = date(2000, 1, 1)
        end = datetime.combine(day + timedelta(days=self.across_midnight), self.ends)
        length = end - datetime.combine(day, self.starts)
        return int(length.total_seconds()) // 60 - self.break_minutes

    def works_on(self, day: date) -> bool:
        """Whether the shift is worked on this weekday; holidays and rosters come on top."""
        return day.isoweekday() in self.weekdays


class Assignment(Struct, frozen=True, kw_only=True):
    """Who has a shift from when to when (both days included; ``to_on`` None: until further notice)."""

    employee_id: str
    shift: Shift
    from_on: date
    to_on: date | None
