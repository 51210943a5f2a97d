"""Hangs up reports: reading, comparing, commenting, sharing, norms, and the letter to the candidate."""

from pathlib import Path

from litestar import Router

import appliance
from appliance.identity.permissions import Permission
from appliance.identity.service import Identity
from appliance.interviews.invitations.desk import InterviewerChoice, RecruitingDesk
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.interviews.report import (
    comment_pages,
    compare_pages,
    letter_pages,
    norm_pages,
    pages,
    share_pages,
)
from appliance.interviews.report.comments import Comments
from appliance.interviews.report.letter import Letters
from appliance.interviews.report.norming import Norms
from appliance.interviews.report.reading import Reports
from appliance.interviews.report.sharing import Shares
from appliance.interviews.report.side_by_side import SideBySide
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_
from appliance.kernel.i18n import Catalogue
from appliance.kernel.navigation import NavItem, WaitingCard
from appliance.kernel.site import Site
from appliance.recruiting.service import Recruiting

LOCALE = Path(appliance.__file__).parent / "locale"


def wire_report(
    site: Site,
    recruiting: Recruiting,
    rubrics: RubricLibrary,
) -> Reports:
    """Register the services and their routes."""
    core, desk = site.databases.core, RecruitingDesk(recruiting)
    identity = site.services["identity"]
    assert isinstance(identity, Identity), "identity is wired first"
    reports = Reports(core)
    shares = Shares(core, InterviewerChoice(identity), rubrics)
    letters = Letters(desk, Catalogue.load(LOCALE), site.settings.font_dirs, rubrics)
    for name, service in (
        ("interview_reports", reports),
        ("report_shares", shares),
        ("report_comments", Comments(core)),
        ("report_norms", Norms(core, rubrics, recruiting.pipeline)),
        ("side_by_side", SideBySide(core, desk, recruiting.pipeline)),
        ("interview_letters", letters),
    ):
        site.provide(name, service)
    parts = (pages, compare_pages, comment_pages, share_pages, norm_pages, letter_pages)
    # One router: Litestar registers handlers that share a path wrongly when they come one by one.
    site.route(Router("/", route_handlers=[handler for part in parts for handler in part.HANDLERS]))
    manage = Permission.INTERVIEWS_MANAGE
    site.navigation(NavItem("recruiting", N_("Norms"), "/norms", manage, "chart-histogram", 35))
    site.waiting_card(SharedWithMe(shares))
    return reports


class SharedWithMe:
    """Says on the home page how many reports are open to this account, and for how long is on their page."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares

    def __call__(self, actor: Actor) -> list[WaitingCard]:
        if not actor.may(Permission.INTERVIEWS_READ):
            return []
        count = len(self._shares.with_me(actor))
        if not count:
            return []
        return [WaitingCard(N_("Reports shared with you"), count, "/shared-reports", "report")]
