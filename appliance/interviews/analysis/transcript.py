"""From what the recogniser heard, or the candidate typed, to numbered sentences with times.

A sentence is the unit of evidence: the model names its number, the report quotes its text and the page plays
its second. The text shown is always the candidate's own; only the copy that the model reads is tidied.
"""

import re
import unicodedata
from collections.abc import Sequence

from msgspec import Struct

from inference.ports import Word

MAX_SENTENCES = 40
PAUSE_ENDS_SENTENCE_S = 0.9
LONG_SENTENCE_UNITS = 45
HARD_LIMIT_UNITS = 70

_STRONG_END = re.compile(r"[。！？!?；;…]+[”’\"')）】]*$|(?<![\d.])\.+[\"')]*$")
_WEAK_END = re.compile(r"[，,、：:]$")
_SPLIT = re.compile(r"(?<=[。！？!?；;…\n])(?![。！？!?；;…”’\"')）】])|(?<=[.])(?=\s)")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z0-9]+(?:['’-][A-Za-z0-9]+)*")
_FILLERS_EN = re.compile(r"\b(?:um+|uh+|erm*|hmm+|you know|i mean)\b[,，]?\s*", re.IGNORECASE)
_FILLERS_ZH = re.compile(r"(?:嗯+|呃+|额+|啊(?=[，,、。嗯呃])|(?:那个|这个|就是说)(?=[，,、]))[，,、]?")


class Sentence(Struct, frozen=True):
    """``number`` counts from 1 within the answer; times are seconds of the recording, ``None`` for typed text.
    ``other_voice`` marks what somebody else said, ``sensitive`` names a protected topic: neither is evidence."""

    number: int
    text: str
    start_s: float | None = None
    end_s: float | None = None
    other_voice: bool = False
    sensitive: str | None = None

    @property
    def counts(self) -> bool:
        """Whether the sentence may carry evidence."""
        return not self.other_voice and self.sensitive is None


def clean_text(text: str) -> str:
    """Hostile text as it may be shown: no control, format (zero-width, bidirectional), private or unassigned
    characters, single spaces; else as the candidate wrote it. Line ends stay, because they end sentences."""
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if character in "\n\r\t\u2028\u2029":
            kept.append("\n" if character != "\t" else " ")
        elif category[0] != "C":
            kept.append(character)
    return re.sub(r"[ \u00a0]{2,}", " ", "".join(kept)).strip()


def canonical(text: str) -> str:
    """Text as rules and models read it: also with compatibility forms folded (NFKC), so that no look-alike of
    a letter, digit or delimiter passes for another."""
    return clean_text(unicodedata.normalize("NFKC", text))


def units(text: str) -> int:
    """The length of a text in units that mean about the same in both languages: Chinese characters plus
    words."""
    return len(_HAN.findall(text)) + len(_LATIN_WORD.findall(text))


def plain(text: str) -> str:
    """The words alone, for comparing sentences: no punctuation, no spaces, lower case."""
    return re.sub(r"[\W_]+", "", canonical(text)).lower()


def without_fillers(text: str) -> str:
    """The sentence without hesitation sounds, which must not move a score."""
    return _FILLERS_ZH.sub("", _FILLERS_EN.sub("", text)).strip() or text


def sentences_of_text(text: str) -> list[Sentence]:
    """The numbered sentences of a typed answer."""
    pieces = [piece.strip() for piece in _SPLIT.split(clean_text(text))]
    whole = [part for piece in pieces if piece for part in _break_long(piece)]
    return [Sentence(number, part) for number, part in enumerate(whole, start=1)]


def sentences_of_words(words: Sequence[Word], by_other: Sequence[bool] = ()) -> list[Sentence]:
    """The numbered sentences of a spoken answer. A sentence ends at punctuation, at a pause of
    ``PAUSE_ENDS_SENTENCE_S``, where the voice changes (``by_other``, a flag a word: somebody else than the main
    speaker), or, where the recogniser gives none of these, at the first comma after ``LONG_SENTENCE_UNITS`` (at
    the latest ``HARD_LIMIT_UNITS``) words or characters."""
    sentences: list[Sentence] = []
    current: list[Word] = []
    others = list(by_other) or [False] * len(words)
    for index, word in enumerate(words):
        current.append(word)
        following = words[index + 1] if index + 1 < len(words) else None
        if following is None or others[index] is not others[index + 1] or _ends(current, following):
            text = join_words(current)
            if text:
                times = (round(current[0].start_s, 2), round(current[-1].end_s, 2))
                sentences.append(Sentence(len(sentences) + 1, text, *times, other_voice=others[index]))
            current = []
    return sentences


def join_words(words: Sequence[Word]) -> str:
    """The words as running text: Latin words apart, Chinese characters together, whatever spaces the
    recogniser left at the edges."""
    text = ""
    for word in words:
        piece = clean_text(word.text)
        spaced = bool(text) and not _HAN.match(text[-1]) and bool(piece) and piece[0].isalnum()
        text += f" {piece}" if spaced and not _HAN.match(piece) else piece
    return text.strip()


def _ends(current: Sequence[Word], following: Word) -> bool:
    last = clean_text(current[-1].text)
    if _STRONG_END.search(last) or following.start_s - current[-1].end_s >= PAUSE_ENDS_SENTENCE_S:
        return True
    length = units(join_words(current))
    return length >= HARD_LIMIT_UNITS or (length >= LONG_SENTENCE_UNITS and bool(_WEAK_END.search(last)))


def _break_long(sentence: str) -> list[str]:
    """Typed text without full stops, broken at commas once a piece is long enough."""
    if units(sentence) <= HARD_LIMIT_UNITS:
        return [sentence]
    parts: list[str] = []
    current = ""
    for piece in re.split(r"(?<=[，,、])", sentence):
        current += piece
        if units(current) >= LONG_SENTENCE_UNITS:
            parts.append(current.strip())
            current = ""
    if current.strip():
        parts.append(current.strip())
    return parts
