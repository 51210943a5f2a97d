"""The job that writes the report."""

from typing import Protocol

import msgspec

from appliance.audit.ledger import record
from appliance.events import InterviewAssessed
from appliance.interviews import store
from appliance.interviews.analysis.analyst import LANGUAGES
from appliance.interviews.analysis.counted import counted
from appliance.interviews.analysis.policy import ObservationPolicies, ObservationPolicy
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.assessment import assess
from appliance.interviews.assessment.findings import AnsweredQuestion, Material
from appliance.interviews.assessment.resume_facts import resume_facts
from appliance.interviews.model import AnswerState, AssessInterview, InterviewState
from appliance.interviews.plans import store as plan_store
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.interviews.validation.model import Instrument
from appliance.interviews.validation.scores import Standing, standing
from appliance.kernel.actor import MACHINE, Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.jobs import JobContext, Permanent, RetryLater
from appliance.kernel.outbox import emit
from appliance.recruiting.extraction.model import Extraction

LOOK_AGAIN_S = 2.0
LOOK_AGAIN_MOST_S = 30.0
PATIENCE_SHARE = 0.1
"""How long to wait before looking again for the last analysis: a tenth of the time already waited."""


class ReportDesk(Protocol):
    """What a report asks of recruiting: the resume's facts before, and the candidate's move after."""

    def last_extraction(self, tx: Transaction, candidate_id: str) -> Extraction | None:
        """The facts of the candidate's last resume that could be read."""
        ...

    def mark_assessed(self, tx: Transaction, actor: Actor, candidate_id: str) -> None:
        """Raises `Conflict` when the candidate's state does not allow it."""
        ...


class Assessor:
    """Writes reports; `handle` is the handler of the job `interviews.assess`."""

    def __init__(
        self,
        core: Database,
        rubrics: RubricLibrary,
        candidates: ReportDesk,
        observations: ObservationPolicies,
    ) -> None:
        self._core = core
        self._rubrics = rubrics
        self._candidates = candidates
        self._observations = observations

    def handle(self, job: JobContext) -> None:
        """Write the report once every answer is analysed or marked as failed; until then the job waits."""
        interview_id = job.decode(AssessInterview).interview_id
        self._core.read(lambda tx: self._refuse_unfinished(tx, interview_id))
        job.finish(lambda tx: self.write(tx, interview_id))

    def write(self, tx: Transaction, interview_id: str) -> None:
        """The report, the interview's and the candidate's state and the event, in one transaction."""
        interview = store.interview(tx, interview_id)
        if interview is None or interview.state is not InterviewState.FINISHED:
            return
        material = self._material(tx, interview_id)
        report = assess(material, self._rubrics, tx.database.clock, self._standings(tx, material))
        observations = self._observations.standing_in(tx).policy
        if observations is ObservationPolicy.SCORE:
            report = counted(report)
        written_before = assessment_store.report_body(tx, interview_id) is not None
        assessment_store.write_report(
            tx,
            interview_id=interview_id,
            candidate_id=report.candidate_id,
            match=report.match.value if report.match else None,
            needs_person=int(report.needs_person),
            body=msgspec.json.encode(report),
        )
        store.update_interview(tx, interview_id, state=InterviewState.ASSESSED)
        if not written_before:  # After a corrected transcript the candidate has gone on already.
            self._candidates.mark_assessed(tx, MACHINE, report.candidate_id)
        emit(tx, InterviewAssessed(interview_id=interview_id, candidate_id=report.candidate_id))
        details: dict[str, str | int | float | bool | None] = {
            "match": report.match.value if report.match else None,
            "validated": report.validated,
            "needs_person": report.needs_person,
            "observations": str(observations),
            "scale": report.scale,
            "prompt_hash": report.made.prompt_hash,
            "rubric_hash": report.made.rubric_hash,
        }
        record(tx, MACHINE, "interview.assessed", f"interview:{interview_id}", details)

    def _standings(self, tx: Transaction, material: Material) -> dict[str, Standing]:
        """The calibrators in force, for answers that were read with what they were fitted for."""
        engines = [one.analysis.reading.engine for one in material.answered]
        read_with = next((engine for engine in engines if engine is not None), None)
        found: dict[str, Standing] = {}
        for competency_id in {one for question in material.plan.questions for one in question.competencies}:
            instrument = Instrument(
                self._rubrics.competency_hash(competency_id),
                read_with.prompt_hash if read_with else "",
                read_with.model_sha256 if read_with else "",
            )
            found[competency_id] = standing(tx, competency_id, material.language, instrument)
        return found

    def _refuse_unfinished(self, tx: Transaction, interview_id: str) -> None:
        interview = store.interview(tx, interview_id)
        if interview is None:
            raise Permanent("the interview was erased before its report was written")
        waiting = [one for one in store.answers(tx, interview_id) if one.state is AnswerState.SUBMITTED]
        if waiting:
            waited_s = (tx.now - (interview.finished_at or tx.now)).total_seconds()
            after_s = min(max(LOOK_AGAIN_S, waited_s * PATIENCE_SHARE), LOOK_AGAIN_MOST_S)
            raise RetryLater(after_s, f"{len(waiting)} answers are still being analysed")

    def _material(self, tx: Transaction, interview_id: str) -> Material:
        interview = store.interview(tx, interview_id)
        assert interview is not None, "a report is written for an interview that is there"
        plan = plan_store.plan_version(tx, interview.plan_version_id)
        assert plan is not None, "an interview always has its plan"
        questions = store.questions_of(tx, interview)
        analyses = assessment_store.analyses(tx, interview_id)
        answers = {one.question_id: one for one in store.answers(tx, interview_id)}
        answered = []
        for question in questions:
            answer = answers.get(question.id)
            if answer is not None and answer.id in analyses:
                answered.append(AnsweredQuestion(question, answer, analyses[answer.id]))
        return Material(
            interview=interview,
            plan=plan,
            questions=questions,
            answered=tuple(answered),
            resume=resume_facts(self._candidates.last_extraction(tx, interview.candidate_id)),
            language=LANGUAGES.get(interview.language, "zh"),
        )
