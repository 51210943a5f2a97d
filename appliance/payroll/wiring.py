"""Puts the room together."""

from pathlib import Path

from appliance.identity.permissions import Permission
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavItem
from appliance.kernel.site import Site
from appliance.payroll.api import PayrollApi
from appliance.payroll.model import PayPolicy
from appliance.payroll.month import Books
from appliance.payroll.pages import PayrollPages
from appliance.payroll.rulebook import RuleBook
from appliance.payroll.service import Payroll
from appliance.people.service import People
from appliance.people.work_calendar import WorkCalendar

CONFIG = Path(__file__).resolve().parents[2] / "config"


def wire(site: Site, people: People) -> Payroll:
    """Build the service and hang up its subscriptions, routes and navigation."""
    payroll = Payroll(site.databases.core, site.clock, people, books_of(site.settings.data))
    for subscription in payroll.subscriptions():
        site.subscribe(subscription)
    site.provide("payroll", payroll)
    site.route(PayrollPages, PayrollApi)
    site.navigation(NavItem("pay", N_("Pay records"), "/payroll", Permission.PAYROLL_READ, "cash", 10))
    return payroll


def books_of(data: Path) -> Books:
    """The shipped rules with the site's own on top: ``<data>/payroll`` and ``<data>/calendars``, laid out
    alike.
    """
    folders = (CONFIG / "payroll", data / "payroll")
    return Books(
        calendar=WorkCalendar.load((CONFIG / "calendars", data / "calendars")),
        rules=RuleBook.load(folders),
        policy=PayPolicy.load(folders),
    )
