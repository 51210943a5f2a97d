"""The kernel's tables as the first migration of each file makes them: jobs, outbox, inbox, ledger.

Frozen: a later change of these tables is a migration of its own in each of the three files.
"""

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """Make the tables in the file that is being migrated."""
    _audit()
    _inbox()
    _job()
    _outbox()
    _outbox_delivery()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor_kind", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("actor_label", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("audit_action", "audit", ["action", "seq"])
    op.create_index("audit_subject", "audit", ["subject", "seq"])


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("subscriber", sa.Text, nullable=False),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.UniqueConstraint("event_id", "subscriber"),
    )


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, server_default="", nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("unique_key", sa.Text, nullable=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run_at", sa.Text, nullable=False),
        sa.Column("lease_until", sa.Text, nullable=True),
        sa.Column("lease_token", sa.Text, nullable=True),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("progress", sa.Float, server_default="0", nullable=False),
        sa.Column("note", sa.Text, server_default="", nullable=False),
        sa.Column("last_error", sa.Text, server_default="", nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("finished_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("unique_key"),
    )
    op.create_index("job_due", "job", ["state", "run_at"])
    op.create_index("job_kind", "job", ["kind", "state"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("occurred_at", sa.Text, nullable=False),
        sa.Column("fanned_out", sa.Integer, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_index("outbox_waiting", "outbox", ["fanned_out", "seq"])


def _outbox_delivery() -> None:
    op.create_table(
        "outbox_delivery",
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("subscriber", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, server_default="0", nullable=False),
        sa.Column("next_at", sa.Text, nullable=False),
        sa.Column("last_error", sa.Text, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("seq", "subscriber"),
    )
    op.create_index("outbox_delivery_due", "outbox_delivery", ["state", "next_at"])
