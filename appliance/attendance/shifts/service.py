"""Making shifts and giving them to people."""

from collections.abc import Collection
from datetime import date, time
from typing import Final

from msgspec import Struct

from appliance.attendance.shifts import store
from appliance.attendance.shifts.model import Assignment, Shift
from appliance.audit import ledger
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Invalid, NotFound
from appliance.kernel.ids import new_id

MAX_BREAK_MINUTES: Final = 240


class ShiftDraft(Struct, frozen=True, kw_only=True):
    """A shift as a person enters it; times are ``HH:MM``, weekdays ISO numbers (Monday is 1)."""

    name_zh: str
    name_en: str
    starts: str
    ends: str
    break_minutes: int
    weekdays: Collection[int]


class Shifts:
    """Shifts of the site, in attendance.db."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save(self, draft: ShiftDraft, *, actor: Actor, shift_id: str | None = None) -> Shift:
        """Make a shift, or change one. Raises ``Invalid`` with the fields, ``NotFound``."""
        shift = _read(draft, shift_id or new_id())

        def keep(tx: Transaction) -> Shift:
            if shift_id is not None:
                self.find(tx, shift_id)
            store.save(tx, shift)
            details: dict[str, str | int] = {
                "starts": draft.starts,
                "ends": draft.ends,
                "break_minutes": shift.break_minutes,
            }
            ledger.record(tx, actor, "shift.saved", f"shift:{shift.id}", details)
            return shift

        return self._database.write(keep)

    def find(self, tx: Transaction, shift_id: str) -> Shift:
        """The shift of an id. Raises ``NotFound``."""
        shift = store.find(tx, shift_id)
        if shift is None:
            raise NotFound(N_("There is no such shift."))
        return shift

    def get(self, shift_id: str) -> Shift:
        """``find`` for a caller without a transaction."""
        return self._database.read(lambda tx: self.find(tx, shift_id))

    def board(self) -> tuple[list[Shift], dict[str, int], dict[str, str]]:
        """All shifts, how many people have each today, and the defaults by department id."""
        today = self._clock.today()
        return self._database.read(
            lambda tx: (store.every(tx), store.people_counts(tx, today), store.defaults(tx))
        )

    def make_default(self, shift_id: str, department_id: str, *, actor: Actor) -> None:
        """Newcomers of a department (empty: of any other) get this shift."""

        def keep(tx: Transaction) -> None:
            self.find(tx, shift_id)
            store.set_default(tx, department_id, shift_id)
            details = {"department": department_id}
            ledger.record(tx, actor, "shift.made_default", f"shift:{shift_id}", details)

        self._database.write(keep)

    def assign_default(
        self, tx: Transaction, employee_id: str, department_id: str, from_on: date
    ) -> Shift | None:
        """Give a newcomer the default shift of their department; None where the site has no default."""
        shift = store.default_of(tx, department_id)
        if shift is not None:
            store.assign(tx, employee_id, shift.id, from_on)
        return shift

    def assignment(self, employee_id: str, on: date) -> Assignment | None:
        """Which shift a person has on a day."""
        return self._database.read(lambda tx: store.assignment(tx, employee_id, on))


def _read(draft: ShiftDraft, shift_id: str) -> Shift:
    wrong: dict[str, str] = {}
    for name in ("name_zh", "name_en"):
        if not 0 < len(getattr(draft, name).strip()) <= 40:
            wrong[name] = N_("Give the shift a name, 40 characters at most.")
    starts, ends = _time(draft.starts), _time(draft.ends)
    if starts is None:
        wrong["starts"] = N_("Write a time such as 08:30.")
    if ends is None:
        wrong["ends"] = N_("Write a time such as 17:30.")
    if not 0 <= draft.break_minutes <= MAX_BREAK_MINUTES:
        wrong["break_minutes"] = N_("A break lasts between 0 and 240 minutes.")
    weekdays = frozenset(draft.weekdays)
    if not weekdays or not weekdays <= set(range(1, 8)):
        wrong["weekdays"] = N_("Choose at least one weekday.")
    if wrong or starts is None or ends is None:
        raise Invalid(wrong)
    shift = Shift(
        id=shift_id,
        name_zh=draft.name_zh.strip(),
        name_en=draft.name_en.strip(),
        starts=starts,
        ends=ends,
        break_minutes=draft.break_minutes,
        weekdays=weekdays,
    )
    if shift.minutes <= 0:
        raise Invalid({"break_minutes": N_("The break is longer than the shift.")})
    return shift


def _time(text: str) -> time | None:
    if len(text) != 5 or text[2] != ":":
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None
