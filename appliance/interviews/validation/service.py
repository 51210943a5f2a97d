"""The verbs of the validation, for HR: draw, put a calibrator in force, declare groups, make an impact report."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec
from msgspec import Struct

from appliance.audit import ledger
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.plans.rubrics import RubricLibrary, content_hash
from appliance.interviews.validation import calibrator_store, store
from appliance.interviews.validation.comparison import (
    SMALL_CELL,
    Comparison,
    Predictions,
    compare,
    predictions_of,
    strata_of,
)
from appliance.interviews.validation.drift import DriftPoint, drift_points
from appliance.interviews.validation.fitting import FEWEST
from appliance.interviews.validation.gate import fitted, newest_instrument
from appliance.interviews.validation.groups import read_groups, template
from appliance.interviews.validation.impact import Impact, Outcome, impact_of
from appliance.interviews.validation.model import FittedCalibrator, RatedItem, Round, RoundKind
from appliance.interviews.validation.sample import Drawn, Wish, draw, drawable
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock, from_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Invalid, Message, NotFound
from appliance.kernel.ids import new_id

COUNTED = (RoundKind.VALIDATION, RoundKind.DRIFT)
IMPACT_DAYS = 365


class Outcomes(Protocol):
    """What the impact asks of recruiting."""

    def selected(self, tx: Transaction, candidate_ids: Iterable[str]) -> dict[str, bool | None]:
        """Whether a person took the candidate further than the interview (None before anybody decided), for those
        who are still there."""
        ...


class Stratum(Struct, frozen=True, kw_only=True):
    """A competency in one language: agreement, how many answers its newest instrument has, what is in force."""

    competency_id: str
    language: str
    comparison: Comparison
    newest: int
    calibrator: FittedCalibrator | None

    @property
    def may_fit(self) -> bool:
        """Whether there are enough answers for a calibrator."""
        return self.newest >= FEWEST


class Overview(Struct, frozen=True, kw_only=True):
    """The validation page. `groups` are rows of attribute, value and agreement."""

    everything: Comparison
    strata: tuple[Stratum, ...]
    languages: tuple[tuple[str, Comparison], ...]
    groups: tuple[tuple[str, str, Comparison], ...]
    drift: tuple[DriftPoint, ...]


class RoundLine(Struct, frozen=True):
    """A round with how many ratings were given of how many asked for."""

    made: Round
    done: int
    asked: int


class Validation:
    """The verbs. Figures are kept until a rating, a group or a calibrator changes."""

    def __init__(self, core: Database, clock: Clock, rubrics: RubricLibrary, outcomes: Outcomes) -> None:
        self._core = core
        self._clock = clock
        self._rubrics = rubrics
        self._outcomes = outcomes
        self._lock = threading.Lock()
        self._kept: tuple[str, Overview] | None = None

    def overview(self) -> Overview:
        """Agreement in every cut, the calibrators in force, and drift."""
        rated, groups, active = self._core.read(self._material)
        key = content_hash([one for _round, one in rated], groups, active)
        with self._lock:
            if self._kept is not None and self._kept[0] == key:
                return self._kept[1]
        made = self._overview(rated, groups, active)
        with self._lock:
            self._kept = (key, made)
        return made

    def rounds(self) -> list[RoundLine]:
        """Every drawing, newest first."""

        def work(tx: Transaction) -> list[RoundLine]:
            progress = store.progress_of(tx)
            return [RoundLine(one, *progress.get(one.id, (0, 0))) for one in store.rounds(tx)]

        return self._core.read(work)

    def left_to_draw(self) -> int:
        """How many answers could be drawn now."""
        return self._core.read(lambda tx: len(drawable(tx, self._rubrics)))

    def draw(self, actor: Actor, wish: Wish) -> Drawn:
        """Draw a sample and ask its raters; see `sample.draw`."""
        today = self._clock.today()
        return self._core.write(lambda tx: draw(tx, actor, wish, self._rubrics, today))

    def withdraw(self, actor: Actor, round_id: str) -> None:
        """Ask nobody any more about a round; what was rated stays. Raises `NotFound`."""

        def work(tx: Transaction) -> None:
            if store.round_of(tx, round_id) is None:
                raise NotFound(N_("There is no such drawing."))
            store.withdraw_round(tx, round_id)
            ledger.record(tx, actor, "validation.withdrawn", f"rating_round:{round_id}")

        self._core.write(work)

    def put_in_force(self, actor: Actor, competency_id: str, language: str) -> FittedCalibrator:
        """Fit a calibrator on every answer that two people rated and put it in force with its gate. Raises
        `Conflict` where there are too few answers."""

        def work(tx: Transaction) -> FittedCalibrator:
            rated = [one for _round, one in store.rated_items(tx, COUNTED)]
            stratum = newest_instrument(strata_of(rated).get((competency_id, language), []))
            if len(stratum) < FEWEST or len({one.item.candidate_id for one in stratum}) < 2:
                raise Conflict(
                    N_(
                        "A calibrator needs %(needed)d answers of at least two candidates, each rated by two people; "
                        "there are %(found)d. Draw a larger sample first."
                    ),
                    needed=FEWEST,
                    found=len(stratum),
                )
            number = calibrator_store.next_number(tx, competency_id, language)
            made = fitted(stratum, calibrator_id=new_id(), number=number, at=tx.now, by=actor.id)
            calibrator_store.add_calibrator(tx, made)
            details: dict[str, ledger.Scalar] = {
                "competency": competency_id,
                "language": language,
                "version": number,
                "answers": made.answers,
                "gate": made.gate.state,
                "gap": made.gate.gap,
                "hash": made.hash,
            }
            ledger.record(tx, actor, "calibrator.in_force", f"calibrator:{made.id}", details)
            return made

        return self._core.write(work)

    def take_out_of_force(self, actor: Actor, competency_id: str, language: str) -> None:
        """Scores of this competency are "not validated here" again. Raises `NotFound`."""

        def work(tx: Transaction) -> None:
            if not calibrator_store.withdraw_calibrator(tx, competency_id, language):
                raise NotFound(N_("No calibrator is in force for this competency."))
            details = {"competency": competency_id, "language": language}
            ledger.record(tx, actor, "calibrator.withdrawn", f"competency:{competency_id}", details)

        self._core.write(work)

    def group_template(self, actor: Actor) -> str:
        """The table of groups to fill in, one line an assessed candidate."""

        def work(tx: Transaction) -> str:
            ids = sorted({one.candidate_id for one in assessment_store.matches(tx)})
            ledger.record(tx, actor, "groups.read", "validation:groups", {"candidates": len(ids)})
            return template(ids, calibrator_store.declared(tx))

        return self._core.write(work)

    def declare(self, actor: Actor, table: str) -> int:
        """Take a filled table; how many candidates it names. Raises `Invalid` naming the line; nothing is stored
        then."""
        found = read_groups(table)

        def work(tx: Transaction) -> int:
            there = self._outcomes.selected(tx, found)
            for line, candidate_id in enumerate(found, 2):
                if candidate_id not in there:
                    raise _unknown(line)
            for candidate_id, groups in found.items():
                calibrator_store.declare(tx, candidate_id, groups, actor.id)
            ledger.record(tx, actor, "groups.declared", "validation:groups", {"candidates": len(found)})
            return len(found)

        return self._core.write(work)

    def make_impact(self, actor: Actor) -> str:
        """Make an impact report of the last twelve months and keep it; its id."""

        def work(tx: Transaction) -> str:
            today = self._clock.today()
            since = today - timedelta(days=IMPACT_DAYS)
            made = impact_of(
                self._outcomes_since(tx, since),
                made_at=tx.now,
                today=today,
                since=since,
                calibrators=[one.hash for one in calibrator_store.active_calibrators(tx)],
            )
            impact_id = new_id()
            body = msgspec.json.encode(made)
            calibrator_store.add_impact(tx, impact_id, actor.id, made.expires_on, made.hash, body)
            details: dict[str, ledger.Scalar] = {"candidates": made.candidates, "hash": made.hash}
            ledger.record(tx, actor, "impact.made", f"impact:{impact_id}", details)
            return impact_id

        return self._core.write(work)

    def impact(self, actor: Actor, impact_id: str, way: str) -> Impact:
        """An impact report as it was made, with a ledger row; `way` is page, csv or json. Raises `NotFound`."""

        def work(tx: Transaction) -> Impact:
            body = calibrator_store.impact_body(tx, impact_id)
            if body is None:
                raise NotFound(N_("There is no such impact report."))
            ledger.record(tx, actor, "impact.opened", f"impact:{impact_id}", {"way": way})
            return msgspec.json.decode(body, type=Impact)

        return self._core.write(work)

    def impacts(self) -> list[tuple[str, str, date, bool]]:
        """Id, instant, last day and whether it has expired, newest first."""
        today = self._clock.today()

        def work(tx: Transaction) -> list[tuple[str, str, date, bool]]:
            rows = calibrator_store.impacts(tx)
            days = [date.fromisoformat(row.expires_on) for row in rows]
            return [(row.id, row.made_at, day, day < today) for row, day in zip(rows, days, strict=True)]

        return self._core.read(work)

    def drift_alarms(self) -> int:
        """1 while the newest month of the control chart breaks a rule, else 0."""

        def work(tx: Transaction) -> tuple[list[tuple[Round, RatedItem]], list[FittedCalibrator]]:
            active = calibrator_store.active_calibrators(tx)
            return (store.rated_items(tx, (RoundKind.DRIFT,)) if active else []), active

        rated, active = self._core.read(work)
        points = self._drift(rated, active)
        return int(bool(points) and points[-1].alarm)

    def month_without_sample(self) -> bool:
        """Whether a calibrator is in force and this month has no sample for drift yet."""
        this_month = self._clock.today().strftime("%Y-%m")

        def work(tx: Transaction) -> bool:
            active = calibrator_store.active_calibrators(tx)
            fitted_months = {self._month(one.fitted_at) for one in active}
            sampled = {self._month(one.drawn_at) for one in store.rounds(tx) if one.kind is RoundKind.DRIFT}
            return bool(active) and this_month not in fitted_months | sampled

        return self._core.read(work)

    def _month(self, instant: datetime) -> str:
        return instant.astimezone(self._clock.zone).strftime("%Y-%m")

    def _drift(
        self, rated: Sequence[tuple[Round, RatedItem]], active: Sequence[FittedCalibrator]
    ) -> list[DriftPoint]:
        calibrators = {(one.competency_id, one.language): one for one in active}
        return drift_points(rated, calibrators, {made.id: self._month(made.drawn_at) for made, _one in rated})

    def _outcomes_since(self, tx: Transaction, since: date) -> list[Outcome]:
        """Every candidate whose newest report was written since then."""
        newest = {one.candidate_id: one for one in assessment_store.matches(tx)}
        recent = {
            key: one
            for key, one in newest.items()
            if from_text(one.written_at).astimezone(self._clock.zone).date() >= since
        }
        selected = self._outcomes.selected(tx, recent)
        groups = calibrator_store.declared(tx)
        return [
            Outcome(groups=groups.get(key, {}), selected=selected[key], match=one.match)
            for key, one in recent.items()
            if key in selected
        ]

    def _material(
        self, tx: Transaction
    ) -> tuple[list[tuple[Round, RatedItem]], dict[str, dict[str, str]], list[FittedCalibrator]]:
        rated = store.rated_items(tx, COUNTED)
        return rated, calibrator_store.declared(tx), calibrator_store.active_calibrators(tx)

    def _overview(
        self,
        rated: Sequence[tuple[Round, RatedItem]],
        groups: Mapping[str, Mapping[str, str]],
        active: Sequence[FittedCalibrator],
    ) -> Overview:
        items = [one for _round, one in rated]
        predictions = predictions_of(items)
        calibrators = {(one.competency_id, one.language): one for one in active}
        languages = sorted({one.item.language for one in items})
        return Overview(
            everything=compare(items, predictions),
            strata=tuple(
                Stratum(
                    competency_id=key[0],
                    language=key[1],
                    comparison=compare(mine, predictions),
                    newest=len(newest_instrument(mine)),
                    calibrator=calibrators.get(key),
                )
                for key, mine in strata_of(items).items()
            ),
            languages=tuple(
                (one, compare([each for each in items if each.item.language == one], predictions))
                for one in languages
            ),
            groups=tuple(_by_group(items, groups, predictions)),
            drift=tuple(self._drift(rated, active)),
        )


def _by_group(
    items: Sequence[RatedItem], groups: Mapping[str, Mapping[str, str]], predictions: Predictions
) -> list[tuple[str, str, Comparison]]:
    """Agreement by each declared value; small groups with their count alone."""
    cut: dict[tuple[str, str], list[RatedItem]] = {}
    for one in items:
        for attribute, value in groups.get(one.item.candidate_id, {}).items():
            cut.setdefault((attribute, value), []).append(one)
    return [(*key, compare(mine, predictions, smallest=SMALL_CELL)) for key, mine in sorted(cut.items())]


def _unknown(line: int) -> Invalid:
    message = N_("Line %(line)d names a candidate who is not here. Take the ids from the list to download.")
    return Invalid({"table": Message(message, {"line": line})})
