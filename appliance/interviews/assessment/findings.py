"""What stands out in the analysed answers: quotes, strengths, risks, and what to ask in person.

Every finding rests on a sentence of the candidate or on a part that no sentence tells; none is worded by a
model.
"""

from collections.abc import Sequence

from msgspec import Struct

from appliance.interviews.assessment.resume_facts import ResumeFacts
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.model import Answer, Interview, InterviewPlan, Question
from appliance.interviews.plans.rubrics import Bilingual, Language, RubricLibrary
from appliance.interviews.report.report import (
    CompetencyOut,
    Point,
    PointKind,
    Quote,
    Suggestion,
    SuggestionKind,
)
from appliance.interviews.scoring.evidence import StarPart

STRONG_LEVEL = 3.5
WEAK_LEVEL = 2.5
MOST_SUGGESTIONS = 3

_ASK: dict[SuggestionKind, Bilingual] = {
    SuggestionKind.ASK_RESULT: Bilingual(
        zh="您讲到的这件事,最后的结果怎样?有什么可以核实的?",
        en="How did what you told end, and what of it can be checked?",
    ),
    SuggestionKind.ASK_OWN_ACTION: Bilingual(
        zh="在这件事里,哪些是您自己做的?", en="Which part of what you told did you do yourself?"
    ),
}


class AnsweredQuestion(Struct, frozen=True):
    """A question of the plan with its answer and what is known of it."""

    question: Question
    answer: Answer
    analysis: AnswerAnalysis


class Material(Struct, frozen=True, kw_only=True):
    """Everything a report is made from."""

    interview: Interview
    plan: InterviewPlan
    questions: tuple[Question, ...]
    answered: tuple[AnsweredQuestion, ...]
    resume: ResumeFacts | None
    language: Language


def evidence_quotes(analysis: AnswerAnalysis) -> list[Quote]:
    """The sentences that carry the experience, each once, in the order in which they were said."""
    parts: dict[int, StarPart] = {}
    for one in analysis.reading.evidence:
        if one.sentence is not None:
            parts.setdefault(one.sentence, one.part)
            if one.part in {StarPart.ACTION, StarPart.RESULT}:
                parts[one.sentence] = one.part
    return [
        Quote(
            answer_id=analysis.answer_id,
            sentence=sentence.number,
            text=sentence.text,
            start_s=sentence.start_s,
            part=parts[sentence.number],
        )
        for sentence in analysis.sentences
        if sentence.number in parts
    ]


def _carrying(quotes: Sequence[Quote]) -> Quote | None:
    """The one sentence to show: what was done, else what came of it, else whatever there is."""
    for part in (StarPart.ACTION, StarPart.RESULT, None):
        for quote in quotes:
            if part is None or quote.part is part:
                return quote
    return None


def strengths(competencies: Sequence[CompetencyOut]) -> list[Point]:
    """Competencies with a high level, each with the sentence that carries it."""
    found = []
    for one in competencies:
        quote = _carrying(one.quotes)
        if quote is not None and one.mean_level is not None and one.mean_level >= STRONG_LEVEL:
            found.append(Point(PointKind.HIGH_LEVEL, one.id, quote))
    return found


def risks(material: Material, competencies: Sequence[CompetencyOut]) -> list[Point]:
    """Competencies with a low level, and experiences told without an own deed or an outcome."""
    found = []
    for one in competencies:
        quote = _carrying(one.quotes)
        if quote is not None and one.mean_level is not None and one.mean_level <= WEAK_LEVEL:
            found.append(Point(PointKind.LOW_LEVEL, one.id, quote))
    for answered in material.answered:
        for kind in _gaps(answered.analysis):
            quote = _carrying(evidence_quotes(answered.analysis))
            if quote is not None and answered.question.competencies:
                found.append(Point(kind, answered.question.competencies[0], quote))
    return found


def _gaps(analysis: AnswerAnalysis) -> list[PointKind]:
    """What a told experience lacks; nothing is missing from an answer that was not read."""
    told = {one.part for one in analysis.reading.evidence if one.sentence is not None}
    if not told or analysis.reading.needs_person is not None:
        return []
    missing = []
    if StarPart.ACTION not in told:
        missing.append(PointKind.NO_OWN_ACTION)
    if StarPart.RESULT not in told:
        missing.append(PointKind.NO_RESULT)
    return missing


def suggestions(
    material: Material, rubrics: RubricLibrary, competencies: Sequence[CompetencyOut]
) -> list[Suggestion]:
    """At most three questions: what an answer left open first, then the bank's for what is unseen or
    weakest."""
    found = []
    for answered in material.answered:
        for gap in _gaps(answered.analysis):
            kind = SuggestionKind.ASK_RESULT if gap is PointKind.NO_RESULT else SuggestionKind.ASK_OWN_ACTION
            competency_id = next(iter(answered.question.competencies), "")
            found.append(
                Suggestion(
                    kind=kind,
                    competency_id=competency_id,
                    question=_ASK[kind],
                    about_answer=answered.answer.id,
                )
            )
    asked = {question.text_zh for question in material.questions}
    weakest_first = sorted(
        competencies, key=lambda one: one.mean_level if one.mean_level is not None else 0.0
    )
    for one in weakest_first:
        kind = SuggestionKind.UNSEEN if one.mean_level is None else SuggestionKind.DEEPER
        for question in rubrics.questions_for(one.id):
            if question.text.zh not in asked:
                found.append(
                    Suggestion(
                        kind=kind,
                        competency_id=one.id,
                        question=question.text,
                        good_evidence=question.good_evidence,
                    )
                )
                break
    gaps = [one for one in found if one.about_answer is not None][:2]
    return [*gaps, *[one for one in found if one.about_answer is None]][
        : max(MOST_SUGGESTIONS, len(gaps) + 1)
    ]
