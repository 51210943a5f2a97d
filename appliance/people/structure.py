"""The house's own order: departments and posts."""

from decimal import Decimal

from appliance.audit import ledger
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, NotFound
from appliance.kernel.ids import new_id
from appliance.people import intake, store, structure_store
from appliance.people.model import Department, Post


class Structure:
    """Verbs on departments and posts."""

    def __init__(self, core: Database) -> None:
        self._core = core

    def departments(self) -> list[Department]:
        """All departments by code."""
        return self._core.read(structure_store.departments)

    def posts(self) -> list[Post]:
        """All posts, by department and title."""
        return self._core.read(structure_store.posts)

    def department(self, department_id: str) -> Department:
        """One department. Raises ``NotFound``."""
        return self._core.read(lambda tx: required_department(tx, department_id))

    def post(self, post_id: str) -> Post:
        """One post. Raises ``NotFound``."""
        return self._core.read(lambda tx: required_post(tx, post_id))

    def headcount(self) -> dict[str, int]:
        """Employees who are here or about to be, by department id."""
        return self._core.read(structure_store.headcount)

    def add_department(
        self, actor: Actor, *, code: str, name_zh: str, name_en: str, head_employee_id: str | None = None
    ) -> Department:
        """Open a department. Raises ``Invalid``, ``Conflict`` when the code is taken, ``NotFound`` for the
        head.
        """
        intake.check_department(code, name_zh, name_en)

        def work(tx: Transaction) -> Department:
            if structure_store.department_by_code(tx, code) is not None:
                raise Conflict(N_("The department code %(code)s is taken; choose another."), code=code)
            if head_employee_id is not None and store.find(tx, head_employee_id) is None:
                raise NotFound(N_("There is no employee %(id)s."), id=head_employee_id)
            department = Department(new_id(), code, name_zh, name_en, head_employee_id)
            structure_store.add_department(tx, department)
            ledger.record(tx, actor, "department.opened", f"department:{department.id}", {"code": code})
            return department

        return self._core.write(work)

    def add_post(
        self,
        actor: Actor,
        *,
        title_zh: str,
        title_en: str,
        family: str,
        department_id: str,
        wage_floor: Decimal | None,
        default_shift_code: str,
    ) -> Post:
        """Open a post in a department. Raises ``Invalid``."""
        intake.check_post(title_zh, title_en, wage_floor, default_shift_code)

        def work(tx: Transaction) -> Post:
            if structure_store.department(tx, department_id) is None:
                raise Invalid({"department_id": N_("Choose a department of this site.")})
            post = Post(new_id(), title_zh, title_en, family, department_id, wage_floor, default_shift_code)
            structure_store.add_post(tx, post)
            ledger.record(tx, actor, "post.opened", f"post:{post.id}", {"department_id": department_id})
            return post

        return self._core.write(work)


def required_department(tx: Transaction, department_id: str) -> Department:
    """The department. Raises ``NotFound``."""
    department = structure_store.department(tx, department_id)
    if department is None:
        raise NotFound(N_("There is no department %(id)s."), id=department_id)
    return department


def required_post(tx: Transaction, post_id: str) -> Post:
    """The post. Raises ``NotFound``."""
    post = structure_store.post(tx, post_id)
    if post is None:
        raise NotFound(N_("There is no post %(id)s."), id=post_id)
    return post
