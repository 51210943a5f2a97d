"""Follow-up questions of interviews; whose hand a version of a plan is of."""

import sqlalchemy as sa
from alembic import op

revision = "0008_plans"
down_revision = "0007_payroll"


def upgrade() -> None:
    op.create_table(
        "interview_follow_up",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("follows", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("pending", sa.Boolean, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("intent", sa.Text, nullable=False),
        sa.Column("text_zh", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False, server_default=""),
        sa.Column("model_sha256", sa.Text, nullable=False, server_default=""),
        sa.Column("prompt_hash", sa.Text, nullable=False, server_default=""),
        sa.Column("fallback", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("interview_id", "follows", "number"),
    )
    op.add_column(
        "interview_plan_version", sa.Column("created_label", sa.Text, nullable=False, server_default="")
    )
