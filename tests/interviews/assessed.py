"""A house whose interviews are analysed and assessed, by hand-driven jobs and a scripted model."""

import uuid
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from appliance.interviews.assessment.wiring import wire_assessment
from appliance.interviews.model import ANALYSE_ANSWER, ASSESS
from appliance.interviews.recordings.service import Sent
from appliance.interviews.report.reading import Reports
from appliance.interviews.room.door import Key
from appliance.kernel import jobs
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.jobs import RetryLater
from appliance.kernel.keys import KeyRing
from appliance.kernel.schema import JOB
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.service import Recruiting
from inference.engines import Engines, Unavailable
from inference.ports import Llm, Speech, Vision
from tests.interviews.house import House

CONCRETE = {
    "zh": (
        "去年十月我们科室换排班系统,我和一位同事对夜班怎么排意见相反。我先约她单独谈了半小时,"
        "把两边的顾虑写在一张纸上。"
        "最后试行一个月,夜班差错从五起降到一起。"
    ),
    "en": (
        "Last October a colleague and I wanted opposite things for the night roster. I asked her for half an "
        "hour alone and "
        "we wrote both worries on one sheet. In the end errors at night fell from five to one in a month."
    ),
}


class AssessedHouse(House):
    """The house with assessment wired to the given engines."""

    def __init__(
        self,
        folder: Path,
        databases: Databases,
        keys: KeyRing,
        clock: FixedClock,
        llm: Llm,
        speech: Speech | None = None,
        vision: Vision | None = None,
    ) -> None:
        super().__init__(folder, databases, keys, clock)
        nobody = Unavailable()
        self.site.engines = Engines(llm=llm, speech=speech or nobody, vision=vision or nobody)
        recruiting = Recruiting.build(databases, self.site.blobs, keys, clock, Vocabulary.load())
        self.reports: Reports = wire_assessment(self.site, recruiting)

    def finished(self, *texts: str, language: str = "zh") -> str:
        """An interview answered in writing and finished; returns its id."""
        interview, key = self.entered(voice=False, language=language)
        questions = self.room.look(key).plan.questions
        for question, text in zip(questions, texts, strict=True):
            self.recordings.submit_text(key, question.id, text, skip=not text)
        self.room.finish(key)
        return interview.id

    def recorded(self, key: Key, place: int, data: bytes, content_type: str) -> None:
        """A recorded answer to the question at `place`, handed in."""
        question = self.room.look(key).plan.questions[place]
        segment = str(uuid.uuid4())
        self.recordings.create(key, question.id, segment, content_type, 1)
        self.recordings.append(key, segment, 0, data, recorded_ms=2000)
        self.recordings.submit(key, question.id, (Sent(segment, len(data), sha256(data).hexdigest()),))

    def work(self, kind: str) -> int:
        """Run every due job of a kind once; how many were put back because an engine is away."""
        core, put_back = self.databases.core, []
        while (job := jobs.lease(core, kind)) is not None:
            try:
                self.site.jobs.kinds[kind].handler(job)
                if not job.finished:
                    job.finish(lambda tx: None)
            except RetryLater as later:
                put_back.append(later)
                jobs.put_back(job, timedelta(seconds=later.after_s), str(later), count=False)
        return len(put_back)

    def work_failing(self, kind: str) -> None:
        """Run every due job of a kind once, as the runner does where handlers break."""
        core = self.databases.core
        while (job := jobs.lease(core, kind)) is not None:
            try:
                self.site.jobs.kinds[kind].handler(job)
                if not job.finished:
                    job.finish(lambda tx: None)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises
                jobs.fail(job, type(error).__name__)

    def work_through(self) -> None:
        """Analyse everything, then assess."""
        assert self.work(ANALYSE_ANSWER) == 0
        assert self.work(ASSESS) == 0

    def job_states(self, kind: str) -> list[str]:
        """The states of all jobs of a kind."""
        query = sa.select(JOB.c.state).where(JOB.c.kind == kind)
        return [str(row.state) for row in self.databases.core.read(lambda tx: tx.execute(query).all())]
