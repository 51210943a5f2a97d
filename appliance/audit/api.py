"""Jobs and the ledger for scripts, metrics for the site's monitoring, and a sign of life."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.audit.model import ChainVerdict, DeadDelivery, JobView, LedgerQuery, LedgerRow
from appliance.audit.service import Audit
from appliance.identity.permissions import Permission, local_or, public, requires
from appliance.kernel.jobs import JobState
from appliance.kernel.metrics import Metrics
from appliance.kernel.web import (
    FromPath,
    FromQuery,
    NamedDependency,
    Page,
    PageNumber,
    PageSize,
    Paging,
    WebRequest,
)


class Health(msgspec.Struct, frozen=True):
    """The app answers and can read its core file."""

    status: str


class JobsApi(Controller):
    """Background jobs of all files."""

    path = "/api/v1/jobs"
    guards = [requires(Permission.JOBS_READ)]
    tags = ["operations"]

    @get("/", operation_id="listJobs", summary="List background jobs", sync_to_thread=True)
    def board(
        self,
        audit: NamedDependency[Audit],
        in_state: Annotated[
            JobState | None, QueryParameter(name="state", description="only jobs in this state")
        ] = None,
        kind: FromQuery[str] = "",
        number: PageNumber = 1,
        size: PageSize = 50,
    ) -> Page[JobView]:
        """Jobs, the newest first; `dead` ones wait for a person."""
        return audit.jobs(in_state, kind, Paging(number, size))

    @get("/counts", operation_id="countJobs", summary="Count jobs by state", sync_to_thread=True)
    def counts(self, audit: NamedDependency[Audit]) -> dict[JobState, int]:
        """How many jobs are ready, running, done and dead."""
        return audit.job_counts()

    @get("/deliveries", operation_id="listDeadDeliveries", summary="Undelivered events", sync_to_thread=True)
    def deliveries(self, audit: NamedDependency[Audit]) -> Sequence[DeadDelivery]:
        """Events that a subscriber could not take."""
        return audit.dead_deliveries()

    @get("/{job_id:str}", operation_id="getJob", summary="One background job", sync_to_thread=True)
    def show(self, audit: NamedDependency[Audit], job_id: FromPath[str]) -> JobView:
        """One job with its progress; 404 when there is none."""
        return audit.job(job_id)


@post(
    "/api/v1/jobs/{job_id:str}/retry",
    guards=[requires(Permission.JOBS_MANAGE)],
    operation_id="retryJob",
    summary="Try a dead job again",
    tags=["operations"],
    status_code=200,
    sync_to_thread=True,
)
def retry_job(request: WebRequest, audit: NamedDependency[Audit], job_id: FromPath[str]) -> JobView:
    """Give a dead job a fresh start; 409 when it is not dead."""
    return audit.retry_job(request.user, job_id)


class LedgerApi(Controller):
    """The ledger of all files."""

    path = "/api/v1/audit"
    guards = [requires(Permission.AUDIT_READ)]
    tags = ["audit"]

    @get("/", operation_id="searchLedger", summary="Search the ledger", sync_to_thread=True)
    def board(
        self,
        audit: NamedDependency[Audit],
        subject: Annotated[str, QueryParameter(description="such as candidate:<id>, or a part of it")] = "",
        actor: Annotated[str, QueryParameter(description="an actor's id or account number")] = "",
        action: FromQuery[str] = "",
        since: FromQuery[datetime | None] = None,
        until: FromQuery[datetime | None] = None,
        number: PageNumber = 1,
        size: PageSize = 50,
    ) -> Page[LedgerRow]:
        """Rows that fit, the newest first."""
        return audit.ledger(LedgerQuery(subject, actor, action, since, until), Paging(number, size))

    @post(
        "/verification",
        operation_id="verifyLedger",
        summary="Verify the ledger's chains",
        status_code=200,
        sync_to_thread=True,
    )
    def verify(self, request: WebRequest, audit: NamedDependency[Audit]) -> Sequence[ChainVerdict]:
        """Recompute the chain of every file; `broken_at` is null where it is sound."""
        return audit.verify(request.user)


@get(
    "/metrics",
    guards=[local_or(Permission.METRICS_READ)],
    include_in_schema=False,
    sync_to_thread=True,
)
def metrics(request: WebRequest) -> Response[bytes]:
    """Prometheus' text format, for callers on this machine or with the permission."""
    found: Metrics = request.app.state.metrics
    body, content_type = found.text()
    return Response(body, media_type=content_type)


@get(
    "/healthz",
    guards=[public()],
    operation_id="getHealth",
    summary="Sign of life",
    tags=["operations"],
    sync_to_thread=True,
)
def healthz(audit: NamedDependency[Audit]) -> Health:
    """The app answers and its files can be read."""
    audit.job_counts()
    return Health("ok")
