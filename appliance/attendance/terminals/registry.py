"""The registry: which serial number may speak, from where, and how its terminal spells things.

The protocol authenticates nobody (the ZKTeco PUSH protocol), so a serial number is listened to only after a person
said so, and a serial number that turns up at a second address raises an alarm.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from appliance.attendance.terminals import store
from appliance.attendance.terminals.model import (
    TERMINAL_TRANSITIONS,
    Alarm,
    AlarmKind,
    Terminal,
    TerminalState,
)
from appliance.attendance.terminals.profiles import OkSpelling, Source, VerifyCodes, learn_language
from appliance.attendance.terminals.wire.options import PollInfo
from appliance.attendance.terminals.wire.orders import PhotoSize
from appliance.attendance.terminals.wire.text import NameEncoding
from appliance.audit import ledger
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import Clock, to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, NotFound

MAX_PENDING: Final = 500
"""Serial numbers kept for approval; whoever invents more of them fills no disk."""

PRESENCE: Final = timedelta(seconds=20)
"""How exact "last seen" is: a poll every few seconds is not worth a commit each."""

_SERIAL: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.\-]{0,31}")
_GROUP: Final = re.compile(r"[\w .\-]{1,64}")


class Refusal(StrEnum):
    """Why a terminal is not answered with data."""

    NO_SERIAL = "no_serial"
    PENDING = "pending"
    BLOCKED = "blocked"
    ADDRESS = "address"


class Switches(Struct, frozen=True, kw_only=True):
    """What a person sets on the terminal page; None leaves a switch as it is."""

    ok: OkSpelling | None = None
    photo_size: PhotoSize | None = None
    name_encoding: NameEncoding | None = None
    verify_codes: VerifyCodes | None = None
    address_locked: bool | None = None


class Registry:
    """Terminals of the site, in attendance.db."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # --- the wire's side ---------------------------------------------------------------------------------

    def admit(self, serial: str, address: str) -> Terminal | Refusal:
        """Who calls, or why it is refused. Unknown serial numbers are noted for approval."""
        if not _SERIAL.fullmatch(serial):
            return Refusal.NO_SERIAL
        known = self._database.read(lambda tx: store.by_serial(tx, serial))
        if known is None:
            self._database.write(lambda tx: _note_stranger(tx, serial, address))
            return Refusal.PENDING
        if self._stale(known, address):
            self._database.write(lambda tx: _note_presence(tx, known.serial, address))
        if known.state is TerminalState.PENDING:
            return Refusal.PENDING
        if known.state is TerminalState.BLOCKED:
            return Refusal.BLOCKED
        if known.address_locked and known.address not in ("", address):
            return Refusal.ADDRESS
        return known

    def _stale(self, terminal: Terminal, address: str) -> bool:
        seen = terminal.last_seen_at
        return seen is None or terminal.last_address != address or self._clock.now() - seen >= PRESENCE

    def greeted(self, tx: Transaction, terminal: Terminal, greeting: "Greeting") -> Terminal:
        """Note what the handshake told and learn from it; returns the terminal as it is now."""
        profile = learn_language(terminal.profile, greeting.language)
        values: dict[str, Any] = {"last_seen_at": to_text(tx.now)}
        for column, value in (
            ("push_version", greeting.push_version),
            ("device_type", greeting.device_type),
            ("language", greeting.language),
        ):
            if value:
                values[column] = value[:32]
        if profile != terminal.profile:
            values["profile"] = msgspec.json.encode(profile)
        store.change(tx, terminal.key, values)
        return store.by_key(tx, terminal.key)

    def told(self, tx: Transaction, terminal: Terminal, information: PollInfo) -> None:
        """Note the counts of a poll, where they changed."""
        values: dict[str, Any] = {
            "firmware": information.firmware or terminal.firmware,
            "users": information.users,
            "faces": information.faces,
            "records": information.records,
        }
        store.change(tx, terminal.key, values)

    def describes(self, tx: Transaction, terminal: Terminal, options: dict[str, str]) -> None:
        """Keep the options a terminal told, later ones over earlier ones."""
        if not options:
            return
        merged = dict(store.by_key(tx, terminal.key).options) | options
        values: dict[str, Any] = {"options": msgspec.json.encode(merged)}
        firmware = options.get("FirmVer") or options.get("FWVersion")
        if firmware:
            values["firmware"] = firmware[:64]
        store.change(tx, terminal.key, values)

    # --- a person's side ---------------------------------------------------------------------------------

    def approve(
        self, tx: Transaction, serial: str, *, name: str, group: str, zone: str | None, actor: Actor
    ) -> Terminal:
        """Listen to a terminal from now on, or change its name, group and zone.

        A serial number that has not called yet can be approved beforehand (from the delivery note). Raises
        ``Invalid`` with the field, ``Conflict`` where the state does not allow it.
        """
        _check_approval(serial, name, group, zone)
        terminal = store.by_serial(tx, serial) or store.add(tx, serial, "", seen=False)
        _move(terminal, TerminalState.APPROVED)
        values = {
            "state": TerminalState.APPROVED.value,
            "name": name.strip(),
            "group_name": group.strip(),
            "zone": zone or None,
            "approved_at": to_text(tx.now),
            "address": terminal.last_address,
        }
        store.change(tx, terminal.key, values)
        store.settle_alarms(tx, terminal.key)
        details = {"serial": serial, "group": group.strip(), "zone": zone, "address": terminal.last_address}
        ledger.record(tx, actor, "terminal.approved", f"terminal:{terminal.id}", details)
        return store.by_key(tx, terminal.key)

    def block(self, tx: Transaction, serial: str, *, actor: Actor) -> Terminal:
        """Do not listen to a terminal; it keeps its data."""
        terminal = self.find(tx, serial)
        _move(terminal, TerminalState.BLOCKED)
        store.change(tx, terminal.key, {"state": TerminalState.BLOCKED.value})
        ledger.record(tx, actor, "terminal.blocked", f"terminal:{terminal.id}", {"serial": serial})
        return store.by_key(tx, terminal.key)

    def settle(self, tx: Transaction, serial: str, *, accept_address: bool, actor: Actor) -> int:
        """Close a terminal's alarms; with ``accept_address`` its present address is the right one from now
        on.
        """
        terminal = self.find(tx, serial)
        if accept_address:
            store.change(tx, terminal.key, {"address": terminal.last_address})
        settled = store.settle_alarms(tx, terminal.key)
        details: dict[str, str | bool] = {"accepted": accept_address, "address": terminal.last_address}
        ledger.record(tx, actor, "terminal.alarms_settled", f"terminal:{terminal.id}", details)
        return settled

    def switch(self, tx: Transaction, serial: str, switches: Switches, *, actor: Actor) -> Terminal:
        """Set profile switches by hand; what a person set is not learned over."""
        terminal = self.find(tx, serial)
        changes: dict[str, Any] = {
            name: value
            for name in ("ok", "photo_size", "name_encoding", "verify_codes")
            if (value := getattr(switches, name)) not in (None, getattr(terminal.profile, name))
        }
        details = {name: str(value) for name, value in changes.items()}
        for learned in ("photo_size", "name_encoding"):
            if learned in changes:
                changes[f"{learned}_source"] = Source.PERSON
        store.save_profile(tx, terminal.key, msgspec.structs.replace(terminal.profile, **changes))
        if switches.address_locked is not None:
            store.change(tx, terminal.key, {"address_locked": int(switches.address_locked)})
            details["address_locked"] = str(switches.address_locked)
        ledger.record(tx, actor, "terminal.switched", f"terminal:{terminal.id}", details)
        return store.by_key(tx, terminal.key)

    def find(self, tx: Transaction, serial: str) -> Terminal:
        """The terminal of a serial number. Raises ``NotFound``."""
        terminal = store.by_serial(tx, serial)
        if terminal is None:
            raise NotFound(
                N_("There is no terminal %(serial)s. It appears here once it has called."), serial=serial
            )
        return terminal

    def board(self) -> tuple[list[Terminal], dict[int, list[Alarm]]]:
        """All terminals, and the open alarms by terminal key."""

        def look(tx: Transaction) -> tuple[list[Terminal], dict[int, list[Alarm]]]:
            alarms: dict[int, list[Alarm]] = {}
            for alarm in store.open_alarms(tx):
                alarms.setdefault(alarm.terminal_key, []).append(alarm)
            return store.every(tx), alarms

        return self._database.read(look)


