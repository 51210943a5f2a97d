"""Openings, candidates, resumes, screenings, decisions, offers."""

from alembic import op

from appliance.recruiting.tables import RECRUITING

revision = "0005_recruiting"
down_revision = "0004_people"


def upgrade() -> None:
    RECRUITING.create_all(op.get_bind())
