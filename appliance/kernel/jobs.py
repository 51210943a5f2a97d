"""Durable background work, enqueued in the same transaction as the change that calls for it.

A job is leased to one runner at a time and leased again when the runner dies; its result commits together with
"done", so a job finishes once although it may begin more often. What keeps failing is put aside for a person.
"""

import functools
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from appliance.kernel.clock import Clock, to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import StorageFull, StorageUnavailable
from appliance.kernel.ids import new_id
from appliance.kernel.log import logger, told
from appliance.kernel.schema import JOB

T = TypeVar("T")

LEASE = timedelta(seconds=60)
BACKOFF = (timedelta(seconds=2), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
POLL_S = 1.0


class JobState(StrEnum):
    """Where a job stands; `dead` waits for a person."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class RetryLater(Exception):
    """Not now: an engine or a server is away. Does not use up an attempt."""

    def __init__(self, after_s: float, reason: str) -> None:
        super().__init__(reason)
        self.after_s = after_s


class Permanent(Exception):
    """Trying again cannot help; the reason (no personal data) is shown to the operator."""


class LeaseLost(Exception):
    """The job was given to another runner, or withdrawn, while this one worked on it."""


def enqueue(
    tx: Transaction,
    kind: str,
    payload: msgspec.Struct,
    *,
    unique_key: str | None = None,
    run_at: datetime | None = None,
    max_attempts: int = 5,
    subject: str = "",
) -> str:
    """Queue a job in the caller's transaction and return its id.

    With `unique_key`, a job of that key which exists already (in any state) is returned instead.
    """
    job_id = new_id()
    row = {
        "id": job_id,
        "kind": kind,
        "subject": subject,
        "payload": msgspec.json.encode(payload),
        "unique_key": unique_key,
        "state": JobState.READY,
        "run_at": to_text(run_at or tx.now),
        "max_attempts": max_attempts,
        "created_at": to_text(tx.now),
    }
    if unique_key is not None:
        known = tx.execute(sa.select(JOB.c.id).where(JOB.c.unique_key == unique_key)).scalar()
        if known is not None:
            return str(known)
    tx.execute(sa.insert(JOB), row)
    tx.after_commit(tx.database.jobs_queued)
    return job_id


def retry(tx: Transaction, job_id: str) -> bool:
    """Give a dead job a fresh start; False when it is not dead."""
    changed = tx.execute(
        sa.update(JOB)
        .where(JOB.c.id == job_id, JOB.c.state == JobState.DEAD)
        .values(state=JobState.READY, attempts=0, run_at=to_text(tx.now), finished_at=None)
    )
    tx.after_commit(tx.database.jobs_queued)
    return changed.rowcount == 1


def withdraw(tx: Transaction, subjects: Collection[str]) -> int:
    """End the unfinished jobs on these subjects without their results; how many there were.

    A handler at work on one loses its lease: it may go on for a moment, and nothing of it is kept.
    """
    unfinished = sa.and_(JOB.c.subject.in_(list(subjects)), JOB.c.state != JobState.DONE)
    withdrawn = tx.execute(
        sa.update(JOB)
        .where(unfinished)
        .values(
            state=JobState.DONE,
            lease_token=None,
            lease_until=None,
            note="withdrawn",
            last_error="",
            finished_at=to_text(tx.now),
        )
    )
    return withdrawn.rowcount


@dataclass
class JobContext:
    """What a handler gets: its payload, the lease, and the way to finish."""

    database: Database
    id: str
    kind: str
    subject: str
    attempt: int
    payload_bytes: bytes
    lease_token: str
    finished: bool = False

    def decode(self, payload: type[T]) -> T:
        """The payload as the Struct it was enqueued with."""
        return msgspec.json.decode(self.payload_bytes, type=payload)

    def heartbeat(self, progress: float | None = None, note: str | None = None) -> None:
        """Prolong the lease and tell how far the work is (0 to 1). Raises `LeaseLost`."""

        def prolong(tx: Transaction) -> None:
            values: dict[str, Any] = {"lease_until": to_text(tx.now + LEASE)}
            if progress is not None:
                values["progress"] = progress
            if note is not None:
                values["note"] = note
            self._update_mine(tx, values)

        self.database.write(prolong)

    def finish(self, work: Callable[[Transaction], T]) -> T:
        """Commit the result and "done" together. Raises `LeaseLost`, and then nothing of `work` is kept."""

        def complete(tx: Transaction) -> T:
            result = work(tx)
            self._close(tx)
            return result

        result = self.database.write(complete)
        self.finished = True
        return result

    def _close(self, tx: Transaction) -> None:
        now = to_text(tx.now)
        values = {"state": JobState.DONE, "progress": 1.0, "finished_at": now, "lease_token": None}
        self._update_mine(tx, values)

    def _update_mine(self, tx: Transaction, values: dict[str, Any]) -> None:
        mine = sa.update(JOB).where(JOB.c.id == self.id, JOB.c.lease_token == self.lease_token)
        if tx.execute(mine.values(**values)).rowcount != 1:
            raise LeaseLost(self.id)


Handler = Callable[[JobContext], None]


@dataclass(frozen=True)
class JobKind:
    """How jobs of one kind are run: in which file they lie, by what, and how many at once."""

    name: str
    database: str
    handler: Handler
    concurrency: int = 1


class JobRegistry:
    """The kinds of jobs this site knows; filled by the rooms when the site is put together."""

    def __init__(self) -> None:
        self.kinds: dict[str, JobKind] = {}

    def register(self, kind: str, database: str, handler: Handler, *, concurrency: int = 1) -> None:
        """Declare a kind. Two handlers for one kind are a mistake in the composition."""
        if kind in self.kinds:
            raise ValueError(f"job kind {kind} is registered twice")
        self.kinds[kind] = JobKind(kind, database, handler, concurrency)


class JobRunner:
    """Leases due jobs and runs them on threads of its own, at most `concurrency` of a kind at once."""

    def __init__(self, databases: Sequence[Database], registry: JobRegistry, clock: Clock) -> None:
        self._databases = {database.name: database for database in databases}
        self._registry = registry
        self._clock = clock
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._wakes: dict[str, list[threading.Event]] = {name: [] for name in self._databases}

    def start(self) -> None:
        """Start the threads; they take up what an earlier run left behind once its lease ends."""
        for name, database in self._databases.items():
            database.jobs_queued = functools.partial(self._wake, name)
        for kind in self._registry.kinds.values():
            for number in range(kind.concurrency):
                wake = threading.Event()
                self._wakes[kind.database].append(wake)
                thread = threading.Thread(
                    target=self._run, args=(kind, wake), name=f"job-{kind.name}-{number}", daemon=True
                )
                thread.start()
                self._threads.append(thread)

    def stop(self, timeout_s: float = 20.0) -> None:
        """Take no more jobs, wait for running ones, and release what is still leased to this runner."""
        self._stopping.set()
        for name in self._wakes:
            self._wake(name)
        for thread in self._threads:
            thread.join(timeout_s)
        for database in self._databases.values():
            try:
                database.write(release_leases)
            except (StorageUnavailable, StorageFull):
                logger(database=database.name).warning("job.leases_run_out_by_themselves")

    def _wake(self, name: str) -> None:
        for event in self._wakes[name]:
            event.set()

    def _run(self, kind: JobKind, wake: threading.Event) -> None:
        database = self._databases[kind.database]
        while not self._stopping.is_set():
            wake.clear()
            try:
                job = lease(database, kind.name)
                if job is not None:
                    self._handle(kind, job)
                    continue
            except (StorageUnavailable, StorageFull):
                # At a stop: the file closed under a handler that took too long, whose lease was handed back already.
                # Otherwise the disk is in trouble, and the job waits for it like everybody.
                logger(kind=kind.name).warning("job.not_written_down")
            wake.wait(POLL_S)

    def _handle(self, kind: JobKind, job: JobContext) -> None:
        keeper = _LeaseKeeper(job)
        keeper.start()
        try:
            kind.handler(job)
            if not job.finished:
                job.finish(lambda tx: None)
        except LeaseLost:
            logger(job_id=job.id, kind=job.kind).warning("job.lease_lost")
        except RetryLater as later:
            logger(job_id=job.id, kind=job.kind).info("job.waits", seconds=later.after_s)
            put_back(job, timedelta(seconds=later.after_s), str(later), count=False)
        except (StorageUnavailable, StorageFull) as error:
            # The disk's trouble, not the job's: nobody should have to dig it out of the dead once there is room.
            logger(job_id=job.id, kind=job.kind).warning("job.waits", seconds=error.retry_after_s)
            put_back(job, timedelta(seconds=error.retry_after_s), type(error).__name__, count=False)
        except Permanent as error:
            bury(job, str(error))
        except Exception as error:
            # Only the class: an error text of a library may quote what a candidate said.
            logger(job_id=job.id, kind=job.kind, **told(error)).error("job.failed", attempt=job.attempt)
            fail(job, type(error).__name__)
        finally:
            keeper.stop()


class _LeaseKeeper(threading.Thread):
    """Prolongs the lease while a long handler works, so that nobody else takes the job."""

    def __init__(self, job: JobContext) -> None:
        super().__init__(name=f"lease-{job.kind}", daemon=True)
        self._job = job
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(LEASE.total_seconds() / 3):
            try:
                self._job.heartbeat()
            except LeaseLost:
                return
            except (StorageUnavailable, StorageFull):
                logger(job_id=self._job.id, kind=self._job.kind).warning("job.lease_not_prolonged")

    def stop(self) -> None:
        self._over.set()


def lease(database: Database, kind: str) -> JobContext | None:
    """Take the next due job of a kind, or one whose lease has run out; None when there is none."""

    def due(tx: Transaction) -> sa.ColumnElement[bool]:
        now = to_text(tx.now)
        ready = sa.and_(JOB.c.state == JobState.READY, JOB.c.run_at <= now)
        abandoned = sa.and_(JOB.c.state == JobState.RUNNING, JOB.c.lease_until < now)
        return sa.and_(JOB.c.kind == kind, sa.or_(ready, abandoned))

    def look(tx: Transaction) -> bool:
        return tx.execute(sa.select(JOB.c.id).where(due(tx)).limit(1)).first() is not None

    def take(tx: Transaction) -> JobContext | None:
        oldest = sa.select(JOB.c.id).where(due(tx)).order_by(JOB.c.run_at, JOB.c.id).limit(1)
        token = new_id()
        row = tx.execute(
            sa.update(JOB)
            .where(JOB.c.id == oldest.scalar_subquery())
            .values(
                state=JobState.RUNNING,
                attempts=JOB.c.attempts + 1,
                lease_token=token,
                lease_until=to_text(tx.now + LEASE),
            )
            .returning(JOB.c.id, JOB.c.subject, JOB.c.attempts, JOB.c.payload)
        ).first()
        if row is None:
            return None
        return JobContext(tx.database, row.id, kind, row.subject, row.attempts, row.payload, token)

    return database.write(take) if database.read(look) else None


def fail(job: JobContext, reason: str) -> None:
    """Back to the queue with a growing delay, or aside when the attempts are used up."""

    def settle(tx: Transaction) -> None:
        limit = tx.execute(sa.select(JOB.c.max_attempts).where(JOB.c.id == job.id)).scalar_one()
        if job.attempt >= limit:
            _settle(tx, job, state=JobState.DEAD, last_error=reason, finished_at=to_text(tx.now))
            return
        delay = BACKOFF[min(job.attempt, len(BACKOFF)) - 1]
        _settle(tx, job, state=JobState.READY, last_error=reason, run_at=to_text(tx.now + delay))

    job.database.write(settle)


def put_back(job: JobContext, delay: timedelta, reason: str, *, count: bool) -> None:
    """Back to the queue for later; without `count` the attempt is not used up."""

    def settle(tx: Transaction) -> None:
        attempts = job.attempt if count else job.attempt - 1
        run_at = to_text(tx.now + delay)
        _settle(tx, job, state=JobState.READY, last_error=reason, run_at=run_at, attempts=attempts)

    job.database.write(settle)


def bury(job: JobContext, reason: str) -> None:
    """Aside, for a person to look at."""
    job.database.write(
        lambda tx: _settle(tx, job, state=JobState.DEAD, last_error=reason, finished_at=to_text(tx.now))
    )


def release_leases(tx: Transaction) -> None:
    """Hand back what is still leased: the one process that writes this file is going down."""
    tx.execute(
        sa.update(JOB)
        .where(JOB.c.state == JobState.RUNNING)
        .values(state=JobState.READY, lease_token=None, lease_until=None, attempts=JOB.c.attempts - 1)
    )


def _settle(tx: Transaction, job: JobContext, **values: Any) -> None:
    tx.execute(
        sa.update(JOB)
        .where(JOB.c.id == job.id, JOB.c.lease_token == job.lease_token)
        .values(lease_token=None, lease_until=None, **values)
    )
