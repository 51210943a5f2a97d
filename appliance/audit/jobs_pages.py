"""The jobs board: what the machine is doing, what it could not do and waits for a person."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.audit.model import JOB_STATE_LABELS, JOB_STATE_TONES, DatabaseName
from appliance.audit.service import Audit
from appliance.audit.words import JOB_LABELS, SUBJECT_LABELS, page_of
from appliance.identity.permissions import Permission, requires
from appliance.kernel.jobs import JobState
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Paging,
    WebRequest,
    form_body,
    fragment,
    page,
    redirect,
)

WORDS: Mapping[str, Any] = {
    "labels": JOB_STATE_LABELS,
    "tones": JOB_STATE_TONES,
    "kind_labels": JOB_LABELS,
    "subject_labels": SUBJECT_LABELS,
    "page_of": page_of,
}


class JobsPages(Controller):
    """/jobs"""

    path = "/jobs"
    guards = [requires(Permission.JOBS_READ)]
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def board(
        self,
        request: WebRequest,
        audit: NamedDependency[Audit],
        in_state: Annotated[JobState | None, QueryParameter(name="state")] = None,
        kind: FromQuery[str] = "",
        page_number: Annotated[int, QueryParameter(ge=1)] = 1,
    ) -> Response[str]:
        """Jobs by state and kind, and the events that nobody could take."""
        jobs = audit.jobs(in_state, kind, Paging(page_number))
        return page(
            request,
            "audit/jobs.html",
            jobs=jobs,
            counts=audit.job_counts(),
            kinds=audit.job_kinds(),
            in_state=in_state,
            kind=kind,
            deliveries=audit.dead_deliveries(),
            **WORDS,
        )

    @get("/{job_id:str}/row", sync_to_thread=True)
    def row(self, request: WebRequest, audit: NamedDependency[Audit], job_id: FromPath[str]) -> Response[str]:
        """One row of the board, asked for again while the job runs."""
        job = audit.job(job_id)
        return fragment(request, "audit/job_row.html", job=job, **WORDS)


class JobsChanges(Controller):
    """/jobs, for whoever may try again."""

    path = "/jobs"
    guards = [requires(Permission.JOBS_MANAGE)]
    include_in_schema = False

    @post("/{job_id:str}/retry", sync_to_thread=True)
    def retry(
        self, request: WebRequest, audit: NamedDependency[Audit], job_id: FromPath[str]
    ) -> Response[str]:
        """Give a dead job a fresh start."""
        audit.retry_job(request.user, job_id)
        return redirect("/jobs?state=dead")

    @post("/deliveries/retry", dependencies={"form": form_body()}, sync_to_thread=True)
    def retry_delivery(
        self, request: WebRequest, audit: NamedDependency[Audit], form: NamedDependency[Form]
    ) -> Response[str]:
        """Hand an event to its subscriber again."""
        audit.retry_delivery(
            request.user,
            DatabaseName(form.text("database", required=True)),
            form.integer("seq"),
            form.text("subscriber", required=True),
        )
        return redirect("/jobs#deliveries")
