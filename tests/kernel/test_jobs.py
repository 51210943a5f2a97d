"""Jobs: begun perhaps more than once, finished once, put aside when they cannot be."""

import threading
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from appliance.kernel import jobs
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Database
from appliance.kernel.jobs import JobContext, JobRegistry, JobRunner, JobState, LeaseLost
from appliance.kernel.schema import JOB


class Task(msgspec.Struct):
    number: int


def state(database: Database, job_id: str) -> sa.Row[tuple[object, ...]]:
    return database.read(lambda tx: tx.execute(sa.select(JOB).where(JOB.c.id == job_id)).one())


def queue(databases: Databases, **options: object) -> str:
    return databases.core.write(lambda tx: jobs.enqueue(tx, "test.task", Task(7), **options))  # type: ignore[arg-type]


def take(databases: Databases) -> JobContext:
    job = jobs.lease(databases.core, "test.task")
    assert job is not None
    return job


def test_a_job_of_work_that_is_undone_was_never_queued(databases: Databases) -> None:
    def work(tx: object) -> None:
        jobs.enqueue(tx, "test.task", Task(1))  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        databases.core.write(work)
    assert jobs.lease(databases.core, "test.task") is None


def test_a_leased_job_is_not_given_to_a_second_runner_until_its_lease_is_over(
    databases: Databases, clock: FixedClock
) -> None:
    job_id = queue(databases)
    first = take(databases)
    assert jobs.lease(databases.core, "test.task") is None
    clock.advance(jobs.LEASE + timedelta(seconds=1))
    second = take(databases)
    assert (first.id, second.id, second.attempt) == (job_id, job_id, 2)


def test_a_runner_that_lost_its_lease_cannot_finish_the_job_and_its_work_is_undone(
    databases: Databases, clock: FixedClock
) -> None:
    queue(databases)
    first = take(databases)
    clock.advance(jobs.LEASE + timedelta(seconds=1))
    second = take(databases)
    second.finish(lambda tx: jobs.enqueue(tx, "test.after", Task(2)))
    with pytest.raises(LeaseLost):
        first.finish(lambda tx: jobs.enqueue(tx, "test.after", Task(1)))
    with pytest.raises(LeaseLost):
        first.heartbeat()
    after = jobs.lease(databases.core, "test.after")
    assert after is not None and after.decode(Task).number == 2
    assert jobs.lease(databases.core, "test.after") is None


def test_a_failing_job_waits_longer_each_time_and_then_waits_for_a_person(
    databases: Databases, clock: FixedClock
) -> None:
    job_id = queue(databases, max_attempts=3)
    for expected in (JobState.READY, JobState.READY, JobState.DEAD):
        job = take(databases)
        jobs.fail(job, "ValueError")
        assert state(databases.core, job_id).state == expected
        assert jobs.lease(databases.core, "test.task") is None
        clock.advance(timedelta(hours=1))
    assert state(databases.core, job_id).last_error == "ValueError"
    assert databases.core.write(lambda tx: jobs.retry(tx, job_id))
    assert take(databases).attempt == 1


def test_waiting_for_an_engine_uses_up_no_attempt(databases: Databases, clock: FixedClock) -> None:
    job_id = queue(databases, max_attempts=1)
    for _ in range(5):
        jobs.put_back(take(databases), timedelta(seconds=30), "engine away", count=False)
        assert jobs.lease(databases.core, "test.task") is None
        clock.advance(timedelta(seconds=31))
    assert state(databases.core, job_id).attempts == 0


def test_a_job_with_a_unique_key_is_queued_once(databases: Databases) -> None:
    assert queue(databases, unique_key="answer:1") == queue(databases, unique_key="answer:1")
    assert queue(databases, unique_key="answer:2") != queue(databases, unique_key="answer:1")


def test_the_runner_runs_what_is_queued_and_releases_what_it_leased_when_it_stops(
    databases: Databases,
) -> None:
    seen: list[int] = []
    over, stuck = threading.Event(), threading.Event()

    def handle(job: JobContext) -> None:
        seen.append(job.decode(Task).number)
        over.set()

    registry = JobRegistry()
    registry.register("test.task", "core", handle)

    def hang(job: JobContext) -> None:
        over.set()
        stuck.wait(20)

    registry.register("test.stuck", "core", hang)
    runner = JobRunner(list(databases), registry, databases.core.clock)
    runner.start()
    job_id = queue(databases)
    assert over.wait(10)
    over.clear()
    hanging = databases.core.write(lambda tx: jobs.enqueue(tx, "test.stuck", Task(1)))
    assert over.wait(10)
    runner.stop(timeout_s=0.2)
    assert seen == [7]
    assert state(databases.core, job_id).state == JobState.DONE
    released = state(databases.core, hanging)
    assert (released.state, released.lease_token, released.attempts) == (JobState.READY, None, 0)
    stuck.set()


def test_an_error_text_never_reaches_the_job_row(databases: Databases) -> None:
    failed = threading.Event()

    def handle(job: JobContext) -> None:
        failed.set()
        raise ValueError("测试甲 said this")

    registry = JobRegistry()
    registry.register("test.task", "core", handle)
    runner = JobRunner(list(databases), registry, databases.core.clock)
    runner.start()
    job_id = queue(databases)
    assert failed.wait(10)
    runner.stop()
    assert state(databases.core, job_id).last_error in {"ValueError", ""}
