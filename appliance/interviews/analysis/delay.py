"""How long a report took after the last answer, and what it waited for meanwhile."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from appliance.interviews import store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import Stage, StageSpan
from appliance.kernel.db import Transaction


class ReportDelay(Struct, frozen=True, kw_only=True):
    """From the last answer handed in (or the end of the interview, where nothing was) to the report. `seconds` is
    the whole; `waited_s` by stage adds up to it, time in which several stages ran side by side split evenly and time
    in which none ran under `queued`; `work_s` is what each stage took over the whole interview."""

    last_answer_at: datetime
    report_at: datetime
    seconds: float
    waited_s: dict[str, float]
    work_s: dict[str, float]

    @property
    def shares(self) -> dict[str, float]:
        """The part (0 to 1) of the wait that each stage made up."""
        return {
            stage: round(spent / self.seconds, 3) for stage, spent in self.waited_s.items() if self.seconds
        }


def report_delay(tx: Transaction, interview_id: str) -> ReportDelay | None:
    """The delay of one interview; None before its report is written."""
    interview = store.interview(tx, interview_id)
    report_at = assessment_store.written_at(tx, interview_id)
    if interview is None or report_at is None:
        return None
    handed_in = [one.submitted_at for one in store.answers(tx, interview_id) if one.submitted_at is not None]
    last_at = max(handed_in, default=interview.finished_at or report_at)
    spans = [span for one in assessment_store.analyses(tx, interview_id).values() for span in one.spans]
    work: dict[str, float] = {}
    for span in spans:
        work[span.stage] = round(work.get(span.stage, 0.0) + span.seconds, 3)
    return ReportDelay(
        last_answer_at=last_at,
        report_at=report_at,
        seconds=round(max(0.0, (report_at - last_at).total_seconds()), 3),
        waited_s=waited_for(spans, last_at, report_at),
        work_s=work,
    )


def waited_for(spans: Sequence[StageSpan], begin: datetime, end: datetime) -> dict[str, float]:
    """Seconds between two instants by the stage that ran then."""
    running = [
        (max(begin, span.begun_at), min(end, span.begun_at + timedelta(seconds=span.seconds)), span.stage)
        for span in spans
    ]
    running = [one for one in running if one[0] < one[1]]
    edges = sorted({begin, end, *(at for one in running for at in one[:2])})
    found: dict[str, float] = {}
    for start, stop in zip(edges, edges[1:], strict=False):
        stages = [stage for since, until, stage in running if since <= start and stop <= until] or [
            Stage.QUEUED
        ]
        for stage in stages:
            found[stage] = found.get(stage, 0.0) + (stop - start).total_seconds() / len(stages)
    return {stage: round(spent, 3) for stage, spent in found.items()}
