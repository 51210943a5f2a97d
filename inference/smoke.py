"""Known-answer checks: a server that says "ready" can still compute nonsense, so values are compared."""

import math
import re
import time
from collections.abc import Callable, Mapping
from contextlib import closing

import numpy as np
from msgspec import Struct

from inference import known
from inference.errors import InferenceUnavailable
from inference.gate import Deadline
from inference.ports import ChatMessage, ChatRequest, Llm, Speech, Vision
from inference.profile import LlmProfile, Profile
from inference.provenance import ModelIdentity
from inference.state import Endpoints
from inference.triton.client import TritonClient
from inference.triton.speech import TritonSpeech
from inference.triton.vision import TritonVision
from inference.triton.wire import Tensor
from inference.vllm import VllmLlm

DEADLINE_S = 120.0
"""Generous: a first answer also pays for loading and compiling."""


class Check(Struct, frozen=True):
    """One passed check."""

    name: str
    seconds: float


class WrongAnswer(InferenceUnavailable):
    """The engine answers, but not what is known to be right."""


def run(checks: Mapping[str, Callable[[], None]]) -> list[Check]:
    """Runs all ``checks``; the first failure is raised."""
    passed = []
    for name, check in checks.items():
        started = time.monotonic()
        check()
        passed.append(Check(name, time.monotonic() - started))
    return passed


def _expect(condition: bool, what: str, found: object) -> None:
    if not condition:
        raise WrongAnswer(f"known answer missed: expected {what}, found {found!r}")


def llm_checks(llm: Llm) -> dict[str, Callable[[], None]]:
    """The checks of a language model."""
    return {"chat": lambda: _chat(llm)}


def _chat(llm: Llm) -> None:
    """The order of the digits' probabilities, not only the greedy answer."""
    messages = [ChatMessage("user", "What is two plus three? Answer with one digit and nothing else.")]
    result = llm.chat(ChatRequest(messages=messages, top_logprobs=5), deadline_s=DEADLINE_S)
    _expect(result.text.strip() == "5", "the digit 5", result.text)
    _expect(len(result.first_token) == 5, "five alternatives", result.first_token)
    first, second = result.first_token[:2]
    sane = all(math.isfinite(token.logprob) and token.logprob <= 0 for token in result.first_token)
    _expect(sane, "log probabilities", result.first_token)
    _expect(
        first.token.strip() == "5" and first.logprob > second.logprob + 0.5,
        "5 well ahead",
        result.first_token,
    )


def triton_checks(
    client: TritonClient, speech: Speech, vision: Vision, served: set[str], face: bytes
) -> dict[str, Callable[[], None]]:
    """The checks of the ``served`` Triton models; ``face`` is a picture of exactly one face."""
    checks: dict[str, Callable[[], None]] = {
        "round_trip_vision": lambda: _round_trip(client, "round_trip_vision"),
        "round_trip_speech": lambda: _round_trip(client, "round_trip_speech"),
        "vad": lambda: _vad(speech),
        "transcribe": lambda: _transcribe(speech),
        "prosody": lambda: _prosody(speech),
        "diarize": lambda: _diarize(speech),
        "face_detect": lambda: _face_detect(vision, face),
        "face_mesh": lambda: _face_mesh(vision, face),
        "face_verify": lambda: _face_verify(vision, face),
        "expression": lambda: _expression(vision, face),
        "movement": lambda: _movement(vision, face),
    }
    return {name: check for name, check in checks.items() if name in served}


def _round_trip(client: TritonClient, model: str) -> None:
    values = np.linspace(-3, 7, 1001, dtype=np.float32)
    octets = np.frombuffer(bytes(range(256)) * 3, dtype=np.uint8)
    inputs: dict[str, Tensor] = {"VALUES": values, "BYTES": octets}
    outputs = client.infer(model, inputs, ["DOUBLED", "REVERSED"], Deadline(DEADLINE_S))
    _expect(
        np.array_equal(outputs["DOUBLED"], values * 2), "every value doubled", outputs["DOUBLED"][:4].tolist()
    )
    _expect(
        np.array_equal(outputs["REVERSED"], octets[::-1]),
        "the bytes reversed",
        outputs["REVERSED"][:4].tolist(),
    )


def _vad(speech: Speech) -> None:
    for name, quiet in (("silence", known.silence(2)), ("a tone", known.tone(2))):
        found = speech.voice_activity(quiet, deadline_s=DEADLINE_S)
        _expect(not found, f"no speech in {name}", found)
    framed = known.silence(1) + known.speech() + known.silence(1)
    found = speech.voice_activity(framed, deadline_s=DEADLINE_S)
    whole_s = len(known.speech()) / 32_000
    spoken_s = sum(segment.end_s - segment.start_s for segment in found)
    _expect(0.6 * whole_s < spoken_s < 1.2 * whole_s, f"about {whole_s:.1f} s of speech", found)
    _expect(0.8 < found[0].start_s < 1.5, "speech from the first second on", found)


