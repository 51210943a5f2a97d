"""Accounts, sessions, one-time codes, API tokens."""

from alembic import op

from appliance.identity.store import IDENTITY

revision = "0002_identity"
down_revision = "0001_kernel"


def upgrade() -> None:
    IDENTITY.create_all(op.get_bind())
