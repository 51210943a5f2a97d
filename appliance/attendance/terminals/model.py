"""Terminals, their states and what is known of them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from appliance.attendance.terminals.profiles import Profile
from appliance.kernel.errors import N_


class TerminalState(StrEnum):
    """Whether a terminal is listened to."""

    PENDING = "pending"
    APPROVED = "approved"
    BLOCKED = "blocked"


TERMINAL_TRANSITIONS: Final[Mapping[TerminalState, frozenset[TerminalState]]] = {
    TerminalState.PENDING: frozenset({TerminalState.APPROVED, TerminalState.BLOCKED}),
    TerminalState.APPROVED: frozenset({TerminalState.APPROVED, TerminalState.BLOCKED}),
    TerminalState.BLOCKED: frozenset({TerminalState.APPROVED}),
}
"""Approving an approved terminal changes its name, group or zone."""

TERMINAL_STATE_LABELS: Final[Mapping[TerminalState, str]] = {
    TerminalState.PENDING: N_("Waits for approval"),
    TerminalState.APPROVED: N_("Approved"),
    TerminalState.BLOCKED: N_("Blocked"),
}


class Terminal(Struct, frozen=True, kw_only=True):
    """One terminal. ``key`` is the row number used by punches, ``id`` the public one.

    ``address`` is where it is expected; ``zone`` None means the site's. Counts are what the terminal last
    told; ``drift_s`` how far its clock ran ahead of ours at its last fresh punch (negative: behind).
    """

    key: int
    id: str
    serial: str
    name: str
    group: str
    zone: str | None
    state: TerminalState
    address: str
    address_locked: bool
    last_address: str
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    approved_at: datetime | None
    push_version: str
    device_type: str
    language: str
    firmware: str
    users: int | None
    faces: int | None
    records: int | None
    drift_s: int | None
    drift_at: datetime | None
    attlog_stamp: str
    operlog_stamp: str
    rows_received: int
    rows_new: int
    rows_bad: int
    options: Mapping[str, str]
    profile: Profile

    def zone_info(self, site: ZoneInfo) -> ZoneInfo:
        """The zone in which this terminal keeps wall time."""
        return ZoneInfo(self.zone) if self.zone else site

    @property
    def chinese(self) -> bool:
        """Whether its menus are in simplified Chinese."""
        return self.language == "83"


class AlarmKind(StrEnum):
    """What IT should look at."""

    SECOND_ADDRESS = "second_address"
    REFUSED_ADDRESS = "refused_address"


ALARM_LABELS: Final[Mapping[AlarmKind, str]] = {
    AlarmKind.SECOND_ADDRESS: N_("This serial number came from another address"),
    AlarmKind.REFUSED_ADDRESS: N_("This serial number came from another address and was refused"),
}


class Alarm(Struct, frozen=True, kw_only=True):
    """One open or settled alarm; ``count`` requests since it was raised."""

    id: str
    terminal_key: int
    kind: AlarmKind
    address: str
    raised_at: datetime
    last_at: datetime
    count: int
    settled_at: datetime | None


class Quarantined(Struct, frozen=True, kw_only=True):
    """A row (or body) that could not be read, kept as it came."""

    id: int
    terminal_key: int
    serial: str
    table: str
    reason: str
    received_at: datetime
    address: str
    raw: bytes
    times: int
