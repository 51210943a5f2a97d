"""The site of `installer.py bench rooms`, a process of its own: the real one, with candidates who wait to be invited
and one interview that is assessed already, so that HR has a report and a recording to open.

``python -m tests.bench.rooms_site FOLDER CANDIDATES CERTIFICATE KEY MAIL_PORT`` prints one `SiteReady` and serves until
it is told to stop. No engine runs: what candidates hand in waits in the jobs, and the uploads are measured alone.
"""

import asyncio
import hashlib
import secrets
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

import msgspec

from appliance.app import Appliance
from appliance.demo import cast, seed
from appliance.identity.permissions import EVERYTHING, Role
from appliance.interviews import store as interview_store
from appliance.interviews.invitations.links import new_secret
from appliance.interviews.invitations.service import Invitations, InvitationWish
from appliance.interviews.model import AnswerKind, Interview, InterviewPlan, InterviewState
from appliance.interviews.plans.service import Plans
from appliance.interviews.recordings.service import Recordings, Sent
from appliance.interviews.room.door import Key
from appliance.interviews.room.service import Room
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.db import Transaction
from appliance.kernel.ids import new_id
from appliance.kernel.log import configure
from appliance.people.service import People
from appliance.recruiting import store as recruiting_store
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.model import Candidate, CandidateState, Source
from appliance.recruiting.service import Recruiting
from appliance.serve import Ready, free_port, run
from appliance.settings import Mail, load
from appliance.unsealing import open_keys
from inference.engines import Engines, Unavailable
from inference.ports import ChatRequest, ChatResult
from tests.bench.rooms_model import SiteReady
from tests.interviews.assessed import CONCRETE
from tests.interviews.recorded import recording
from tests.interviews.scripted import ScriptedLlm, always

HR = Actor("bench", ActorKind.PERSON, frozenset(map(str, EVERYTHING)), "bench")
LOGIN = "bench.hr"
PLAYED_SECONDS = 4.0
ASSESSED_WITHIN_S = 60.0


class Reader(ScriptedLlm):
    """Takes every answer for one to a question of the plan."""

    def __init__(self) -> None:
        super().__init__("", always({"4": 0.7, "3": 0.3}))
        self.questions: set[str] = set()

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        lines = request.messages[-1].content.splitlines()
        self.question = next((line[2:] for line in lines if line[2:] in self.questions), self.question)
        return super().chat(request, deadline_s=deadline_s)


