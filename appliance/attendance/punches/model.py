"""A punch, and a day of punches."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct

from appliance.attendance.terminals.profiles import VerifyCodes
from appliance.kernel.errors import N_

STATUS_WORDS: Final[Mapping[int, str]] = {
    0: N_("Punch in"),
    1: N_("Punch out"),
    2: N_("Break out"),
    3: N_("Break in"),
    4: N_("Overtime in"),
    5: N_("Overtime out"),
    255: N_("No key"),
}
"""What the key meant that was pressed; evidence only, people forget it."""

_VERIFY_CN: Final[Mapping[int, str]] = {
    0: N_("Automatic"),
    1: N_("Finger"),
    2: N_("PIN"),
    3: N_("Password"),
    4: N_("Card"),
    15: N_("Face"),
    25: N_("Palm"),
    200: N_("Other means"),
}
_VERIFY_US: Final[Mapping[int, str]] = {
    0: N_("Password"),
    1: N_("Finger"),
    2: N_("Card"),
    3: N_("PIN"),
    4: N_("Card"),
    15: N_("Face"),
    25: N_("Palm"),
}
VERIFY_WORDS: Final[Mapping[VerifyCodes, Mapping[int, str]]] = {
    VerifyCodes.CN: _VERIFY_CN,
    VerifyCodes.US: _VERIFY_US,
}


class Punch(Struct, frozen=True, kw_only=True):
    """One punch as the terminal told it.

    ``punched_at_local`` is wall time at the terminal in ``zone``. ``verify`` is the terminal's own number,
    None where it sent none. ``doubtful``: the time was ahead of ours when it arrived, so the clock was wrong.
    """

    id: int
    terminal_key: int
    terminal_id: str
    serial: str
    terminal_name: str
    pin: str
    employee_id: str | None
    employee_name: str | None
    employee_number: str | None
    punched_at_local: datetime
    zone: str
    status: int
    verify: int | None
    verify_codes: VerifyCodes
    workcode: str
    doubtful: bool
    received_at: datetime
    raw: bytes

    @property
    def status_word(self) -> str:
        """The msgid of the pressed key; empty for numbers that no manual names."""
        return STATUS_WORDS.get(self.status, "")

    @property
    def verify_word(self) -> str:
        """The msgid of how the person was recognised; empty where it is not known."""
        return VERIFY_WORDS[self.verify_codes].get(self.verify, "") if self.verify is not None else ""


class PunchFilter(Struct, frozen=True, kw_only=True):
    """Which punches to show. Days are of the terminal's wall time, both included."""

    employee_id: str | None = None
    pin: str | None = None
    serial: str | None = None
    from_on: date | None = None
    to_on: date | None = None
    unknown_only: bool = False


class Day(Struct, frozen=True, kw_only=True):
    """One person's day: first punch in, last punch out, by time and not by the key pressed.

    ``last_out`` is None where there is only one punch: nobody knows yet which one it was.
    """

    on: date
    punches: Sequence[Punch]
    first_in: Punch
    last_out: Punch | None

    @property
    def worked_s(self) -> int | None:
        """Seconds between first and last punch, breaks included."""
        if self.last_out is None:
            return None
        return int((self.last_out.punched_at_local - self.first_in.punched_at_local).total_seconds())
