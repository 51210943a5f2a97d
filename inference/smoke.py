"""Known-answer checks: a server that says "ready" can still compute nonsense, so values are compared."""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

import numpy as np
from msgspec import Struct

from inference import known
from inference.errors import InferenceError, InferenceInvalid, InferenceUnavailable
from inference.gate import Deadline
from inference.ports import ChatMessage, ChatRequest, Diarization, Llm, Speech, Vision
from inference.profile import LlmProfile
from inference.provenance import ModelIdentity
from inference.triton.client import TritonClient
from inference.triton.speech import TritonSpeech
from inference.triton.vision import TritonVision
from inference.triton.wire import Tensor
from inference.vllm import VllmLlm

DEADLINE_S = 120.0
"""Generous: a first answer also pays for loading and compiling."""

SUM = ChatRequest(
    messages=[ChatMessage("user", "What is two plus three? Answer with one digit and nothing else.")],
    top_logprobs=5,
)


class Compared(Struct, frozen=True):
    """One value of an answer: what is known to be right, in words, and what came."""

    expected: str
    found: str
    right: bool


class Check(Struct, frozen=True):
    """One model's check: ``name`` is the model's (``chat`` for a language model), ``error`` why there was no
    answer. Values after the first wrong one are not asked for."""

    name: str
    engine: str
    seconds: float
    compared: list[Compared]
    error: str = ""

    @property
    def lines(self) -> list[str]:
        """For a person: right or not and how long it took, then each value with what it was compared with."""
        told = [f"{'✗' if self.missed else '✓'} {self.name} ({self.engine}): {self.seconds:.2f} s"]
        told += [
            f"    {'' if value.right else 'WRONG: '}expected {value.expected}; found {value.found}"
            for value in self.compared
        ]
        return [*told, f"    {self.error}"] if self.error else told

    @property
    def missed(self) -> str:
        """What was wrong, naming the model, the expected value and the one found; empty where all is right."""
        if self.error:
            return f"{self.name} on {self.engine}: {self.error}"
        for value in self.compared:
            if not value.right:
                return f"{self.name} on {self.engine}: expected {value.expected}, found {value.found}"
        return ""


class WrongAnswer(InferenceUnavailable):
    """The engine answers, but not what is known to be right."""


Values = Iterator[Compared]
Checks = Mapping[str, Callable[[], Values]]


def run(engine: str, checks: Checks) -> list[Check]:
    """Runs all ``checks`` of ``engine``; none is raised."""
    return [_run_one(engine, name, check) for name, check in checks.items()]


def _run_one(engine: str, name: str, check: Callable[[], Values]) -> Check:
    started = time.monotonic()
    values: list[Compared] = []
    error = ""
    try:
        for value in check():
            values.append(value)
            if not value.right:
                break
    except InferenceError as failure:
        error = str(failure)
    return Check(name, engine, time.monotonic() - started, values, error)


def raise_missed(checks: list[Check]) -> None:
    """Raises for the first check that is not right: ``WrongAnswer`` for a value, else that none came."""
    for check in checks:
        if check.missed:
            raise (InferenceUnavailable if check.error else WrongAnswer)(
                f"known answer missed: {check.missed}"
            )


def compared(right: bool, expected: str, found: object) -> Compared:
    """One value for a person to read, and whether it is right."""
    return Compared(expected, str(found), bool(right))


def llm_checks(llm: Llm) -> Checks:
    """The checks of a language model."""
    return {"chat": lambda: _chat(llm)}


def _chat(llm: Llm) -> Values:
    """The order of the digits' probabilities, not only the greedy answer."""
    result = llm.chat(SUM, deadline_s=DEADLINE_S)
    yield compared(result.text.strip() == "5", "the digit 5", repr(result.text))
    alternatives = {token.token: round(token.logprob, 3) for token in result.first_token}
    yield compared(len(result.first_token) == 5, "five alternatives", alternatives)
    first, second = result.first_token[:2]
    sane = all(math.isfinite(token.logprob) and token.logprob <= 0 for token in result.first_token)
    yield compared(sane, "log probabilities", alternatives)
    ahead = first.token.strip() == "5" and first.logprob > second.logprob + 0.5
    yield compared(ahead, "5 ahead by more than 0.5", alternatives)


