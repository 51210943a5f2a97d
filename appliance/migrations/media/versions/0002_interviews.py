"""Recorded segments and the pieces they arrived in."""

import sqlalchemy as sa
from alembic import op

revision = "0002_interviews"
down_revision = "0001_kernel"


def upgrade() -> None:
    _recording()
    _recording_chunk()


def _recording() -> None:
    op.create_table(
        "recording",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("take", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("blob_id", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, server_default="0", nullable=False),
        sa.Column("limit_bytes", sa.Integer, nullable=False),
        sa.Column("recorded_ms", sa.Integer, server_default="0", nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("recording_answer", "recording", ["answer_id", "take", "number"])
    op.create_index("recording_interview", "recording", ["interview_id"])


def _recording_chunk() -> None:
    op.create_table(
        "recording_chunk",
        sa.Column("recording_id", sa.Text, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("recording_id", "start"),
    )
