"""Departments, posts, employees, contracts, onboarding."""

from alembic import op

from appliance.people.tables import PEOPLE

revision = "0004_people"
down_revision = "0003_notifications"


def upgrade() -> None:
    PEOPLE.create_all(op.get_bind())
