"""Messages."""

from alembic import op

from appliance.notifications.store import NOTIFICATIONS

revision = "0003_notifications"
down_revision = "0002_identity"


def upgrade() -> None:
    NOTIFICATIONS.create_all(op.get_bind())
