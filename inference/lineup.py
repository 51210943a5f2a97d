"""The engines of one deployment before they start: names, ports, commands, known answers."""

import threading
from collections.abc import Callable

import msgspec

from inference import engines, smoke
from inference.backends import assemble_backends
from inference.engine import Plan
from inference.health import Look
from inference.host import choose_ports
from inference.launch import LOOPBACK, VLLM_NAMES, TritonPorts, triton_launch, vllm_launch
from inference.looks import embedder_looks, llm_looks, recogniser_looks, triton_looks
from inference.profile import Part, Profile, VllmKind, VllmProfile
from inference.settings import Settings
from inference.state import Endpoints
from inference.triton.rendering import render_repository
from inference.vllm_smoke import embedder_checks, recogniser_checks


class Lineup:
    """Renders ``parts`` of ``profile`` and chooses ports, without starting anything. Engines at addresses of
    the profile's are not in it."""

    def __init__(self, settings: Settings, profile: Profile, parts: frozenset[Part]) -> None:
        self._settings = settings
        self._profile = profile
        self._choosing = threading.Lock()
        self._wanted = _wanted_ports(profile, parts)
        flat = choose_ports([port for wanted in self._wanted.values() for port in wanted])
        self._ports = {
            name: [flat.pop(0) for _ in wanted] for name, wanted in self._wanted.items()
        }  # in the order of the wanted ones
        llm, embedder, asr = (
            [self._ports[name][0] for name in self.names(kind)] for kind in ("llm", "embedder", "asr")
        )
        triton = self._ports.get("triton", [0])[0]
        self._endpoints = engines.endpoints_of(
            profile, settings, triton, llm, embedder_ports=embedder, asr_ports=asr, parts=parts
        )
        if "triton" in self._ports:
            self._face = face_picture(settings)
            self._repository = render_repository(profile, settings)
            if profile.triton.server == "pytriton":
                assemble_backends(settings.environments.triton, settings.run_dir / "backends")

    def names(self, part: Part) -> list[str]:
        """The engines of ``part`` that are started here: ``triton``, ``vllm-0`` and so on."""
        return [name for name in self._ports if part_of(name) == part]

    @property
    def endpoints(self) -> Endpoints:
        """Where the engines answer, by the ports that they have at present."""
        found = self._endpoints
        if "triton" in self._ports:
            found = msgspec.structs.replace(found, triton=self._address("triton"))
        for kind in VLLM_NAMES:
            if replicas := self.names(kind):
                found = msgspec.structs.replace(found, **{kind: [self._address(name) for name in replicas]})
        return found

    def plan(self, name: str) -> Plan:
        """How engine ``name`` is started and asked."""
        return self._triton() if name == "triton" else self._vllm(name)

    def may_move(self, name: str) -> bool:
        """Whether the profile leaves all ports of ``name`` to the supervisor."""
        return not any(self._wanted[name])

    def move(self, name: str) -> Plan:
        """The plan of ``name`` with other free ports."""
        with self._choosing:
            self._ports[name] = choose_ports(self._wanted[name])
        return self.plan(name)

    def budget_gib(self, name: str) -> float:
        """The memory that engine ``name`` may take."""
        return self._profile.triton.memory_gib if name == "triton" else self._server(name).memory_gib

    def start_timeout_s(self, name: str) -> float:
        """How long engine ``name`` may take until its known answers come."""
        return (
            self._profile.triton.start_timeout_s if name == "triton" else self._server(name).start_timeout_s
        )

    def _address(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name][0]}"

    def _triton(self) -> Plan:
        ports, address = self._ports["triton"], self._address("triton")
        served, identities = set(self._profile.triton.models), self._endpoints.triton_identities
        return Plan(
            triton_launch(self._profile, self._settings, TritonPorts(*ports), self._repository),
            ports,
            smoke.TritonProbe(served, identities, address, self._face),
            lambda group: triton_looks(served, identities, address, group),
        )

    def _server(self, name: str) -> VllmProfile:
        return self._profile.vllm_servers[kind_of(name)]

    def _vllm(self, name: str) -> Plan:
        port, address, replica = self._ports[name][0], self._address(name), int(name.rpartition("-")[2])
        launch = vllm_launch(self._profile, self._settings, port, replica, kind_of(name))
        probe, looks = self._questions(kind_of(name), address)
        return Plan(launch, [port], probe, looks)

    def _questions(
        self, kind: VllmKind, address: str
    ) -> tuple[Callable[[], None], Callable[[int], list[Look]]]:
        """What a server of ``kind`` is asked once it starts, and at intervals."""
        profile, found = self._profile, self._endpoints
        if kind == "llm" and found.llm_identity is not None:
            llm, identity = profile.llm, found.llm_identity
            return smoke.LlmProbe(llm, identity, address), lambda group: llm_looks(
                llm, identity, address, group
            )
        if kind == "embedder" and profile.embedder is not None and found.embedder_identity is not None:
            embedder, vectors = profile.embedder, found.embedder_identity
            return (
                lambda: smoke.raise_missed(embedder_checks(embedder, vectors, address)),
                lambda group: embedder_looks(embedder, vectors, address, group),
            )
        if kind == "asr" and profile.asr is not None and found.asr_identity is not None:
            asr, words = profile.asr, found.asr_identity
            return (
                lambda: smoke.raise_missed(recogniser_checks(asr, words, address)),
                lambda group: recogniser_looks(asr, words, address, group),
            )
        raise ValueError(f"a server of the kind {kind} is started although it is not among the parts")


def kind_of(name: str) -> VllmKind:
    """What the vLLM server ``name`` is for."""
    stem = name.rpartition("-")[0]
    return next(kind for kind, known in VLLM_NAMES.items() if known == stem)


def part_of(name: str) -> Part:
    """The part that engine ``name`` belongs to."""
    return "triton" if name == "triton" else kind_of(name)


def _wanted_ports(profile: Profile, parts: frozenset[Part]) -> dict[str, list[int]]:
    """The profile's ports of each engine that is started here, 0 for any."""
    wanted: dict[str, list[int]] = {}
    if "triton" in parts and not profile.triton.address:
        triton = profile.triton
        wanted["triton"] = [triton.http_port, triton.grpc_port, triton.metrics_port]
    for kind, server in profile.started_here(parts).items():
        for replica in range(server.replicas):
            wanted[f"{VLLM_NAMES[kind]}-{replica}"] = [server.port + replica if server.port else 0]
    return wanted


def face_picture(settings: Settings) -> bytes:
    """The picture of one face (public domain) that the vision checks look at."""
    folder = settings.model("demo-face")
    return (folder / "astronaut.png").read_bytes()
