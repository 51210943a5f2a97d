"""Speech to words with times: Whisper through CTranslate2 (faster-whisper's model and tokenizer), decoded here.

Decoded here rather than by faster-whisper's own loop, because a hypothesis is chosen among several (see ``lexicon``),
because windows are cut at pauses and packed (see ``chunks``), and because nothing is ever sampled: the same recording
gives the same words. Silence is not asked about, since Whisper makes up words for it.
"""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.triton.served.chunks import Chunk, chunks
from inference.triton.served.lexicon import Lexicon
from inference.triton.served.vad import SAMPLE_RATE_HZ, Rules, Samples, VoiceActivity

Features = npt.NDArray[np.float32]
"""(1, mel bands, frames of 10 ms)."""

WINDOW = 3000
SHORT_WINDOW = 2000
"""Frames. The encoder computes whatever it is given; a chunk that fits well into the short window is heard in both,
which errs less than either once words are weighed (15.7 % of Mandarin characters against about 16)."""

SHORT_CHUNK_S = 12.0
BRIEF_S = 0.8
BRIEF_WINDOW = 1000
"""Frames; less speech than ``BRIEF_S`` in all is one word or two, heard between silences and at ordinary loudness."""

BRIEF_PROMPT = {
    "en": " Zero. One. Two. Three. Four. Five. Six. Seven. Eight. Nine. Ten. Yes. No. Okay.",
    "zh": "零。一。二。三。四。五。六。七。八。九。十。是。不是。好。",
}
"""What is said so briefly is most often a number, yes or no; without any context Whisper hears "five" as "bye". Of 36
spoken English digits 30 are right with the prompt and 22 without; of 44 other short words 38 and 39."""

BEAM = 5
CHINESE_BEAM = 12
"""Hypotheses kept in the search: for Chinese more, because words choose among them afterwards."""

TOKENS_PER_S = 14.0
REPEATED = 2.4
"""Compression ratio above which a text goes round in circles (the bound that Whisper's authors use)."""

SILENT = 0.6
UNSURE = -1.0
"""No-speech probability and mean log probability beyond which a chunk holds no words (same source)."""

LISTENING = Rules(starts_above=0.35, ends_below=0.2, min_speech_s=0.1, padding_s=0.1)
"""More lenient than the voice-activity model's own answer: a word lost is worse here than a breath heard."""

LOUDNESS = 0.07
"""RMS of speech that brief utterances are brought to (-23 dB)."""


@dataclass(frozen=True)
class Hypothesis:
    """Token numbers without special ones, their text, and the sum of their log probabilities."""

    tokens: tuple[int, ...]
    text: str
    score: float
    no_speech: float

    @property
    def mean(self) -> float:
        """Log probability for each token."""
        return self.score / max(1, len(self.tokens))


