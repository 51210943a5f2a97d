"""Plans, interviews, links, answers, openings of recordings; analyses and reports."""

from alembic import op

from appliance.interviews.assessment_store import ASSESSMENT
from appliance.interviews.store import INTERVIEWS

revision = "0006_interviews"
down_revision = "0005_recruiting"


def upgrade() -> None:
    INTERVIEWS.create_all(op.get_bind())
    ASSESSMENT.create_all(op.get_bind())
