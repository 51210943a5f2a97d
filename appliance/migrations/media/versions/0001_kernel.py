"""Jobs, outbox, inbox and ledger; wrapped keys and blobs."""

from alembic import op

from appliance.kernel.schema import KERNEL, MEDIA

revision = "0001_kernel"
down_revision = None


def upgrade() -> None:
    KERNEL.create_all(op.get_bind())
    MEDIA.create_all(op.get_bind())