class Recogniser:
    """``whisper`` is a ``faster_whisper.WhisperModel``; ``lexicon`` is asked about Chinese."""

    def __init__(self, whisper: Any, voice: VoiceActivity, lexicon: Lexicon) -> None:
        import opencc

        self._whisper = whisper
        self._voice = voice
        self._lexicon = lexicon
        self._script = opencc.OpenCC("t2s")

    def transcribe(self, samples: Samples, language: str | None) -> dict[str, Any]:
        """The fields of ``Transcript`` that a model knows; ``ValueError`` for a language it has not learned."""
        if language and language not in self._whisper.supported_languages:
            raise ValueError(f"the recogniser does not know the language {language!r}")
        pieces = chunks(samples, self._voice.segments(samples, LISTENING))
        language = language or self._language(pieces)
        texts, words = [], []
        for chunk in pieces:
            text, heard = self._hear(chunk, language)
            texts.append(self._shown(text, language))
            shown = [{**word, "text": self._shown(word["text"], language)} for word in heard]
            words += [word for word in shown if word["text"]]
        return {
            "language": language,
            "text": _joined(texts),
            "words": words,
            "duration_s": len(samples) / SAMPLE_RATE_HZ,
        }

    def _shown(self, text: str, language: str) -> str:
        """Whisper writes either Chinese script, sometimes both in a sentence; a mainland site reads simplified."""
        converted: str = self._script.convert(text) if language == "zh" else text
        return converted.strip()

    def _language(self, pieces: Sequence[Chunk]) -> str:
        """The likeliest language of the longest chunk; English where nobody speaks."""
        if not pieces:
            return "en"
        longest = max(pieces, key=lambda chunk: chunk.speech_s)
        encoded = self._encode(self._features(longest.samples, WINDOW))
        ((token, _), *_) = self._whisper.model.detect_language(encoded)[0]
        return str(token[2:-2])

    def _hear(self, chunk: Chunk, language: str) -> tuple[str, list[dict[str, Any]]]:
        """What was said in ``chunk``, as the recogniser writes it, and its words."""
        from faster_whisper.tokenizer import Tokenizer

        tokenizer = Tokenizer(self._whisper.hf_tokenizer, True, task="transcribe", language=language)
        brief = chunk.speech_s < BRIEF_S
        samples, lead_s = _between_silences(chunk.samples) if brief else (chunk.samples, 0.0)
        prompt = BRIEF_PROMPT.get(language, "") if brief else ""
        windows = [BRIEF_WINDOW] if brief else [WINDOW]
        if language == "zh" and not brief and chunk.duration_s <= SHORT_CHUNK_S:
            windows.append(SHORT_WINDOW)
        encoded = [self._encode(self._features(samples, window)) for window in windows]
        proposals = [self._propose(one, tokenizer, chunk, prompt) for one in encoded]
        best = self._choose(proposals, language)
        if best is None:
            return "", []
        words = self._timed(encoded[0], tokenizer, best, chunk, lead_s)
        if brief:
            words = _without_echo(words)
            return "".join(word["text"] for word in words), words
        return best.text, words

    def _features(self, samples: Samples, window: int) -> Features:
        features = self._whisper.feature_extractor(samples)[..., :WINDOW]
        window = max(window, features.shape[-1] + features.shape[-1] % 2)
        padded = np.zeros((1, features.shape[0], window), dtype=np.float32)
        padded[0, :, : features.shape[-1]] = features
        return padded

    def _encode(self, features: Features) -> Any:
        import ctranslate2

        return self._whisper.model.encode(ctranslate2.StorageView.from_array(features), to_cpu=False)

    def _propose(self, encoded: Any, tokenizer: Any, chunk: Chunk, prompt: str) -> list[Hypothesis]:
        """Hypotheses of a beam search; searched again against repetition where the first goes round in circles."""
        found = self._search(encoded, tokenizer, chunk, prompt, {})
        if found and _repetition(found[0].text) > REPEATED:
            found = self._search(encoded, tokenizer, chunk, "", {"no_repeat_ngram_size": 3})
        return found

    def _search(
        self, encoded: Any, tokenizer: Any, chunk: Chunk, prompt: str, rules: dict[str, Any]
    ) -> list[Hypothesis]:
        before = [tokenizer.sot_prev, *tokenizer.encode(prompt)] if prompt else []
        start = [*before, *tokenizer.sot_sequence, tokenizer.no_timestamps]
        beam = CHINESE_BEAM if tokenizer.language_code == "zh" else BEAM
        (result,) = self._whisper.model.generate(
            encoded,
            [start],
            beam_size=beam,
            num_hypotheses=beam,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            max_length=min(448, len(start) + 12 + int(TOKENS_PER_S * chunk.duration_s)),
            **rules,
        )
        found = []
        for ids, mean in zip(result.sequences_ids, result.scores, strict=True):
            tokens = tuple(token for token in ids if token < tokenizer.eot)
            text = tokenizer.decode(tokens)
            # Scores are means over the tokens; texts of different length compete by their sums.
            found.append(Hypothesis(tokens, text, mean * len(ids), result.no_speech_prob))
        return found

    def _choose(self, proposals: list[list[Hypothesis]], language: str) -> Hypothesis | None:
        """The hypothesis that all presentations together find likeliest; None where nothing was said."""
        first = proposals[0]
        if not first or (first[0].no_speech > SILENT and first[0].mean < UNSURE):
            return None
        if language != "zh":
            return first[0] if first[0].text.strip() else None
        # The same words in two scripts are one text, as likely as its likelier spelling.
        by_text: dict[str, Hypothesis] = {}
        scores: list[dict[str, float]] = []
        for found in proposals:
            heard: dict[str, float] = {}
            for one in found:
                text = self._script.convert(one.text).strip()
                by_text.setdefault(text, one)
                heard[text] = max(one.score, heard.get(text, -math.inf))
            scores.append(heard)

        def total(text: str) -> float:
            # A presentation that does not propose a text finds it less likely than all it does propose.
            acoustic = sum(each.get(text, min(each.values()) - 1.0) for each in scores) / len(scores)
            return acoustic + self._lexicon.preference(text)

        best = max(by_text, key=lambda text: (total(text), text))
        return by_text[best] if best else None

    def _timed(
        self, encoded: Any, tokenizer: Any, best: Hypothesis, chunk: Chunk, lead_s: float
    ) -> list[dict[str, Any]]:
        """Words by cross-attention (dynamic time warping), their times those of the recording."""
        frames = min(WINDOW, math.ceil((chunk.duration_s + 2 * lead_s) * 100))
        (aligned,) = self._whisper.find_alignment(tokenizer, [list(best.tokens)], encoded, frames)
        words = []
        for word in aligned:
            start_s = chunk.original_s(max(0.0, float(word["start"]) - lead_s))
            end_s = chunk.original_s(max(0.0, float(word["end"]) - lead_s))
            probability = min(1.0, max(0.0, float(word["probability"])))
            words.append(
                {
                    "text": word["word"],
                    "start_s": start_s,
                    "end_s": max(start_s, end_s),
                    "probability": probability,
                }
            )
        return words


def _between_silences(samples: Samples, silence_s: float = 1.0) -> tuple[Samples, float]:
    loudness = float(np.sqrt(np.mean(samples**2)))
    louder = np.clip(samples * (LOUDNESS / max(loudness, 1e-6)), -1.0, 1.0).astype(np.float32)
    quiet = np.zeros(int(silence_s * SAMPLE_RATE_HZ), dtype=np.float32)
    return np.concatenate([quiet, louder, quiet]), silence_s


def _without_echo(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A single word that Whisper repeats into the silence after a brief utterance, once; else all ``words``."""
    plain = ["".join(filter(str.isalnum, word["text"])).lower() for word in words]
    if len(set(plain) - {""}) != 1:
        return words
    first = next(index for index, text in enumerate(plain) if text)
    return words[: first + 1]


def _repetition(text: str) -> float:
    """How much shorter a text becomes when it is compressed."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def _joined(texts: Sequence[str]) -> str:
    """Chunks as running text: Latin words apart, Chinese characters together."""
    whole = ""
    for text in (text.strip() for text in texts):
        apart = whole and text and whole[-1].isascii() and text[0].isascii()
        whole += f" {text}" if apart else text
    return whole
