"""What stages of an analysis gave until it is settled, when a waiting one goes on, and the policy on observations."""

import sqlalchemy as sa
from alembic import op

revision = "0010_integrity"
down_revision = "0009_invitations"


def upgrade() -> None:
    op.add_column("interview_answer_analysis", sa.Column("waiting_until", sa.Text, nullable=True))
    op.create_table(
        "interview_answer_part",
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("take", sa.Integer, nullable=False),
        sa.Column("begun_at", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "stage"),
    )
    op.create_index("interview_answer_part_interview", "interview_answer_part", ["interview_id"])
    op.create_table(
        "interview_observation_policy",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("jurisdiction", sa.Text, nullable=False),
        sa.Column("basis_person", sa.Text, nullable=False, server_default=""),
        sa.Column("basis_text", sa.Text, nullable=False, server_default=""),
        sa.Column("basis_day", sa.Text, nullable=True),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_by_label", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text, nullable=False),
    )
