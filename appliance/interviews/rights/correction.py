"""Correcting a transcript: how much of it was changed, and the corrected words with the times of the recording.

A correction puts right what the recogniser misheard. It must not become a new answer: at most a fifth of the
words may differ.
"""

import difflib
import math
import re
from collections.abc import Sequence

import numpy as np

from appliance.interviews.analysis.transcript import clean_text
from appliance.kernel.errors import N_, Invalid, Message
from inference.ports import Word

LARGEST_SHARE = 0.2
"""Share of the units (Chinese characters, other words) that a correction may change."""

ALWAYS_ALLOWED = 3
"""Units that may change in a short answer too: one misheard name is more than a fifth of ten words."""

LONGEST = 20_000
SURE = 1.0
_UNIT = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_]+(?:['’-][^\W_]+)*")
_PIECE = re.compile(r"\s*(?:[\u3400-\u9fff\uf900-\ufaff]|[^\W_]+(?:['’-][^\W_]+)*)[^\w\s]*|\s*[^\w\s]+")


def checked_correction(original: str, corrected: str) -> tuple[str, float]:
    """The corrected text without hidden characters, and the share that changed (0 to 1).

    Raises `Invalid` for the field `text` when nothing or too much was changed, saying how much is allowed.
    """
    if len(corrected) > LONGEST:
        raise Invalid({"text": Message(N_("At most %(limit)d characters."), {"limit": LONGEST})})
    text = clean_text(corrected)
    before, after = units_of(original), units_of(text)
    if not after:
        raise Invalid({"text": N_("Nothing is left of the text. Change only what was written down wrongly.")})
    if text == clean_text(original):
        raise Invalid({"text": N_("Nothing was changed. Correct the words that were written down wrongly.")})
    allowed = max(ALWAYS_ALLOWED, math.floor(LARGEST_SHARE * len(before)))
    # The length alone tells enough about a text that is far too long, before anything quadratic is done.
    changed = abs(len(after) - len(before))
    if changed <= allowed:
        changed = distance(before, after)
    if changed > allowed:
        raise Invalid({"text": Message(
            N_(
                "You changed %(changed)d words or characters; %(allowed)d may be corrected here, so that the "
                "answer stays the one you gave. If more is wrong, ask for a correction below and a person "
                "will listen to the recording."
            ),
            {"changed": changed, "allowed": allowed},
        )})  # fmt: skip
    return text, round(changed / max(1, len(before)), 4)


def units_of(text: str) -> list[str]:
    """Chinese characters and other words in lower case: what a reader would count as changed."""
    return [unit.lower() for unit in _UNIT.findall(clean_text(text))]


def distance(before: Sequence[str], after: Sequence[str]) -> int:
    """Fewest units to insert, remove or replace (Levenshtein 1966), one row of the table at a time."""
    numbers = {unit: number for number, unit in enumerate(dict.fromkeys([*before, *after]))}
    target = np.array([numbers[unit] for unit in after], dtype=np.int64)
    steps = np.arange(len(after) + 1, dtype=np.int64)
    row = steps.copy()
    for count, unit in enumerate(before, 1):
        best = np.empty_like(row)
        best[0] = count
        best[1:] = np.minimum(row[1:] + 1, row[:-1] + (target != numbers[unit]))
        # An insertion costs one a step: the running minimum of (value - place) carries it along the row.
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


def corrected_words(heard: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The corrected text as words with times: words that stayed keep theirs, changed ones share the time of
    what they replace."""
    if not heard:
        return ()
    pieces = _PIECE.findall(text)
    units: list[tuple[str, Word]] = []
    for word in heard:
        units += [(unit, word) for unit in units_of(word.text)]
    spoken = [unit for unit, _ in units]
    written = [(units_of(piece) or [""])[0] for piece in pieces]
    times: list[tuple[float, float]] = []
    matcher = difflib.SequenceMatcher(None, spoken, written, autojunk=False)
    for _, begin, end, first, last in matcher.get_opcodes():
        times += _times(units, begin, end, last - first)
    return tuple(
        Word(text=piece, start_s=start, end_s=stop, probability=SURE)
        for piece, (start, stop) in zip(pieces, times, strict=True)
    )


def _times(units: Sequence[tuple[str, Word]], begin: int, end: int, count: int) -> list[tuple[float, float]]:
    """`count` stretches of time over the heard units from `begin` to `end`; without any, the moment between
    their neighbours."""
    if count == end - begin:
        return [(word.start_s, word.end_s) for _, word in units[begin:end]]
    if begin < end:
        start, stop = units[begin][1].start_s, units[end - 1][1].end_s
    else:
        start = stop = units[begin - 1][1].end_s if begin else (units[0][1].start_s if units else 0.0)
    step = (stop - start) / count if count else 0.0
    return [(start + place * step, start + (place + 1) * step) for place in range(count)]
