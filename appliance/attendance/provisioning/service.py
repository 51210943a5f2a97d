"""Provisioning in two phases: what should be on a terminal is queued, what is there is what it
acknowledged.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec

from appliance.attendance.provisioning import store
from appliance.attendance.provisioning.model import (
    ENROLMENT_TRANSITIONS,
    Enrolment,
    EnrolmentState,
    Person,
    PersonTrouble,
    pin_of,
)
from appliance.attendance.punches import store as punches
from appliance.attendance.punches.service import tell_first_punch
from appliance.attendance.shifts.service import Shifts
from appliance.attendance.terminals import commands_store
from appliance.attendance.terminals import store as terminals
from appliance.attendance.terminals.commands_model import Command, CommandKind, CommandState
from appliance.attendance.terminals.model import Terminal, TerminalState
from appliance.attendance.terminals.profiles import learn_photo_size
from appliance.attendance.terminals.return_codes import UNKNOWN_PIN, WRONG_PHOTO_SIZE
from appliance.audit import ledger
from appliance.events import EmployeeCreated, EmployeeEnrolledEverywhere, EmployeeLeft, TerminalEnrolled
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.clock import Clock, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Conflict, NotFound
from appliance.kernel.outbox import EventMeta, emit

_SENDING: Final = (CommandKind.UPDATE_USER, CommandKind.UPDATE_PHOTO)


class Provisioning:
    """Keeps people and terminals in step. Every verb takes a transaction on attendance.db."""

    def __init__(self, clock: Clock, shifts: Shifts) -> None:
        self._clock = clock
        self._shifts = shifts

    # --- people come and go ------------------------------------------------------------------------------

    def employee_created(self, tx: Transaction, event: EmployeeCreated, meta: EventMeta) -> None:
        """A newcomer gets a shift and is sent to every terminal of their groups."""
        if store.find(tx, event.employee_id) is not None:
            return
        person = self._person(tx, event)
        store.save(tx, person)
        self._shifts.assign_default(tx, person.employee_id, person.department_id, person.start_on)
        if person.pin is None:
            details = {"trouble": person.trouble}
            ledger.record(tx, MACHINE, "employee.not_provisioned", f"employee:{person.employee_id}", details)
            return
        served = [terminal for terminal in _approved(tx) if serves(tx, terminal, person)]
        for terminal in served:
            self._enrol(tx, person, terminal)
        keys = [terminal.key for terminal in served]
        if punches.attribute(tx, person.employee_id, person.pin, person.known_from.isoformat(), keys):
            tell_first_punch(tx, person.employee_id)

    def _person(self, tx: Transaction, event: EmployeeCreated) -> Person:
        pin = pin_of(event.number)
        trouble = "" if pin else PersonTrouble.NO_DIGITS.value
        if pin and store.pin_taken(tx, pin, event.employee_id):
            pin, trouble = None, PersonTrouble.PIN_TAKEN.value
        return Person(
            employee_id=event.employee_id,
            number=event.number,
            pin=pin,
            name=event.name,
            department_id=event.department_id,
            start_on=event.start_on,
            # Whoever carried the PIN before this day was somebody else.
            known_from=min(event.start_on, self._clock.today()),
            left_on=None,
            card_number=event.card_number or "",
            face_blob_id=event.face_blob_id,
            trouble=trouble,
        )

    def employee_left(self, tx: Transaction, event: EmployeeLeft, meta: EventMeta) -> None:
        """Terminals forget a leaver: today, or the day after a last day that is still to come."""
        person = store.find(tx, event.employee_id)
        if person is None:
            return
        store.save(tx, msgspec.structs.replace(person, left_on=event.left_on))
        for enrolment in store.enrolments_of(tx, person.employee_id):
            if enrolment.state not in (EnrolmentState.REMOVED, EnrolmentState.LEAVING):
                self._remove(tx, person, enrolment, last_day=event.left_on.isoformat())

    # --- terminals come and change -----------------------------------------------------------------------

    def terminal_approved(self, tx: Transaction, terminal: Terminal) -> None:
        """A terminal gets everybody it should have, and loses whom its new group is not for."""
        present = store.enrolments_at(tx, terminal.key)
        for person in store.working(tx):
            enrolment = present.get(person.employee_id)
            there = enrolment is not None and enrolment.state in (
                EnrolmentState.WAITING,
                EnrolmentState.ENROLLED,
            )
            if serves(tx, terminal, person):
                if not there:
                    self._enrol(tx, person, terminal)
            elif enrolment is not None and there:
                self._remove(tx, person, enrolment)

    def send_again(self, tx: Transaction, terminal: Terminal, employee_id: str, *, actor: Actor) -> None:
        """Try a failed enrolment or removal once more. Raises ``NotFound`` or ``Conflict``."""
        person = store.find(tx, employee_id)
        enrolment = store.enrolment(tx, employee_id, terminal.key)
        if person is None or enrolment is None:
            raise NotFound(N_("This person is not meant to be on this terminal."))
        if enrolment.state is EnrolmentState.FAILED:
            self._enrol(tx, person, terminal)
        elif enrolment.state is EnrolmentState.REMOVAL_FAILED:
            self._remove(tx, person, enrolment)
        else:
            raise Conflict(N_("Nothing failed here; the terminal has it or is still to answer."))
        ledger.record(
            tx, actor, "enrolment.sent_again", f"employee:{employee_id}", {"terminal": terminal.serial}
        )

    # --- what terminals answer ---------------------------------------------------------------------------

    def answered(self, tx: Transaction, terminal: Terminal, command: Command) -> None:
        """A command about a person came to its end."""
        if command.employee_id is None:
            return
        enrolment = store.enrolment(tx, command.employee_id, terminal.key)
        if enrolment is None:
            return
        done = command.state is CommandState.DONE
        if command.kind is CommandKind.DELETE_USER and command.number == enrolment.removal_command:
            self._removal_answered(tx, terminal, enrolment, command, done)
        elif command.kind is CommandKind.UPDATE_USER and command.number == enrolment.user_command:
            self._user_answered(tx, terminal, enrolment, command, done)
        elif command.kind is CommandKind.UPDATE_PHOTO and command.number == enrolment.photo_command:
            self._photo_answered(tx, terminal, enrolment, command, done)

    def _user_answered(
        self, tx: Transaction, terminal: Terminal, enrolment: Enrolment, command: Command, done: bool
    ) -> None:
        person = store.find(tx, enrolment.employee_id)
        if not done or person is None:
            self._failed(tx, enrolment, command)
        elif person.face_blob_id is not None:
            # Only now: a photo for a PIN that the terminal does not know yet is refused.
            self._queue_photo(tx, person, terminal)
        else:
            self._enrolled(tx, terminal, enrolment, command)

    def _photo_answered(
        self, tx: Transaction, terminal: Terminal, enrolment: Enrolment, command: Command, done: bool
    ) -> None:
        profile = terminals.by_key(tx, terminal.key).profile
        refused = command.return_code == WRONG_PHOTO_SIZE
        if done or refused:
            learned = learn_photo_size(profile, refused=refused)
            if learned != profile:
                terminals.save_profile(tx, terminal.key, learned)
            person = store.find(tx, enrolment.employee_id)
            if refused and learned.photo_size is not profile.photo_size and person is not None:
                self._queue_photo(tx, person, terminal)
                return
        if done:
            self._enrolled(tx, terminal, enrolment, command)
        else:
            self._failed(tx, enrolment, command)

    def _removal_answered(
        self, tx: Transaction, terminal: Terminal, enrolment: Enrolment, command: Command, done: bool
    ) -> None:
        if not done and command.return_code != UNKNOWN_PIN:
            self._move(tx, enrolment, EnrolmentState.REMOVAL_FAILED, command)
            return
        self._move(tx, enrolment, EnrolmentState.REMOVED, command)
        terminals.forget_user(tx, terminal.key, command.pin)
        _record(tx, "employee.removed_from_terminal", terminal, command)

    def _enrolled(self, tx: Transaction, terminal: Terminal, enrolment: Enrolment, command: Command) -> None:
        self._move(tx, enrolment, EnrolmentState.ENROLLED, command)
        employee_id = enrolment.employee_id
        _record(tx, "employee.enrolled_on_terminal", terminal, command)
        emit(tx, TerminalEnrolled(employee_id=employee_id, terminal_id=terminal.id, serial=terminal.serial))
        if store.note_enrolled_everywhere(tx, employee_id):
            emit(tx, EmployeeEnrolledEverywhere(employee_id=employee_id))

    def _failed(self, tx: Transaction, enrolment: Enrolment, command: Command) -> None:
        self._move(tx, enrolment, EnrolmentState.FAILED, command)

    def _move(self, tx: Transaction, enrolment: Enrolment, to: EnrolmentState, command: Command) -> None:
        if to not in ENROLMENT_TRANSITIONS[enrolment.state]:
            return  # a late answer about something that was decided otherwise since
        acknowledged = to in (EnrolmentState.ENROLLED, EnrolmentState.REMOVED)
        store.set_enrolment(
            tx,
            enrolment.employee_id,
            enrolment.terminal_key,
            state=to.value,
            return_code=command.return_code,
            trouble=command.trouble,
            acknowledged_at=to_text(tx.now) if acknowledged else None,
            proof=command.answer,
        )

    # --- queueing ----------------------------------------------------------------------------------------

    def _enrol(self, tx: Transaction, person: Person, terminal: Terminal) -> None:
        commands_store.cancel(
            tx, terminal.key, person.employee_id, [*map(str, _SENDING), CommandKind.DELETE_USER.value]
        )
        number = commands_store.add(
            tx,
            terminal.key,
            CommandKind.UPDATE_USER,
            MACHINE.id,
            pin=person.pin or "",
            employee_id=person.employee_id,
        )
        store.set_enrolment(
            tx,
            person.employee_id,
            terminal.key,
            state=EnrolmentState.WAITING.value,
            user_command=number,
            photo_command=None,
            removal_command=None,
            return_code=None,
            trouble="",
            acknowledged_at=None,
            proof=None,
        )

    def _queue_photo(self, tx: Transaction, person: Person, terminal: Terminal) -> None:
        number = commands_store.add(
            tx,
            terminal.key,
            CommandKind.UPDATE_PHOTO,
            MACHINE.id,
            pin=person.pin or "",
            employee_id=person.employee_id,
            photo_blob_id=person.face_blob_id,
        )
        store.set_enrolment(
            tx, person.employee_id, terminal.key, state=EnrolmentState.WAITING.value, photo_command=number
        )

    def _remove(self, tx: Transaction, person: Person, enrolment: Enrolment, *, last_day: str = "") -> None:
        kinds = [*map(str, _SENDING), CommandKind.DELETE_USER.value]
        commands_store.cancel(tx, enrolment.terminal_key, person.employee_id, kinds)
        number = commands_store.add(
            tx,
            enrolment.terminal_key,
            CommandKind.DELETE_USER,
            MACHINE.id,
            pin=person.pin or "",
            employee_id=person.employee_id,
            due_at=self._after(tx, last_day),
        )
        store.set_enrolment(
            tx,
            person.employee_id,
            enrolment.terminal_key,
            state=EnrolmentState.LEAVING.value,
            removal_command=number,
            return_code=None,
            trouble="",
        )

    def _after(self, tx: Transaction, last_day: str) -> str:
        """The end of a last day that is still to come, at the site; otherwise now."""
        if last_day <= self._clock.today().isoformat():
            return to_text(tx.now)
        return end_of_day(last_day, self._clock)


def end_of_day(day: str, clock: Clock) -> str:
    """The instant at which a day ends at the site, as it is stored."""
    next_day = date.fromisoformat(day) + timedelta(days=1)
    return to_text(datetime.combine(next_day, time(), clock.zone))


def serves(tx: Transaction, terminal: Terminal, person: Person) -> bool:
    """Whether a terminal is for a person: its group is for everybody, or for their department."""
    departments = terminals.group_departments(tx, terminal.group)
    return not departments or person.department_id in departments


def _record(tx: Transaction, action: str, terminal: Terminal, command: Command) -> None:
    details: dict[str, str | int | None] = {
        "terminal": terminal.serial,
        "command": command.number,
        "return": command.return_code,
    }
    ledger.record(tx, MACHINE, action, f"employee:{command.employee_id}", details)


def _approved(tx: Transaction) -> list[Terminal]:
    return terminals.every(tx, TerminalState.APPROVED)
