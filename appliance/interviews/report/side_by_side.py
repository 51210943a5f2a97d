"""Candidates of one opening side by side: who can be compared, and in which order they stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from appliance.interviews.invitations.service import CandidateBrief
from appliance.interviews.plans.rubrics import Bilingual
from appliance.interviews.report import store
from appliance.interviews.report.reading import MOST_COMPARED
from appliance.interviews.report.report import CompetencyOut, Report
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Invalid

LEAST_COMPARED = 2


class Briefs(Protocol):
    """Who a candidate is."""

    def brief(self, tx: Transaction, candidate_id: str) -> CandidateBrief:
        """Raises `NotFound`."""
        ...


class Peers(Protocol):
    """Who applied for the same post."""

    def peers(self, tx: Transaction, candidate_id: str) -> list[str]:
        """Ids, this candidate's too. Raises `NotFound`."""
        ...


class Comparable(Struct, frozen=True):
    """Somebody with a report for the same opening."""

    interview_id: str
    brief: CandidateBrief
    written_at: datetime


class Column(Struct, frozen=True):
    """One candidate of a comparison."""

    brief: CandidateBrief
    report: Report


class Row(Struct, frozen=True):
    """One competency across the columns; None for a candidate whose plan did not ask for it."""

    id: str
    name: Bilingual
    cells: tuple[CompetencyOut | None, ...]


class SideBySide:
    """Finds whom to compare and lays the reports out."""

    def __init__(self, core: Database, briefs: Briefs, peers: Peers) -> None:
        self._core = core
        self._briefs = briefs
        self._peers = peers

    def comparable(self, candidate_id: str) -> list[Comparable]:
        """Everybody of the candidate's opening who has a report, by name. Raises `NotFound`."""

        def work(tx: Transaction) -> list[Comparable]:
            opening_id = self._briefs.brief(tx, candidate_id).opening_id
            found = []
            for scored in store.scored_reports(tx, self._peers.peers(tx, candidate_id)):
                brief = self._briefs.brief(tx, scored.candidate_id)
                if brief.opening_id == opening_id:
                    found.append(Comparable(scored.interview_id, brief, scored.written_at))
            return sorted(found, key=lambda one: name_order(one.brief.name))

        return self._core.read(work)

    def refuse_others(self, candidate_id: str, interview_ids: Sequence[str]) -> None:
        """Raises `Invalid` unless all interviews are of the candidate's opening and have a report: nothing is
        opened, and nothing written to the ledger, for a comparison that cannot be."""
        known = {one.interview_id for one in self.comparable(candidate_id)}
        if not known.issuperset(interview_ids):
            raise Invalid(
                {"interview": N_("Only candidates of one opening whose report is written can be compared.")}
            )

    def columns(self, reports: Sequence[Report]) -> list[Column]:
        """The reports with their people, by name: an order by score would be a ranking."""

        def work(tx: Transaction) -> list[Column]:
            found = [Column(self._briefs.brief(tx, one.candidate_id), one) for one in reports]
            return sorted(found, key=lambda one: (name_order(one.brief.name), one.report.interview_id))

        return self._core.read(work)


def chosen(interview_ids: Sequence[str]) -> list[str]:
    """The interviews asked for, each once. Raises `Invalid` unless there are two to four."""
    wanted = list(dict.fromkeys(interview_ids))
    if not LEAST_COMPARED <= len(wanted) <= MOST_COMPARED:
        raise Invalid({"interview": N_("Choose two to four candidates to compare.")})
    return wanted


def rows_of(columns: Sequence[Column]) -> list[Row]:
    """All competencies of the columns, in the order of the plans."""
    names = {one.id: one.name for column in columns for one in column.report.competencies}
    return [
        Row(key, name, tuple(column.report.competency(key) for column in columns))
        for key, name in names.items()
    ]


def name_order(name: str) -> bytes:
    """Names in the order of a Chinese index: the common characters of GB 18030 stand by their reading."""
    return name.casefold().encode("gb18030", errors="replace")
