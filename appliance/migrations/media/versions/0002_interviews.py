"""Recorded segments and the pieces they arrived in."""

from alembic import op

from appliance.interviews.recording_store import RECORDINGS

revision = "0002_interviews"
down_revision = "0001_kernel"


def upgrade() -> None:
    RECORDINGS.create_all(op.get_bind())
