"""What other rooms' events do here; each handler runs in one transaction on core.db, once an event."""

from appliance.events import (
    CandidateHired,
    EmployeeEnrolledEverywhere,
    FirstPunch,
    PayRecordOpened,
    TerminalEnrolled,
)
from appliance.kernel.actor import MACHINE
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import JobContext
from appliance.kernel.outbox import EventMeta, Subscription
from appliance.notifications.model import Recipient
from appliance.notifications.service import request_mail
from appliance.people import intake, onboarding, store, structure_store
from appliance.people.model import EmployeeState, NewEmployee, Step
from appliance.people.probation import longest_probation
from appliance.people.service import LastDayJob, People, required_employee


class Handover:
    """Subscriptions and jobs of the room."""

    def __init__(self, people: People, *, letters_language: str, site_name: str) -> None:
        self._people = people
        self._language = letters_language
        self._site_name = site_name

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All that the room listens to, on core.db."""
        return (
            Subscription("people.candidate_hired", CandidateHired, "core", self.candidate_hired),
            Subscription("people.terminal_enrolled", TerminalEnrolled, "core", self.terminal_enrolled),
            Subscription(
                "people.enrolled_everywhere", EmployeeEnrolledEverywhere, "core", self.enrolled_everywhere
            ),
            Subscription("people.first_punch", FirstPunch, "core", self.first_punch),
            Subscription("people.pay_record_opened", PayRecordOpened, "core", self.pay_record_opened),
        )

    def candidate_hired(self, tx: Transaction, event: CandidateHired, meta: EventMeta) -> None:
        """Everything recruiting knows becomes the employee's file; probation is held to the law's limit
        (art. 19).
        """
        new = NewEmployee(
            name=event.name,
            email=event.email,
            phone=event.phone,
            post_id=event.post_id,
            department_id=event.department_id,
            start_on=event.start_on,
            monthly_wage=event.monthly_wage,
            contract_months=event.contract_months,
            probation_months=min(event.probation_months, longest_probation(event.contract_months)),
            card_number=event.card_number,
            face_blob_id=event.face_blob_id,
            candidate_id=event.candidate_id,
        )
        intake.check_employee(new)
        self._people.open_file(tx, MACHINE, new)

    def terminal_enrolled(self, tx: Transaction, event: TerminalEnrolled, meta: EventMeta) -> None:
        """One more terminal knows the newcomer."""
        onboarding.count_up(tx, event.employee_id, Step.TERMINALS)

    def enrolled_everywhere(
        self, tx: Transaction, event: EmployeeEnrolledEverywhere, meta: EventMeta
    ) -> None:
        """The gate is ready: tick the step and remind a newcomer who has an address."""
        employee = required_employee(tx, event.employee_id)
        first_time = onboarding.complete(tx, employee.id, Step.TERMINALS, MACHINE)
        newcomer = employee.state is EmployeeState.ONBOARDING and employee.start_on >= self._people.today()
        # Staff who were here before the appliance are provisioned too, and need no welcome.
        if not (first_time and newcomer and employee.email):
            return
        department = structure_store.department(tx, employee.department_id)
        post = structure_store.post(tx, employee.post_id)
        request_mail(
            tx,
            template="first_day",
            language=self._language,
            recipient_kind="employee",
            recipient_id=employee.id,
            context={
                "name": employee.name,
                "start_on": employee.start_on.isoformat(),
                "department": department.name(self._language) if department else "",
                "post": post.title(self._language) if post else "",
                "site": self._site_name,
            },
        )

    def first_punch(self, tx: Transaction, event: FirstPunch, meta: EventMeta) -> None:
        """The newcomer is here."""
        self._people.first_punch(tx, event.employee_id, event.punched_at_local.date())

    def pay_record_opened(self, tx: Transaction, event: PayRecordOpened, meta: EventMeta) -> None:
        """The last step of the checklist."""
        self._people.step_done(tx, event.employee_id, Step.PAY_RECORD)

    def last_day(self, job: JobContext) -> None:
        """Handler of ``people.last_day``."""
        employee_id = job.decode(LastDayJob).employee_id
        job.finish(lambda tx: self._people.end_if_due(tx, employee_id))


def mail_recipient(tx: Transaction, employee_id: str) -> Recipient | None:
    """Whom a letter to an employee goes to."""
    employee = store.find(tx, employee_id)
    if employee is None or not employee.email:
        return None
    return Recipient(employee.email, employee.name)
