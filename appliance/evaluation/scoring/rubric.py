"""RUBRIC.toml: what the answers are marked by."""

import re
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from appliance.evaluation.errors import BadInput
from appliance.interviews.plans.rubrics import LEVELS, Bilingual, Competency, Language
from appliance.interviews.scoring.marks import Scheme

Text = Annotated[str, Meta(min_length=1, max_length=20_000)]

_POINT = re.compile(r"\n+|[;；](?=\s)|(?<=[.。)）])\s+(?=\d{1,2}[.)、])")
_NUMBERING = re.compile(r"^\s*(?:[•*\-–·]|\d{1,2}[.)、])\s*")
SHORTEST_POINT = 8
MOST_POINTS = 8
HAN_SHARE = 0.3


class Marked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ``[[competency]]``. ``full`` is the top of the scale on which ratings and scores are given; ``levels`` are
    five anchored texts from the lowest to the highest; ``criteria`` is what raters look for, in their own words;
    ``reference`` a good answer."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Text
    question: Text
    full: Annotated[float, Meta(gt=0)] = 10.0
    levels: Annotated[list[Text], Meta(min_length=LEVELS, max_length=LEVELS)] | None = None
    criteria: str = ""
    reference: str = ""

    def __post_init__(self) -> None:
        if not self.levels and not self.criteria.strip() and not self.reference.strip():
            raise ValueError("levels, criteria or reference is needed: something must say what is good")

    @property
    def language(self) -> Language:
        """The language in which it is asked: Chinese from a third of Chinese characters on."""
        return language_of(f"{self.question}{self.criteria}{self.reference}")

    def scheme(self, language: Language) -> Scheme:
        """What the marks are given by, in the words of the file."""
        parts = [self.criteria.strip()]
        if self.levels:
            parts += [f"{number} {text}" for number, text in enumerate(self.levels, start=1)]
        return Scheme(
            question=self.question,
            criteria="\n".join(part for part in parts if part),
            reference=self.reference.strip(),
            language=language,
        )

    def competency(self) -> Competency | None:
        """As the interview's own scoring reads it, where it has levels."""
        if not self.levels:
            return None
        definition = self.criteria.strip() or self.name
        return Competency(
            id=self.id,
            families=[],
            name=_both(self.name),
            definition=_both(definition),
            restated=_both(definition),
            levels=[_both(level) for level in self.levels],
        )

    def points(self) -> list[str]:
        """The criteria one by one, as far as the text sets them apart."""
        pieces = (_NUMBERING.sub("", piece).strip() for piece in _POINT.split(self.criteria))
        return [piece for piece in pieces if len(piece) >= SHORTEST_POINT][:MOST_POINTS]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    competency: Annotated[list[Marked], Meta(min_length=1)]


def language_of(text: str) -> Language:
    """``zh`` from a third of Chinese characters among all letters on, else ``en``."""
    letters = [character for character in text if character.isalpha()]
    han = sum("\u3400" <= character <= "\u9fff" for character in letters)
    return "zh" if letters and han / len(letters) > HAN_SHARE else "en"


def read(file: Path) -> dict[str, Marked]:
    """The competencies by id. :class:`BadInput` names the file and the place."""
    try:
        content = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8-sig")), _File)
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8. Save it as text in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file} is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise BadInput(
            f"{file}: {error}. A rubric has one or more [[competency]] with id, name, question, and levels (five "
            "texts), criteria or reference."
        ) from error
    found: dict[str, Marked] = {}
    for marked in content.competency:
        if marked.id in found:
            raise BadInput(f"{file}: the competency {marked.id!r} is there twice.")
        found[marked.id] = marked
    return found


def _both(text: str) -> Bilingual:
    return Bilingual(zh=text, en=text)
