"""Candidates' rights: requests, corrections, the site's terms, erasures, holds, links of copies."""

import sqlalchemy as sa
from alembic import op

revision = "0013_rights"
down_revision = "0012_validation"


def upgrade() -> None:
    _rights_request()
    _transcript_correction()
    _rights_policy()
    _erasure()
    _legal_hold()
    _rights_copy_link()
    _candidate_erased()


def _rights_request() -> None:
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("due_on", sa.Text, nullable=False),
        sa.Column("calendar_known", sa.Integer, nullable=False),
        sa.Column("responsible_id", sa.Text, nullable=False),
        sa.Column("responsible_name", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=True),
        sa.Column("answer", sa.Text, server_default="", nullable=False),
        sa.Column("legal_ground", sa.Text, server_default="", nullable=False),
        sa.Column("answered_at", sa.Text, nullable=True),
        sa.Column("answered_label", sa.Text, server_default="", nullable=False),
        sa.Column("held_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt"),
    )
    op.create_index("rights_request_candidate", "rights_request", ["candidate_id", "received_at"])
    op.create_index("rights_request_state", "rights_request", ["state", "due_on"])


def _transcript_correction() -> None:
    op.create_table(
        "transcript_correction",
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("original", sa.Text, nullable=False),
        sa.Column("corrected", sa.Text, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("corrected_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("answer_id"),
    )


def _rights_policy() -> None:
    op.create_table(
        "rights_policy",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("answer_days", sa.Integer, nullable=False),
        sa.Column("keep_months", sa.Integer, nullable=False),
        sa.Column("responsible_id", sa.Text, nullable=False),
        sa.Column("responsible_name", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _erasure() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("hired", sa.Integer, nullable=False),
        sa.Column("proposed_at", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_label", sa.Text, nullable=False),
        sa.Column("confirmed_at", sa.Text, nullable=True),
        sa.Column("confirmed_by", sa.Text, server_default="", nullable=False),
        sa.Column("confirmed_label", sa.Text, server_default="", nullable=False),
        sa.Column("done_at", sa.Text, nullable=True),
        sa.Column("manifest", sa.Text, server_default="", nullable=False),
        sa.Column("sha256", sa.Text, server_default="", nullable=False),
        sa.Column("reason", sa.Text, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("receipt"),
    )
    op.create_index("erasure_candidate", "erasure", ["candidate_id", "proposed_at"])
    op.create_index("erasure_state", "erasure", ["state", "proposed_at"])


def _legal_hold() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("placed_at", sa.Text, nullable=False),
        sa.Column("placed_label", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("candidate_id"),
    )


def _rights_copy_link() -> None:
    op.create_table(
        "rights_copy_link",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, server_default="0", nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("used_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("token_hash"),
    )


def _candidate_erased() -> None:
    op.create_table(
        "candidate_erased",
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("opening_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("erased_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("candidate_id"),
    )
