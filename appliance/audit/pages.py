"""The ledger as an auditor reads it: search, verify, export."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.audit.model import LedgerQuery
from appliance.audit.service import Audit
from appliance.audit.words import ACTION_LABELS, SUBJECT_LABELS, page_of
from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.web import FromQuery, NamedDependency, Paging, Web, WebRequest, page

LEDGER_ROWS = 50


class LedgerPages(Controller):
    """/audit"""

    path = "/audit"
    guards = [requires(Permission.AUDIT_READ)]
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def board(
        self,
        request: WebRequest,
        audit: NamedDependency[Audit],
        subject: FromQuery[str] = "",
        actor: FromQuery[str] = "",
        action: FromQuery[str] = "",
        since: FromQuery[str] = "",
        until: FromQuery[str] = "",
        page_number: Annotated[int, QueryParameter(ge=1)] = 1,
    ) -> Response[str]:
        """Rows that fit the filters."""
        filters = {"subject": subject, "actor": actor, "action": action, "since": since, "until": until}
        invalid = Invalid()
        try:
            query = ledger_query(request, **filters)
        except Invalid as refused:
            query, invalid = LedgerQuery(subject=subject, actor=actor, action=action), refused
        return page(
            request,
            "audit/ledger.html",
            status=422 if invalid.fields else 200,
            rows=audit.ledger(query, Paging(page_number, LEDGER_ROWS)),
            filters=filters,
            actions=audit.actions(),
            action_labels=ACTION_LABELS,
            subject_labels=SUBJECT_LABELS,
            page_of=page_of,
            verdicts=None,
            invalid=invalid,
        )

    @post("/verification", status_code=200, sync_to_thread=True)
    def verify(self, request: WebRequest, audit: NamedDependency[Audit]) -> Response[str]:
        """Recompute every chain and show what was found."""
        verdicts = audit.verify(request.user)
        return page(request, "audit/verification.html", verdicts=verdicts)

    @get("/export.csv", sync_to_thread=True)
    def export(
        self,
        request: WebRequest,
        audit: NamedDependency[Audit],
        subject: FromQuery[str] = "",
        actor: FromQuery[str] = "",
        action: FromQuery[str] = "",
        since: FromQuery[str] = "",
        until: FromQuery[str] = "",
    ) -> Response[bytes]:
        """The rows that fit as a CSV file."""
        query = ledger_query(request, subject, actor, action, since, until)
        name = f"ledger-{_web(request).clock.today():%Y%m%d}.csv"
        return Response(
            audit.export(request.user, query),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def ledger_query(
    request: WebRequest, subject: str, actor: str, action: str, since: str, until: str
) -> LedgerQuery:
    """The filters as a query; days are the site's own, `until` includes its day."""
    zone = _web(request).clock.zone

    def start(name: str, text: str, shift: timedelta) -> datetime | None:
        if not text:
            return None
        try:
            day = date.fromisoformat(text) + shift
        except (ValueError, OverflowError):
            raise Invalid({name: N_("Choose a day, or write it as 2026-11-23.")}) from None
        return datetime.combine(day, time(), zone).astimezone(UTC)

    return LedgerQuery(
        subject=subject.strip(),
        actor=actor.strip(),
        action=action,
        since=start("since", since, timedelta(0)),
        until=start("until", until, timedelta(days=1)),
    )


def _web(request: WebRequest) -> Web:
    web: Web = request.app.state.web
    return web
