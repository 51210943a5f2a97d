"""The letter that explains an assessment to the candidate: what was asked, what they said, how it was read, what
counted, what never counts, who decides, and how to object.

It is made of the report and holds no internal note and nobody else's name or place. PIPL article 24 gives
everybody the right to an explanation of a decision prepared by a machine and to a person's decision.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from appliance.interviews.invitations.service import CandidateBrief
from appliance.interviews.model import AnswerKind
from appliance.interviews.plans.rubrics import Language, RubricLibrary
from appliance.interviews.report.reading import written
from appliance.interviews.report.report import AnswerOut, CompetencyOut, Report
from appliance.interviews.report.typesetting import typeset
from appliance.interviews.report.words import NOT_VALIDATED, REASONS, clock_of
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_
from appliance.kernel.i18n import Catalogue, Translator

COUNTED = (
    N_(
        "What you said or wrote about the question: the situation, your task, what you did and what came of it."
    ),
    N_("How well that fits the described levels of each competency below."),
)
NEVER_COUNTED = (
    N_("Your looks, your clothes, the room behind you, your voice, your accent and how fast you speak."),
    N_("Pauses, a lost connection and the quality of your camera or microphone."),
)
NEVER_COUNTED_BESIDE_DELIVERY = (
    N_("Your looks, your clothes, the room behind you, your accent and the expression of your face."),
    N_("A lost connection and the quality of your camera or microphone."),
)
DELIVERY_COUNTED = N_(
    "How fast you spoke, how long you paused and how much you looked at the camera: extremes of these may take at "
    "most a tenth off the match, and never add to it."
)
NEVER_COUNTED_ANYWHERE = (
    N_("Sex, age, origin, ethnicity, religion, marriage, children, health: none of these reaches a score."),
    N_("Whether you answered by video, by voice or in writing, asked for more time or for a person."),
)
DECIDES = (
    N_("The levels are a proposal. Nobody is hired or turned down by the machine: a person of the house reads "
       "your answers and decides, and gives a reason."),
    N_("Where the machine was not sure, it gave no level and a person rates the answer."),
)  # fmt: skip
OBJECT = (
    N_("Ask for a person to look at everything again, or for a conversation with a person instead."),
    N_("Have a mistake in the written record of your words corrected."),
    N_("Get a copy of your data, or have the interview erased."),
    N_("Use the page of your interview link, or reply to your invitation. A named person answers you."),
)


class Briefs(Protocol):
    """Who the letter is for."""

    def brief(self, tx: Transaction, candidate_id: str) -> CandidateBrief:
        """Raises `NotFound`."""
        ...


class AskedAndSaid(Struct, frozen=True):
    """A question and the answer in the candidate's own words, each with its time (empty for written ones)."""

    question: str
    answered: str
    said: tuple[tuple[str, str], ...]
    competencies: tuple[str, ...]
    note: str


class Explained(Struct, frozen=True):
    """A competency with its five levels; `level` is the one proposed (None: a person rates it)."""

    name: str
    meaning: str
    level: int | None
    score: str
    levels: tuple[str, ...]
    why: tuple[str, ...]


class Letter(Struct, frozen=True):
    """The letter, every text in the candidate's language."""

    language: Language
    name: str
    post: str
    written_at: datetime
    assessed_at: datetime
    validated: bool
    asked: tuple[AskedAndSaid, ...]
    unanswered: tuple[str, ...]
    competencies: tuple[Explained, ...]
    counted: tuple[str, ...]
    never_counted: tuple[str, ...]
    decides: tuple[str, ...]
    object: tuple[str, ...]
    models: tuple[str, ...]


