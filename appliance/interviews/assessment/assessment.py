"""From the analysed answers of one interview to its report, by rules that anybody can recompute.

A competency's level is the equal mixture of the distributions of its answers that passed the gate. Its score comes
from the calibrator that the site's own raters made, else from the provisional linear map and is not validated. The
match is the mean of the competencies' scores; its interval takes them as independent.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from appliance.interviews.assessment.contradictions import find_contradictions
from appliance.interviews.assessment.findings import (
    AnsweredQuestion,
    Material,
    evidence_quotes,
    risks,
    strengths,
    suggestions,
)
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.plans.rubrics import Bilingual, RubricLibrary
from appliance.interviews.report.report import AnswerOut, Band, CompetencyOut, Made, Quote, Report
from appliance.interviews.scoring.levels import (
    POINTS_PER_LEVEL,
    LevelResult,
    PersonReason,
    average,
    deviation_of,
    expected_level,
    score_of,
)
from appliance.interviews.scoring.reading import LevelReading
from appliance.interviews.validation.model import GateState
from appliance.interviews.validation.scores import NOT_VALIDATED, Standing
from appliance.kernel.clock import Clock

NORMAL_80 = 1.2816
"""Half-width of the central 80 % of a normal distribution, in standard deviations."""

COVERAGE_NEEDED = 0.5
SCALE = f"provisional-linear-{POINTS_PER_LEVEL}"


def assess(
    material: Material, rubrics: RubricLibrary, clock: Clock, standings: Mapping[str, Standing] | None = None
) -> Report:
    """The report of an interview whose answers are all analysed (or marked as failed). `standings` are the
    calibrators in force by competency id."""
    competency_ids = list(
        dict.fromkeys(one for question in material.questions for one in question.competencies)
    )
    known = standings or {}
    competencies = tuple(
        _competency(material, rubrics, one, known.get(one, NOT_VALIDATED)) for one in competency_ids
    )
    answered = {one.question.id for one in material.answered}
    match, covered = match_of(competencies)
    return Report(
        interview_id=material.interview.id,
        candidate_id=material.interview.candidate_id,
        language=material.language,
        written_at=clock.now(),
        validated=_all_validated(competencies),
        scale=_scale(competencies),
        match=match,
        covered=covered,
        competencies=competencies,
        strengths=tuple(strengths(competencies)),
        risks=tuple(risks(material, competencies)),
        contradictions=tuple(find_contradictions(_all_quotes(material), material.resume, material.language)),
        suggestions=tuple(suggestions(material, rubrics, competencies)),
        answers=tuple(_answer(one) for one in material.answered),
        unanswered=tuple(
            Bilingual(zh=one.text_zh, en=one.text_en) for one in material.questions if one.id not in answered
        ),
        made=_made(material, rubrics),
    )


def match_of(competencies: Sequence[CompetencyOut]) -> tuple[Band | None, float]:
    """Mean of the scores that are shown, with its 80 % interval, and the share of competencies that have one.
    None where fewer than half have a number: a mean over a remnant would say more than is known."""
    shown = [one for one in competencies if one.score is not None and one.mean_level is not None]
    covered = len(shown) / len(competencies) if competencies else 0.0
    if not shown or covered < COVERAGE_NEEDED:
        return None, round(covered, 3)
    means, reaches = zip(*(_centre(one) for one in shown), strict=True)
    mean, reach = math.fsum(means) / len(shown), math.sqrt(math.fsum(one**2 for one in reaches)) / len(shown)
    return _clipped(mean, reach), round(covered, 3)


def _centre(one: CompetencyOut) -> tuple[float, float]:
    """A shown score and half of its interval, before the ends of the scale cut it."""
    if one.score is not None and one.validity is not None and one.validity.calibrator_hash:
        return one.score.value, max(one.score.high - one.score.value, one.score.value - one.score.low)
    return score_of(one.mean_level or 0.0), NORMAL_80 * POINTS_PER_LEVEL * deviation_of(one.probabilities)


def _clipped(value: float, reach: float) -> Band:
    low, high = max(value - reach, 0.0), min(value + reach, 10.0)
    return Band(round(value, 1), round(low, 1), round(high, 1))


def _all_validated(competencies: Sequence[CompetencyOut]) -> bool:
    """Whether every score that is shown passed the gate of its competency."""
    shown = [one for one in competencies if one.score is not None]
    return bool(shown) and all(
        one.validity is not None and one.validity.state is GateState.VALIDATED for one in shown
    )


def _scale(competencies: Sequence[CompetencyOut]) -> str:
    """The provisional map, or the calibrators that made the scores."""
    hashes = [one.validity.calibrator_hash for one in competencies if one.score and one.validity]
    made_with = sorted({one[:12] for one in hashes if one})
    return f"calibrated-{'-'.join(made_with)}" if made_with else SCALE


def _band(mean_level: float, deviation: float) -> Band:
    half = NORMAL_80 * deviation
    return Band(
        round(score_of(mean_level), 1),
        round(score_of(mean_level - half), 1),
        round(score_of(mean_level + half), 1),
    )


def _competency(
    material: Material, rubrics: RubricLibrary, competency_id: str, standing: Standing
) -> CompetencyOut:
    competency = rubrics.competency(competency_id)
    passed: list[LevelResult] = []
    reasons: list[PersonReason] = []
    quotes: list[Quote] = []
    for one in material.answered:
        if competency_id not in one.question.competencies:
            continue
        reason = _held_back(one.analysis, competency_id)
        if reason is not None:
            reasons.append(reason)
            continue
        passed.append(_reading(one.analysis, competency_id).result)
        quotes += evidence_quotes(one.analysis)
    probabilities = average([result.probabilities for result in passed]) if passed else ()
    mean = expected_level(probabilities) if passed else None
    calibrated = standing.score(mean) if mean is not None else None
    if calibrated is not None and calibrated.needs_person:
        reasons.append(PersonReason.UNRELIABLE_BAND)
        passed, probabilities, mean, calibrated = [], (), None, None
    level = min(max(round(mean), 1), len(competency.levels)) if mean is not None else None
    score = _band(mean, deviation_of(probabilities)) if mean is not None else None
    if calibrated is not None:
        score = Band(*(round(one, 1) for one in (calibrated.value, calibrated.low, calibrated.high)))
        # The anchor shown is that of the score, as the raters here would place it.
        level = min(max(round(calibrated.value / POINTS_PER_LEVEL) + 1, 1), len(competency.levels))
    return CompetencyOut(
        id=competency_id,
        name=competency.name,
        level=level,
        mean_level=round(mean, 3) if mean is not None else None,
        score=score,
        spread=round(max(result.spread for result in passed), 3) if passed else None,
        probabilities=tuple(round(share, 4) for share in probabilities),
        anchor=competency.anchor(level) if level is not None else None,
        anchors=tuple(competency.levels),
        quotes=tuple(quotes),
        needs_person=tuple(dict.fromkeys(reasons)),
        rubric_hash=rubrics.competency_hash(competency_id),
        validity=standing.validity,
    )


def _reading(analysis: AnswerAnalysis, competency_id: str) -> LevelReading:
    return next(one for one in analysis.reading.levels if one.result.competency_id == competency_id)


def _held_back(analysis: AnswerAnalysis, competency_id: str) -> PersonReason | None:
    """Why this answer gives no number for this competency; None where it does."""
    if analysis.reading.needs_person is not None:
        return analysis.reading.needs_person
    levels = [one for one in analysis.reading.levels if one.result.competency_id == competency_id]
    return levels[0].needs_person if levels else PersonReason.NO_LEVEL


def _all_quotes(material: Material) -> list[Quote]:
    return [
        Quote(
            answer_id=one.analysis.answer_id,
            sentence=said.number,
            text=said.text,
            start_s=said.start_s,
            part=None,
        )
        for one in material.answered
        for said in one.analysis.sentences
        if said.counts
    ]


def _answer(one: AnsweredQuestion) -> AnswerOut:
    reading = one.analysis.reading
    return AnswerOut(
        answer_id=one.answer.id,
        question=Bilingual(zh=one.question.text_zh, en=one.question.text_en),
        kind=one.answer.kind,
        duration_s=one.analysis.duration_s,
        sentences=one.analysis.sentences,
        evidence={str(part.part): part.sentence for part in reading.evidence},
        relevance=round(reading.relevance.probability, 3) if reading.relevance else None,
        needs_person=reading.needs_person,
        manipulation=reading.manipulation,
        observations=one.analysis.observations,
        competencies=tuple(one.question.competencies),
    )


def _made(material: Material, rubrics: RubricLibrary) -> Made:
    analyses = [one.analysis for one in material.answered]
    engines = [one.reading.engine for one in analyses if one.reading.engine is not None]
    speech = [one.speech for one in analyses if one.speech is not None]
    seconds: dict[str, float] = {}
    for analysis in analyses:
        for stage, spent in analysis.seconds.items():
            seconds[stage] = round(seconds.get(stage, 0.0) + spent, 3)
    return Made(
        language_models=_distinct(one.model for one in engines),
        language_model_hashes=_distinct(one.model_sha256 for one in engines),
        speech_models=_distinct(one.model for one in speech),
        speech_model_hashes=_distinct(one.model_sha256 for one in speech),
        prompt_hash=engines[0].prompt_hash if engines else "",
        rubric_hash=rubrics.hash,
        engine_settings=_distinct(one.settings for one in engines),
        temperature=engines[0].temperature if engines else 0.0,
        seed=engines[0].seed if engines else 0,
        calls=sum(one.calls for one in engines),
        prompt_tokens=sum(one.prompt_tokens for one in engines),
        completion_tokens=sum(one.completion_tokens for one in engines),
        seconds=seconds,
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
