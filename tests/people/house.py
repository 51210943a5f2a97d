"""A small house for tests: real encrypted files, the rooms' services, events carried on request."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from appliance.events import CandidateHired, Event, FirstPunch
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.outbox import Dispatcher, Subscription, emit
from appliance.notifications.model import MailSecurity, MailServer
from appliance.notifications.service import Notifications
from appliance.payroll.service import Payroll
from appliance.payroll.wiring import books_of
from appliance.people.handover import Handover, mail_recipient
from appliance.people.model import Employee, EmployeeFilter, NewEmployee, Post
from appliance.people.service import People
from tests.fresh import fresh_keys

HR = Actor(id="account-1", kind=ActorKind.PERSON, label="HR-01")
MORNING = datetime(2026, 11, 9, 0, 30, tzinfo=UTC)
"""Monday 9 November 2026, 08:30 in Shanghai."""


class House:
    """Files, services and the events between them; `heard` keeps what was emitted."""

    def __init__(self, folder: Path, port: int = 1) -> None:
        self.clock = FixedClock(MORNING)
        self.keys = fresh_keys(folder)
        self.databases = Databases.open(folder, self.keys, self.clock)
        self.core = self.databases.core
        server = MailServer("127.0.0.1", port, MailSecurity.NONE, "hr@house.example", "House HR", timeout_s=2)
        self.notifications = Notifications(self.core, self.clock, server)
        self.people = People(self.core, self.clock)
        self.notifications.recipients("employee", mail_recipient)
        self.payroll = Payroll(self.core, self.clock, self.people, books_of(folder))
        self.handover = Handover(self.people, letters_language="zh", site_name="测试医院")
        self.heard: list[Event] = []
        own = [*self.handover.subscriptions(), *self.payroll.subscriptions()]
        self.subscriptions = own
        ears = [
            Subscription(f"test.{kind.__name__}", kind, "core", self._hear) for kind in Event.__subclasses__()
        ]
        self.dispatcher = Dispatcher(list(self.databases), [*own, *ears])

    def _hear(self, tx: Transaction, event: Event, meta: object) -> None:
        self.heard.append(event)

    def heard_of(self, kind: type[Event]) -> list[Any]:
        """The events of a kind that were emitted, in order."""
        return [event for event in self.heard if isinstance(event, kind)]

    def tell(self, event: Event) -> None:
        """Emit an event as another room would, and carry everything that follows from it."""
        self.core.write(lambda tx: emit(tx, event))
        self.carry()

    def carry(self) -> None:
        """Deliver events until nothing is due."""
        while sum(self.dispatcher.carry(database) for database in self.databases):
            continue

    def post(self, wage_floor: Decimal | None = None) -> Post:
        """A department with one post."""
        department = self.people.structure.add_department(
            HR, code="ICU", name_zh="重症医学科", name_en="Intensive care"
        )
        return self.people.structure.add_post(
            HR,
            title_zh="护士",
            title_en="Nurse",
            family="nursing",
            department_id=department.id,
            wage_floor=wage_floor,
            default_shift_code="D8",
        )

    def hired(self, post: Post, **changes: Any) -> CandidateHired:
        """A hire as recruiting tells it."""
        values: dict[str, Any] = {
            "candidate_id": "candidate-1",
            "offer_id": "offer-1",
            "name": "测试甲",
            "email": "test.a@house.example",
            "phone": "13800000000",
            "post_id": post.id,
            "department_id": post.department_id,
            "start_on": date(2026, 11, 9),
            "monthly_wage": Decimal("12000.00"),
            "probation_months": 3,
            "contract_months": 36,
            "card_number": "7001",
        }
        return CandidateHired(**(values | changes))

    def hire(self, **changes: Any) -> Employee:
        """An onboarding employee who came through recruiting."""
        wage_floor = changes.pop("wage_floor", None)
        event = self.hired(self.post(wage_floor), **changes)
        self.tell(event)
        return self.people.page(EmployeeFilter(), page=1, size=10)[0][0]

    def punch(self, employee_id: str, at: datetime) -> None:
        """The employee's first punch."""
        self.tell(
            FirstPunch(employee_id=employee_id, punch_id="punch-1", punched_at_local=at, terminal_id="t-1")
        )

    def new(self, post: Post, **changes: Any) -> NewEmployee:
        """Existing staff as a script would send it."""
        values: dict[str, Any] = {
            "name": "测试乙",
            "email": "",
            "phone": "",
            "post_id": post.id,
            "department_id": post.department_id,
            "start_on": date(2024, 3, 1),
            "monthly_wage": Decimal("9000"),
            "contract_months": None,
            "probation_months": 0,
        }
        return NewEmployee(**(values | changes))

    def close(self) -> None:
        self.databases.close()
