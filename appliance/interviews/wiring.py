"""Puts the room together: the candidate's side and HR's side; assessment hangs itself up in its own file."""

from litestar import Router

from appliance.identity.permissions import Permission
from appliance.identity.service import Identity
from appliance.interviews import api, pages
from appliance.interviews.assessment.wiring import RUBRICS
from appliance.interviews.integrity import pages as integrity_pages
from appliance.interviews.integrity.pages import Timelines
from appliance.interviews.invitations import batch_pages, moving_pages
from appliance.interviews.invitations.batches import Batches
from appliance.interviews.invitations.closing import Closing
from appliance.interviews.invitations.desk import InterviewerChoice, RecruitingDesk
from appliance.interviews.invitations.letters import InterviewLetters
from appliance.interviews.invitations.model import INVITE_ONE
from appliance.interviews.invitations.preview import LetterPreview
from appliance.interviews.invitations.reminding import REMIND, Reminding
from appliance.interviews.invitations.service import CLOSE_WINDOW, Invitations
from appliance.interviews.plans import library_pages, version_pages
from appliance.interviews.plans import pages as plan_pages
from appliance.interviews.plans.rubrics import load_rubrics
from appliance.interviews.plans.service import Plans
from appliance.interviews.progress import Progress
from appliance.interviews.recordings import pages as recording_pages
from appliance.interviews.recordings.playback import Playback
from appliance.interviews.recordings.service import Recordings
from appliance.interviews.room import api as room_api
from appliance.interviews.room import pages as room_pages
from appliance.interviews.room.hand_over import HandOvers
from appliance.interviews.room.page_events import PageEvents
from appliance.interviews.room.service import Room
from appliance.kernel.actor import Actor
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavItem, WaitingCard
from appliance.kernel.site import Site
from appliance.notifications.service import Notifications
from appliance.recruiting.service import Recruiting


def wire(site: Site, recruiting: Recruiting, notifications: Notifications) -> Invitations:
    """Build the services and hang up jobs, routes, navigation and cards."""
    core, desk = site.databases.core, RecruitingDesk(recruiting)
    identity = site.services["identity"]
    assert isinstance(identity, Identity), "identity is wired first"
    library = load_rubrics(RUBRICS)
    plans = Plans(core, library)
    notifications.recipients("candidate", desk.recipient)
    letters = InterviewLetters(core, desk, site.settings.url)
    invitations = Invitations(site.databases, site.keys, site.clock, plans, desk, letters)
    room = Room(core, desk, adaptive=site.settings.follow_ups_adapt)
    recordings = Recordings(site.databases.media, site.blobs, room)
    progress = Progress(site.databases, desk)
    site.jobs.register(CLOSE_WINDOW, "core", Closing(site.databases, recordings, desk, letters).handle)
    site.jobs.register(REMIND, "core", Reminding(letters).handle)
    batches = Batches(core, invitations, desk)
    site.jobs.register(INVITE_ONE, "core", batches.handle)
    for name, service in (
        ("interview_plans", plans),
        ("interview_batches", batches),
        ("invitation_letters", letters),
        ("interview_letter_preview", LetterPreview(notifications)),
        ("interview_invitations", invitations),
        ("interview_room", room),
        ("interview_recordings", recordings),
        ("interview_page_events", PageEvents(core, room)),
        ("interview_hand_overs", HandOvers(core, room, site.settings.url)),
        ("interview_progress", progress),
        ("interview_playback", Playback(core, site.blobs)),
        ("interview_timelines", Timelines(core)),
        ("interview_desk", desk),
        ("interviewer_choice", InterviewerChoice(identity)),
    ):
        site.provide(name, service)
    parts = (
        room_pages,
        room_api,
        recording_pages,
        batch_pages,
        moving_pages,
        pages,
        plan_pages,
        version_pages,
        library_pages,
        integrity_pages,
        api,
    )
    # One router: Litestar registers handlers that share a path wrongly when they come one by one.
    site.route(Router("/", route_handlers=[handler for part in parts for handler in part.HANDLERS]))
    manage = Permission.INTERVIEWS_MANAGE
    site.navigation(NavItem("recruiting", N_("Interviews"), "/interviews", manage, "video", 30))
    site.waiting_card(PersonWishes(progress))
    return invitations


class PersonWishes:
    """Says on the home page how many candidates asked for a conversation with a person."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, actor: Actor) -> list[WaitingCard]:
        if not actor.may(Permission.INTERVIEWS_MANAGE):
            return []
        count = self._progress.waiting_for_person()
        if not count:
            return []
        title = N_("Candidates who would rather speak with a person")
        return [WaitingCard(title, count, "/interviews?show=open", "user-question")]
