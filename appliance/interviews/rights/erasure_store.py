"""Erasures, legal holds and one-time links of copies in core.db; and the sweep over all that names a person."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, Table, Text

from appliance.interviews.plans.store import INTERVIEWS
from appliance.interviews.rights.model import (
    DestroyedBlob,
    Erasure,
    ErasureCause,
    ErasureState,
    LegalHold,
)
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.schema import BLOB, BLOB_CHUNK, WRAPPED_KEY

ERASURE = Table(
    "erasure",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("receipt", Text, nullable=False, unique=True),
    Column("candidate_id", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("hired", Integer, nullable=False),
    Column("proposed_at", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_label", Text, nullable=False),
    Column("confirmed_at", Text),
    Column("confirmed_by", Text, nullable=False, server_default=""),
    Column("confirmed_label", Text, nullable=False, server_default=""),
    Column("done_at", Text),
    Column("manifest", Text, nullable=False, server_default=""),
    Column("sha256", Text, nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Index("erasure_candidate", "candidate_id", "proposed_at"),
    Index("erasure_state", "state", "proposed_at"),
)

LEGAL_HOLD = Table(
    "legal_hold",
    INTERVIEWS,
    Column("candidate_id", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("placed_at", Text, nullable=False),
    Column("placed_label", Text, nullable=False),
)

COPY_LINK = Table(
    "rights_copy_link",
    INTERVIEWS,
    Column("token_hash", Text, primary_key=True),
    Column("request_id", Text, nullable=False),
    Column("candidate_id", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
)

KEPT = frozenset(
    {
        "interview",  # reduced to its states, so that lists and figures still add up
        "interview_link",  # a hash; it leads the person to their receipt
        "rights_request",  # that somebody asked and was answered, without what was written
        "erasure",
        "candidate_erased",
        "employee",  # an employment of its own, with duties of keeping of its own
    }
)
"""Tables that name a candidate or an interview and stay. Every other one is emptied of the person: a table that
somebody adds later is erased unless it is named here."""

NAMES = ("candidate_id", "interview_id", "answer_id", "recording_id")
PIECES_AT_ONCE = 500


# erasures


def add(tx: Transaction, erasure: Erasure) -> None:
    """Store a proposal."""
    values = msgspec.structs.asdict(erasure)
    tx.execute(sa.insert(ERASURE), {name: _stored(value) for name, value in values.items()})


def find(tx: Transaction, erasure_id: str) -> Erasure | None:
    """One erasure by its id."""
    row = tx.execute(sa.select(ERASURE).where(ERASURE.c.id == erasure_id)).mappings().first()
    return _erasure(row) if row else None


def standing(tx: Transaction, candidate_id: str) -> Erasure | None:
    """The candidate's erasure that is proposed, confirmed or done; None without one."""
    query = sa.select(ERASURE).where(
        ERASURE.c.candidate_id == candidate_id, ERASURE.c.state != ErasureState.DECLINED.value
    )
    row = tx.execute(query.order_by(ERASURE.c.proposed_at.desc()).limit(1)).mappings().first()
    return _erasure(row) if row else None


def of_request(tx: Transaction, request_id: str) -> Erasure | None:
    """The newest erasure that a request led to."""
    query = sa.select(ERASURE).where(ERASURE.c.request_id == request_id)
    row = tx.execute(query.order_by(ERASURE.c.proposed_at.desc()).limit(1)).mappings().first()
    return _erasure(row) if row else None


def in_state(tx: Transaction, state: ErasureState, cause: ErasureCause | None = None) -> list[Erasure]:
    """Erasures in a state, oldest first."""
    query = sa.select(ERASURE).where(ERASURE.c.state == state.value)
    if cause is not None:
        query = query.where(ERASURE.c.cause == cause.value)
    rows = tx.execute(query.order_by(ERASURE.c.proposed_at, ERASURE.c.id)).mappings()
    return [_erasure(row) for row in rows]


