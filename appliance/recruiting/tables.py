"""Tables of the room in core.db. Money in whole fen, instants as the kernel writes them, structures as JSON."""

from sqlalchemy import Column, Float, Index, Integer, MetaData, Table, Text, UniqueConstraint

RECRUITING = MetaData()

OPENING = Table(
    "opening",
    RECRUITING,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("post_id", Text, nullable=False),
    Column("department_id", Text, nullable=False),
    Column("title_zh", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("requirements", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("opened_at", Text),
    Column("closed_at", Text),
    Index("opening_state", "state", "created_at"),
)

CANDIDATE = Table(
    "candidate",
    RECRUITING,
    Column("id", Text, primary_key=True),
    Column("opening_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("seen_at", Text),
    Column("score", Float),
    Column("must_met", Integer, nullable=False, server_default="0"),
    Column("must_total", Integer, nullable=False, server_default="0"),
    Column("unknown", Integer, nullable=False, server_default="0"),
    Column("proposal", Text),
    Column("fault", Text),
    Column("decision", Text, nullable=False, server_default=""),
    Index("candidate_opening", "opening_id", "state"),
    Index("candidate_state", "state", "changed_at"),
)

CANDIDATE_ERASED = Table(
    "candidate_erased",
    RECRUITING,
    Column("candidate_id", Text, primary_key=True),
    Column("opening_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("erased_at", Text, nullable=False),
)
"""What is left of an erased candidate, so that pages can say so and figures still add up."""

RESUME_DOCUMENT = Table(
    "resume_document",
    RECRUITING,
    Column("id", Text, primary_key=True),
    Column("candidate_id", Text, nullable=False),
    Column("opening_id", Text, nullable=False),
    Column("blob_id", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("declared_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("read_at", Text),
    Column("format", Text, nullable=False, server_default=""),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("text", Text, nullable=False, server_default=""),
    Column("extraction", Text),
    Column("hidden", Text, nullable=False, server_default="[]"),
    Column("warnings", Text, nullable=False, server_default="[]"),
    Column("problem", Text),
    Column("problem_found", Text, nullable=False, server_default=""),
    # The same bytes for the same opening are one application, however often they are sent.
    UniqueConstraint("opening_id", "sha256", name="resume_document_once"),
    Index("resume_document_candidate", "candidate_id", "received_at"),
)

SCREENING = Table(
    "screening",
    RECRUITING,
    Column("id", Text, primary_key=True),
    Column("candidate_id", Text, nullable=False),
    Column("document_id", Text, nullable=False),
    Column("requirements_sha256", Text, nullable=False),
    Column("rules_sha256", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("screened_at", Text, nullable=False),
    Index("screening_candidate", "candidate_id", "screened_at"),
)

DECISION = Table(
    "decision",
    RECRUITING,
    Column("id", Text, primary_key=True),
    Column("candidate_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_label", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Index("decision_candidate", "candidate_id", "decided_at"),
)

OFFER = Table(
    "offer",
    RECRUITING,
    Column("id", Text, primary_key=True),
    Column("candidate_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("monthly_wage_fen", Integer, nullable=False),
    Column("start_on", Text, nullable=False),
    Column("contract_months", Integer),
    Column("probation_months", Integer, nullable=False),
    Column("card_number", Text),
    Column("made_by", Text, nullable=False),
    Column("made_label", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("answered_by", Text, nullable=False, server_default=""),
    Column("answered_label", Text, nullable=False, server_default=""),
    Column("answered_at", Text),
    Column("return_reason", Text, nullable=False, server_default=""),
    Index("offer_candidate", "candidate_id", "made_at"),
    Index("offer_state", "state", "made_at"),
)
