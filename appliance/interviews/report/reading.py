"""Gives reports to the people who may read them, with a ledger row for each reading."""

from collections.abc import Sequence

import msgspec

from appliance.audit.ledger import Scalar, record
from appliance.interviews import store as interview_store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.model import Interview, InterviewState
from appliance.interviews.report import store
from appliance.interviews.report.access import way_in
from appliance.interviews.report.report import Report, without_scores
from appliance.interviews.validation.ratings import may_see_scores
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Gone, NotFound

MOST_COMPARED = 4
ERASED = N_(
    "This interview was erased on purpose: its recordings and its report are gone. The ledger holds the receipt."
)


class NotWritten(Conflict):
    """The report is not written yet, or never will be; the message says which."""

    code = "report_not_written"


class Reports:
    """Opens reports one by one and side by side."""

    def __init__(self, core: Database) -> None:
        self._core = core

    def open(self, actor: Actor, interview_id: str) -> Report:
        """The report, without its scores for somebody who has to rate the answers first (`scores_hidden`).
        Raises `NotFound`, `Forbidden`, `Gone` after an erasure or the end of a share, and `NotWritten`."""

        def work(tx: Transaction) -> Report:
            report, way = self._seen(tx, actor, interview_id)
            details: dict[str, Scalar] = {"way": way, "scores": not report.scores_hidden}
            record(tx, actor, "report.opened", f"interview:{interview_id}", details)
            return report

        return self._core.write(work)

    def look(self, actor: Actor, interview_id: str) -> None:
        """Whether `open` would give a report: raises as it does, and opens nothing."""
        self._core.read(lambda tx: self._seen(tx, actor, interview_id))

    def compare(self, actor: Actor, interview_ids: Sequence[str]) -> list[Report]:
        """Two to four reports side by side, in the order given; one ledger row tells who was compared with
        whom. Raises like `open`."""

        def work(tx: Transaction) -> list[Report]:
            seen = [self._seen(tx, actor, one) for one in interview_ids]
            everybody = ",".join(interview_ids)
            for (report, way), interview_id in zip(seen, interview_ids, strict=True):
                details: dict[str, Scalar] = {
                    "with": everybody,
                    "way": way,
                    "scores": not report.scores_hidden,
                }
                record(tx, actor, "report.compared", f"interview:{interview_id}", details)
            return [report for report, _way in seen]

        return self._core.write(work)

    def _seen(self, tx: Transaction, actor: Actor, interview_id: str) -> tuple[Report, str]:
        interview = interview_store.interview(tx, interview_id)
        if interview is None:
            raise _missing(tx, interview_id)
        way = way_in(tx, actor, interview_id)
        report = _kept(tx, interview)
        # A script with a token of its own rates nobody; a person may be asked to.
        is_person = actor.kind is ActorKind.PERSON
        if is_person and not may_see_scores(tx, interview_id, actor.id):
            report = without_scores(report)
        return report, way


def written(tx: Transaction, interview_id: str) -> Report:
    """The report as it is kept, for a verb that has its own right to it. Raises `NotFound`, `Gone`,
    `NotWritten`."""
    interview = interview_store.interview(tx, interview_id)
    if interview is None:
        raise _missing(tx, interview_id)
    return _kept(tx, interview)


def _kept(tx: Transaction, interview: Interview) -> Report:
    """The document. An interview on its way to erasure has none any more, whatever still lies in the file."""
    body = assessment_store.report_body(tx, interview.id)
    if body is None or interview.state is not InterviewState.ASSESSED:
        raise _unwritten(interview)
    return msgspec.json.decode(body, type=Report)


def _missing(tx: Transaction, interview_id: str) -> NotFound | Gone:
    if store.was_there(tx, interview_id):
        return Gone(ERASED)
    return NotFound(N_("There is no such interview. It may have been erased."))


def _unwritten(interview: Interview) -> NotWritten | Gone:
    """Why there is no report, by the state of the interview."""
    match interview.state:
        case InterviewState.FINISHED:
            text = N_(
                "The report is not written yet. It follows soon after the last answer has been analysed."
            )
        case InterviewState.INVITED | InterviewState.CONSENTED | InterviewState.IN_PROGRESS:
            text = N_("The candidate has not finished the interview yet; the report follows after that.")
        case InterviewState.REVOKED | InterviewState.EXPIRED:
            text = N_("This interview was not taken, so there is no report of it.")
        case _:
            return Gone(ERASED)
    return NotWritten(text)