class Furniture:
    """What is in the site before the first candidate comes."""

    def __init__(self, appliance: Appliance, reader: Reader) -> None:
        services = appliance.site.services
        people, recruiting = services["people"], services["recruiting"]
        plans, invitations = services["interview_plans"], services["interview_invitations"]
        room, recordings = services["interview_room"], services["interview_recordings"]
        assert isinstance(people, People) and isinstance(recruiting, Recruiting)
        assert isinstance(plans, Plans) and isinstance(invitations, Invitations)
        assert isinstance(room, Room) and isinstance(recordings, Recordings)
        self._recruiting = recruiting
        self._core = appliance.site.databases.core
        self._clock = appliance.site.clock
        self._identity = appliance.identity
        self._invitations = invitations
        self._room = room
        self._recordings = recordings
        posts = seed.build_house(people, HR)
        self.opening_id = next(iter(seed.publish(recruiting, plans, posts, HR).values()))
        plan = plans.for_opening(HR, self.opening_id)
        reader.questions = {text for one in plan.questions for text in (one.text_zh, one.text_en)}

    def account(self) -> str:
        """An HR manager's account; its password."""
        password = secrets.token_urlsafe(16)
        self._identity.create_account(
            HR,
            LOGIN,
            password,
            frozenset({Role.HR_MANAGER, Role.RECRUITER}),
            display_name=LOGIN,
            temporary=False,
        )
        return password

    def candidates(self, count: int) -> list[str]:
        """Candidates who are through the screening."""
        ids = [new_id() for _ in range(count)]

        def work(tx: Transaction) -> None:
            for number, candidate_id in enumerate(ids):
                recruiting_store.add(tx, _candidate(candidate_id, self.opening_id, number, tx))

        self._core.write(work)
        return ids

    def applicant(self) -> str:
        """Somebody who applied with a resume, for HR to look at; their id."""
        applicant = cast.APPLICANTS[0]
        file = IncomingFile("resume.pdf", "application/pdf", seed.pdf(applicant.resume))
        received = self._recruiting.applications.receive_resume(
            HR, self.opening_id, file, source=Source.hr, email=applicant.email
        )
        return received.candidate_id

    def written(self, candidate_id: str) -> str:
        """An interview answered in writing and finished; its id. The jobs assess it once the site runs."""
        interview, key, plan = self._entered(candidate_id)
        for question in plan.questions:
            self._recordings.submit_text(key, question.id, CONCRETE["zh"])
        self._room.finish(key)
        return interview.id

    def recorded(self, candidate_id: str) -> str:
        """A recorded answer, handed in; its id."""
        _, key, plan = self._entered(candidate_id)
        question = next(one for one in plan.questions if one.kind is AnswerKind.VIDEO)
        segment, data = str(uuid.uuid4()), recording(PLAYED_SECONDS, size=(640, 480), frames_per_second=15)
        self._recordings.create(key, question.id, segment, "video/webm;codecs=vp8,opus", 1)
        self._recordings.append(key, segment, 0, data, recorded_ms=int(PLAYED_SECONDS * 1000))
        sent = Sent(segment, len(data), hashlib.sha256(data).hexdigest())
        return self._recordings.submit(key, question.id, (sent,)).id

    def wait_assessed(self, interview_id: str) -> None:
        """Until the report is there; raises `TimeoutError`."""
        end = time.monotonic() + ASSESSED_WITHIN_S
        while True:
            found = self._core.read(lambda tx: interview_store.interview(tx, interview_id))
            if found is not None and found.state is InterviewState.ASSESSED:
                return
            if time.monotonic() > end:
                raise TimeoutError("the interview for the report page was never assessed")
            time.sleep(0.1)

    def _entered(self, candidate_id: str) -> tuple[Interview, Key, InterviewPlan]:
        now = self._clock.now()
        wish = InvitationWish(window_start=now - timedelta(hours=1), window_end=now + timedelta(days=1))
        made = self._invitations.invite(HR, candidate_id, wish)
        key = Key(made.link.rsplit("/", 1)[1], new_secret())
        self._room.consent(key, voice=True, video=True)
        return made.interview, key, self._room.look(key).plan


def _candidate(candidate_id: str, opening_id: str, number: int, tx: Transaction) -> Candidate:
    return Candidate(
        id=candidate_id,
        opening_id=opening_id,
        state=CandidateState.screened,
        name=f"测试{number}",
        email=f"person.{number}@test.invalid",
        phone="",
        source=Source.hr,
        created_at=tx.now,
        changed_at=tx.now,
        document_id="",
    )


def main(folder: Path, count: int, certificate: str, key: str, mail_port: str) -> int:
    """Furnish and serve."""
    configure()
    port, terminal_port = free_port(), free_port()
    settings = load(
        folder,
        port=port,
        terminal_port=terminal_port,
        inference=False,
        mail=Mail(port=int(mail_port)),
        tls_cert=Path(certificate) if certificate else None,
        tls_key=Path(key) if key else None,
    )
    reader, nobody = Reader(), Unavailable()
    appliance = Appliance(
        settings, open_keys(settings.data), Engines(llm=reader, speech=nobody, vision=nobody)
    )
    furniture = Furniture(appliance, reader)
    password = furniture.account()
    ids = furniture.candidates(count + 2)
    applicant_id = furniture.applicant()
    interview_id, answer_id = furniture.written(ids[-1]), furniture.recorded(ids[-2])

    def announce(ready: Ready) -> None:
        furniture.wait_assessed(interview_id)
        pages = {
            "board": f"/candidates?opening={furniture.opening_id}",
            "interviews": "/interviews",
            "candidate": f"/candidates/{applicant_id}",
            "report": f"/interviews/{interview_id}/report",
            "recording": f"/recordings/{answer_id}",
        }
        told = SiteReady(
            url=ready.url,
            admin_token=ready.admin_token,
            candidates=ids[:count],
            login=LOGIN,
            password=password,
            pages=pages,
        )
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        sys.stdout.flush()

    return asyncio.run(run(appliance, announce))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:6]))
