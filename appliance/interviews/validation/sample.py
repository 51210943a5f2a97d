"""Drawing the answers that people rate: even over competencies, languages and the machine's low, middle and high.

The raters are never told from where an answer was drawn. Somebody who has read a report with its scores is not
asked about that interview: they would not be blind.
"""

import math
import random
from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from appliance.audit import ledger
from appliance.interviews import store as interview_store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.model import Interview, InterviewState
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.interviews.validation import store
from appliance.interviews.validation.model import (
    RATERS_EACH,
    Instrument,
    Item,
    Round,
    RoundKind,
    band_of,
)
from appliance.kernel.actor import Actor
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Invalid, Message
from appliance.kernel.ids import new_id

POOL_INTERVIEWS = 1000
"""The newest interviews among which is drawn."""
SMALLEST, LARGEST = 5, 500
SEEN_SCORES = ("report.opened", "report.compared")
NORMAL_95 = 1.96
EXPECTED = 0.7
ADVISED_SIZES = (20, 30, 50, 100, 200)


class Advice(Struct, frozen=True):
    """What a number of answers gives: the 95 % interval of an agreement that is really 0.70."""

    answers: int
    low: float
    high: float


class Drawn(Struct, frozen=True):
    """What was drawn: how many of how many that could be; `not_blind` could not be given to two blind raters."""

    round_id: str
    items: int
    pool: int
    not_blind: int


class Wish(Struct, frozen=True, kw_only=True):
    """What HR asks for: how many answers, who rates, until which day; none named means every competency."""

    kind: RoundKind = RoundKind.VALIDATION
    size: int
    raters: tuple[str, ...]
    due_on: date
    competencies: tuple[str, ...] = ()


def advice(expected: float = EXPECTED) -> list[Advice]:
    """The interval of a correlation by sample size (Fisher 1921: atanh r has a standard error of
    1 / sqrt(n - 3)); kappa's is of the same order."""
    found = []
    for answers in ADVISED_SIZES:
        reach = NORMAL_95 / math.sqrt(answers - 3)
        low, high = (math.tanh(math.atanh(expected) + sign * reach) for sign in (-1, 1))
        found.append(Advice(answers, low, high))
    return found


def draw(tx: Transaction, actor: Actor, wish: Wish, rubrics: RubricLibrary, today: date) -> Drawn:
    """Draw a round and ask two raters about each answer. Raises `Invalid` naming the field; nothing is stored
    then."""
    _check(wish, today)
    seed = random.SystemRandom().randrange(2**31)
    chance = random.Random(seed)  # noqa: S311 - a drawing that can be repeated, not a secret
    pool = drawable(tx, rubrics, wish.competencies)
    if not pool:
        raise Invalid(
            {"size": N_("There are no assessed answers left to draw from. Draw again after more interviews.")}
        )
    blind = _blind_raters(tx, wish.raters)
    usable = [one for one in pool if len(blind(one.interview_id)) >= RATERS_EACH]
    if not usable:
        raise Invalid(
            {
                "raters": N_(
                    "These people have already read the scores of every interview that could be drawn. Name others."
                )
            }
        )
    made = Round(
        id=new_id(), kind=wish.kind, drawn_at=tx.now, drawn_by=actor.id, due_on=wish.due_on, seed=seed
    )
    store.add_round(tx, made)
    chosen = stratified(usable, wish.size, chance)
    load = dict.fromkeys(wish.raters, 0)
    for item in chosen:
        raters = _least_loaded(blind(item.interview_id), load, chance)
        store.add_item(tx, _in_round(item, made.id), raters)
    details: dict[str, ledger.Scalar] = {
        "kind": wish.kind,
        "answers": len(chosen),
        "raters": len(wish.raters),
        "seed": seed,
    }
    ledger.record(tx, actor, "validation.drawn", f"rating_round:{made.id}", details)
    return Drawn(made.id, len(chosen), len(pool), len(pool) - len(usable))


def ask(
    tx: Transaction, actor: Actor, interview_id: str, account_id: str, due_on: date, rubrics: RubricLibrary
) -> int:
    """Ask one person to rate every answer of an interview before its scores are shown to them; how many items
    that makes. Answers that they are asked about already are not asked twice."""
    interview = interview_store.interview(tx, interview_id)
    if interview is None:
        return 0
    if store.waits_for(tx, account_id, interview_id):
        return 0
    made = Round(id=new_id(), kind=RoundKind.ASKED, drawn_at=tx.now, drawn_by=actor.id, due_on=due_on, seed=0)
    items = _items_of(tx, interview, rubrics, gated=False)
    if items:
        store.add_round(tx, made)
    for item in items:
        store.add_item(tx, _in_round(item, made.id), (account_id,))
    ledger.record(
        tx, actor, "rating.asked", f"interview:{interview_id}", {"rater": account_id, "answers": len(items)}
    )
    return len(items)


