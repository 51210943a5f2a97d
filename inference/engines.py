"""The set of engines a process talks to."""

from collections.abc import Sequence
from typing import NoReturn, Protocol

from msgspec import Struct

from inference.errors import InferenceUnavailable
from inference.launch import LOOPBACK
from inference.ports import (
    ChatRequest,
    ChatResult,
    Diarization,
    Expression,
    FaceMatch,
    FaceMeshFrame,
    FrameFaces,
    Llm,
    MovementFrame,
    Prosody,
    Speech,
    SpeechSegment,
    Transcript,
    Vision,
)
from inference.profile import ALL, Part, Profile
from inference.provenance import identify
from inference.settings import Settings
from inference.state import Endpoints
from inference.triton.client import TritonClient
from inference.triton.speech import TritonSpeech
from inference.triton.vision import TritonVision
from inference.vllm import VllmLlm


class Closes(Protocol):
    """Something that holds connections."""

    def close(self) -> None: ...


class Engines(Struct, frozen=True):
    """One adapter for each port. ``connections`` are what ``close`` ends."""

    llm: Llm
    speech: Speech
    vision: Vision
    connections: tuple[Closes, ...] = ()

    def close(self) -> None:
        """Ends the connections; the adapters answer no more."""
        for connection in self.connections:
            connection.close()


class Unavailable:
    """Stands in for every engine where none is configured (``serve --no-inference``); each call says so."""

    def __init__(self, reason: str = "this appliance was started without inference") -> None:
        self.reason = reason

    def _refuse(self, what: str) -> NoReturn:
        raise InferenceUnavailable(
            f"{what}: {self.reason}; start the engines with `installer.py inference up`"
        )

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        self._refuse("chat")

    def chat_many(self, requests: Sequence[ChatRequest], *, deadline_s: float) -> list[ChatResult]:
        self._refuse("chat")

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        self._refuse("transcribe")

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        self._refuse("diarize")

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        self._refuse("voice activity")

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody:
        self._refuse("prosody")

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]:
        self._refuse("detect faces")

    def face_mesh(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FaceMeshFrame]:
        self._refuse("face mesh")

    def verify(self, jpeg_a: bytes, jpeg_b: bytes, *, deadline_s: float) -> FaceMatch:
        self._refuse("verify faces")

    def expression(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[Expression]:
        self._refuse("expression")

    def movement(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[MovementFrame]:
        self._refuse("movement")


def unavailable(reason: str = "this appliance was started without inference") -> Engines:
    """Engines of which each call raises ``InferenceUnavailable`` with ``reason``."""
    nobody = Unavailable(reason)
    return Engines(llm=nobody, speech=nobody, vision=nobody)


def connect(profile: Profile, endpoints: Endpoints) -> Engines:
    """Adapters for the engines at ``endpoints`` (``Running.endpoints`` or ``status(run_dir).endpoints``);
    each call of a part that was not started raises ``InferenceUnavailable``."""
    llm: Llm = Unavailable("the language model was not started")
    speech: Speech = Unavailable("Triton was not started")
    vision: Vision = Unavailable("Triton was not started")
    connections: list[Closes] = []
    if endpoints.llm_identity is not None:
        llm = vllm = VllmLlm(profile.llm, endpoints.llm, endpoints.llm_identity)
        connections.append(vllm)
    if endpoints.triton:
        client = TritonClient(endpoints.triton, admit=profile.triton.admit, queue=profile.triton.queue)
        speech = TritonSpeech(client, endpoints.triton_identities)
        vision = TritonVision(client, endpoints.triton_identities)
        connections.append(client)
    return Engines(llm=llm, speech=speech, vision=vision, connections=tuple(connections))


def endpoints_of(
    profile: Profile,
    settings: Settings,
    triton_port: int,
    llm_ports: Sequence[int],
    parts: frozenset[Part] = ALL,
) -> Endpoints:
    """Addresses from the profile where it names them, else loopback with the given ports; identities from the
    model files of this machine, which the engines load (or, elsewhere, hold copies of). Of what is not among
    ``parts`` there is nothing."""
    served = profile.triton.models.items() if "triton" in parts else ()
    llm = profile.llm.addresses or [f"http://{LOOPBACK}:{port}" for port in llm_ports]
    triton = profile.triton.address or f"http://{LOOPBACK}:{triton_port}"
    return Endpoints(
        llm=llm if "llm" in parts else [],
        triton=triton if "triton" in parts else "",
        llm_identity=identify({profile.llm.model: settings.model(profile.llm.model)})
        if "llm" in parts
        else None,
        triton_identities={
            name: identify({model: settings.model(model) for model in model_profile.weights.values()})
            for name, model_profile in served
            if model_profile.weights
        },
    )
