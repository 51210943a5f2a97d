"""A running site with the demo's cast, whose nurses have taken an interview that is assessed, written by a
scripted reader: run as `python -m tests.browser.reported_site FOLDER`."""

import asyncio
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from appliance.app import Appliance
from appliance.demo import cast, seed
from appliance.demo.mailbox import Mailbox
from appliance.demo.run import open_site
from appliance.identity.permissions import EVERYTHING
from appliance.interviews.invitations.links import new_secret
from appliance.interviews.invitations.service import Invitations, InvitationWish
from appliance.interviews.model import ANALYSE_ANSWER, ASSESS
from appliance.interviews.recordings.service import Recordings, Sent
from appliance.interviews.room.door import Key
from appliance.interviews.room.service import Room
from appliance.kernel import jobs
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.jobs import RetryLater
from appliance.kernel.log import configure
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.model import CandidateFilter, Source
from appliance.recruiting.service import Recruiting
from appliance.serve import announce, run
from inference.engines import Engines
from inference.ports import ChatRequest
from tests.interviews.assessed import CONCRETE
from tests.interviews.recorded import recording
from tests.interviews.scripted import Shares, always
from tests.interviews.test_assessment import HeardSpeech, RelevantToAll, SeeingVision

NURSES = {"白芷": "护士长", "林溪": "护士"}
"""Further applicants for the nurse's post: name and title on the resume."""

CLAIMS = "我硕士毕业。我在江州市第二人民医院工作了九年。" + CONCRETE["zh"]
HR = Actor("demo-hr", ActorKind.PERSON, frozenset(map(str, EVERYTHING)), "demo")


def levels() -> Callable[[ChatRequest], Shares]:
    """Another level for each competency: the name in the prompt decides."""
    by_word = {
        "团队": {"4": 0.7, "5": 0.2, "3": 0.1},
        "责任": {"2": 0.7, "1": 0.2, "3": 0.1},
        "服务": {"3": 0.7, "4": 0.2, "2": 0.1},
    }

    def level(request: ChatRequest) -> Shares:
        text = request.messages[-1].content
        return next((shares for word, shares in by_word.items() if word in text), by_word["团队"])

    return level


def furnish(appliance: Appliance) -> None:
    """Three nurses with resumes; two have finished and are assessed, one has just finished."""
    services = appliance.site.services
    recruiting = services["recruiting"]
    assert isinstance(recruiting, Recruiting)
    opening = next(one for one in recruiting.openings.listed() if one.title_zh == "病房护士")
    resume = next(one.resume for one in cast.APPLICANTS if one.opening == "病房护士")
    for number, (name, title) in enumerate(NURSES.items()):
        text = resume.replace("沈知夏", name).replace("护士\n在内科", f"{title}\n在内科")
        text = text.replace("13700000555", f"1370000066{number}").replace("shen.zhixia", f"nurse{number}")
        file = IncomingFile(f"nurse{number}.pdf", "application/pdf", seed.pdf(text))
        recruiting.applications.receive_resume(HR, opening.id, file, source=Source.hr)
    work(appliance, "recruiting")
    people = recruiting.candidates.board(CandidateFilter(opening_id=opening.id)).items
    by_name = {one.name: one.id for one in people}
    interview(appliance, by_name["沈知夏"], CLAIMS)
    interview(appliance, by_name["白芷"], "还行吧。")
    work(appliance, ANALYSE_ANSWER)
    work(appliance, ASSESS)


def interview(appliance: Appliance, candidate_id: str, last: str) -> str:
    """Invited, entered, one recorded and two written answers, finished; returns the interview's id."""
    services, now = appliance.site.services, appliance.site.clock.now()
    invitations, room = services["interview_invitations"], services["interview_room"]
    recordings = services["interview_recordings"]
    assert isinstance(invitations, Invitations) and isinstance(room, Room)
    assert isinstance(recordings, Recordings)
    wish = InvitationWish(window_start=now - timedelta(hours=1), window_end=now + timedelta(days=1))
    made = invitations.invite(HR, candidate_id, wish)
    key = Key(made.link.rsplit("/", 1)[1], new_secret())
    room.consent(key, voice=True, video=True)
    first, *others = room.look(key).plan.questions
    segment, data = str(uuid.uuid4()), recording(4.0)
    recordings.create(key, first.id, segment, "video/webm;codecs=vp8,opus", 1)
    recordings.append(key, segment, 0, data, recorded_ms=4000)
    recordings.submit(key, first.id, (Sent(segment, len(data), sha256(data).hexdigest()),))
    texts = [CONCRETE["zh"]] * (len(others) - 1) + [last]
    for question, text in zip(others, texts, strict=True):
        recordings.submit_text(key, question.id, text)
    room.finish(key)
    return made.interview.id


def work(appliance: Appliance, kinds: str) -> None:
    """Run the due jobs of these kinds until none is left."""
    registry, core = appliance.site.jobs.kinds, appliance.site.databases.core
    busy = True
    while busy:
        busy = False
        for kind, registered in registry.items():
            if not kind.startswith(kinds):
                continue
            while (job := jobs.lease(core, kind)) is not None:
                busy = True
                try:
                    registered.handler(job)
                    if not job.finished:
                        job.finish(lambda tx: None)
                except RetryLater as later:
                    jobs.put_back(job, timedelta(seconds=later.after_s), str(later), count=False)


def main(folder: Path) -> int:
    """Serve until stopped."""
    configure()
    folder.mkdir(parents=True, exist_ok=True)
    reader = RelevantToAll("", levels(), always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25}))
    engines = Engines(llm=reader, speech=HeardSpeech(), vision=SeeingVision())
    appliance = open_site(folder, engines, Mailbox(), 0, 0)
    seed.seed(appliance)
    furnish(appliance)
    return asyncio.run(run(appliance, announce))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
