"""Invitations of many candidates at once, how it went with each; the letters of an interview."""

import sqlalchemy as sa
from alembic import op

revision = "0009_invitations"
down_revision = "0008_plans"


def upgrade() -> None:
    op.create_table(
        "invitation_batch",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("opening_id", sa.Text, nullable=False),
        sa.Column("window_start", sa.Text, nullable=False),
        sa.Column("window_end", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_label", sa.Text, nullable=False),
    )
    op.create_table(
        "invitation_batch_line",
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("batch_id", "candidate_id"),
    )
    op.create_table(
        "interview_letter",
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("asked_at", sa.Text, nullable=False),
    )
    op.create_index("interview_letter_interview", "interview_letter", ["interview_id"])
    op.create_table(
        "interview_own_move",
        sa.Column("interview_id", sa.Text, primary_key=True),
        sa.Column("moves_left", sa.Integer, nullable=False),
        sa.Column("latest_end", sa.Text, nullable=False),
    )
