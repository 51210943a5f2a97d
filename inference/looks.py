"""The cheap questions that running engines are asked at intervals: known answers that cost milliseconds."""

import math
from collections.abc import Callable, Collection, Mapping
from contextlib import closing

import msgspec
import numpy as np
from msgspec import Struct

from inference import known, processes
from inference.asr import VllmRecogniser
from inference.embedder import VllmEmbedder
from inference.errors import InferenceInvalid
from inference.gate import Deadline
from inference.health import Look
from inference.profile import AsrProfile, EmbedderProfile, LlmProfile
from inference.provenance import ModelIdentity
from inference.smoke import SUM, WrongAnswer
from inference.triton.client import TritonClient
from inference.triton.speech import TritonSpeech
from inference.triton.vision import TritonVision
from inference.triton.wire import Tensor
from inference.vllm import VllmLlm
from inference.vllm_smoke import known_words


class _Asked(Struct, frozen=True):
    """What a question is put to, and how long it may wait."""

    client: TritonClient
    speech: TritonSpeech
    vision: TritonVision
    deadline_s: float


def _doubled(asked: _Asked, environment: str) -> list[float]:
    inputs: dict[str, Tensor] = {
        "VALUES": np.array([1, 2, 3], dtype=np.float32),
        "BYTES": np.zeros(1, dtype=np.uint8),
    }
    outputs = asked.client.infer(f"round_trip_{environment}", inputs, ["DOUBLED"], Deadline(asked.deadline_s))
    return [float(value) for value in outputs["DOUBLED"]]


def _compared(asked: _Asked) -> str:
    try:
        return f"distance {asked.vision.verify(_DARK, _DARK, deadline_s=asked.deadline_s).distance}"
    except InferenceInvalid as error:
        return "no face" if "no face" in str(error) else str(error)


_QUIET = known.silence(0.1)
_DARK = known.black_picture(64, 48)

_QUESTIONS: dict[str, tuple[Callable[[_Asked], object], object]] = {
    "round_trip_vision": (lambda asked: _doubled(asked, "vision"), [2.0, 4.0, 6.0]),
    "round_trip_speech": (lambda asked: _doubled(asked, "speech"), [2.0, 4.0, 6.0]),
    "vad": (lambda asked: asked.speech.voice_activity(_QUIET, deadline_s=asked.deadline_s), []),
    "transcribe": (
        lambda asked: asked.speech.transcribe(_QUIET, language="en", deadline_s=asked.deadline_s).words,
        [],
    ),
    "prosody": (lambda asked: asked.speech.prosody(_QUIET, deadline_s=asked.deadline_s).pauses, []),
    "diarize": (lambda asked: asked.speech.diarize(_QUIET, deadline_s=asked.deadline_s).turns, []),
    "face_detect": (
        lambda asked: asked.vision.detect_faces([_DARK], deadline_s=asked.deadline_s)[0].faces,
        [],
    ),
    "face_mesh": (
        lambda asked: asked.vision.face_mesh([_DARK], deadline_s=asked.deadline_s)[0].present,
        False,
    ),
    "face_verify": (_compared, "no face"),
    "expression": (
        lambda asked: asked.vision.expression([_DARK], deadline_s=asked.deadline_s)[0].present,
        False,
    ),
    "movement": (
        lambda asked: asked.vision.movement([_DARK], deadline_s=asked.deadline_s)[0].present,
        False,
    ),
}
"""Each model's question and its answer. An empty scene is found empty in milliseconds, and still passes the
server, the model's process and its network."""


def asked_models() -> list[str]:
    """The Triton models for which there is a question."""
    return sorted(_QUESTIONS)


def llm_looks(profile: LlmProfile, identity: ModelIdentity, address: str, group: int) -> list[Look]:
    """A sum with a one-digit answer; all processes of the engine's ``group`` work on it."""

    def ask(deadline_s: float) -> None:
        with closing(VllmLlm(profile, [address], identity)) as llm:
            request = msgspec.structs.replace(SUM, top_logprobs=0)
            _expect("chat", llm.chat(request, deadline_s=deadline_s).text.strip(), "5")

    return [Look("chat", ask, lambda: processes.group_members(group))]


def embedder_looks(profile: EmbedderProfile, identity: ModelIdentity, address: str, group: int) -> list[Look]:
    """A vector of one word, of length one."""

    def ask(deadline_s: float) -> None:
        with closing(VllmEmbedder(profile, [address], identity)) as embedder:
            (found,) = embedder.embed(["interview"], deadline_s=deadline_s)
            _expect("embed", round(math.hypot(*found.vector), 2), 1.0)

    return [Look("embed", ask, lambda: processes.group_members(group))]


def recogniser_looks(profile: AsrProfile, identity: ModelIdentity, address: str, group: int) -> list[Look]:
    """The known speech: that words come, not which."""

    def ask(deadline_s: float) -> None:
        with closing(VllmRecogniser(profile, [address], identity)) as recogniser:
            _expect("recognise", bool(known_words(recogniser, deadline_s)), True)

    return [Look("recognise", ask, lambda: processes.group_members(group))]


def triton_looks(
    served: Collection[str], identities: Mapping[str, ModelIdentity], address: str, group: int
) -> list[Look]:
    """One question for each of the ``served`` models. Triton neither restarts a model whose process died nor
    says so (2.51.0): server and model still call themselves ready, and each call fails."""
    return [_triton_look(name, identities, address, group) for name in sorted(served) if name in _QUESTIONS]


def _triton_look(name: str, identities: Mapping[str, ModelIdentity], address: str, group: int) -> Look:
    question, answer = _QUESTIONS[name]

    def ask(deadline_s: float) -> None:
        with closing(TritonClient(address, admit=1, queue=1)) as client:
            speech, vision = TritonSpeech(client, identities), TritonVision(client, identities)
            _expect(name, question(_Asked(client, speech, vision, deadline_s)), answer)

    return Look(name, ask, lambda: _stubs(name, group))


def _stubs(model: str, group: int) -> list[int]:
    """The processes of Triton's ``group`` that run ``model``: their command line names its model.py."""
    return [
        pid
        for pid in processes.group_members(group)
        if any(f"/{model}/" in argument for argument in processes.arguments(pid)[1:2])
    ]


def _expect(name: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise WrongAnswer(f"{name} answered {found!r} instead of {wanted!r}")
