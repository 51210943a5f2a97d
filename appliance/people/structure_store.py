"""Departments and posts in core.db."""

from typing import Any

from sqlalchemy import func, insert, select

from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction
from appliance.people.model import Department, EmployeeState, Post
from appliance.people.money import fen_count, from_fen
from appliance.people.tables import DEPARTMENT, EMPLOYEE, POST


def add_department(tx: Transaction, department: Department) -> None:
    """Store a new department."""
    tx.execute(
        insert(DEPARTMENT).values(
            id=department.id,
            code=department.code,
            name_zh=department.name_zh,
            name_en=department.name_en,
            head_employee_id=department.head_employee_id,
            created_at=to_text(tx.now),
        )
    )


def add_post(tx: Transaction, post: Post) -> None:
    """Store a new post."""
    tx.execute(
        insert(POST).values(
            id=post.id,
            title_zh=post.title_zh,
            title_en=post.title_en,
            family=post.family,
            department_id=post.department_id,
            wage_floor_fen=None if post.wage_floor is None else fen_count(post.wage_floor),
            default_shift_code=post.default_shift_code,
            created_at=to_text(tx.now),
        )
    )


def departments(tx: Transaction) -> list[Department]:
    """All departments by code."""
    return [_department(row) for row in tx.execute(select(DEPARTMENT).order_by(DEPARTMENT.c.code)).mappings()]


def department(tx: Transaction, department_id: str) -> Department | None:
    """The department, or None."""
    row = tx.execute(select(DEPARTMENT).where(DEPARTMENT.c.id == department_id)).mappings().first()
    return None if row is None else _department(row)


def department_by_code(tx: Transaction, code: str) -> Department | None:
    """The department with this code, or None."""
    row = tx.execute(select(DEPARTMENT).where(DEPARTMENT.c.code == code)).mappings().first()
    return None if row is None else _department(row)


def posts(tx: Transaction) -> list[Post]:
    """All posts, by department and title."""
    ordered = select(POST).order_by(POST.c.department_id, POST.c.title_zh)
    return [_post(row) for row in tx.execute(ordered).mappings()]


def post(tx: Transaction, post_id: str) -> Post | None:
    """The post, or None."""
    row = tx.execute(select(POST).where(POST.c.id == post_id)).mappings().first()
    return None if row is None else _post(row)


def headcount(tx: Transaction) -> dict[str, int]:
    """Employees who are here or about to be, by department id."""
    counted = (
        select(EMPLOYEE.c.department_id, func.count().label("people"))
        .where(EMPLOYEE.c.state != EmployeeState.LEFT.value)
        .group_by(EMPLOYEE.c.department_id)
    )
    return {row["department_id"]: row["people"] for row in tx.execute(counted).mappings()}


def _department(row: Any) -> Department:
    return Department(row["id"], row["code"], row["name_zh"], row["name_en"], row["head_employee_id"])


def _post(row: Any) -> Post:
    return Post(
        id=row["id"],
        title_zh=row["title_zh"],
        title_en=row["title_en"],
        family=row["family"],
        department_id=row["department_id"],
        wage_floor=None if row["wage_floor_fen"] is None else from_fen(row["wage_floor_fen"]),
        default_shift_code=row["default_shift_code"],
    )
