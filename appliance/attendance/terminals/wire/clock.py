"""A terminal's clock: it is set from the ``Date`` header and the ``TimeZone`` option, so both are ours to get
right.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

LOCAL_FORMAT = "%Y-%m-%d %H:%M:%S"
"""Local wall time on the wire and in the punch table; sorts as text."""


def http_date(moment: datetime) -> str:
    """``moment`` (aware) as the ``Date`` header wants it, in GMT."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def time_zone_option(zone: ZoneInfo, moment: datetime) -> str:
    """The ``TimeZone`` option for ``zone`` at ``moment``.

    Whole hours between -12 and 12 as hours, everything else in minutes, which terminals recognise by a value
    beyond 60 (330 = +5:30, 780 = +13). Truncating a fraction set whole fleets wrong (the ZKTeco PUSH protocol).
    """
    offset = moment.astimezone(zone).utcoffset()
    minutes = round(offset.total_seconds() / 60) if offset is not None else 0
    hours, rest = divmod(minutes, 60)
    if rest == 0 and -12 <= hours <= 12:
        return str(hours)
    return str(minutes)


def local_text(zone: ZoneInfo, moment: datetime) -> str:
    """``moment`` (aware) as local wall time in ``zone``."""
    return moment.astimezone(zone).strftime(LOCAL_FORMAT)


def iso_time(zone: ZoneInfo, moment: datetime) -> str:
    """``moment`` as ``GET cdata?type=time`` answers it: ``2026-11-01T08:30:00+08:00``."""
    return moment.astimezone(zone).replace(microsecond=0).isoformat()


def instant(local: str, zone: ZoneInfo) -> datetime:
    """Local wall time of a punch as an instant; the earlier one where a clock change makes it ambiguous."""
    return datetime.strptime(local, LOCAL_FORMAT).replace(tzinfo=zone).astimezone(UTC)
