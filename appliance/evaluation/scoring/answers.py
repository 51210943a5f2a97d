"""ANSWERS.jsonl and RATINGS.jsonl."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from appliance.evaluation.errors import BadInput
from appliance.evaluation.scoring.rubric import Marked

Line = TypeVar("Line")

LONGEST_TEXT = 200_000


Id = Annotated[str, Meta(min_length=1, max_length=400)] | int


class Answer(Struct, frozen=True, kw_only=True):
    """One answer. ``question`` names the competency that it is marked by; it may be left out where the rubric has
    only one."""

    id: Id
    text: Annotated[str, Meta(max_length=LONGEST_TEXT)]
    question: str = ""

    @property
    def key(self) -> str:
        return str(self.id)

    def hash(self, marked: Marked) -> str:
        """Over all that decides its reading but model and code."""
        return hashlib.sha256(msgspec.json.encode([self.key, self.text, marked])).hexdigest()


class Rating(Struct, frozen=True, kw_only=True):
    """One person's score of one answer, on the rubric's scale."""

    id: Id
    rater: str | int = ""
    score: float


class Ratings(Struct, frozen=True):
    """For each rated answer the score of each rater, and how many ratings were of answers that are not there."""

    of: dict[str, dict[str, float]]
    strangers: int


def read_answers(file: Path, rubric: Mapping[str, Marked]) -> dict[str, tuple[Answer, Marked]]:
    """The answers by id, each with what it is marked by. :class:`BadInput` names file and line."""
    found: dict[str, tuple[Answer, Marked]] = {}
    only = next(iter(rubric.values())) if len(rubric) == 1 else None
    for number, answer in _lines(file, Answer, '{"id": "...", "question": "...", "text": "..."}'):
        marked = rubric.get(answer.question) or only
        if marked is None:
            raise BadInput(
                f"{file}, line {number}: the rubric has no competency {answer.question!r}. It has: "
                f"{', '.join(rubric)}."
            )
        if answer.key in found:
            raise BadInput(f"{file}, line {number}: the answer {answer.key!r} is there twice.")
        found[answer.key] = (answer, marked)
    if not found:
        raise BadInput(f"{file} holds no answers.")
    return found


def read_ratings(file: Path | None, answers: Mapping[str, tuple[Answer, Marked]]) -> Ratings:
    """For each rated answer the score of each rater. Ratings of answers that are not among ``answers`` are left out;
    the summary counts them."""
    found: dict[str, dict[str, float]] = {}
    strangers: list[str] = []
    if file is None:
        return Ratings(found, 0)
    for number, rating in _lines(file, Rating, '{"id": "...", "rater": "...", "score": 7.5}'):
        key = str(rating.id)
        if key not in answers:
            strangers.append(key)
            continue
        full = answers[key][1].full
        if not 0 <= rating.score <= full:
            raise BadInput(f"{file}, line {number}: the score {rating.score:g} is not from 0 to {full:g}.")
        raters = found.setdefault(key, {})
        rater = str(rating.rater) or f"rater {len(raters) + 1}"
        if rater in raters:
            raise BadInput(f"{file}, line {number}: {rater!r} has rated {key!r} before.")
        raters[rater] = rating.score
    if strangers and not found:
        raise BadInput(f"{file} rates none of the answers; the first that it rates is {strangers[0]!r}.")
    return Ratings(found, len(strangers))


def _lines(file: Path, kind: type[Line], form: str) -> Iterator[tuple[int, Line]]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}).") from error
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"{file}, line {number}: {error}. A line is: {form}") from error
