"""Departments, posts, employees, contracts, onboarding."""

import sqlalchemy as sa
from alembic import op

revision = "0004_people"
down_revision = "0003_notifications"


def upgrade() -> None:
    _contract()
    _contract_wage()
    _department()
    _employee()
    _issued_number()
    _onboarding_step()
    _post()


def _contract() -> None:
    op.create_table(
        "contract",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("employee_id", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Text, nullable=False),
        sa.Column("ends_on", sa.Text, nullable=True),
        sa.Column("probation_share", sa.Text, nullable=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contract_employee", "contract", ["employee_id", "starts_on"])


def _contract_wage() -> None:
    op.create_table(
        "contract_wage",
        sa.Column("contract_id", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Text, nullable=False),
        sa.Column("monthly_wage_fen", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("contract_id", "effective_from"),
    )


def _department() -> None:
    op.create_table(
        "department",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name_zh", sa.Text, nullable=False),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("head_employee_id", sa.Text, nullable=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )


def _employee() -> None:
    op.create_table(
        "employee",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("post_id", sa.Text, nullable=False),
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("start_on", sa.Text, nullable=False),
        sa.Column("contract_months", sa.Integer, nullable=True),
        sa.Column("probation_months", sa.Integer, nullable=False),
        sa.Column("probation_ends_on", sa.Text, nullable=True),
        sa.Column("card_number", sa.Text, nullable=True),
        sa.Column("face_blob_id", sa.Text, nullable=True),
        sa.Column("face_consent", sa.Boolean(), nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=True),
        sa.Column("activated_on", sa.Text, nullable=True),
        sa.Column("leaves_on", sa.Text, nullable=True),
        sa.Column("left_on", sa.Text, nullable=True),
        sa.Column("leave_reason", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("candidate_id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("employee_department", "employee", ["department_id", "state"])
    op.create_index("employee_state", "employee", ["state", "start_on"])


def _issued_number() -> None:
    op.create_table(
        "issued_number",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("issued_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _onboarding_step() -> None:
    op.create_table(
        "onboarding_step",
        sa.Column("employee_id", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("waiting_since", sa.Text, nullable=True),
        sa.Column("done_at", sa.Text, nullable=True),
        sa.Column("done_by", sa.Text, server_default="", nullable=False),
        sa.Column("count", sa.Integer, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("employee_id", "step"),
    )
    op.create_index("onboarding_open", "onboarding_step", ["done_at", "waiting_since"])


def _post() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("wage_floor_fen", sa.Integer, nullable=True),
        sa.Column("default_shift_code", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
