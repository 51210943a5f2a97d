"""The verbs of norms: import and remove a file of the trade, and find the places of a report's scores."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

from appliance.audit.ledger import Scalar, record
from appliance.interviews.plans.rubrics import Bilingual, RubricLibrary
from appliance.interviews.report import store
from appliance.interviews.report.model import NormFile
from appliance.interviews.report.norm_file import read_norms
from appliance.interviews.report.norms import Places, places_of
from appliance.interviews.report.report import Report
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Invalid, NotFound
from appliance.kernel.ids import new_id


class Peers(Protocol):
    """What norms ask of recruiting."""

    def peers(self, tx: Transaction, candidate_id: str) -> list[str]:
        """Ids of everybody who applied for the same post, this candidate too. Raises `NotFound`."""
        ...


class Norms:
    """Norms of the trade and of the house."""

    def __init__(self, core: Database, rubrics: RubricLibrary, candidates: Peers) -> None:
        self._core = core
        self._rubrics = rubrics
        self._candidates = candidates

    def take(self, actor: Actor, filename: str, data: bytes) -> NormFile:
        """Import a file. Raises `Invalid` naming the faulty entry, also for a file that is there already."""
        norms = read_norms(filename, data, self._rubrics.competencies, self._core.clock.today())
        digest = sha256(data).hexdigest()

        def work(tx: Transaction) -> NormFile:
            if any(one.sha256 == digest for one in store.norm_files(tx)):
                raise Invalid({"file": N_("This very file has been imported already.")})
            kept = NormFile(
                id=new_id(),
                name=filename,
                sha256=digest,
                norms=norms,
                imported_at=tx.now,
                imported_by=actor.label,
            )
            store.add_norm_file(tx, kept)
            details: dict[str, Scalar] = {"sha256": digest, "norms": len(norms)}
            record(tx, actor, "norms.imported", f"norms:{kept.id}", details)
            return kept

        return self._core.write(work)

    def remove(self, actor: Actor, norm_id: str) -> None:
        """Forget a file: reports opened from now on no longer use it. Raises `NotFound`."""

        def work(tx: Transaction) -> None:
            if not store.remove_norm_file(tx, norm_id):
                raise NotFound(N_("There is no such norm file. Somebody may have removed it."))
            record(tx, actor, "norms.removed", f"norms:{norm_id}")

        self._core.write(work)

    def files(self) -> list[NormFile]:
        """All imported files, newest first."""
        return self._core.read(store.norm_files)

    def names(self) -> Mapping[str, Bilingual]:
        """What the competencies are called that a file may name."""
        return {one.id: one.name for one in self._rubrics.competencies.values()}

    def places(self, report: Report) -> Mapping[str, Places]:
        """The places of a report's scores by competency id; competencies without a number have none."""

        def work(tx: Transaction) -> Mapping[str, Places]:
            files = store.norm_files(tx)
            peers = list(store.scored_reports(tx, self._candidates.peers(tx, report.candidate_id)))
            found = {one.id: places_of(one, report.scale, peers, files) for one in report.competencies}
            return {name: places for name, places in found.items() if places is not None}

        return {} if report.scores_hidden else self._core.read(work)
