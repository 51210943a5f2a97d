"""Tables that every file carries, because a change and its job, event and ledger row commit together."""

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

KERNEL = MetaData()

JOB = Table(
    "job",
    KERNEL,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),
    Column("payload", LargeBinary, nullable=False),
    Column("unique_key", Text, unique=True),
    Column("state", Text, nullable=False),
    Column("run_at", Text, nullable=False),
    Column("lease_until", Text),
    Column("lease_token", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("max_attempts", Integer, nullable=False),
    Column("progress", Float, nullable=False, server_default="0"),
    Column("note", Text, nullable=False, server_default=""),
    Column("last_error", Text, nullable=False, server_default=""),
    Column("created_at", Text, nullable=False),
    Column("finished_at", Text),
    Index("job_due", "state", "run_at"),
    Index("job_kind", "kind", "state"),
)

OUTBOX = Table(
    "outbox",
    KERNEL,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("occurred_at", Text, nullable=False),
    Column("fanned_out", Integer, nullable=False, server_default="0"),
    Index("outbox_waiting", "fanned_out", "seq"),
)

OUTBOX_DELIVERY = Table(
    "outbox_delivery",
    KERNEL,
    Column("seq", Integer, nullable=False, primary_key=True),
    Column("subscriber", Text, nullable=False, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Text, nullable=False),
    Column("last_error", Text, nullable=False, server_default=""),
    Index("outbox_delivery_due", "state", "next_at"),
)

INBOX = Table(
    "inbox",
    KERNEL,
    Column("event_id", Text, nullable=False),
    Column("subscriber", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    UniqueConstraint("event_id", "subscriber"),
)

AUDIT = Table(
    "audit",
    KERNEL,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Text, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_label", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("audit_subject", "subject", "seq"),
    Index("audit_action", "action", "seq"),
)

MEDIA = MetaData()

WRAPPED_KEY = Table(
    "wrapped_key",
    MEDIA,
    Column("id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("wrapped", LargeBinary),
    Column("created_at", Text, nullable=False),
    Column("destroyed_at", Text),
    Index("wrapped_key_subject", "subject"),
)

BLOB = Table(
    "blob",
    MEDIA,
    Column("id", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", Integer, nullable=False, server_default="0"),
    Column("sealed_at", Text),
    Column("created_at", Text, nullable=False),
)

BLOB_CHUNK = Table(
    "blob_chunk",
    MEDIA,
    Column("blob_id", Text, nullable=False, primary_key=True),
    Column("start", Integer, nullable=False, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
