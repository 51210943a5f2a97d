"""Hangs up the rights desk, the candidate's own page and the daily look at what was kept long enough."""

from pathlib import Path

from litestar import Router

from appliance.identity.permissions import Permission
from appliance.identity.service import Identity
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.recordings.playback import Playback
from appliance.interviews.rights import candidate_pages, desk_pages, erasure_pages
from appliance.interviews.rights.candidates import RightsCandidates
from appliance.interviews.rights.copies import Copies
from appliance.interviews.rights.desk import RightsDesk
from appliance.interviews.rights.erasure import Erasures
from appliance.interviews.rights.filing import Filing
from appliance.interviews.rights.letters import ExplanationLetter, RightsLetters
from appliance.interviews.rights.model import ERASE, PROPOSE_ERASURES, ErasureCause, RequestKind
from appliance.interviews.rights.own_page import OwnPages
from appliance.interviews.rights.retention import Retention
from appliance.interviews.room.service import Room
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavItem, Urgency, WaitingCard
from appliance.kernel.site import Site
from appliance.people.work_calendar import WorkCalendar
from appliance.recruiting.service import Recruiting

CALENDARS = Path(__file__).resolve().parents[3] / "config" / "calendars"


def wire_rights(site: Site, recruiting: Recruiting, explanation: ExplanationLetter | None = None) -> Erasures:
    """Build the services and hang up jobs, routes, navigation and cards; after the interviews room.

    `explanation` writes the letter that explains an assessment; without it HR explains in their own words.
    Parts that keep a person's data under names of their own register with the `Erasures` returned.
    """
    core, clock = site.databases.core, site.clock
    identity, playback, room, desk = (
        site.services[name] for name in ("identity", "interview_playback", "interview_room", "interview_desk")
    )
    assert isinstance(identity, Identity) and isinstance(playback, Playback) and isinstance(room, Room)
    assert isinstance(desk, RecruitingDesk), "the interviews room is wired first"
    candidates = RightsCandidates(recruiting, desk, identity)
    letters = RightsLetters(site.settings.url)
    calendar = WorkCalendar.load((CALENDARS, site.settings.data / "calendars"))
    filing = Filing(clock, calendar, candidates, letters)
    rights_desk = RightsDesk(core, clock, filing, candidates, letters, explanation)
    own_pages = OwnPages(core, clock, filing, candidates, explanation)
    room.tell_of_wish(lambda tx, interview: own_pages.wish(tx, interview, RequestKind.HUMAN_INTERVIEW))
    copies = Copies(core, site.blobs, candidates, rights_desk, letters)
    erasures = Erasures(site.databases, site.blobs, site.keys, candidates, letters, playback.forget)
    retention = Retention(core, clock, candidates, erasures)
    site.jobs.register(ERASE, "core", erasures.handle)
    site.jobs.register(PROPOSE_ERASURES, "core", retention.handle)
    for subscription in retention.subscriptions():
        site.subscribe(subscription)
    for name, service in (
        ("rights_candidates", candidates),
        ("rights_desk", rights_desk),
        ("rights_own_pages", own_pages),
        ("rights_copies", copies),
        ("rights_erasures", erasures),
        ("rights_retention", retention),
    ):
        site.provide(name, service)
    parts = (candidate_pages, desk_pages, erasure_pages)
    site.route(Router("/", route_handlers=[handler for part in parts for handler in part.HANDLERS]))
    manage = Permission.INTERVIEWS_MANAGE
    site.navigation(
        NavItem("recruiting", N_("Candidates' rights"), "/interviews/rights", manage, "scale", 50)
    )
    site.waiting_card(RightsCards(rights_desk, erasures))
    return erasures


class RightsCards:
    """Says on the home page which requests wait, and which erasures wait for a second person."""

    def __init__(self, desk: RightsDesk, erasures: Erasures) -> None:
        self._desk = desk
        self._erasures = erasures

    def __call__(self, actor: Actor) -> list[WaitingCard]:
        """Cards for whoever works at the desk; an erasure is not shown to the person who proposed it."""
        if not actor.may(Permission.INTERVIEWS_MANAGE):
            return []
        cards: list[WaitingCard] = []
        counts = self._desk.counts()
        if counts["overdue"]:
            title, path = N_("Candidates' requests past their deadline"), "/interviews/rights?show=overdue"
            cards.append(WaitingCard(title, counts["overdue"], path, "scale", urgency=Urgency.NOW))
        elif counts["open"]:
            title = N_("Candidates' requests to answer")
            cards.append(WaitingCard(title, counts["open"], "/interviews/rights", "scale"))
        waiting = [one for one, _ in self._erasures.waiting() if one.proposed_by != actor.id]
        asked = [one for one in waiting if one.cause is ErasureCause.REQUEST]
        if asked:
            title, path = (
                N_("Erasures that wait for a second person"),
                f"/interviews/rights/erasures/{asked[0].id}",
            )
            if len(asked) > 1:
                path = "/interviews/rights"
            cards.append(WaitingCard(title, len(asked), path, "eraser"))
        if kept := len(waiting) - len(asked):
            title = N_("Data kept long enough, to be erased once you confirm")
            cards.append(
                WaitingCard(title, kept, "/interviews/rights/retention", "calendar-x", urgency=Urgency.CALM)
            )
        return cards