def declined_since(tx: Transaction, candidate_id: str, since: datetime) -> bool:
    """Whether a person has declined to erase this candidate's data at or after `since`."""
    query = sa.select(ERASURE.c.id).where(
        ERASURE.c.candidate_id == candidate_id,
        ERASURE.c.state == ErasureState.DECLINED.value,
        ERASURE.c.done_at >= to_text(since),
    )
    return tx.execute(query.limit(1)).first() is not None


def update(tx: Transaction, erasure_id: str, **values: Any) -> None:
    """Set columns; instants and enums as they are."""
    stored = {name: _stored(value) for name, value in values.items()}
    tx.execute(sa.update(ERASURE).where(ERASURE.c.id == erasure_id).values(stored))


# holds


def place_hold(tx: Transaction, hold: LegalHold) -> None:
    """Forbid the erasure of a candidate's data; a second hold replaces the first."""
    lift_hold(tx, hold.candidate_id)
    values = msgspec.structs.asdict(hold)
    tx.execute(sa.insert(LEGAL_HOLD), {name: _stored(value) for name, value in values.items()})


def lift_hold(tx: Transaction, candidate_id: str) -> bool:
    """Take the hold away; False when there was none."""
    gone = tx.execute(sa.delete(LEGAL_HOLD).where(LEGAL_HOLD.c.candidate_id == candidate_id))
    return gone.rowcount == 1


def hold(tx: Transaction, candidate_id: str) -> LegalHold | None:
    """The hold on a candidate's data, if there is one."""
    row = (
        tx.execute(sa.select(LEGAL_HOLD).where(LEGAL_HOLD.c.candidate_id == candidate_id)).mappings().first()
    )
    if row is None:
        return None
    return LegalHold(
        candidate_id=row["candidate_id"],
        reason=row["reason"],
        placed_at=from_text(row["placed_at"]),
        placed_label=row["placed_label"],
    )


# one-time links


def add_copy_link(
    tx: Transaction,
    *,
    token_hash: str,
    request_id: str,
    candidate_id: str,
    code_hash: str,
    expires_at: datetime,
) -> None:
    """Store a new link; an earlier one of the request ends."""
    tx.execute(sa.delete(COPY_LINK).where(COPY_LINK.c.request_id == request_id))
    tx.execute(
        sa.insert(COPY_LINK),
        {
            "token_hash": token_hash,
            "request_id": request_id,
            "candidate_id": candidate_id,
            "code_hash": code_hash,
            "expires_at": to_text(expires_at),
        },
    )


def copy_link(tx: Transaction, token_hash: str) -> Any | None:
    """The link's row: request_id, candidate_id, code_hash, tries, expires_at, used_at (text)."""
    return tx.execute(sa.select(COPY_LINK).where(COPY_LINK.c.token_hash == token_hash)).mappings().first()


def copy_link_of(tx: Transaction, request_id: str) -> Any | None:
    """The link of a request, if one was made."""
    return tx.execute(sa.select(COPY_LINK).where(COPY_LINK.c.request_id == request_id)).mappings().first()


def count_try(tx: Transaction, token_hash: str) -> None:
    """A wrong code was typed."""
    tries = COPY_LINK.c.tries + 1
    tx.execute(sa.update(COPY_LINK).where(COPY_LINK.c.token_hash == token_hash).values(tries=tries))


def use_copy_link(tx: Transaction, token_hash: str) -> None:
    """The link has given its copy."""
    tx.execute(
        sa.update(COPY_LINK).where(COPY_LINK.c.token_hash == token_hash).values(used_at=to_text(tx.now))
    )


# the sweep


