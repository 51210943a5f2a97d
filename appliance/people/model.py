"""The nouns of the room: departments, posts, employees, contracts and the steps of onboarding."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from appliance.kernel.errors import N_


class EmployeeState(StrEnum):
    """Where an employee stands between the offer and the last day."""

    ONBOARDING = "onboarding"
    ACTIVE = "active"
    LEFT = "left"


EMPLOYEE_TRANSITIONS: Final[dict[EmployeeState, frozenset[EmployeeState]]] = {
    EmployeeState.ONBOARDING: frozenset({EmployeeState.ACTIVE, EmployeeState.LEFT}),
    EmployeeState.ACTIVE: frozenset({EmployeeState.LEFT}),
    EmployeeState.LEFT: frozenset(),
}

STATE_LABELS: Final[dict[EmployeeState, str]] = {
    EmployeeState.ONBOARDING: N_("Onboarding"),
    EmployeeState.ACTIVE: N_("Active"),
    EmployeeState.LEFT: N_("Left"),
}


class Step(StrEnum):
    """What has to happen before a newcomer is fully on board, in its usual order."""

    FILE = "file"
    CARD = "card"
    TERMINALS = "terminals"
    FIRST_PUNCH = "first_punch"
    PAY_RECORD = "pay_record"


STEP_LABELS: Final[dict[Step, str]] = {
    Step.FILE: N_("Employee file"),
    Step.CARD: N_("Card or face photo"),
    Step.TERMINALS: N_("Known to all terminals"),
    Step.FIRST_PUNCH: N_("First punch"),
    Step.PAY_RECORD: N_("Pay record"),
}


class Department(Struct, frozen=True):
    """A department; its code is the site's own."""

    id: str
    code: str
    name_zh: str
    name_en: str
    head_employee_id: str | None = None

    def name(self, language: str) -> str:
        """The name for a reader; the other language's where one is missing."""
        return (self.name_en or self.name_zh) if language == "en" else (self.name_zh or self.name_en)


class Post(Struct, frozen=True):
    """A post in a department. ``wage_floor``: lowest monthly pay of this post in yuan, None where not set."""

    id: str
    title_zh: str
    title_en: str
    family: str
    department_id: str
    wage_floor: Decimal | None
    default_shift_code: str

    def title(self, language: str) -> str:
        """The title for a reader; the other language's where one is missing."""
        return (self.title_en or self.title_zh) if language == "en" else (self.title_zh or self.title_en)


class Employee(Struct, frozen=True):
    """An employee. ``probation_ends_on`` is the last day of probation."""

    id: str
    number: str
    name: str
    email: str
    phone: str
    post_id: str
    department_id: str
    state: EmployeeState
    start_on: date
    contract_months: int | None
    probation_months: int
    probation_ends_on: date | None
    card_number: str | None
    face_blob_id: str | None
    face_consent: bool
    candidate_id: str | None
    activated_on: date | None
    leaves_on: date | None
    left_on: date | None
    created_at: datetime

    def on_probation(self, day: date) -> bool:
        """Whether the day falls into the probation."""
        return self.probation_ends_on is not None and day <= self.probation_ends_on


class WageStep(Struct, frozen=True):
    """The agreed monthly wage in yuan from a day on."""

    effective_from: date
    monthly_wage: Decimal


class Contract(Struct, frozen=True):
    """A labour contract; ``ends_on`` None is open-ended, ``probation_share`` None leaves it to the site's
    policy.
    """

    id: str
    employee_id: str
    starts_on: date
    ends_on: date | None
    probation_share: Decimal | None
    wages: tuple[WageStep, ...]


class StepRecord(Struct, frozen=True):
    """One onboarding step; ``done_by`` is the actor's kind and label, ``waiting_since`` when its turn
    came.
    """

    step: Step
    waiting_since: datetime | None
    done_at: datetime | None
    done_by: str
    count: int


class NewEmployee(Struct, frozen=True, kw_only=True):
    """What opens an employee's file, from a hire or typed in for existing staff."""

    name: str
    email: str
    phone: str
    post_id: str
    department_id: str
    start_on: date
    monthly_wage: Decimal
    contract_months: int | None
    probation_months: int
    probation_share: Decimal | None = None
    card_number: str | None = None
    face_blob_id: str | None = None
    candidate_id: str | None = None
    number: str | None = None


class EmployeeFilter(Struct, frozen=True):
    """Which employees a list shows; the search runs over number, name, phone and e-mail."""

    search: str = ""
    state: EmployeeState | None = None
    department_id: str = ""
    post_id: str = ""
    on_probation_on: date | None = None


class StuckStep(Struct, frozen=True):
    """A step that has waited longer than it should."""

    employee_id: str
    number: str
    step: Step
    since: datetime
