"""People as attendance knows them, and their enrolment on each terminal."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from appliance.kernel.errors import N_


class EnrolmentState(StrEnum):
    """Where one person stands on one terminal."""

    WAITING = "waiting"
    ENROLLED = "enrolled"
    FAILED = "failed"
    LEAVING = "leaving"
    REMOVED = "removed"
    REMOVAL_FAILED = "removal_failed"


_S = EnrolmentState
ENROLMENT_TRANSITIONS: Final[Mapping[EnrolmentState, frozenset[EnrolmentState]]] = {
    _S.WAITING: frozenset({_S.WAITING, _S.ENROLLED, _S.FAILED, _S.LEAVING}),
    _S.ENROLLED: frozenset({_S.WAITING, _S.LEAVING}),
    _S.FAILED: frozenset({_S.WAITING, _S.LEAVING}),
    _S.LEAVING: frozenset({_S.LEAVING, _S.REMOVED, _S.REMOVAL_FAILED, _S.WAITING}),
    _S.REMOVED: frozenset({_S.WAITING}),
    _S.REMOVAL_FAILED: frozenset({_S.LEAVING, _S.WAITING}),
}

ENROLMENT_LABELS: Final[Mapping[EnrolmentState, str]] = {
    _S.WAITING: N_("Being sent"),
    _S.ENROLLED: N_("Enrolled"),
    _S.FAILED: N_("Not enrolled"),
    _S.LEAVING: N_("Being removed"),
    _S.REMOVED: N_("Removed"),
    _S.REMOVAL_FAILED: N_("Not removed"),
}


class PersonTrouble(StrEnum):
    """Why a person cannot be put on any terminal."""

    NO_DIGITS = "no_digits"
    PIN_TAKEN = "pin_taken"


PERSON_TROUBLE_LABELS: Final[Mapping[PersonTrouble, str]] = {
    PersonTrouble.NO_DIGITS: N_(
        "The employee number has no digits, and a terminal knows people by digits only."
    ),
    PersonTrouble.PIN_TAKEN: N_(
        "Another employee number has the same digits; give one of them another number."
    ),
}


class Person(Struct, frozen=True, kw_only=True):
    """An employee as terminals need them. ``pin`` is None where the number gives none (see ``trouble``)."""

    employee_id: str
    number: str
    pin: str | None
    name: str
    department_id: str
    start_on: date
    known_from: date
    left_on: date | None
    card_number: str
    face_blob_id: str | None
    trouble: str


class Enrolment(Struct, frozen=True, kw_only=True):
    """One person on one terminal; ``proof`` is the terminal's own acknowledgement as it came."""

    employee_id: str
    terminal_key: int
    state: EnrolmentState
    user_command: int | None
    photo_command: int | None
    removal_command: int | None
    return_code: int | None
    trouble: str
    acknowledged_at: datetime | None
    proof: bytes | None


def pin_of(number: str) -> str | None:
    """The PIN of an employee number: its digits without leading zeros, which terminals drop; None without
    any.
    """
    digits = "".join(character for character in number if character in "0123456789").lstrip("0")
    return digits if 0 < len(digits) <= 9 else (digits[-9:].lstrip("0") or None if digits else None)