def sweep(tx: Transaction, ids: Collection[str], also_kept: Collection[str] = ()) -> dict[str, int]:
    """Remove every row of this file that names one of these candidates, interviews, answers or recordings;
    returns the rows removed by table. What the tables are is asked of the file itself."""
    removed: dict[str, int] = {}
    inspector = sa.inspect(tx.connection)
    for name in sorted(inspector.get_table_names()):
        if name in KEPT or name in also_kept:
            continue
        columns = [one["name"] for one in inspector.get_columns(name) if one["name"] in NAMES]
        if not columns:
            continue
        table = sa.table(name, *(sa.column(column) for column in columns))
        named = sa.or_(*(table.c[column].in_(list(ids)) for column in columns))
        count = tx.execute(sa.delete(table).where(named)).rowcount
        if count:
            removed[name] = count
    return removed


def names_left(tx: Transaction, ids: Collection[str], also_kept: Collection[str] = ()) -> dict[str, int]:
    """How many rows outside of the kept tables still name one of these, by table: none after an erasure."""
    found: dict[str, int] = {}
    inspector = sa.inspect(tx.connection)
    for name in sorted(inspector.get_table_names()):
        columns = [one["name"] for one in inspector.get_columns(name) if one["name"] in NAMES]
        if name in KEPT or name in also_kept or not columns:
            continue
        table = sa.table(name, *(sa.column(column) for column in columns))
        named = sa.or_(*(table.c[column].in_(list(ids)) for column in columns))
        count = tx.execute(sa.select(sa.func.count()).select_from(table).where(named)).scalar_one()
        if count:
            found[name] = int(count)
    return found


def keys_of(tx: Transaction, subjects: Iterable[str]) -> list[str]:
    """Ids of the data keys of these subjects ("candidate:<id>", "interview:<id>") that still exist (media)."""
    key = WRAPPED_KEY.c
    rows = tx.execute(
        sa.select(key.id).where(key.subject.in_(list(subjects)), key.wrapped.is_not(None)).order_by(key.id)
    )
    return [str(row.id) for row in rows]


def blobs_of(tx: Transaction, key_ids: Iterable[str]) -> list[tuple[str, int]]:
    """Id and size in bytes of the blobs under these keys (media)."""
    rows = tx.execute(
        sa.select(BLOB.c.id, BLOB.c.size).where(BLOB.c.key_id.in_(list(key_ids))).order_by(BLOB.c.id)
    )
    return [(str(row.id), int(row.size)) for row in rows]


def fingerprint(tx: Transaction, blob_id: str, size: int) -> DestroyedBlob:
    """SHA-256 over a blob's encrypted pieces in order (media); nothing is decrypted for it."""
    digest, after = hashlib.sha256(), -1
    chunk = BLOB_CHUNK.c
    while True:
        rows = tx.execute(
            sa.select(chunk.start, chunk.data)
            .where(chunk.blob_id == blob_id, chunk.start > after)
            .order_by(chunk.start)
            .limit(PIECES_AT_ONCE)
        ).all()
        if not rows:
            return DestroyedBlob(blob_id, size, digest.hexdigest())
        for row in rows:
            digest.update(row.data)
        after = rows[-1].start


def _erasure(row: Any) -> Erasure:
    return Erasure(
        id=row["id"],
        receipt=row["receipt"],
        candidate_id=row["candidate_id"],
        request_id=row["request_id"],
        cause=ErasureCause(row["cause"]),
        state=ErasureState(row["state"]),
        hired=bool(row["hired"]),
        proposed_at=from_text(row["proposed_at"]),
        proposed_by=row["proposed_by"],
        proposed_label=row["proposed_label"],
        confirmed_at=from_text(row["confirmed_at"]) if row["confirmed_at"] else None,
        confirmed_by=row["confirmed_by"],
        confirmed_label=row["confirmed_label"],
        done_at=from_text(row["done_at"]) if row["done_at"] else None,
        manifest=row["manifest"],
        sha256=row["sha256"],
        reason=row["reason"],
    )


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, bool):
        return int(value)
    return getattr(value, "value", value)
