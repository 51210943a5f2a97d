"""Plans, interviews, links, answers, openings of recordings; analyses and reports."""

import sqlalchemy as sa
from alembic import op

revision = "0006_interviews"
down_revision = "0005_recruiting"


def upgrade() -> None:
    _interview()
    _interview_answer()
    _interview_interviewer()
    _interview_link()
    _interview_plan_version()
    _recording_opening()
    _interview_answer_analysis()
    _interview_report()


def _interview() -> None:
    op.create_table(
        "interview",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("plan_version_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("window_start", sa.Text, nullable=False),
        sa.Column("window_end", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("extra_time", sa.Float, nullable=False),
        sa.Column("device_hash", sa.Text, nullable=True),
        sa.Column("consent", sa.Text, nullable=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("started_at", sa.Text, nullable=True),
        sa.Column("finished_at", sa.Text, nullable=True),
        sa.Column("person_requested_at", sa.Text, nullable=True),
        sa.Column("reminded_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("interview_candidate", "interview", ["candidate_id", "created_at"])


def _interview_answer() -> None:
    op.create_table(
        "interview_answer",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("question_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("take", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("segments", sa.Text, server_default="[]", nullable=False),
        sa.Column("text", sa.Text, server_default="", nullable=False),
        sa.Column("submitted_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("interview_id", "question_id"),
    )


def _interview_interviewer() -> None:
    op.create_table(
        "interview_interviewer",
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("named_at", sa.Text, nullable=False),
        sa.Column("named_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("interview_id", "account_id"),
    )


def _interview_link() -> None:
    op.create_table(
        "interview_link",
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )


def _interview_plan_version() -> None:
    op.create_table(
        "interview_plan_version",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("opening_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("frozen_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("opening_id", "number"),
    )


def _recording_opening() -> None:
    op.create_table(
        "recording_opening",
        sa.Column("id", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "recording_opening_by", "recording_opening", ["answer_id", "actor_id", "opened_at"], unique=False
    )


def _interview_answer_analysis() -> None:
    op.create_table(
        "interview_answer_analysis",
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("take", sa.Integer, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("needs_person", sa.Text, server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=True),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("finished_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("answer_id"),
    )
    op.create_index(
        "interview_answer_analysis_interview", "interview_answer_analysis", ["interview_id"], unique=False
    )


def _interview_report() -> None:
    op.create_table(
        "interview_report",
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("match", sa.Float, nullable=True),
        sa.Column("needs_person", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("written_at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("interview_id"),
    )
    op.create_index("interview_report_candidate", "interview_report", ["candidate_id"])