def drawable(tx: Transaction, rubrics: RubricLibrary, competencies: Sequence[str] = ()) -> list[Item]:
    """Answers with a level of the machine that were never drawn, of the newest assessed interviews."""
    drawn = store.drawn_already(tx)
    interviews, _total = interview_store.newest_interviews(
        tx, frozenset({InterviewState.ASSESSED}), 0, POOL_INTERVIEWS
    )
    return [
        item
        for interview in interviews
        for item in _items_of(tx, interview, rubrics, gated=True)
        if (item.answer_id, item.competency_id) not in drawn
        and (not competencies or item.competency_id in competencies)
    ]


def stratified(pool: Sequence[Item], size: int, chance: random.Random) -> list[Item]:
    """At most `size` items, one stratum (competency, language, band) after the other in turn, at random within
    each; the result is in random order."""
    strata: dict[tuple[str, str, str], list[Item]] = {}
    for item in pool:
        band = band_of(item.machine_level) if item.machine_level is not None else ""
        strata.setdefault((item.competency_id, item.language, band), []).append(item)
    for one in strata.values():
        chance.shuffle(one)
    chosen: list[Item] = []
    # Each turn in another order, so that a small sample does not always take the same strata.
    while len(chosen) < size and any(strata.values()):
        turn = [one for one in strata.values() if one]
        chance.shuffle(turn)
        chosen += [one.pop() for one in turn[: size - len(chosen)]]
    chance.shuffle(chosen)
    return chosen


def _check(wish: Wish, today: date) -> None:
    if not SMALLEST <= wish.size <= LARGEST:
        message = N_("Draw between %(least)d and %(most)d answers.")
        raise Invalid({"size": Message(message, {"least": SMALLEST, "most": LARGEST})})
    if len(set(wish.raters)) < RATERS_EACH:
        raise Invalid({"raters": N_("Name at least two people: every answer is rated by two.")})
    if wish.due_on <= today:
        raise Invalid({"due_on": N_("Choose a day after today.")})


def _items_of(tx: Transaction, interview: Interview, rubrics: RubricLibrary, *, gated: bool) -> list[Item]:
    """What of an interview can be rated; `gated`: only where the machine shows a level."""
    asked = {question.id: question for question in interview_store.questions_of(tx, interview)}
    found = []
    for analysis in assessment_store.analyses(tx, interview.id).values():
        question = asked.get(analysis.question_id)
        levels = _levels(analysis)
        for competency_id in question.competencies if question else ():
            level = levels.get(competency_id)
            if competency_id not in rubrics.competencies or (gated and level is None):
                continue
            found.append(_item(interview, analysis, competency_id, level, rubrics))
    return found


def _levels(analysis: AnswerAnalysis) -> Mapping[str, float]:
    """The machine's mean level by competency, where the gate lets it be shown."""
    if analysis.reading.needs_person is not None:
        return {}
    return {
        one.result.competency_id: round(one.result.mean, 4)
        for one in analysis.reading.levels
        if one.needs_person is None
    }


def _item(
    interview: Interview,
    analysis: AnswerAnalysis,
    competency_id: str,
    level: float | None,
    rubrics: RubricLibrary,
) -> Item:
    engine = analysis.reading.engine
    read_with = next(
        (
            one.result.rubric_hash
            for one in analysis.reading.levels
            if one.result.competency_id == competency_id
        ),
        rubrics.competency_hash(competency_id),
    )
    return Item(
        id="",
        round_id="",
        interview_id=interview.id,
        candidate_id=interview.candidate_id,
        answer_id=analysis.answer_id,
        competency_id=competency_id,
        language=analysis.language,
        machine_level=level,
        length_units=analysis.reading.units,
        instrument=Instrument(
            read_with, engine.prompt_hash if engine else "", engine.model_sha256 if engine else ""
        ),
    )


def _in_round(item: Item, round_id: str) -> Item:
    return msgspec.structs.replace(item, id=new_id(), round_id=round_id)


class _BlindRaters:
    """Who of the raters has not read the scores of an interview."""

    def __init__(self, raters: Sequence[str], seen: set[tuple[str, str]]) -> None:
        self._raters = tuple(dict.fromkeys(raters))
        self._seen = seen

    def __call__(self, interview_id: str) -> list[str]:
        return [one for one in self._raters if (one, f"interview:{interview_id}") not in self._seen]


def _blind_raters(tx: Transaction, raters: Sequence[str]) -> _BlindRaters:
    return _BlindRaters(raters, store.acted_on(tx, raters, SEEN_SCORES))


def _least_loaded(raters: Sequence[str], load: dict[str, int], chance: random.Random) -> list[str]:
    """Two raters with the fewest answers so far, which of them is the first by chance."""
    order = sorted(raters, key=lambda one: (load[one], chance.random()))[:RATERS_EACH]
    chance.shuffle(order)
    for one in order:
        load[one] += 1
    return order
