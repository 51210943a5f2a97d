"""Hangs the ledger's and the jobs' pages up in the site."""

from appliance.audit.api import JobsApi, LedgerApi, healthz, metrics, retry_job
from appliance.audit.jobs_pages import JobsChanges, JobsPages
from appliance.audit.pages import LedgerPages
from appliance.audit.service import Audit
from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavGroup, NavItem, Urgency, WaitingCard
from appliance.kernel.site import Site


def wire(site: Site) -> Audit:
    """Build the service and serve its pages and API."""
    audit = Audit(site.databases)

    def cards(actor: Actor) -> list[WaitingCard]:
        if not actor.may(Permission.JOBS_MANAGE):
            return []
        return [
            WaitingCard(
                N_("Background work that needs a person"),
                audit.waiting_for_a_person(),
                "/jobs?state=dead",
                "alert-triangle",
                N_("They failed several times; each says why and can be tried again."),
                Urgency.NOW,
            )
        ]

    def count_jobs() -> None:
        for state, count in audit.job_counts().items():
            site.metrics.jobs_waiting(state, count)

    site.provide("audit", audit)
    site.route(JobsPages, JobsChanges, LedgerPages, JobsApi, retry_job, LedgerApi, metrics, healthz)
    system = NavGroup.SYSTEM
    site.navigation(NavItem(system, N_("Background work"), "/jobs", Permission.JOBS_READ, "checklist", 20))
    site.navigation(NavItem(system, N_("Ledger"), "/audit", Permission.AUDIT_READ, "timeline", 30))
    site.waiting_card(cards)
    site.metrics.before_reading(count_jobs)
    return audit