class Letters:
    """Writes explanation letters; `explanation` is what the candidate's rights desk calls."""

    def __init__(
        self,
        briefs: Briefs,
        catalogue: Catalogue,
        font_dirs: Sequence[Path],
        rubrics: RubricLibrary,
    ) -> None:
        self._briefs = briefs
        self._catalogue = catalogue
        self._font_dirs = font_dirs
        self._rubrics = rubrics

    def explanation(self, tx: Transaction, interview_id: str, language: str) -> bytes:
        """The letter as PDF in `zh` or `en`. Raises `NotFound`, `Gone` and `NotWritten` like a report. Who may
        ask for it, and the ledger's row, are the caller's."""
        letter = self.letter(tx, interview_id, language)
        translator = self._catalogue.translator(language).in_room("interviews")
        return typeset("letter.typ", _content(letter, translator, tx), self._font_dirs)

    def letter(self, tx: Transaction, interview_id: str, language: str) -> Letter:
        """The letter's texts, for a page. Raises like `explanation`."""
        report = written(tx, interview_id)
        brief = self._briefs.brief(tx, report.candidate_id)
        spoken: Language = "en" if language == "en" else "zh"
        never = NEVER_COUNTED_BESIDE_DELIVERY if report.delivery_counted else NEVER_COUNTED
        translator = self._catalogue.translator(language).in_room("interviews")
        names = {one.id: one.name.get(spoken) for one in report.competencies}
        return Letter(
            language=spoken,
            name=brief.name,
            post=brief.post(spoken),
            written_at=tx.now,
            assessed_at=report.written_at,
            validated=report.validated,
            asked=tuple(_asked(one, names, spoken, translator) for one in report.answers),
            unanswered=tuple(one.get(spoken) for one in report.unanswered),
            competencies=tuple(self._explained(one, spoken, translator) for one in report.competencies),
            counted=_texts((*COUNTED, DELIVERY_COUNTED) if report.delivery_counted else COUNTED, translator),
            never_counted=_texts((*never, *NEVER_COUNTED_ANYWHERE), translator),
            decides=_texts(DECIDES, translator),
            object=_texts(OBJECT, translator),
            models=_models(report),
        )

    def _explained(self, one: CompetencyOut, language: Language, translator: Translator) -> Explained:
        # The wording of the day of the assessment stands in the report; the definition is the library's.
        known = self._rubrics.competencies.get(one.id)
        score = ""
        if one.score is not None:
            score = translator.gettext(
                "%(value)s of 10, most likely between %(low)s and %(high)s",
                value=f"{one.score.value:.1f}",
                low=f"{one.score.low:.1f}",
                high=f"{one.score.high:.1f}",
            )
        return Explained(
            name=one.name.get(language),
            meaning=known.definition.get(language) if known else "",
            level=one.level,
            score=score,
            levels=tuple(anchor.get(language) for anchor in one.anchors),
            why=tuple(translator.gettext(REASONS[reason]) for reason in one.needs_person),
        )


def _asked(
    answer: AnswerOut, names: Mapping[str, str], language: Language, translator: Translator
) -> AskedAndSaid:
    return AskedAndSaid(
        question=answer.question.get(language),
        answered=translator.gettext(ANSWERED[answer.kind]),
        said=tuple((clock_of(one.start_s), one.text) for one in answer.sentences),
        competencies=tuple(names[one] for one in answer.competencies if one in names),
        note=translator.gettext(REASONS[answer.needs_person]) if answer.needs_person is not None else "",
    )


ANSWERED: Mapping[AnswerKind, str] = {
    AnswerKind.VIDEO: N_("Answered by video"),
    AnswerKind.VOICE: N_("Answered by voice"),
    AnswerKind.TEXT: N_("Answered in writing"),
}


def _texts(msgids: Sequence[str], translator: Translator) -> tuple[str, ...]:
    return tuple(translator.gettext(one) for one in msgids)


def _models(report: Report) -> tuple[str, ...]:
    made = report.made
    spoken = any(one.kind is not AnswerKind.TEXT for one in report.answers)
    return (*made.language_models, *(made.speech_models if spoken else ()))


def _content(letter: Letter, translator: Translator, tx: Transaction) -> Mapping[str, object]:
    """What the printed letter shows beside the letter's own texts."""
    _, zone = translator.gettext, tx.database.clock.zone
    return {
        "letter": letter,
        "title": _(TITLE),
        "greeting": _(GREETING, name=letter.name),
        "intro": _(INTRO, post=letter.post, day=translator.day(letter.assessed_at, zone)),
        "written": _("Written %(moment)s", moment=translator.moment(letter.written_at, zone)),
        "label": "" if letter.validated else _(NOT_VALIDATED),
        "label_why": "" if letter.validated else _(NOT_VALIDATED_FOR_CANDIDATE),
        "heads": {name: _(text) for name, text in HEADS.items()},
        "level": [_("Level %(level)d of 5", level=level) for level in range(1, 6)],
        "person": _("A person rates this"),
        "nothing": _("Nothing was written down."),
        "not_answered": _("Not answered"),
    }


TITLE = N_("How your interview was assessed")
GREETING = N_("Dear %(name)s,")
INTRO = N_(
    "you took an interview for the post %(post)s, and it was assessed on %(day)s. This letter tells you in plain "
    "words what was looked at and how, so that you can understand it and object."
)
NOT_VALIDATED_FOR_CANDIDATE = N_(
    "These levels have not been checked yet against ratings by people of this house. Whoever decides knows this."
)
HEADS: Mapping[str, str] = {
    "asked": N_("What was asked and what you said"),
    "competencies": N_("Which competencies were looked at, and what the levels mean"),
    "counted": N_("What counted"),
    "never_counted": N_("What never counts"),
    "decides": N_("Who decides"),
    "object": N_("How you can object"),
    "models": N_("Programs used"),
    "for": N_("Looked at for:"),
    "proposed": N_("Proposed"),
}