def _transcribe(speech: Speech) -> None:
    nothing = speech.transcribe(known.tone(2), language="en", deadline_s=DEADLINE_S)
    _expect(not nothing.words, "no words in a tone", nothing.text)
    heard = speech.transcribe(known.speech(), language="en", deadline_s=DEADLINE_S)
    words = set(re.findall("[a-z]+", heard.text.lower()))
    _expect(words.issuperset(known.SPOKEN_WORDS), f"the words {known.SPOKEN_WORDS}", heard.text)
    ordered = [word.start_s for word in heard.words]
    _expect(ordered == sorted(ordered) and ordered[-1] > 1.0, "word times in order", ordered)


def _prosody(speech: Speech) -> None:
    twice = known.speech() + known.silence(1.5) + known.speech()
    measured = speech.prosody(twice, deadline_s=DEADLINE_S)
    _expect(1.2 < measured.longest_pause_s < 2.2, "a pause of about 1.5 s", measured.pauses)
    pitch = measured.pitch_median_hz or 0.0
    _expect(130 < pitch < 260, "the pitch of a female voice", measured.pitch_median_hz)


def _diarize(speech: Speech) -> None:
    found = speech.diarize(known.speech() + known.silence(0.5) + known.speech(), deadline_s=DEADLINE_S)
    _expect(found.speakers == 1, "one speaker", found.turns)


def _face_detect(vision: Vision, face: bytes) -> None:
    seen, dark = vision.detect_faces([face, known.black_picture()], deadline_s=DEADLINE_S)
    _expect(len(seen.faces) == 1 and not dark.faces, "one face, then none", (seen, dark))


def _face_mesh(vision: Vision, face: bytes) -> None:
    seen, dark = vision.face_mesh([face, known.black_picture()], deadline_s=DEADLINE_S)
    _expect(seen.present and not dark.present, "a face, then none", (seen, dark))
    turned = max(abs(seen.yaw_deg), abs(seen.pitch_deg), abs(seen.roll_deg))
    _expect(turned < 20 and not seen.eyes_closed, "a head turned to the camera, eyes open", seen)


def _face_verify(vision: Vision, face: bytes) -> None:
    match = vision.verify(face, face, deadline_s=DEADLINE_S)
    _expect(match.same and match.distance < 1e-3, "the same face", match)


def _expression(vision: Vision, face: bytes) -> None:
    seen, dark = vision.expression([face, known.black_picture()], deadline_s=DEADLINE_S)
    _expect(seen.present and not dark.present, "a face, then none", (seen, dark))
    _expect(abs(sum(seen.probabilities.values()) - 1) < 0.02, "probabilities that add up to one", seen)
    _expect(max(seen.probabilities, key=seen.probabilities.__getitem__) == "happy", "a smile", seen)


def _movement(vision: Vision, face: bytes) -> None:
    first, again, dark = vision.movement([face, face, known.black_picture()], deadline_s=DEADLINE_S)
    _expect(first.present and again.upper_body == 0.0, "somebody who keeps still", (first, again))
    _expect(not dark.present, "nobody in a black picture", dark)


class LlmProbe:
    """Readiness of one replica: raises until the known answer comes."""

    def __init__(self, profile: LlmProfile, identity: ModelIdentity, address: str) -> None:
        self._profile = profile
        self._identity = identity
        self._address = address

    def __call__(self) -> None:
        self.run()

    def run(self) -> list[Check]:
        """All checks of the replica; the first that is missed is raised."""
        with closing(VllmLlm(self._profile, [self._address], self._identity)) as llm:
            return run(llm_checks(llm))


class TritonProbe:
    """Readiness of Triton: raises until the server is up and every served model gives its known answer."""

    def __init__(
        self, served: set[str], identities: Mapping[str, ModelIdentity], address: str, face: bytes
    ) -> None:
        self._served = served
        self._identities = identities
        self._address = address
        self._face = face

    def __call__(self) -> None:
        self.run()

    def run(self) -> list[Check]:
        """The checks of every model that the profile serves; the first that is missed is raised."""
        with closing(TritonClient(self._address, admit=1, queue=1)) as client:
            if not client.is_ready():
                raise InferenceUnavailable(f"Triton at {self._address} is not ready")
            speech = TritonSpeech(client, self._identities)
            vision = TritonVision(client, self._identities)
            return run(triton_checks(client, speech, vision, self._served, self._face))


def check_all(profile: Profile, endpoints: Endpoints, face: bytes) -> list[Check]:
    """Every known answer of the parts that were started; the first that is missed is raised. ``face`` is
    needed for Triton's vision models alone."""
    passed: list[Check] = []
    if endpoints.triton:
        served, identities = set(profile.triton.models), endpoints.triton_identities
        passed += TritonProbe(served, identities, endpoints.triton, face).run()
    if endpoints.llm_identity is not None:
        for address in endpoints.llm:
            passed += LlmProbe(profile.llm, endpoints.llm_identity, address).run()
    return passed
