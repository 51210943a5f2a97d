"""Punches: stored before they are acknowledged, each once, and the first one of a newcomer is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from appliance.attendance.provisioning import store as people
from appliance.attendance.provisioning.model import Person
from appliance.attendance.punches import store
from appliance.attendance.punches.model import Day, Punch, PunchFilter
from appliance.attendance.terminals import store as terminals
from appliance.attendance.terminals.model import Quarantined, Terminal
from appliance.attendance.terminals.registry import drift
from appliance.attendance.terminals.wire.attlog import AttlogUpload, parse_attlog
from appliance.attendance.terminals.wire.clock import instant, local_text
from appliance.events import FirstPunch
from appliance.kernel.clock import Clock, to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, NotFound
from appliance.kernel.outbox import emit
from appliance.kernel.web import Paging

DOUBTFUL: Final = timedelta(hours=1)
"""A punch this far ahead of our clock was made under a wrong one."""

IMPOSSIBLE: Final = timedelta(days=366)
"""A punch this far ahead says nothing about when it was made: it goes to quarantine."""


class Taken(Struct, frozen=True):
    """What became of an upload; ``rows`` is what the reply counts."""

    rows: int
    new: int
    bad: int


class Punches:
    """Taking punches in, and looking at them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # --- taking in ---------------------------------------------------------------------------------------

    def take(self, terminal: Terminal, body: bytes, *, stamp: str, address: str) -> Taken:
        """Store one ATTLOG body; returns after the commit that holds it. Raises what the commit raises.

        Rows that are known already count as handled, unreadable ones go to quarantine and count too: a
        terminal repeats a batch for ever whose count does not fit (the ZKTeco PUSH protocol).
        """
        zone = terminal.zone_info(self._clock.zone)
        latest = local_text(zone, self._clock.now() + IMPOSSIBLE)
        upload = parse_attlog(body, zone=zone, latest_local=latest)
        return self._database.write(lambda tx: self._store(tx, terminal, upload, stamp, address))

    def _store(
        self, tx: Transaction, terminal: Terminal, upload: AttlogUpload, stamp: str, address: str
    ) -> Taken:
        zone = terminal.zone_info(self._clock.zone)
        departments = terminals.group_departments(tx, terminal.group)
        holders = store.holders_of(tx, (row.pin for row in upload.punches), departments)
        new = store.insert_rows(
            tx,
            terminal,
            upload.punches,
            holders,
            zone=zone.key,
            address=address,
            doubtful_after=local_text(zone, tx.now + DOUBTFUL),
        )
        bad = terminals.quarantine(tx, terminal.key, "ATTLOG", upload.bad, address)
        self._note(tx, terminal, upload, new, stamp)
        if new:
            for employee_id in sorted({holder.employee_id for holder in holders.values() if holder.awaited}):
                tell_first_punch(tx, employee_id)
        return Taken(upload.rows, new, bad)

    def _note(self, tx: Transaction, terminal: Terminal, upload: AttlogUpload, new: int, stamp: str) -> None:
        terminals.count_rows(tx, terminal.key, received=upload.rows, new=new, bad=len(upload.bad))
        values: dict[str, object] = {}
        if stamp and stamp != terminal.attlog_stamp:
            values["attlog_stamp"] = stamp[:64]
        if new and upload.punches:
            newest = max(row.punched_at_local for row in upload.punches)
            ahead = drift(instant(newest, terminal.zone_info(self._clock.zone)), tx.now)
            if ahead is not None:
                values |= {"drift_s": ahead, "drift_at": to_text(tx.now)}
        terminals.change(tx, terminal.key, values)

    # --- looking -----------------------------------------------------------------------------------------

    def newest(self, wanted: PunchFilter, *, page: int = 1, size: int = 50) -> tuple[list[Punch], int]:
        """Punches for the list page, newest first, and how many there are in all."""
        offset = Paging(page, size).offset
        return self._database.read(lambda tx: store.newest(tx, wanted, limit=size, offset=offset))

    def after(self, wanted: PunchFilter, *, cursor: int = 0, limit: int = 500) -> list[Punch]:
        """Punches in order of arrival after ``cursor``: for programs that follow along."""
        return self._database.read(lambda tx: store.after(tx, wanted, cursor=cursor, limit=limit))

    def quarantined(
        self, *, serial: str = "", page: int = 1, size: int = 50
    ) -> tuple[list[Quarantined], int]:
        """Rows that could not be read, newest first, and how many there are in all."""

        def look(tx: Transaction) -> tuple[list[Quarantined], int]:
            terminal = terminals.by_serial(tx, serial) if serial else None
            if serial and terminal is None:
                return [], 0
            key = terminal.key if terminal else None
            return terminals.quarantined(tx, key=key, limit=size, offset=Paging(page, size).offset)

        return self._database.read(look)

    def days(self, employee_id: str, wanted: PunchFilter) -> tuple[Person, list[Day]]:
        """A person's days with punches, newest first. Raises ``NotFound``."""

        def look(tx: Transaction) -> tuple[Person, list[Punch]]:
            person = people.find(tx, employee_id)
            if person is None:
                raise NotFound(N_("Attendance does not know this employee yet."))
            return person, store.of_employee(tx, employee_id, wanted)

        person, punches = self._database.read(look)
        return person, days_of(punches)


def tell_first_punch(tx: Transaction, employee_id: str) -> None:
    """Say once that a newcomer has punched; nothing where they have not, or it was said before."""
    first = store.first_of(tx, employee_id)
    if first is None or not people.note_first_punch(tx, employee_id, first[0]):
        return
    punch_id, local = first
    emit(
        tx,
        FirstPunch(
            employee_id=employee_id,
            punch_id=str(punch_id),
            punched_at_local=datetime.fromisoformat(local),
            terminal_id=store.terminal_of(tx, punch_id),
        ),
    )


def days_of(punches: Sequence[Punch]) -> list[Day]:
    """Punches in order of wall time as days, newest first: first one in, last one out, whatever key was
    pressed.
    """
    grouped: dict[str, list[Punch]] = {}
    for punch in punches:
        grouped.setdefault(punch.punched_at_local.date().isoformat(), []).append(punch)
    return [
        Day(
            on=day[0].punched_at_local.date(),
            punches=day,
            first_in=day[0],
            last_out=day[-1] if len(day) > 1 else None,
        )
        for _, day in sorted(grouped.items(), reverse=True)
    ]
