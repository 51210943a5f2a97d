"""`installer.py bench scoring`: whether the same answer gets the same score, and whether an attack raises it.

Every sample answer is read again and again by the interview's own reading: alone and beside others, with hesitation
sounds laid in, in another place of the engine's batch. Every attack is laid on honest answers. Prints one JSON object;
scores are of 10, `ratio_...` are shares from 0 to 1.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from appliance.interviews.analysis.transcript import sentences_of_text
from appliance.interviews.plans.rubrics import Language, RubricLibrary, load_rubrics
from appliance.interviews.scoring.levels import GatePolicy, score_of
from appliance.interviews.scoring.manipulation import hides_text
from appliance.interviews.scoring.reading import Reading, Task, read_answer
from inference.ports import Llm
from tests.interviews.attacks import ATTACKS, LIMIT_POINTS
from tests.interviews.sample_answers import ANSWERS

RUBRICS = Path(__file__).parents[2] / "config" / "rubrics"
TOLERANCE_POINTS = 0.5
DEADLINE_S = 600.0
BESIDE = 4
FILLERS: dict[Language, tuple[str, ...]] = {
    "zh": ("嗯,", "呃,", "那个,"),
    "en": ("um, ", "uh, ", "you know, "),
}
QUALITIES = ("excellent", "average", "vague")


class Case(Struct, frozen=True):
    """One text to be read."""

    question_id: str
    language: Language
    quality: str
    text: str


def main(llm: Llm, repeats: int, answers: int, seed: int = 7) -> dict[str, object]:
    """Measures, prints and returns the figures."""
    library, chance = load_rubrics(RUBRICS), random.Random(seed)
    began = time.monotonic()
    figures = (
        _repeatability(llm, library, repeats, answers, chance)
        | _evidence(llm, library)
        | _robustness(llm, library)
    )
    figures["seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps(figures, ensure_ascii=False), flush=True)
    return figures


def _read(llm: Llm, library: RubricLibrary, case: Case, name: str) -> Reading:
    question = library.question(case.question_id)
    task = Task(
        case_id=name,
        question=question.text.get(case.language),
        language=case.language,
        competencies=tuple(library.competency(one) for one in question.competencies),
        sentences=tuple(sentences_of_text(case.text)),
        spoken=False,
        hidden=hides_text(case.text),
    )
    return read_answer(llm, task, GatePolicy(), deadline_s=DEADLINE_S)


def _shown(reading: Reading) -> list[float | None]:
    """The score of each competency, None where a person is asked."""
    if reading.needs_person is not None or not reading.levels:
        return [None]
    return [None if one.needs_person else score_of(one.result.mean) for one in reading.levels]


def _repeatability(
    llm: Llm, library: RubricLibrary, repeats: int, number: int, chance: random.Random
) -> dict[str, object]:
    cases = [
        Case(question_id, language, quality, answers[quality])
        for (question_id, language), answers in ANSWERS.items()
        for quality in QUALITIES
    ]
    cases = chance.sample(cases, min(number, len(cases)))
    work = [
        Case(one.question_id, one.language, one.quality, one.text if again % 2 == 0 else filled(one, chance))
        for one in cases
        for again in range(repeats)
    ]
    order = list(range(len(work)))
    chance.shuffle(order)
    found: dict[int, list[float | None]] = {}
    with ThreadPoolExecutor(BESIDE) as pool:
        readings = pool.map(lambda place: _read(llm, library, work[place], f"repeat {place}"), order)
        for done, (place, reading) in enumerate(zip(order, readings, strict=True), start=1):
            found[place] = _shown(reading)
            _tell(f"{done} of {len(order)} repetitions")
    return _agreeing(
        [[found[first + again] for again in range(repeats)] for first in range(0, len(work), repeats)]
    )


def _agreeing(rounds: Sequence[Sequence[list[float | None]]]) -> dict[str, object]:
    """Of all readings that show a score: the share within half a point of the median of the same answer's."""
    near = shown = total = 0
    largest = 0.0
    for readings in rounds:
        for scores in zip(*[one if len(one) > 0 else [None] for one in readings], strict=False):
            given = [score for score in scores if score is not None]
            total += len(scores)
            shown += len(given)
            if given:
                middle = statistics.median(given)
                near += sum(abs(score - middle) <= TOLERANCE_POINTS for score in given)
                largest = max(largest, *(abs(score - middle) for score in given))
    return {
        "readings": total,
        "ratio_within_half_a_point": round(near / shown, 4) if shown else None,
        "largest_difference": round(largest, 3),
        "ratio_to_a_person": round(1 - shown / total, 4),
    }


def filled(case: Case, chance: random.Random) -> str:
    """The answer with a hesitation sound before every third sentence or so."""
    sounds = FILLERS[case.language]
    space = "" if case.language == "zh" else " "
    return space.join(
        (chance.choice(sounds) if chance.random() < 1 / 3 else "") + sentence.text
        for sentence in sentences_of_text(case.text)
    )


def _evidence(llm: Llm, library: RubricLibrary) -> dict[str, object]:
    """Whether an answer about something else gets no part of an experience, and quotes are verbatim."""
    empty = quotes = verbatim = 0
    for (question_id, language), answers in ANSWERS.items():
        away = _read(
            llm, library, Case(question_id, language, "off_topic", answers["off_topic"]), "off topic"
        )
        empty += not any(part.sentence for part in away.evidence)
        told = answers["excellent"]
        numbers = {one.number: one.text for one in sentences_of_text(told)}
        reading = _read(llm, library, Case(question_id, language, "excellent", told), "evidence")
        for part in reading.evidence:
            if part.sentence is not None:
                quotes += 1
                verbatim += numbers.get(part.sentence, "\0") in told
    return {
        "ratio_off_topic_without_evidence": round(empty / len(ANSWERS), 4),
        "quotes": quotes,
        "ratio_verbatim": round(verbatim / quotes, 4) if quotes else None,
    }


def _robustness(llm: Llm, library: RubricLibrary) -> dict[str, object]:
    """The largest rise of a shown score by any attack; an attack that leads to a person raises nothing."""
    rises: list[tuple[float, str]] = []
    held = 0
    for language in ("zh", "en"):
        honest = ANSWERS[("team_work.disagreement", language)]["average"]
        competency = library.competency("team_work")
        base = _level(
            _read(llm, library, Case("team_work.disagreement", language, "average", honest), "base")
        )
        for attack in ATTACKS:
            text = attack.make(honest, competency, language)
            reading = _read(
                llm,
                library,
                Case("team_work.disagreement", language, attack.name, text),
                f"attack {attack.name}",
            )
            shown = [score for score in _shown(reading) if score is not None]
            held += not shown
            if shown and base is not None:
                rises.append((max(shown) - base, f"{attack.name}, {language}"))
            _tell(f"attack {attack.name}, {language}")
    worst = max(rises, default=(0.0, ""))
    return {
        "attacks": 2 * len(ATTACKS),
        "attacks_to_a_person": held,
        "attacks_that_raise": sum(rise > LIMIT_POINTS for rise, _ in rises),
        "largest_rise": round(worst[0], 3),
        "largest_rise_by": worst[1],
    }


def _level(reading: Reading) -> float | None:
    """The score beneath the gate, to which attacks are compared."""
    return score_of(reading.levels[0].result.mean) if reading.levels else None


def _tell(text: str) -> None:
    print(f"\r{text:<60}", end="", file=sys.stderr, flush=True)
