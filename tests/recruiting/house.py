"""A house for the room's tests: real encrypted files, the room's service, jobs run on request."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from appliance import events
from appliance.kernel.actor import MACHINE, Actor, ActorKind
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.jobs import lease
from appliance.kernel.schema import OUTBOX
from appliance.people.service import People
from appliance.recruiting.applications import IncomingFile, Received
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.jobs import ResumeWork
from appliance.recruiting.model import (
    CandidateState,
    DecisionKind,
    OfferTerms,
    Opening,
    OpeningDraft,
    OpeningState,
    Source,
)
from appliance.recruiting.rescreening import READ_RESUME, SCREEN
from appliance.recruiting.service import Recruiting
from tests.fresh import fresh_keys
from tests.recruiting.samples import CHINESE

HR = Actor("account-1", ActorKind.PERSON, frozenset(), "HR-01")
MANAGER = Actor("account-2", ActorKind.PERSON, frozenset(), "HR-02")
CANDIDATE = Actor("link-1", ActorKind.CANDIDATE, frozenset(), "")
MORNING = datetime(2026, 11, 9, 0, 30, tzinfo=UTC)
REASON = "All must-haves are met and the answers were clear."
TERMS = OfferTerms(
    monthly_wage=Decimal("15000.00"), start_on=date(2026, 12, 1), contract_months=36, probation_months=3
)
VOCABULARY = Vocabulary.load()


class House:
    """Files, people, recruiting and its jobs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FixedClock(MORNING)
        self.keys = fresh_keys(folder)
        self.databases = Databases.open(folder, self.keys, self.clock)
        self.core = self.databases.core
        self.blobs = BlobStore(self.databases.media, self.keys)
        self.people = People(self.core, self.clock)
        self.recruiting = Recruiting.build(self.databases, self.blobs, self.keys, self.clock, VOCABULARY)
        self.work = ResumeWork(self.core, self.blobs, self.clock, VOCABULARY, self.recruiting.pipeline)
        department = self.people.structure.add_department(
            HR, code="IT", name_zh="科技部", name_en="Technology"
        )
        self.post = self.people.structure.add_post(
            HR,
            title_zh="Java开发工程师",
            title_en="Java developer",
            family="it",
            department_id=department.id,
            wage_floor=Decimal("9000.00"),
            default_shift_code="DAY",
        )

    def close(self) -> None:
        """Close the files."""
        self.databases.close()

    def opening(self, description: str = "3年以上Java开发经验、熟悉微服务架构") -> Opening:
        """A published opening."""
        drafted = self.recruiting.openings.draft(
            HR, OpeningDraft(post_id=self.post.id, description=description)
        )
        return self.recruiting.openings.move(HR, drafted.id, OpeningState.open)

    def receive(
        self, opening: Opening, data: bytes = CHINESE.encode(), filename: str = "resume.txt"
    ) -> Received:
        """A resume added by HR."""
        file = IncomingFile(filename, "application/octet-stream", data)
        return self.recruiting.applications.receive_resume(HR, opening.id, file, source=Source.hr)

    def run_jobs(self) -> int:
        """Run what is due until nothing is; how many jobs ran."""
        ran = 0
        while True:
            for kind, handler in ((READ_RESUME, self.work.read_resume), (SCREEN, self.work.screen)):
                job = lease(self.core, kind)
                if job is not None:
                    handler(job)
                    ran += 1
                    break
            else:
                return ran

    def screened(self) -> str:
        """A candidate who was read and screened."""
        received = self.receive(self.opening())
        self.run_jobs()
        return received.candidate_id

    def state(self, candidate_id: str) -> CandidateState:
        """Where the candidate stands."""
        return self.recruiting.candidates.get(candidate_id).state

    def assessed(self) -> str:
        """A candidate whose report is ready."""
        candidate_id = self.screened()
        pipeline = self.recruiting.pipeline

        def through(tx: object) -> None:
            pipeline.mark_invited(tx, HR, candidate_id)  # type: ignore[arg-type]
            pipeline.mark_interviewing(tx, CANDIDATE, candidate_id)  # type: ignore[arg-type]
            pipeline.mark_interviewed(tx, CANDIDATE, candidate_id)  # type: ignore[arg-type]
            pipeline.mark_assessed(tx, MACHINE, candidate_id)  # type: ignore[arg-type]

        self.core.write(through)
        return candidate_id

    def offered(self, terms: OfferTerms = TERMS) -> tuple[str, str]:
        """A candidate with an offer that waits: candidate and offer."""
        candidate_id = self.assessed()
        self.recruiting.pipeline.decide(HR, candidate_id, DecisionKind.offer, REASON)
        return candidate_id, self.recruiting.offers.write_offer(HR, candidate_id, terms).id

    def emitted(self, kind: type[events.Event]) -> list[events.Event]:
        """The events of a kind in the outbox, in order."""
        rows = self.core.read(
            lambda tx: tx.execute(
                OUTBOX.select().where(OUTBOX.c.kind == kind.__name__).order_by(OUTBOX.c.seq)
            ).all()
        )
        return [msgspec.json.decode(row.payload, type=kind) for row in rows]

    def actions(self, candidate_id: str) -> list[str]:
        """What the ledger says of a candidate, oldest first."""
        return [row["action"] for row in reversed(self.recruiting.candidates.file(candidate_id).timeline)]
