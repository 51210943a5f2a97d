"""Everything that one room tells the others, as one tagged union.

An event is a fact in the past tense, written to the outbox in the transaction that made it true. It carries what a
subscriber needs to act without asking back, so that a room never reaches into another's tables.
"""

from datetime import date, datetime
from decimal import Decimal

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Base of all events; the tag is the class's name."""


class ResumeReceived(Event, frozen=True, kw_only=True):
    """A resume arrived for an opening and waits to be read."""

    candidate_id: str
    document_id: str


class CandidateScreened(Event, frozen=True, kw_only=True):
    """The requirements of the opening were held against the resume; the machine proposes, nobody is rejected."""

    candidate_id: str


class CandidateInvited(Event, frozen=True, kw_only=True):
    """A person invited the candidate to an interview."""

    candidate_id: str
    interview_id: str


class AnswerSubmitted(Event, frozen=True, kw_only=True):
    """The candidate handed in one answer."""

    interview_id: str
    answer_id: str


class InterviewFinished(Event, frozen=True, kw_only=True):
    """The candidate handed in the last answer."""

    interview_id: str
    candidate_id: str


class InterviewAssessed(Event, frozen=True, kw_only=True):
    """The report of the interview is ready to be read."""

    interview_id: str
    candidate_id: str


class CandidateDecided(Event, frozen=True, kw_only=True):
    """A person decided on the candidate, with a reason."""

    candidate_id: str
    decision: str


class OfferApproved(Event, frozen=True, kw_only=True):
    """A second person approved the offer."""

    offer_id: str
    candidate_id: str


class CandidateHired(Event, frozen=True, kw_only=True):
    """The candidate becomes an employee: everything that is known is handed on, nobody types it again."""

    candidate_id: str
    offer_id: str
    name: str
    email: str
    phone: str
    post_id: str
    department_id: str
    start_on: date
    monthly_wage: Decimal
    probation_months: int
    contract_months: int | None
    face_blob_id: str | None = None
    card_number: str | None = None


class EmployeeCreated(Event, frozen=True, kw_only=True):
    """An employee exists, in onboarding; terminals and shift follow."""

    employee_id: str
    number: str
    name: str
    post_id: str
    department_id: str
    start_on: date
    card_number: str | None = None
    face_blob_id: str | None = None


class TerminalEnrolled(Event, frozen=True, kw_only=True):
    """A terminal acknowledged that it knows the employee."""

    employee_id: str
    terminal_id: str
    serial: str


class EmployeeEnrolledEverywhere(Event, frozen=True, kw_only=True):
    """Every terminal that should know the employee has acknowledged."""

    employee_id: str


class FirstPunch(Event, frozen=True, kw_only=True):
    """The employee's first punch; `punched_at_local` is wall time at the terminal, without a zone."""

    employee_id: str
    punch_id: str
    punched_at_local: datetime
    terminal_id: str


class EmployeeActivated(Event, frozen=True, kw_only=True):
    """The employee works here from this day."""

    employee_id: str
    activated_on: date


class EmployeeLeft(Event, frozen=True, kw_only=True):
    """The employee's last day; terminals forget them, the pay record closes."""

    employee_id: str
    left_on: date


class PayRecordOpened(Event, frozen=True, kw_only=True):
    """Payroll opened the employee's pay record."""

    employee_id: str
    pay_record_id: str
