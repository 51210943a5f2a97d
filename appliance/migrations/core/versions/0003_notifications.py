"""Messages."""

import sqlalchemy as sa
from alembic import op

revision = "0003_notifications"
down_revision = "0002_identity"


def upgrade() -> None:
    _message()


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("recipient_kind", sa.Text, nullable=False),
        sa.Column("recipient_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text, server_default="", nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("context", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("sent_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("message_recipient", "message", ["recipient_kind", "recipient_id"])
    op.create_index("message_state", "message", ["state", "created_at"])
