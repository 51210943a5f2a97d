"""The ledger: who did and saw what, in rows that each carry the hash of the one before.

A row is written in the transaction of the act it tells, in the same file, so there is no act without its row.
Its hash is SHA-256 over the previous row's hash and the row's own fields as canonical JSON (keys sorted, no
spaces, UTF-8): an auditor can recompute the chain with any tool.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from appliance.kernel.actor import Actor
from appliance.kernel.clock import to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.schema import AUDIT

GENESIS = "0" * 64
FIELDS = ("seq", "at", "actor_kind", "actor_id", "actor_label", "action", "subject", "details")

Scalar = str | int | float | bool | None


class Verdict(NamedTuple):
    """What the verifier found: rows read, the head's hash, and the first row that does not fit (None: sound)."""

    database: str
    rows: int
    head: str
    broken_at: int | None


def record(
    tx: Transaction, actor: Actor, action: str, subject: str, details: Mapping[str, Scalar] | None = None
) -> None:
    """Add a row in the caller's transaction.

    `subject` is "<noun>:<id>"; `details` holds ids, states and numbers, no personal data that an erasure must
    remove: the ledger is never erased.
    """
    last = tx.execute(sa.select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)).first()
    row: dict[str, Any] = {
        "seq": last.seq + 1 if last else 1,
        "at": to_text(tx.now),
        "actor_kind": str(actor.kind),
        "actor_id": actor.id,
        "actor_label": actor.label,
        "action": action,
        "subject": subject,
        "details": json.dumps(dict(details or {}), sort_keys=True, ensure_ascii=False, separators=(",", ":")),
    }
    previous = last.hash if last else GENESIS
    tx.execute(sa.insert(AUDIT), {**row, "previous_hash": previous, "hash": row_hash(previous, row)})


def row_hash(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a row: SHA-256 of the previous hash, a line feed, and the row's fields as canonical JSON."""
    fields = {name: row[name] for name in FIELDS}
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def verify(database: Database) -> Verdict:
    """Recompute the chain of one file from its first row."""

    def walk(tx: Transaction) -> Verdict:
        previous, expected, rows = GENESIS, 1, 0
        for row in tx.execute(sa.select(AUDIT).order_by(AUDIT.c.seq)).mappings():
            sound = row["seq"] == expected and row["previous_hash"] == previous
            if not sound or row["hash"] != row_hash(previous, dict(row)):
                return Verdict(database.name, rows, previous, int(row["seq"]))
            previous, expected, rows = row["hash"], expected + 1, rows + 1
        return Verdict(database.name, rows, previous, None)

    return database.read(walk)
