"""Blind ratings, calibrators, declared groups, impact reports."""

import sqlalchemy as sa
from alembic import op

revision = "0012_validation"
down_revision = "0011_report"


def upgrade() -> None:
    _ratings()
    _calibrators()
    _impact()


def _ratings() -> None:
    op.create_table(
        "rating_round",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("drawn_at", sa.Text, nullable=False),
        sa.Column("drawn_by", sa.Text, nullable=False),
        sa.Column("due_on", sa.Text, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("withdrawn_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "rating_item",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("round_id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("competency_id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("machine_level", sa.Float, nullable=True),
        sa.Column("length_units", sa.Integer, nullable=False),
        sa.Column("instrument", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("round_id", "answer_id", "competency_id"),
    )
    op.create_index("rating_item_interview", "rating_item", ["interview_id"])
    op.create_table(
        "rating_assignment",
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("rater_id", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "rater_id"),
    )
    op.create_index("rating_assignment_rater", "rating_assignment", ["rater_id"])
    op.create_table(
        "rating",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("rater_id", sa.Text, nullable=False),
        sa.Column("level", sa.Integer, nullable=True),
        sa.Column("note", sa.Text, server_default="", nullable=False),
        sa.Column("given_at", sa.Text, nullable=False),
        sa.Column("replaced_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rating_of_item", "rating", ["item_id", "rater_id"])


def _calibrators() -> None:
    op.create_table(
        "calibrator",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("competency_id", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("answers", sa.Integer, nullable=False),
        sa.Column("fitted_at", sa.Text, nullable=False),
        sa.Column("fitted_by", sa.Text, nullable=False),
        sa.Column("active", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("competency_id", "language", "number"),
    )


def _impact() -> None:
    op.create_table(
        "candidate_group",
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("declared_at", sa.Text, nullable=False),
        sa.Column("declared_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("candidate_id", "attribute"),
    )
    op.create_table(
        "impact_report",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("expires_on", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("impact_report_made", "impact_report", ["made_at"])
