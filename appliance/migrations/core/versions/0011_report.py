"""What people add to reports: shares, comments, norm files."""

import sqlalchemy as sa
from alembic import op

revision = "0011_report"
down_revision = "0010_integrity"


def upgrade() -> None:
    _share()
    _comment()
    _norm_file()


def _share() -> None:
    op.create_table(
        "report_share",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("rate_first", sa.Integer, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("granted_at", sa.Text, nullable=False),
        sa.Column("ends_at", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("report_share_interview", "report_share", ["interview_id", "account_id"])
    op.create_index("report_share_account", "report_share", ["account_id", "ends_at"])


def _comment() -> None:
    op.create_table(
        "report_comment",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("interview_id", sa.Text, nullable=False),
        sa.Column("answer_id", sa.Text, server_default="", nullable=False),
        sa.Column("sentence", sa.Integer, server_default="0", nullable=False),
        sa.Column("author_id", sa.Text, nullable=False),
        sa.Column("author_label", sa.Text, nullable=False),
        sa.Column("written_at", sa.Text, nullable=False),
        sa.Column("withdrawn_at", sa.Text, nullable=True),
        sa.Column("wordings", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("report_comment_interview", "report_comment", ["interview_id", "written_at"])


def _norm_file() -> None:
    op.create_table(
        "norm_file",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("imported_at", sa.Text, nullable=False),
        sa.Column("imported_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
