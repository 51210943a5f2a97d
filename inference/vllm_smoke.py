"""Known answers of the vLLM servers that not every profile has: sentence vectors and speech recognition."""

import math
import re
from contextlib import closing

from inference import known
from inference.asr import VllmRecogniser
from inference.embedder import VllmEmbedder
from inference.gate import Deadline
from inference.ports import SAMPLE_RATE_HZ, Embedder, SpeechSegment
from inference.profile import AsrProfile, EmbedderProfile
from inference.provenance import ModelIdentity
from inference.smoke import DEADLINE_S, Check, Values, compared, run

BYTES_PER_S = 2 * SAMPLE_RATE_HZ

SENTENCES = (
    "The cashier counted the money.",
    "The teller counted the cash.",
    "It rained on the hills all night.",
)
"""The first two say the same, the third something else."""


def embedder_checks(profile: EmbedderProfile, identity: ModelIdentity, address: str) -> list[Check]:
    """All checks of one server of sentence vectors: known sentences lie as they should."""
    with closing(VllmEmbedder(profile, [address], identity)) as embedder:
        return run(f"vLLM at {address}", {"embed": lambda: _embed(embedder)})


def recogniser_checks(profile: AsrProfile, identity: ModelIdentity, address: str) -> list[Check]:
    """All checks of one recogniser: it hears the known speech."""
    with closing(VllmRecogniser(profile, [address], identity)) as recogniser:
        return run(f"vLLM at {address}", {"recognise": lambda: _recognise(recogniser)})


def _embed(embedder: Embedder) -> Values:
    one, same, other = (found.vector for found in embedder.embed(SENTENCES, deadline_s=DEADLINE_S))
    lengths = [round(math.hypot(*vector), 3) for vector in (one, same, other)]
    yield compared(all(abs(length - 1) < 0.01 for length in lengths), "vectors of length one", lengths)
    near, far = _cosine(one, same), _cosine(one, other)
    yield compared(near > far + 0.1, "like sentences nearer than unlike ones", f"{near:.2f} and {far:.2f}")


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(left * right for left, right in zip(one, other, strict=True))


def known_words(recogniser: VllmRecogniser, deadline_s: float) -> set[str]:
    """The words that a recogniser hears in the known speech."""
    speech = known.speech()
    whole = [SpeechSegment(0.0, len(speech) / BYTES_PER_S)]
    heard = recogniser.transcribe(speech, whole, language="en", deadline=Deadline(deadline_s))
    return set(re.findall("[a-z]+", heard.text.lower()))


def _recognise(recogniser: VllmRecogniser) -> Values:
    words = known_words(recogniser, DEADLINE_S)
    yield compared(
        words.issuperset(known.SPOKEN_AT_S), f"the words {', '.join(known.SPOKEN_AT_S)}", sorted(words)
    )
