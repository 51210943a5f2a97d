"""Jobs, outbox, inbox and ledger; wrapped keys and blobs."""

import sqlalchemy as sa
from alembic import op

from appliance.migrations import kernel_0001

revision = "0001_kernel"
down_revision = None


def upgrade() -> None:
    kernel_0001.create()
    _blob()
    _blob_chunk()
    _wrapped_key()


def _blob() -> None:
    op.create_table(
        "blob",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, server_default="0", nullable=False),
        sa.Column("sealed_at", sa.Text, nullable=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _blob_chunk() -> None:
    op.create_table(
        "blob_chunk",
        sa.Column("blob_id", sa.Text, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("blob_id", "start"),
    )


def _wrapped_key() -> None:
    op.create_table(
        "wrapped_key",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("destroyed_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("wrapped_key_subject", "wrapped_key", ["subject"])
