"""Openings, candidates, resumes, screenings, decisions, offers."""

import sqlalchemy as sa
from alembic import op

revision = "0005_recruiting"
down_revision = "0004_people"


def upgrade() -> None:
    _candidate()
    _decision()
    _offer()
    _opening()
    _resume_document()
    _screening()


def _candidate() -> None:
    op.create_table(
        "candidate",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("opening_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("seen_at", sa.Text, nullable=True),
        sa.Column("score", sa.Float, nullable=True),
        sa.Column("must_met", sa.Integer, server_default="0", nullable=False),
        sa.Column("must_total", sa.Integer, server_default="0", nullable=False),
        sa.Column("unknown", sa.Integer, server_default="0", nullable=False),
        sa.Column("proposal", sa.Text, nullable=True),
        sa.Column("fault", sa.Text, nullable=True),
        sa.Column("decision", sa.Text, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("candidate_opening", "candidate", ["opening_id", "state"])
    op.create_index("candidate_state", "candidate", ["state", "changed_at"])


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_label", sa.Text, nullable=False),
        sa.Column("decided_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("decision_candidate", "decision", ["candidate_id", "decided_at"])


def _offer() -> None:
    op.create_table(
        "offer",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("monthly_wage_fen", sa.Integer, nullable=False),
        sa.Column("start_on", sa.Text, nullable=False),
        sa.Column("contract_months", sa.Integer, nullable=True),
        sa.Column("probation_months", sa.Integer, nullable=False),
        sa.Column("card_number", sa.Text, nullable=True),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_label", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("answered_by", sa.Text, server_default="", nullable=False),
        sa.Column("answered_label", sa.Text, server_default="", nullable=False),
        sa.Column("answered_at", sa.Text, nullable=True),
        sa.Column("return_reason", sa.Text, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("offer_candidate", "offer", ["candidate_id", "made_at"])
    op.create_index("offer_state", "offer", ["state", "made_at"])


def _opening() -> None:
    op.create_table(
        "opening",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("slug", sa.Text, nullable=False),
        sa.Column("post_id", sa.Text, nullable=False),
        sa.Column("department_id", sa.Text, nullable=False),
        sa.Column("title_zh", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("requirements", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Text, nullable=True),
        sa.Column("closed_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_index("opening_state", "opening", ["state", "created_at"])


def _resume_document() -> None:
    op.create_table(
        "resume_document",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("opening_id", sa.Text, nullable=False),
        sa.Column("blob_id", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("declared_type", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("read_at", sa.Text, nullable=True),
        sa.Column("format", sa.Text, server_default="", nullable=False),
        sa.Column("pages", sa.Integer, server_default="0", nullable=False),
        sa.Column("text", sa.Text, server_default="", nullable=False),
        sa.Column("extraction", sa.Text, nullable=True),
        sa.Column("hidden", sa.Text, server_default="[]", nullable=False),
        sa.Column("warnings", sa.Text, server_default="[]", nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("problem_found", sa.Text, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("opening_id", "sha256", name="resume_document_once"),
    )
    op.create_index(
        "resume_document_candidate", "resume_document", ["candidate_id", "received_at"], unique=False
    )


def _screening() -> None:
    op.create_table(
        "screening",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("requirements_sha256", sa.Text, nullable=False),
        sa.Column("rules_sha256", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("screened_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("screening_candidate", "screening", ["candidate_id", "screened_at"])