def triton_checks(
    client: TritonClient, speech: Speech, vision: Vision, served: set[str], face: bytes
) -> Checks:
    """The checks of the ``served`` Triton models; ``face`` is a picture of exactly one face."""
    checks: Checks = {
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


def _round_trip(client: TritonClient, model: str) -> Values:
    values = np.linspace(-3, 7, 1001, dtype=np.float32)
    octets = np.frombuffer(bytes(range(256)) * 3, dtype=np.uint8)
    inputs: dict[str, Tensor] = {"VALUES": values, "BYTES": octets}
    outputs = client.infer(model, inputs, ["DOUBLED", "REVERSED"], Deadline(DEADLINE_S))
    doubled, back = outputs["DOUBLED"], outputs["REVERSED"]
    yield compared(np.array_equal(doubled, values * 2), "1001 values doubled", f"{doubled[:3].tolist()} ...")
    yield compared(np.array_equal(back, octets[::-1]), "768 bytes reversed", f"{back[:3].tolist()} ...")


def _vad(speech: Speech) -> Values:
    for name, quiet in (("silence", known.silence(2)), ("a tone", known.tone(2))):
        found = speech.voice_activity(quiet, deadline_s=DEADLINE_S)
        yield compared(not found, f"no speech in {name}", f"{len(found)} stretches")
    framed = known.silence(1) + known.speech() + known.silence(1)
    found = speech.voice_activity(framed, deadline_s=DEADLINE_S)
    whole_s = len(known.speech()) / 32_000
    spoken_s = sum(segment.end_s - segment.start_s for segment in found)
    expected = f"{0.6 * whole_s:.1f} to {1.2 * whole_s:.1f} s of speech"
    yield compared(0.6 * whole_s < spoken_s < 1.2 * whole_s, expected, f"{spoken_s:.2f} s")
    yield compared(0.8 < found[0].start_s < 1.5, "its start at 0.8 to 1.5 s", f"{found[0].start_s:.2f} s")


def _transcribe(speech: Speech) -> Values:
    """Each word at its place: shifted by the silence in front, in order, where it is in the recording."""
    nothing = speech.transcribe(known.tone(2), language="en", deadline_s=DEADLINE_S)
    yield compared(not nothing.words, "no words in a tone", repr(nothing.text))
    ahead_s = 2.0
    heard = speech.transcribe(known.silence(ahead_s) + known.speech(), language="en", deadline_s=DEADLINE_S)
    starts = {re.sub("[^a-z]", "", word.text.lower()): word.start_s - ahead_s for word in heard.words}
    wanted = ", ".join(known.SPOKEN_AT_S)
    yield compared(starts.keys() >= known.SPOKEN_AT_S.keys(), f"the words {wanted}", repr(heard.text))
    for word, at_s in known.SPOKEN_AT_S.items():
        close = abs(starts[word] - at_s) < 0.4
        yield compared(close, f"{word!r} at {at_s:.1f} s (0.4 s either way)", f"{starts[word]:.2f} s")


def _prosody(speech: Speech) -> Values:
    twice = known.speech() + known.silence(1.5) + known.speech()
    measured = speech.prosody(twice, deadline_s=DEADLINE_S)
    longest_s = measured.longest_pause_s
    yield compared(1.2 < longest_s < 2.2, "a longest pause of 1.2 to 2.2 s", f"{longest_s:.2f} s")
    pitch = measured.pitch_median_hz or 0.0
    yield compared(130 < pitch < 260, "a median pitch of 130 to 260 Hz", f"{pitch:.0f} Hz")


def _diarize(speech: Speech) -> Values:
    """One voice twice is one speaker; a lower voice after it is a second one, from where it begins."""
    one, pause = known.speech() + known.silence(0.5) + known.speech(), known.silence(0.5)
    alone = speech.diarize(one, deadline_s=DEADLINE_S)
    yield compared(alone.speakers == 1, "one speaker", alone.speakers)
    other = known.lower_voice() + pause + known.lower_voice()
    both = speech.diarize(one + pause + other, deadline_s=DEADLINE_S)
    yield compared(both.speakers == 2, "two speakers", both.speakers)
    change_s = (len(one) + len(pause)) / 32_000
    first, second = _longest(both, 0.0, change_s), _longest(both, change_s, both.duration_s)
    yield compared(
        (first, second) == (0, 1), f"speaker 0 before {change_s:.1f} s, then 1", f"{first}, {second}"
    )


def _longest(found: Diarization, start_s: float, end_s: float) -> int:
    """Who speaks longest between two times; -1 where nobody does."""
    spoken_s: dict[int, float] = {}
    for turn in found.turns:
        overlap_s = max(0.0, min(turn.end_s, end_s) - max(turn.start_s, start_s))
        spoken_s[turn.speaker] = spoken_s.get(turn.speaker, 0.0) + overlap_s
    return max(spoken_s, key=spoken_s.__getitem__, default=-1)


def _face_detect(vision: Vision, face: bytes) -> Values:
    seen, dark = vision.detect_faces([face, known.black_picture()], deadline_s=DEADLINE_S)
    yield compared(len(seen.faces) == 1, "one face", f"{len(seen.faces)}")
    box = seen.faces[0]
    middle = box.x + box.w / 2, box.y + box.h / 2
    near = math.dist(middle, known.FACE_MIDDLE) < 0.1
    place = f"({middle[0]:.2f}, {middle[1]:.2f})"
    yield compared(near, f"its middle within 0.1 of {known.FACE_MIDDLE}", place)
    yield compared(not dark.faces, "no face in a black picture", f"{len(dark.faces)}")


def _face_mesh(vision: Vision, face: bytes) -> Values:
    seen, dark = vision.face_mesh([face, known.black_picture()], deadline_s=DEADLINE_S)
    yield compared(seen.present and not dark.present, "a face, then none", (seen.present, dark.present))
    turned = max(abs(seen.yaw_deg), abs(seen.pitch_deg), abs(seen.roll_deg))
    yield compared(0 < turned < 20, "a head turned by less than 20 degrees", f"{turned:.1f} degrees")
    yield compared(not seen.eyes_closed, "open eyes", "closed" if seen.eyes_closed else "open")


def _face_verify(vision: Vision, face: bytes) -> Values:
    """A network that gives every face the same vector would find all faces the same: a stretched face must be
    at some distance from itself, and a disfigured one further away."""
    near = known.close_up(face)
    same = vision.verify(near, near, deadline_s=DEADLINE_S)
    yield compared(same.same and same.distance < 1e-3, "the same picture at distance 0", same.distance)
    tall = vision.verify(near, known.stretched(near), deadline_s=DEADLINE_S)
    close = tall.same and tall.distance > same.distance + 1e-3
    yield compared(close, f"a stretched face at 0.001 to {tall.threshold:g}", f"{tall.distance:.4f}")
    odd = vision.verify(near, known.solarized(near), deadline_s=DEADLINE_S)
    further = odd.distance > tall.distance
    yield compared(further, f"a disfigured face beyond {tall.distance:.4f}", f"{odd.distance:.4f}")
    try:
        dark = known.black_picture()
        nobody: object = vision.verify(dark, dark, deadline_s=DEADLINE_S).distance
    except InferenceInvalid:
        nobody = "refused"
    yield compared(nobody == "refused", "a picture without a face refused", nobody)


def _expression(vision: Vision, face: bytes) -> Values:
    seen, dark = vision.expression([face, known.black_picture()], deadline_s=DEADLINE_S)
    yield compared(seen.present and not dark.present, "a face, then none", (seen.present, dark.present))
    total = sum(seen.probabilities.values())
    yield compared(abs(total - 1) < 0.02, "probabilities that add up to 1", f"{total:.3f}")
    happy = seen.probabilities.get("happy", 0.0)
    yield compared(happy > 0.6, "a smile: happy above 0.6", f"{happy:.2f}")


def _movement(vision: Vision, face: bytes) -> Values:
    frames = [face, face, known.moved(face), known.black_picture()]
    first, again, moved, dark = vision.movement(frames, deadline_s=DEADLINE_S)
    seen = first.present, again.present, moved.present
    yield compared(all(seen), "somebody in three pictures", seen)
    yield compared(again.upper_body == 0.0, "who keeps still", f"{again.upper_body:.3f}")
    yield compared(0.05 < moved.upper_body < 2.0, "who then moves by 0.05 to 2", f"{moved.upper_body:.3f}")
    yield compared(not dark.present, "nobody in a black picture", dark.present)


class LlmProbe:
    """Readiness of one replica: raises until the known answer comes."""

    def __init__(self, profile: LlmProfile, identity: ModelIdentity, address: str) -> None:
        self._profile = profile
        self._identity = identity
        self._address = address

    def __call__(self) -> None:
        raise_missed(self.run())

    def run(self) -> list[Check]:
        """All checks of the replica."""
        with closing(VllmLlm(self._profile, [self._address], self._identity)) as llm:
            return run(f"vLLM at {self._address}", llm_checks(llm))


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
        with closing(TritonClient(self._address, admit=1, queue=1)) as client:
            if not client.is_ready():
                raise InferenceUnavailable(f"Triton at {self._address} is not ready")
        raise_missed(self.run())

    def run(self) -> list[Check]:
        """The checks of every model that the profile serves."""
        with closing(TritonClient(self._address, admit=1, queue=1)) as client:
            speech = TritonSpeech(client, self._identities)
            vision = TritonVision(client, self._identities)
            checks = triton_checks(client, speech, vision, self._served, self._face)
            return run(f"Triton at {self._address}", checks)
