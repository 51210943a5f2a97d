"""Looking at jobs, deliveries and the ledger of all files together; trying again what had failed for good."""

import csv
import io
import json
from collections.abc import Iterator

from appliance.audit import store
from appliance.audit.ledger import record, verify
from appliance.audit.model import (
    ChainVerdict,
    DatabaseName,
    DeadDelivery,
    JobView,
    LedgerQuery,
    LedgerRow,
)
from appliance.kernel.actor import Actor
from appliance.kernel.clock import to_text
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Conflict, NotFound
from appliance.kernel.jobs import JobState, retry
from appliance.kernel.outbox import revive
from appliance.kernel.web import Page, Paging

CSV_COLUMNS = (
    "database", "seq", "at", "actor_kind", "actor_id", "actor_label", "action", "subject", "details", "hash",
)  # fmt: skip


class Audit:
    """The verbs of whoever watches over the machine and its records."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    # jobs

    def job_counts(self) -> dict[JobState, int]:
        """Jobs by state over all files."""
        counts = dict.fromkeys(JobState, 0)
        for database in self._databases:
            for (state, _kind), count in database.read(store.count_jobs).items():
                counts[state] += count
        return counts

    def job_kinds(self) -> list[str]:
        """The kinds of jobs that there are."""
        return sorted(
            {kind for database in self._databases for _state, kind in database.read(store.count_jobs)}
        )

    def jobs(
        self, state: JobState | None = None, kind: str = "", paging: Paging | None = None
    ) -> Page[JobView]:
        """Jobs of all files, the newest first."""
        paging = paging or Paging()
        needed = paging.offset + paging.size
        found: list[JobView] = []
        total = 0
        for database in self._databases:
            counts = database.read(store.count_jobs)
            total += sum(
                count
                for (each, name), count in counts.items()
                if state in (None, each) and (not kind or kind == name)
            )
            found += database.read(lambda tx: store.latest_jobs(tx, state, kind, needed))
        found.sort(key=lambda job: job.id, reverse=True)
        return Page(found[paging.offset : needed], total, paging.number, paging.size)

    def job(self, job_id: str) -> JobView:
        """One job. Raises `NotFound`."""
        for database in self._databases:
            job = database.read(lambda tx: store.find_job(tx, job_id))
            if job is not None:
                return job
        raise NotFound(N_("There is no such job."))

    def retry_job(self, actor: Actor, job_id: str) -> JobView:
        """Give a job that needs a person a fresh start. Raises `Conflict` when it does not wait for one."""
        database = self._databases.named(self.job(job_id).database)

        def work(tx: Transaction) -> None:
            if not retry(tx, job_id):
                raise Conflict(N_("This job does not wait for a person any more."))
            record(tx, actor, "job.retried", f"job:{job_id}")

        database.write(work)
        return self.job(job_id)

    def dead_deliveries(self) -> list[DeadDelivery]:
        """Events that a subscriber could not take, of all files."""
        found = [dead for database in self._databases for dead in database.read(store.dead_deliveries)]
        return sorted(found, key=lambda dead: dead.occurred_at, reverse=True)

    def retry_delivery(self, actor: Actor, database: DatabaseName, seq: int, subscriber: str) -> None:
        """Hand the event to the subscriber again. Raises `Conflict` when it was taken in the meantime."""

        def work(tx: Transaction) -> None:
            if not revive(tx, seq, subscriber):
                raise Conflict(N_("This event does not wait for a person any more."))
            record(tx, actor, "delivery.retried", f"event:{database}-{seq}", {"subscriber": subscriber})

        self._databases.named(database).write(work)

    def waiting_for_a_person(self) -> int:
        """Dead jobs and deliveries together."""
        return self.job_counts()[JobState.DEAD] + len(self.dead_deliveries())

    # the ledger

    def ledger(self, query: LedgerQuery, paging: Paging | None = None) -> Page[LedgerRow]:
        """Rows of all files that fit, the newest first."""
        paging = paging or Paging(size=50)
        needed = paging.offset + paging.size
        found: list[LedgerRow] = []
        total = 0
        for database in self._databases:
            total += database.read(lambda tx: store.count_ledger(tx, query))
            found += database.read(lambda tx: store.latest_ledger(tx, query, needed))
        found.sort(key=lambda row: (row.at, row.seq), reverse=True)
        return Page(found[paging.offset : needed], total, paging.number, paging.size)

    def actions(self) -> list[str]:
        """The actions that the ledger tells, for the filter."""
        return sorted(set().union(*(database.read(store.known_actions) for database in self._databases)))

    def verify(self, actor: Actor) -> list[ChainVerdict]:
        """Recompute the chain of every file, and note that it was done."""
        verdicts = [
            ChainVerdict(DatabaseName(found.database), found.rows, found.head, found.broken_at)
            for found in (verify(database) for database in self._databases)
        ]
        broken = sum(verdict.broken_at is not None for verdict in verdicts)
        self._databases.core.write(
            lambda tx: record(tx, actor, "ledger.verified", "ledger:all", {"broken": broken})
        )
        return verdicts

    def export(self, actor: Actor, query: LedgerQuery) -> bytes:
        """Rows that fit as CSV (UTF-8 with a byte order mark, so that spreadsheets read Chinese), in order of
        time. The export itself is noted in the ledger.
        """
        rows: list[LedgerRow] = []
        for database in self._databases:
            rows += database.read(lambda tx: list(store.all_ledger(tx, query)))
        rows.sort(key=lambda row: (row.at, row.database, row.seq))
        self._databases.core.write(
            lambda tx: record(tx, actor, "ledger.exported", "ledger:all", {"rows": len(rows)})
        )
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(CSV_COLUMNS)
        writer.writerows(_cells(rows))
        return b"\xef\xbb\xbf" + text.getvalue().encode()


def _cells(rows: list[LedgerRow]) -> Iterator[list[str]]:
    for row in rows:
        details = json.dumps(row.details, sort_keys=True, ensure_ascii=False)
        cells = [row.database, str(row.seq), to_text(row.at), row.actor_kind, row.actor_id, row.actor_label]
        yield [_plain(cell) for cell in (*cells, row.action, row.subject, details, row.hash)]


def _plain(cell: str) -> str:
    """A cell that a spreadsheet shows as text: a leading = + - @ would be run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
