"""Jobs, outbox, inbox and ledger."""

from appliance.migrations import kernel_0001

revision = "0001_kernel"
down_revision = None


def upgrade() -> None:
    kernel_0001.create()