class Greeting(Struct, frozen=True):
    """What a handshake tells."""

    push_version: str
    device_type: str
    language: str


def terminal_actor(terminal: Terminal) -> Actor:
    """The terminal as the ledger names it."""
    return Actor(id=terminal.id, kind=ActorKind.TERMINAL, label=terminal.serial)


def drift(newest_local: datetime, received_at: datetime) -> int | None:
    """How far a terminal's clock runs ahead, in seconds, judged by its newest punch; None where that says
    nothing.

    A punch from hours ago may be a backlog; one from the future can only be a wrong clock.
    """
    ahead = round((newest_local - received_at).total_seconds())
    return ahead if -12 * 3600 < ahead < 400 * 86_400 else None


def _note_stranger(tx: Transaction, serial: str, address: str) -> None:
    if store.by_serial(tx, serial) is None and store.count_pending(tx) < MAX_PENDING:
        terminal = store.add(tx, serial, address, seen=True)
        ledger.record(
            tx, terminal_actor(terminal), "terminal.called", f"terminal:{terminal.id}", {"address": address}
        )


def _note_presence(tx: Transaction, serial: str, address: str) -> None:
    terminal = store.by_serial(tx, serial)
    if terminal is None:
        return
    values: dict[str, Any] = {"last_seen_at": to_text(tx.now), "last_address": address}
    if terminal.first_seen_at is None:
        values["first_seen_at"] = to_text(tx.now)
    if not terminal.address:
        values["address"] = address
    elif address != terminal.address:
        refused = terminal.address_locked and terminal.state is TerminalState.APPROVED
        kind = AlarmKind.REFUSED_ADDRESS if refused else AlarmKind.SECOND_ADDRESS
        if store.raise_alarm(tx, terminal.key, kind, address):
            details = {"expected": terminal.address, "address": address, "kind": kind.value}
            ledger.record(tx, terminal_actor(terminal), "terminal.alarm", f"terminal:{terminal.id}", details)
        if refused:
            return  # whoever it was, it was not this terminal that was seen
    store.change(tx, terminal.key, values)


def _move(terminal: Terminal, to: TerminalState) -> None:
    if to not in TERMINAL_TRANSITIONS[terminal.state]:
        raise Conflict(N_("Terminal %(serial)s is blocked already."), serial=terminal.serial)


def _check_approval(serial: str, name: str, group: str, zone: str | None) -> None:
    wrong: dict[str, str] = {}
    if not _SERIAL.fullmatch(serial):
        wrong["serial"] = N_("A serial number has letters and digits only, 32 at most.")
    if not name.strip() or len(name) > 64:
        wrong["name"] = N_("Give the terminal a name such as the door it hangs at, 64 characters at most.")
    if not _GROUP.fullmatch(group.strip()):
        wrong["group"] = N_("Name the group of terminals it belongs to, 64 characters at most.")
    if zone and not _is_zone(zone):
        wrong["zone"] = N_("Write a time zone such as Asia/Shanghai, or leave it empty for the site's.")
    if wrong:
        raise Invalid(wrong)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True
