"""Puts the room together."""

from appliance.identity.permissions import Permission
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavItem, Urgency, WaitingCard
from appliance.kernel.site import Site
from appliance.notifications.service import Notifications
from appliance.people.api import EmployeeApi, StructureApi
from appliance.people.finding import EmployeeSearch
from appliance.people.handover import Handover, mail_recipient
from appliance.people.pages import EmployeePages
from appliance.people.photos import FacePhotos
from appliance.people.service import LAST_DAY_JOB, People
from appliance.people.structure_pages import StructurePages


def wire(site: Site, notifications: Notifications) -> People:
    """Build the service and hang up its jobs, subscriptions, routes, navigation and cards."""
    people = People(site.databases.core, site.clock)
    handover = Handover(people, letters_language="zh", site_name=site.settings.site_name)
    for subscription in handover.subscriptions():
        site.subscribe(subscription)
    site.jobs.register(LAST_DAY_JOB, "core", handover.last_day)
    notifications.recipients("employee", mail_recipient)
    site.provide("people", people)
    site.provide("face_photos", FacePhotos(site.blobs))
    site.route(EmployeePages, StructurePages, EmployeeApi, StructureApi)
    read = Permission.EMPLOYEES_READ
    site.navigation(NavItem("people", N_("Employees"), "/employees", read, "users", 10))
    site.navigation(NavItem("people", N_("Departments and posts"), "/departments", read, "sitemap", 20))
    site.waiting_card(StuckCards(people))
    site.search(EmployeeSearch(people))
    return people


class StuckCards:
    """Says on the home page who is stuck between two steps of onboarding."""

    def __init__(self, people: People) -> None:
        self._people = people

    def __call__(self, actor: Actor) -> list[WaitingCard]:
        """A card with the number of people, for whoever may open their files."""
        if not actor.may(Permission.EMPLOYEES_WRITE):
            return []
        stuck = {step.employee_id for step in self._people.stuck()}
        if not stuck:
            return []
        path = (
            f"/employees/{next(iter(stuck))}?tab=onboarding"
            if len(stuck) == 1
            else "/employees?state=onboarding"
        )
        title = N_("Newcomers stuck for more than a day")
        return [
            WaitingCard(
                title, len(stuck), path, "user-exclamation", N_("See which step they wait for."), Urgency.NOW
            )
        ]
