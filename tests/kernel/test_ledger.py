"""The ledger: any change to any row is found, at the row."""

import hashlib
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from appliance.audit.ledger import GENESIS, record, verify
from appliance.kernel.actor import MACHINE
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.schema import AUDIT


def fill(databases: Databases, rows: int = 5) -> None:
    def approve(number: int) -> Callable[[Transaction], None]:
        return lambda tx: record(tx, MACHINE, "offer.approved", f"offer:{number}", {"理由": number})

    for number in range(rows):
        databases.core.write(approve(number))


def test_a_ledger_that_nobody_touched_verifies(databases: Databases) -> None:
    fill(databases)
    verdict = verify(databases.core)
    assert (verdict.rows, verdict.broken_at) == (5, None)
    assert verify(databases.media).head == GENESIS


@pytest.mark.parametrize("column", ["at", "actor_id", "actor_label", "action", "subject", "details", "hash"])
def test_a_changed_field_is_found_at_its_row(databases: Databases, column: str) -> None:
    fill(databases)
    databases.core.write(
        lambda tx: tx.execute(sa.update(AUDIT).where(AUDIT.c.seq == 3).values({column: "changed"}))
    )
    assert verify(databases.core).broken_at == 3


def test_a_removed_row_is_found(databases: Databases) -> None:
    fill(databases)
    databases.core.write(lambda tx: tx.execute(sa.delete(AUDIT).where(AUDIT.c.seq == 2)))
    assert verify(databases.core).broken_at == 3


def test_an_auditor_can_recompute_a_row_with_any_tool(databases: Databases) -> None:
    fill(databases, 1)
    row = databases.core.read(lambda tx: tx.execute(sa.select(AUDIT)).mappings().one())
    fields = {
        name: row[name]
        for name in ("seq", "at", "actor_kind", "actor_id", "actor_label", "action", "subject", "details")
    }
    canonical = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert row["hash"] == hashlib.sha256((row["previous_hash"] + "\n" + canonical).encode()).hexdigest()
