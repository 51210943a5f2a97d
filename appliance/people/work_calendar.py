"""Which days are worked at the site: weekends, statutory holidays and the yearly arrangement of days off.

A year without a calendar file is *unknown*. The State Council announces each year's arrangement around
November of the year before; nothing here guesses it.
"""

import calendar
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from appliance.kernel.errors import N_, Unavailable

_SATURDAY: Final = 5


class DayKind(StrEnum):
    """What a day is to working time and pay."""

    WORK = "work"
    REST = "rest"
    STATUTORY_HOLIDAY = "statutory_holiday"


class CalendarSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The notice a year's arrangement comes from, and the regulation that names the holidays."""

    title: str
    url: str = ""
    regulation: str = ""


class StatutoryHoliday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holiday of the regulation and its days in this year."""

    zh: str
    en: str
    days: tuple[date, ...]


class Arrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days moved by the yearly notice."""

    rest: tuple[date, ...] = ()
    working: tuple[date, ...] = ()


class CalendarYear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One year as written in ``config/calendars/<scope>/<year>.toml``."""

    year: int
    scope: str
    source: CalendarSource
    statutory: tuple[StatutoryHoliday, ...]
    arranged: Arrangement = Arrangement()

    def __post_init__(self) -> None:
        """Refuse a file that contradicts itself: a typing slip here would be a wrong payslip."""
        holidays = [day for holiday in self.statutory for day in holiday.days]
        days = [*holidays, *self.arranged.rest, *self.arranged.working]
        if len(days) != len(set(days)):
            raise ValueError(f"calendar {self.scope} {self.year}: a day is listed twice")
        if any(day.year != self.year for day in days):
            raise ValueError(f"calendar {self.scope} {self.year}: a day lies in another year")
        if any(day.weekday() >= _SATURDAY for day in self.arranged.rest):
            raise ValueError(
                f"calendar {self.scope} {self.year}: an arranged day off is a weekend day already"
            )
        if any(day.weekday() < _SATURDAY for day in self.arranged.working):
            raise ValueError(f"calendar {self.scope} {self.year}: an arranged working day is no weekend day")


class UnknownYear(Unavailable):
    """No calendar for the year is there yet."""

    code = "calendar_unknown"
    default = N_(
        "The working calendar of %(year)s is not known yet. "
        "Import it when the State Council's notice is published."
    )

    def __init__(self, year: int) -> None:
        super().__init__(year=str(year))
        self.year = year


class WorkCalendar:
    """The known years of one scope."""

    def __init__(self, years: Iterable[CalendarYear]) -> None:
        self._years: Mapping[int, CalendarYear] = {year.year: year for year in years}
        self._kinds: Mapping[int, Mapping[date, DayKind]] = {
            year.year: _exceptions(year) for year in self._years.values()
        }

    @classmethod
    def load(cls, folders: Iterable[Path], scope: str = "cn") -> "WorkCalendar":
        """Read ``<folder>/<scope>/*.toml``; a later folder (the site's own) replaces a year of an earlier
        one.
        """
        years: dict[int, CalendarYear] = {}
        for folder in folders:
            for path in sorted((folder / scope).glob("*.toml")):
                year = msgspec.toml.decode(path.read_bytes(), type=CalendarYear)
                years[year.year] = year
        return cls(years.values())

    def year(self, year: int) -> CalendarYear:
        """The year's calendar. Raises ``UnknownYear``."""
        known = self._years.get(year)
        if known is None:
            raise UnknownYear(year)
        return known

    def kind(self, day: date) -> DayKind:
        """What the day is. Raises ``UnknownYear``."""
        self.year(day.year)
        exception = self._kinds[day.year].get(day)
        if exception is not None:
            return exception
        return DayKind.REST if day.weekday() >= _SATURDAY else DayKind.WORK

    def is_pay_day(self, day: date) -> bool:
        """Whether the monthly wage pays for the day: working days and statutory holidays (劳动法 art. 51).

        Over a year these are 248 + 13 = 261 = 12 x 21.75.
        """
        return self.kind(day) is not DayKind.REST

    def pay_days(self, first: date, last: date) -> int:
        """Paid days from ``first`` to ``last``, both inclusive. Raises ``UnknownYear``."""
        return sum(self.is_pay_day(day) for day in days_between(first, last))


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from ``first`` to ``last``, both inclusive; none when ``last`` is earlier."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def month_bounds(year: int, month: int) -> tuple[date, date]:
    """First and last day of a calendar month."""
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _exceptions(year: CalendarYear) -> Mapping[date, DayKind]:
    kinds = {day: DayKind.STATUTORY_HOLIDAY for holiday in year.statutory for day in holiday.days}
    kinds |= dict.fromkeys(year.arranged.rest, DayKind.REST)
    kinds |= dict.fromkeys(year.arranged.working, DayKind.WORK)
    return kinds
