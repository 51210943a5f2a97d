"""The set of engines a process talks to."""

from collections.abc import Sequence
from typing import NoReturn, Protocol

from msgspec import Struct, field

from inference.accounting import Accounting
from inference.asr import SpeechWithRecogniser, VllmRecogniser
from inference.embedder import VllmEmbedder
from inference.errors import InferenceUnavailable
from inference.launch import LOOPBACK
from inference.ports import (
    ChatRequest,
    ChatResult,
    Diarization,
    Embedder,
    Embedding,
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
from inference.profile import ALL, Part, Profile, VllmProfile
from inference.provenance import ModelIdentity, identify
from inference.settings import Settings
from inference.state import Endpoints
from inference.triton.client import TritonClient
from inference.triton.speech import TritonSpeech
from inference.triton.vision import TritonVision
from inference.vllm import VllmLlm


class Closes(Protocol):
    """Something that holds connections."""

    def close(self) -> None: ...


class Unavailable:
    """Stands in for engines that are not configured (all of them with ``serve --no-inference``); each call says
    so, and the way out."""

    def __init__(
        self,
        reason: str = "this appliance was started without inference",
        way_out: str = "start the engines with `installer.py inference up`",
    ) -> None:
        self.reason = reason
        self.way_out = way_out

    def _refuse(self, what: str) -> NoReturn:
        raise InferenceUnavailable(f"{what}: {self.reason}; {self.way_out}")

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        self._refuse("chat")

    def chat_many(self, requests: Sequence[ChatRequest], *, deadline_s: float) -> list[ChatResult]:
        self._refuse("chat")

    def embed(self, texts: Sequence[str], *, deadline_s: float) -> list[Embedding]:
        self._refuse("embed")

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


def without_embedder() -> Embedder:
    """Stands where a profile serves no sentence vectors."""
    return Unavailable(
        "the profile serves no embedding model", "add an [embedder] table to it and start the engines again"
    )


class Engines(Struct, frozen=True):
    """One adapter for each port. ``connections`` are what ``close`` ends; ``accounting`` is what their calls
    cost so far; ``answers_at_once`` is how many answers they can work on side by side."""

    llm: Llm
    speech: Speech
    vision: Vision
    connections: tuple[Closes, ...] = ()
    embedder: Embedder = field(default_factory=without_embedder)
    accounting: Accounting = field(default_factory=Accounting)
    answers_at_once: int = 2

    def close(self) -> None:
        """Ends the calls under way and the connections; the adapters answer no more."""
        for connection in self.connections:
            connection.close()


def unavailable(reason: str = "this appliance was started without inference") -> Engines:
    """Engines of which each call raises ``InferenceUnavailable`` with ``reason``."""
    nobody = Unavailable(reason)
    return Engines(llm=nobody, speech=nobody, vision=nobody, embedder=nobody)


def connect(profile: Profile, endpoints: Endpoints, accounting: Accounting | None = None) -> Engines:
    """Adapters for the engines at ``endpoints`` (``Running.endpoints`` or ``status(run_dir).endpoints``). With
    an ``asr`` server it writes the transcripts, and Triton hears the rest. Each call of a part that was not
    started raises ``InferenceUnavailable``. All calls are recorded in ``accounting``."""
    accounts = accounting or Accounting()
    llm: Llm = Unavailable("the language model was not started")
    speech: Speech = Unavailable("Triton was not started")
    vision: Vision = Unavailable("Triton was not started")
    embedder = without_embedder()
    connections: list[Closes] = []
    if endpoints.llm_identity is not None:
        llm = vllm = VllmLlm(profile.llm, endpoints.llm, endpoints.llm_identity, accounts)
        connections.append(vllm)
    if endpoints.triton:
        client = TritonClient(
            endpoints.triton,
            admit=profile.triton.admit,
            queue=profile.triton.queue,
            identities=endpoints.triton_identities,
            accounting=accounts,
        )
        connections.append(client)
        speech = TritonSpeech(client, endpoints.triton_identities)
        vision = TritonVision(client, endpoints.triton_identities)
    if profile.asr is not None and endpoints.asr_identity is not None:
        recogniser = VllmRecogniser(profile.asr, endpoints.asr, endpoints.asr_identity, accounts)
        connections.append(recogniser)
        speech = SpeechWithRecogniser(recogniser, speech)
    if profile.embedder is not None and endpoints.embedder_identity is not None:
        embedder = vectors = VllmEmbedder(
            profile.embedder, endpoints.embedder, endpoints.embedder_identity, accounts
        )
        connections.append(vectors)
    return Engines(
        llm=llm,
        speech=speech,
        vision=vision,
        connections=tuple(connections),
        embedder=embedder,
        accounting=accounts,
        answers_at_once=profile.answers_at_once,
    )


def endpoints_of(
    profile: Profile,
    settings: Settings,
    triton_port: int,
    llm_ports: Sequence[int],
    *,
    embedder_ports: Sequence[int] = (),
    asr_ports: Sequence[int] = (),
    parts: frozenset[Part] = ALL,
) -> Endpoints:
    """Addresses from the profile where it names them, else loopback with the given ports; identities from the
    model files of this machine, which the engines load. Of what is not among ``parts`` there is nothing."""
    served = profile.triton.models.items() if "triton" in parts else ()
    triton = profile.triton.address or f"http://{LOOPBACK}:{triton_port}"
    servers = {kind: server for kind, server in profile.vllm_servers.items() if kind in parts}
    llm, embedder, asr = servers.get("llm"), servers.get("embedder"), servers.get("asr")
    return Endpoints(
        llm=_addresses(llm, llm_ports),
        triton=triton if "triton" in parts else "",
        llm_identity=_identity(llm, settings),
        triton_identities={
            name: identify({model: settings.model(model) for model in model_profile.weights.values()})
            for name, model_profile in served
            if model_profile.weights
        },
        embedder=_addresses(embedder, embedder_ports),
        embedder_identity=_identity(embedder, settings),
        asr=_addresses(asr, asr_ports),
        asr_identity=_identity(asr, settings),
    )


def _addresses(server: VllmProfile | None, ports: Sequence[int]) -> list[str]:
    if server is None:
        return []
    return server.addresses or [f"http://{LOOPBACK}:{port}" for port in ports]


def _identity(server: VllmProfile | None, settings: Settings) -> ModelIdentity | None:
    """A server elsewhere may hold weights that are not on this machine: then there is no hash to vouch for."""
    if server is None:
        return None
    if server.addresses and server.model not in settings.models:
        return ModelIdentity(server.model, "")
    return identify({server.model: settings.model(server.model)})
