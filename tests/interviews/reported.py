"""Reports kept without an interview behind each: for what looks at many of them at once."""

import msgspec

from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.report.report import Band, Report
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.db import Transaction
from appliance.kernel.ids import new_id
from appliance.recruiting import store as recruiting_store
from appliance.recruiting.model import Candidate, CandidateState, Source
from tests.interviews.assessed import CONCRETE, AssessedHouse

HR = Actor("account-hr", ActorKind.PERSON, frozenset({"interviews.read", "interviews.manage"}), "A00002")


def assessed(house: AssessedHouse, *texts: str) -> str:
    """An assessed interview of the house's candidate; every answer concrete unless texts say otherwise."""
    interview_id = house.finished(*(texts or [CONCRETE["zh"]] * 3))
    house.work_through()
    return interview_id


def beside(
    house: AssessedHouse,
    report: Report,
    score: float,
    *,
    name: str = "旁人",
    opening_id: str = "",
    scale: str = "",
) -> str:
    """A further candidate of the opening with a copy of the report and this score on every competency; returns
    the interview's id, of which nothing but the report is kept."""
    candidate_id, interview_id = new_id(), new_id()
    copy = msgspec.structs.replace(
        report,
        interview_id=interview_id,
        candidate_id=candidate_id,
        scale=scale or report.scale,
        competencies=tuple(
            msgspec.structs.replace(
                one, level=one.level or 3, score=Band(score, max(0.0, score - 1), min(10.0, score + 1))
            )
            for one in report.competencies
        ),
    )

    def work(tx: Transaction) -> None:
        recruiting_store.add(
            tx,
            Candidate(
                id=candidate_id,
                opening_id=opening_id or house.opening_id,
                state=CandidateState.assessed,
                name=name,
                email="",
                phone="",
                source=Source.hr,
                created_at=tx.now,
                changed_at=tx.now,
                document_id="",
            ),
        )
        assessment_store.write_report(
            tx,
            interview_id=interview_id,
            candidate_id=candidate_id,
            match=score,
            needs_person=0,
            body=msgspec.json.encode(copy),
        )

    house.databases.core.write(work)
    return interview_id
