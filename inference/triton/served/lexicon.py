"""How likely a Chinese sentence is as words: a second opinion on what a small recogniser heard.

Whisper base hears 授信额度 and 受性额度 as nearly equally likely; one of them is made of words. A unigram model over
a word list with counts (jieba's, MIT) chooses among the recogniser's own hypotheses, and never writes anything that
the recogniser did not propose.
"""

import math
import re
from pathlib import Path

LONGEST_WORD = 6
UNKNOWN_PENALTY = 2.0
"""An unknown character counts as seen e**-2 times."""

WEIGHT = 0.25
"""Of a logarithm of word probability against one of the recogniser's. Over 140 Mandarin utterances weights of 0.22 to
0.35 err in 15.6 to 15.9 % of the characters, 0.15 in 16.6 %, none in 17.9 %."""

BONUS = 0.45
"""For each character or Latin word, against the word model's liking for short sentences; 0.2 to 1.0 differ by less
than half a per cent."""

_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_UNIT = re.compile(r"[\u4e00-\u9fff]|[A-Za-z]+|\d")


class Lexicon:
    """Word counts of a file with a word, its count and a tag in each line."""

    def __init__(self, file: Path) -> None:
        self._logs: dict[str, float] = {}
        counts: dict[str, int] = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            word, count, *_ = line.split(" ")
            if len(word) <= LONGEST_WORD and int(count) > 0:
                counts[word] = int(count)
        if not counts:
            raise RuntimeError(f"{file} holds no word counts")
        total = math.log(sum(counts.values()))
        self._logs = {word: math.log(count) - total for word, count in counts.items()}
        self._unknown = -total - UNKNOWN_PENALTY

    def log_probability(self, text: str) -> float:
        """Natural logarithm of the probability of the best division of ``text``'s Chinese runs into words."""
        return sum(self._best_division(run) for run in _HAN_RUN.findall(text))

    def preference(self, text: str) -> float:
        """What to add to the recogniser's own log probability of ``text``."""
        return WEIGHT * self.log_probability(text) + BONUS * len(_UNIT.findall(text))

    def _best_division(self, run: str) -> float:
        best = [0.0] + [-math.inf] * len(run)
        for start in range(len(run)):
            for end in range(start + 1, min(len(run), start + LONGEST_WORD) + 1):
                known = self._logs.get(run[start:end], self._unknown if end == start + 1 else -math.inf)
                best[end] = max(best[end], best[start] + known)
        return best[len(run)]
