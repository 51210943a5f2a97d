"""What the machine did and who did it, gathered over the site's three files."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.kernel.errors import N_
from appliance.kernel.jobs import JobState

JOB_STATE_LABELS: Mapping[JobState, str] = {
    JobState.READY: N_("Waiting"),
    JobState.RUNNING: N_("Running"),
    JobState.DONE: N_("Done"),
    JobState.DEAD: N_("Needs a person"),
}
JOB_STATE_TONES: Mapping[JobState, str] = {
    JobState.READY: "calm",
    JobState.RUNNING: "info",
    JobState.DONE: "good",
    JobState.DEAD: "bad",
}


class DatabaseName(StrEnum):
    """The site's files."""

    CORE = "core"
    ATTENDANCE = "attendance"
    MEDIA = "media"


class JobView(msgspec.Struct, frozen=True):
    """A job as it stands. `last_error` is an error's class or a reason without personal data."""

    id: str
    database: DatabaseName
    kind: str
    subject: str
    state: JobState
    attempts: int
    max_attempts: int
    progress: float
    note: str
    last_error: str
    created_at: datetime
    run_at: datetime
    finished_at: datetime | None


class DeadDelivery(msgspec.Struct, frozen=True):
    """An event that one subscriber could not take."""

    database: DatabaseName
    seq: int
    subscriber: str
    kind: str
    attempts: int
    last_error: str
    occurred_at: datetime


class LedgerRow(msgspec.Struct, frozen=True):
    """One row of the ledger of one file."""

    database: DatabaseName
    seq: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor_label: str
    action: str
    subject: str
    details: dict[str, str | int | float | bool | None]
    hash: str


class LedgerQuery(msgspec.Struct, frozen=True):
    """What to look for; empty fields fit everything. `actor` is an id or an account number."""

    subject: str = ""
    actor: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


class ChainVerdict(msgspec.Struct, frozen=True):
    """Whether the ledger of a file is as it was written; `broken_at` is the first row that does not fit."""

    database: DatabaseName
    rows: int
    head: str
    broken_at: int | None
