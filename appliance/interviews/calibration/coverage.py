"""What an answer covers, counted without a model: words of its own, figures, words of the rubric and of a reference.

Each count is over different words, never over words: saying a thing twice, or more slowly, changes nothing. Words
of the question count nowhere, because repeating the question is no answer.
"""

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from msgspec import Struct

from appliance.interviews.analysis.transcript import canonical

_TOKEN = re.compile(r"-?\d+(?:\.\d+)?|%?[a-z]+(?:['’][a-z]+)?|[\u3400-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the of to and or in is are was were it its for on be been as that this these those with will by at "
        "from if not no do does did have has had i we you he she they my our your so but",
    )
)


class Coverage(Struct, frozen=True):
    """Natural logarithms of one more than a count (``novel``: words beyond the question's, ``turns``: pairs of
    neighbouring words, ``figures``: numbers), and shares from 0 to 1 (``reference`` and ``rubric``: of their words,
    0 where there is none)."""

    novel: float
    turns: float
    figures: float
    reference: float
    rubric: float


def tokens(text: str) -> list[str]:
    """Numbers, Latin words in lower case, and Chinese by pairs of characters (a single one alone)."""
    found: list[str] = []
    for piece in _TOKEN.findall(canonical(text).lower()):
        if _HAN.match(piece):
            found.extend(first + second for first, second in pairwise(piece))
            if len(piece) == 1:
                found.append(piece)
        else:
            found.append(piece)
    return found


class Yardstick:
    """What answers to one question are held against."""

    def __init__(self, question: str, rubric: str, reference: str) -> None:
        self._question = frozenset(tokens(question))
        self._rubric = _content(tokens(rubric))
        self._reference = _content(tokens(reference))

    def measure(self, texts: Iterable[str]) -> Coverage:
        """The coverage of an answer, given as its sentences."""
        sentences = [tokens(text) for text in texts]
        said = _content(word for sentence in sentences for word in sentence)
        turns = {pair for sentence in sentences for pair in pairwise(sentence)}
        return Coverage(
            novel=math.log1p(len(said - self._question)),
            turns=math.log1p(len(turns)),
            figures=math.log1p(sum(word.lstrip("-")[:1].isdigit() for word in said)),
            reference=_share(said, self._reference),
            rubric=_share(said, self._rubric),
        )


def _content(words: Iterable[str]) -> frozenset[str]:
    return frozenset(words) - _FUNCTION_WORDS


def _share(said: frozenset[str], wanted: frozenset[str]) -> float:
    return len(said & wanted) / len(wanted) if wanted else 0.0


def length(texts: Sequence[str]) -> float:
    """The logarithm of one more than the number of words: the figure that every score must beat."""
    return math.log1p(sum(len(tokens(text)) for text in texts))
