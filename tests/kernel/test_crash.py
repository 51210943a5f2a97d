"""Pulling the plug at any point: what was acknowledged is there, once, and the background work ends once."""

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from appliance.audit.ledger import verify
from appliance.kernel import jobs
from appliance.kernel.databases import Databases
from appliance.kernel.outbox import undelivered
from appliance.kernel.schema import JOB
from tests.kernel.crash_child import background, open_site

ROUNDS = 50
STEP = 1_000_000
REPOSITORY = Path(__file__).resolve().parents[2]


def one_round(folder: Path, first: int, wait_s: float) -> list[int]:
    """Start the writers, kill them some time after their first answer, return what they were told is kept."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.kernel.crash_child", str(folder), str(first)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    start = child.stdout.readline()
    time.sleep(wait_s)
    child.kill()
    rest = child.stdout.read()
    child.wait()
    child.stdout.close()
    # The last line may be torn by the kill: an answer that nobody heard.
    return [int(line) for line in (start + rest).split(b"\n")[:-1]]


def numbers(databases: Databases, file: str, table: str) -> list[int]:
    query = f"SELECT number FROM {table} ORDER BY number"
    return databases.named(file).read(lambda tx: [row[0] for row in tx.dbapi.execute(query)])


def drain(databases: Databases, wait_s: float) -> None:
    """Let the background work end; leases of the dead processes are handed back first, as at a clean stop."""
    databases.core.write(jobs.release_leases)
    parts = background(databases)
    for part in parts:
        part.start()
    end = time.monotonic() + wait_s
    while time.monotonic() < end and (_open_jobs(databases) or undelivered(databases.core)):
        time.sleep(0.2)
    for part in parts:
        part.stop()


def _open_jobs(databases: Databases) -> int:
    waiting = sa.select(sa.func.count()).where(JOB.c.state != jobs.JobState.DONE)
    return databases.core.read(lambda tx: int(tx.execute(waiting).scalar_one()))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_fifty_kills_lose_nothing_double_nothing_and_leave_the_ledger_sound(tmp_path: Path) -> None:
    chance = random.Random(20261123)
    acknowledged: list[int] = []
    for number in range(ROUNDS):
        acknowledged += one_round(tmp_path, number * STEP, chance.uniform(0.0, 0.25))
    assert len(acknowledged) > ROUNDS * 8
    databases = open_site(tmp_path)
    try:
        notes: list[Any] = numbers(databases, "core", "note")
        assert len(set(notes)) == len(notes)
        assert set(acknowledged) <= set(notes)
        assert [verify(database).broken_at for database in databases] == [None, None, None]
        drain(databases, wait_s=600)
        assert numbers(databases, "core", "effect") == notes
        assert numbers(databases, "attendance", "heard") == notes
        assert verify(databases.core).rows == len(notes)
    finally:
        databases.close()


def test_a_lease_left_by_a_dead_process_is_taken_up_when_it_is_over(databases: Databases, clock: Any) -> None:
    from tests.kernel.crash_child import Written

    databases.core.write(lambda tx: jobs.enqueue(tx, "crash.effect", Written(1)))
    assert jobs.lease(databases.core, "crash.effect") is not None
    assert jobs.lease(databases.core, "crash.effect") is None
    clock.advance(jobs.LEASE + timedelta(seconds=1))
    again = jobs.lease(databases.core, "crash.effect")
    assert again is not None and again.attempt == 2
