"""What the candidate's page noticed while a question was answered; links that hand over to another device."""

import sqlalchemy as sa
from alembic import op

revision = "0014_room"
down_revision = "0013_rights"


def upgrade() -> None:
    op.create_table(
        "interview_page_event",
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("question_id", sa.Text, nullable=False),
        sa.Column("take", sa.Integer, nullable=False),
        sa.Column("at_ms", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("interview_id", "question_id", "take", "at_ms", "kind"),
    )
    op.create_table(
        "interview_hand_over",
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("used_at", sa.Text, nullable=True),
        sa.Column("device_hash", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("secret_hash"),
    )
    op.create_index("interview_hand_over_interview", "interview_hand_over", ["interview_id"])
