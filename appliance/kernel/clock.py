"""The one source of "now": aware UTC instants and the site's calendar day."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the instant (aware, UTC, never running backwards) and the site's zone."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the site keeps its working days."""
        ...

    def now(self) -> datetime:
        """The instant, aware and in UTC; never earlier than an instant it has told before."""
        ...

    def today(self) -> date:
        """The calendar day at the site."""
        ...


CATCHING_UP = 2
"""How many times slower the site's time runs while the machine's clock stands behind it."""


def machine_time() -> datetime:
    """What the machine's clock reads, aware and in UTC."""
    return datetime.now(UTC)


class SystemClock:
    """The machine's clock, slowed down while it stands behind an instant that was told before.

    Leases, sessions and the ledger compare instants; a clock that is set back (a dead battery, an operator's
    slip) would make them expire late or sort wrong. So the last instant told is the floor. Time goes on from
    there, measured by the machine's steady counter, at half its speed: what waits for an instant still comes
    about, and the machine's clock catches up. The distance is told to the operator as `behind`.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        floor: datetime | None = None,
        *,
        read: Callable[[], datetime] = machine_time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._zone = zone
        self._read = read
        self._ticks = ticks
        self._last = floor or datetime.fromtimestamp(0, UTC)
        self._last_ticks = ticks()
        self._behind = timedelta(0)
        self._lock = threading.Lock()

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    @property
    def behind(self) -> timedelta:
        """How far the machine's clock stands behind the last instant told; zero when it runs well."""
        return self._behind

    def raise_floor(self, instant: datetime) -> None:
        """Never tell an instant before this one: what the store already holds is the past."""
        with self._lock:
            self._last = max(self._last, instant)

    def now(self) -> datetime:
        with self._lock:
            read, ticks = self._read(), self._ticks()
            self._behind = max(self._last - read, timedelta(0))
            if read < self._last:
                passed = timedelta(seconds=(ticks - self._last_ticks) / CATCHING_UP)
                self._last += max(passed, timedelta(microseconds=1))
            else:
                self._last = read
            self._last_ticks = ticks
            return self._last

    def today(self) -> date:
        return self.now().astimezone(self._zone).date()


class FixedClock:
    """A clock that stands still until it is told to move; for tests and for recomputing a past day."""

    def __init__(self, instant: datetime, zone: ZoneInfo | None = None) -> None:
        self._instant = instant.astimezone(UTC)
        self._zone = zone or ZoneInfo("Asia/Shanghai")

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    def set(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._instant += by

    def now(self) -> datetime:
        return self._instant

    def today(self) -> date:
        return self._instant.astimezone(self._zone).date()


TEXT_LENGTH = len("2026-11-23T08:00:00.000000Z")


def to_text(instant: datetime) -> str:
    """An aware instant as fixed-width ISO 8601 UTC with microseconds, so that text order is time order."""
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def from_text(text: str) -> datetime:
    """The instant that `to_text` wrote; raises `ValueError` for any other text."""
    # Read hundreds of times for one page; `strptime` costs thirty times as much.
    if len(text) != TEXT_LENGTH or text[-1] != "Z" or text[10] != "T":
        raise ValueError("not an instant as to_text writes it")
    return datetime.fromisoformat(text)
