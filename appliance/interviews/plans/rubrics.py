"""Competencies with five behaviourally anchored levels, and the questions that bring them to light.

The texts are files in ``config/rubrics``, one competency each, so that a customer's HR can read, change and
sign them. Every competency and question has a hash over its content: a result names the hash it was made
with.
"""

import hashlib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Language = Literal["zh", "en"]
PostFamily = Literal["bank", "hospital", "office"]
Seniority = Literal["entry", "experienced", "lead"]
Intent = Literal["situation", "task", "action", "result", "reflection", "own_part"]

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z_]*(\.[a-z][a-z_]*)?$", max_length=80)]
NonEmpty = Annotated[str, Meta(min_length=1, max_length=600)]

LEVELS = 5


class RubricInvalid(ValueError):
    """A rubric file cannot be used; the message names the file, the place in it and what is expected."""


class Bilingual(Struct, frozen=True, forbid_unknown_fields=True):
    """The same text in both languages of the house, each written, not translated word for word."""

    zh: NonEmpty
    en: NonEmpty

    def get(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Competency(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is assessed. ``definition`` and ``restated`` are two wordings of one construct: a level that
    depends on which of them was read is not a stable level. ``levels`` are the anchors of level 1 to 5, in
    that order."""

    id: Identifier
    families: list[PostFamily]
    name: Bilingual
    definition: Bilingual
    restated: Bilingual
    levels: Annotated[list[Bilingual], Meta(min_length=LEVELS, max_length=LEVELS)]

    def anchor(self, level: int) -> Bilingual:
        """The text of level 1 to 5."""
        return self.levels[level - 1]

    def wordings(self, language: Language) -> tuple[str, str]:
        return self.definition.get(language), self.restated.get(language)


class FollowUp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an interviewer would ask next, and what it is after."""

    intent: Intent
    text: Bilingual


class Question(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question of the bank. ``good_evidence`` tells a human reader what a strong answer contains; it is
    never shown to the candidate."""

    id: Identifier
    families: list[PostFamily]
    text: Bilingual
    good_evidence: Bilingual
    competencies: list[Identifier] = []
    seniority: list[Seniority] = []
    follow_ups: list[FollowUp] = []


class _RubricFile(Struct, frozen=True, forbid_unknown_fields=True):
    competency: Competency
    questions: list[Question] = []


def content_hash(*parts: object) -> str:
    """SHA-256 (hex) over the canonical JSON of ``parts``."""
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


class RubricLibrary:
    """All competencies and questions of the site, by id, in the order of their files' names."""

    def __init__(self, competencies: Iterable[Competency], questions: Iterable[Question]) -> None:
        self.competencies = {competency.id: competency for competency in competencies}
        self.questions = {question.id: question for question in questions}
        self.hash = content_hash(list(self.competencies.values()), list(self.questions.values()))

    def competency(self, competency_id: str) -> Competency:
        """Raises ``KeyError``: plans are checked when they are made, so an unknown id is a programming
        error."""
        return self.competencies[competency_id]

    def question(self, question_id: str) -> Question:
        return self.questions[question_id]

    def competency_hash(self, competency_id: str) -> str:
        return content_hash(self.competency(competency_id))

    def questions_for(self, competency_id: str, *, family: PostFamily | None = None) -> list[Question]:
        """The bank's questions for one competency, for one post family or all."""
        return [
            question
            for question in self.questions.values()
            if competency_id in question.competencies and (family is None or family in question.families)
        ]


def load_rubrics(folder: Path) -> RubricLibrary:
    """Reads every ``*.toml`` of ``folder``. Raises ``RubricInvalid`` for a missing folder, a broken file or
    an id that is used twice: an appliance must not start with half a rubric."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise RubricInvalid(f"{folder}: no rubric files (*.toml) here; restore them from the release")
    competencies: dict[str, Competency] = {}
    questions: dict[str, Question] = {}
    for path in paths:
        content = _read(path)
        if content.competency.id in competencies:
            raise RubricInvalid(
                f"{path}: competency {content.competency.id} is already defined in another file"
            )
        competencies[content.competency.id] = content.competency
        for question in content.questions:
            if question.id in questions:
                raise RubricInvalid(f"{path}: question {question.id} is defined twice")
            owned = question.competencies or [content.competency.id]
            questions[question.id] = msgspec.structs.replace(question, competencies=owned)
    _check_references(competencies, questions)
    return RubricLibrary(competencies.values(), questions.values())


def _read(path: Path) -> _RubricFile:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _RubricFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as problem:
        raise RubricInvalid(f"{path}: {problem}") from problem


def _check_references(competencies: dict[str, Competency], questions: dict[str, Question]) -> None:
    for question in questions.values():
        for competency_id in question.competencies:
            if competency_id not in competencies:
                raise RubricInvalid(
                    f"question {question.id} names the competency {competency_id}, which no file defines"
                )
