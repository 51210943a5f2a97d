"""The report of one interview: what it holds, and what its JSON is.

A report is a document: it carries the words of rubric and questions as they were when it was made, in both
languages, so that it reads the same years later. Nothing in it is worded by a model: quotes are the
candidate's, all else is figures and codes that the page says in the reader's language.
"""

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from appliance.interviews.analysis.observations import Observations
from appliance.interviews.analysis.transcript import Sentence
from appliance.interviews.model import AnswerKind
from appliance.interviews.plans.rubrics import Bilingual, Language
from appliance.interviews.scoring.evidence import StarPart
from appliance.interviews.scoring.levels import PersonReason
from appliance.interviews.scoring.manipulation import Manipulation
from appliance.interviews.validation.model import Validity

DELIVERY_MARK = "+delivery"
"""In a report's scale: how the answers were delivered was counted."""


class Band(Struct, frozen=True):
    """A figure with the interval in which it lies with 80 % of the model's own probability."""

    value: float
    low: float
    high: float


class Quote(Struct, frozen=True, kw_only=True):
    """A sentence of the candidate. `start_s` is the second of the recording (None for typed text)."""

    answer_id: str
    sentence: int
    text: str
    start_s: float | None
    part: StarPart | None


class CompetencyOut(Struct, frozen=True, kw_only=True):
    """One competency. `level` (1 to 5) and `score` (0 to 10) are None where the gate shows no number, for the
    reasons in `needs_person`. `anchor` is the text of the level shown; `anchors` all five. `validity` is what the
    score could claim on the day it was made (None in reports from before that was kept)."""

    id: str
    name: Bilingual
    level: int | None
    mean_level: float | None
    score: Band | None
    spread: float | None
    probabilities: tuple[float, ...]
    anchor: Bilingual | None
    anchors: tuple[Bilingual, ...]
    quotes: tuple[Quote, ...]
    needs_person: tuple[PersonReason, ...]
    rubric_hash: str
    validity: Validity | None = None


class PointKind(StrEnum):
    """Why a sentence is shown as a strength or a risk."""

    HIGH_LEVEL = "high_level"
    LOW_LEVEL = "low_level"
    NO_RESULT = "no_result"
    NO_OWN_ACTION = "no_own_action"


class Point(Struct, frozen=True):
    """A strength or a risk with the sentence that carries it."""

    kind: PointKind
    competency_id: str
    quote: Quote


class ContradictionKind(StrEnum):
    """Which rule found something to ask about."""

    YEARS = "years"
    YEARS_THERE = "years_there"
    EMPLOYER = "employer"
    TITLE = "title"
    DATE = "date"
    DEGREE = "degree"


class Contradiction(Struct, frozen=True):
    """Where answer and resume do not fit by a rule: what each says, and the sentence. Something to ask
    about."""

    kind: ContradictionKind
    said: str
    resume: str
    quote: Quote


class SuggestionKind(StrEnum):
    """Why a question is suggested for the human round."""

    UNSEEN = "unseen"
    DEEPER = "deeper"
    ASK_RESULT = "ask_result"
    ASK_OWN_ACTION = "ask_own_action"


class Suggestion(Struct, frozen=True, kw_only=True):
    """A question to ask in person: from the bank (`question`), or about an answer given (`about_answer`)."""

    kind: SuggestionKind
    competency_id: str
    question: Bilingual
    good_evidence: Bilingual | None = None
    about_answer: str | None = None


class AnswerOut(Struct, frozen=True, kw_only=True):
    """One answer as the report shows it."""

    answer_id: str
    question: Bilingual
    kind: AnswerKind
    duration_s: float | None
    sentences: tuple[Sentence, ...]
    evidence: dict[str, int | None]
    relevance: float | None
    needs_person: PersonReason | None
    manipulation: tuple[Manipulation, ...]
    observations: Observations
    competencies: tuple[str, ...]


class Made(Struct, frozen=True, kw_only=True):
    """With what the report was made, so that it can be made again."""

    language_models: tuple[str, ...]
    language_model_hashes: tuple[str, ...]
    speech_models: tuple[str, ...]
    speech_model_hashes: tuple[str, ...]
    prompt_hash: str
    rubric_hash: str
    engine_settings: tuple[str, ...]
    temperature: float
    seed: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: dict[str, float]


class Report(Struct, frozen=True, kw_only=True):
    """The report of one interview. `match` (0 to 10) is None where fewer than half of the competencies have a
    number; `covered` is the share that has one. `validated` is false until the site's own ratings say
    otherwise: every page that shows a score says so. `scores_hidden` marks what `without_scores` gave."""

    interview_id: str
    candidate_id: str
    language: Language
    written_at: datetime
    validated: bool
    scale: str
    match: Band | None
    covered: float
    competencies: tuple[CompetencyOut, ...]
    strengths: tuple[Point, ...]
    risks: tuple[Point, ...]
    contradictions: tuple[Contradiction, ...]
    suggestions: tuple[Suggestion, ...]
    answers: tuple[AnswerOut, ...]
    unanswered: tuple[Bilingual, ...]
    made: Made
    scores_hidden: bool = False

    @property
    def delivery_counted(self) -> bool:
        """Whether how the answers were delivered entered the match, by a policy of the site."""
        return DELIVERY_MARK in self.scale

    @property
    def needs_person(self) -> bool:
        """Whether the machine held anything back that a person must rate."""
        return any(one.needs_person for one in self.competencies) or any(
            one.needs_person for one in self.answers
        )

    def competency(self, competency_id: str) -> CompetencyOut | None:
        """The competency with this id."""
        return next((one for one in self.competencies if one.id == competency_id), None)


def without_scores(report: Report) -> Report:
    """What a rater may see before rating: questions, answers and observations, and nothing that tells what the
    machine thought of them: no score, level, picked sentence, strength, risk or suggestion that rests on
    one."""
    return msgspec.structs.replace(
        report,
        match=None,
        competencies=tuple(
            msgspec.structs.replace(
                one,
                level=None,
                mean_level=None,
                score=None,
                spread=None,
                probabilities=(),
                anchor=None,
                quotes=(),
                needs_person=(),
            )
            for one in report.competencies
        ),
        strengths=(),
        risks=(),
        suggestions=(),
        answers=tuple(
            msgspec.structs.replace(one, evidence={}, relevance=None, needs_person=None, manipulation=())
            for one in report.answers
        ),
        scores_hidden=True,
    )
