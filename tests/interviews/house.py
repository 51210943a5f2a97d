"""A site with identity, recruiting and interviews: real encrypted files, real routes, a candidate to
invite."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from litestar import Litestar
from litestar.testing import TestClient

from appliance.interviews.invitations.links import new_secret
from appliance.interviews.invitations.service import Invitation, Invitations, InvitationWish
from appliance.interviews.model import Interview
from appliance.interviews.progress import Progress
from appliance.interviews.recordings.service import Recordings
from appliance.interviews.room.door import Key
from appliance.interviews.room.service import Room
from appliance.interviews.wiring import wire
from appliance.kernel.actor import MACHINE, Actor, ActorKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.ids import new_id
from appliance.kernel.keys import KeyRing
from appliance.notifications.model import MailServer
from appliance.notifications.service import Notifications
from appliance.recruiting import opening_store, store
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.model import Candidate, CandidateState, Opening, OpeningState, Source
from appliance.recruiting.service import Recruiting
from tests.identity.house import ADDRESS
from tests.identity.house import House as IdentityHouse

Service = TypeVar("Service")

RECRUITER = Actor(id="account-recruiter", kind=ActorKind.PERSON, label="account 1")
NAME = "测试甲"


class House(IdentityHouse):
    """The site and its services, with one opening and one screened candidate."""

    def __init__(self, folder: Path, databases: Databases, keys: KeyRing, clock: FixedClock) -> None:
        super().__init__(folder, databases, keys, clock)
        site = self.site
        recruiting = Recruiting.build(databases, site.blobs, keys, clock, Vocabulary.load())
        notifications = Notifications(databases.core, clock, MailServer())
        wire(site, recruiting, notifications)
        self.invitations = self._service("interview_invitations", Invitations)
        self.room = self._service("interview_room", Room)
        self.recordings = self._service("interview_recordings", Recordings)
        self.progress = self._service("interview_progress", Progress)
        self.opening_id, self.candidate_id = new_id(), new_id()
        databases.core.write(self._furnish)

    def invite(self, **wish: object) -> Invitation:
        """Invite the candidate: open since an hour, for a day."""
        now = self.clock.now()
        wanted = {"window_start": now - timedelta(hours=1), "window_end": now + timedelta(days=1)} | wish
        return self.invitations.invite(RECRUITER, self.candidate_id, InvitationWish(**wanted))  # type: ignore[arg-type]

    def entered(self, *, voice: bool = True, video: bool = True, **wish: object) -> tuple[Interview, Key]:
        """An invited candidate who has consented on a device."""
        invitation = self.invite(**wish)
        key = Key(token_of(invitation), new_secret())
        self.room.consent(key, voice=voice, video=video)
        return invitation.interview, key

    def browser(self, language: str = "en") -> TestClient[Litestar]:
        """The candidate's browser, with cookies of its own."""
        client = TestClient(self.app(), base_url=ADDRESS, raise_server_exceptions=False)
        client.headers.update({"accept": "text/html", "origin": ADDRESS, "accept-language": language})
        return client

    def candidate_state(self) -> CandidateState:
        """Where the candidate stands in recruiting."""
        found = self.databases.core.read(lambda tx: store.find(tx, self.candidate_id))
        assert found is not None
        return found.state

    def _service(self, name: str, kind: type[Service]) -> Service:
        service = self.site.services[name]
        assert isinstance(service, kind)
        return service

    def _furnish(self, tx: Transaction) -> None:
        opening_store.add(tx, _opening(self.opening_id, tx.now))
        store.add(
            tx,
            Candidate(
                id=self.candidate_id,
                opening_id=self.opening_id,
                state=CandidateState.screened,
                name=NAME,
                email="person.a@test.invalid",
                phone="",
                source=Source.hr,
                created_at=tx.now,
                changed_at=tx.now,
                document_id="",
            ),
        )


def token_of(invitation: Invitation) -> str:
    """The capability in the link."""
    return invitation.link.rsplit("/", 1)[1]


def _opening(opening_id: str, now: datetime) -> Opening:
    return Opening(
        id=opening_id,
        slug="test-ward-nurse",
        post_id="post-1",
        department_id="department-1",
        title_zh="病房护士（测试）",
        title_en="Ward nurse (test)",
        description="",
        requirements=[],
        state=OpeningState.open,
        created_at=now,
        created_by=MACHINE.id,
    )
