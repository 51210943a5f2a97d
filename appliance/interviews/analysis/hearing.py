"""What the sound of an answer gives: the words, whose they are, and how they were said."""

from statistics import fmean

from msgspec import Struct

from appliance.interviews.assessment.store import SpeechUse
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.recordings.media import Sound
from inference.ports import Speech, Transcript, Word

MIN_SPEECH_S = 1.0
BASE_DEADLINE_S = 60.0
DEADLINE_FACTOR = 3.0

PLAINLY_BETTER = 0.1
"""By so much more probable the recogniser must find the words in the language that it detected: it takes a dialect
for another language now and then, and then its words in the interview's language are as good."""


class Heard(Struct, frozen=True, kw_only=True):
    """The words of an answer. ``present`` is false where the recording has no sound track at all;
    ``other_language`` is the language spoken where it is not the interview's."""

    present: bool
    duration_s: float
    words: tuple[Word, ...] = ()
    speech: SpeechUse | None = None
    other_language: str | None = None


def deadline_for(duration_s: float) -> float:
    """Seconds that an engine has for a recording of this length."""
    return BASE_DEADLINE_S + DEADLINE_FACTOR * duration_s


def hear(speech: Speech, sound: Sound, language: Language) -> Heard:
    """Writes down what is said. Without a second of speech the recogniser is not asked: it makes up words for
    silence and for music. The language is detected first, so that an answer in another language is not read as a
    bad one in the interview's."""
    if not sound.present:
        return Heard(present=False, duration_s=sound.duration_s)
    deadline_s = deadline_for(sound.duration_s)
    spoken = speech.voice_activity(sound.pcm16, deadline_s=deadline_s)
    if sum(segment.end_s - segment.start_s for segment in spoken) < MIN_SPEECH_S:
        return Heard(present=True, duration_s=sound.duration_s)
    detected = speech.transcribe(sound.pcm16, language=None, deadline_s=deadline_s)
    if _same(detected.language, language):
        return _heard(detected, sound, None)
    expected = speech.transcribe(sound.pcm16, language=language, deadline_s=deadline_s)
    if _certainty(detected) - _certainty(expected) > PLAINLY_BETTER:
        return _heard(detected, sound, detected.language)
    return _heard(expected, sound, None)


def _heard(transcript: Transcript, sound: Sound, other_language: str | None) -> Heard:
    words = tuple(transcript.words)
    return Heard(
        present=True,
        duration_s=sound.duration_s,
        words=words,
        speech=SpeechUse(
            model=transcript.model,
            model_sha256=transcript.model_sha256,
            language=transcript.language,
            word_probability=round(_certainty(transcript), 4) if words else None,
        ),
        other_language=other_language,
    )


def _same(detected: str, language: Language) -> bool:
    """Cantonese and undetermined speech are left to the interview's language."""
    return detected == language or detected in {"und", ""} or (language == "zh" and detected == "yue")


def _certainty(transcript: Transcript) -> float:
    return fmean(word.probability for word in transcript.words) if transcript.words else 0.0
