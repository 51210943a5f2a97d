"""Jobs, outbox, inbox and ledger."""

from alembic import op

from appliance.kernel.schema import KERNEL

revision = "0001_kernel"
down_revision = None


def upgrade() -> None:
    KERNEL.create_all(op.get_bind())

