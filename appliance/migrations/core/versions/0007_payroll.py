"""Pay records and wage segments."""

from alembic import op

from appliance.payroll.store import PAYROLL

revision = "0007_payroll"
down_revision = "0006_interviews"


def upgrade() -> None:
    PAYROLL.create_all(op.get_bind())
