"""Pay records and wage segments."""

import sqlalchemy as sa
from alembic import op

revision = "0007_payroll"
down_revision = "0006_interviews"


def upgrade() -> None:
    _pay_record()
    _wage_segment()


def _pay_record() -> None:
    op.create_table(
        "pay_record",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("employee_id", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Text, nullable=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("employee_id"),
    )


def _wage_segment() -> None:
    op.create_table(
        "wage_segment",
        sa.Column("pay_record_id", sa.Text, nullable=False),
        sa.Column("from_on", sa.Text, nullable=False),
        sa.Column("until_on", sa.Text, nullable=True),
        sa.Column("monthly_wage_fen", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("basis", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("pay_record_id", "from_on"),
    )
    op.create_index("wage_segment_record", "wage_segment", ["pay_record_id", "from_on"])
