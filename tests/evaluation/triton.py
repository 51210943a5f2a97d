"""A small server that speaks Triton's protocol and answers by content alone, as the models do: the same input
always has the same answer. The evaluations find it as they find running engines, by a run directory."""

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from inference import state
from inference.profile import load
from inference.provenance import ModelIdentity
from inference.state import Endpoints, EngineState, State

PROFILE = Path(__file__).parents[2] / "config" / "profiles" / "eval-cpu.toml"
WORDS = ("monday", "ledger", "payroll", "interview", "bank", "ward", "shift", "offer")
THRESHOLD = 0.07

Tensors = dict[str, bytes]


class Triton(ThreadingHTTPServer):
    """``asked`` holds the model of every request that was answered; ``delay_s`` is how long each takes; while
    ``troubles`` holds (status, headers) the next request is answered with the first of them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.delay_s = 0.0
        self.troubles: list[tuple[int, dict[str, str]]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._counting = threading.Condition()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed here on purpose; anything else is a mistake of the test."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self._counting:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._counting:
                self._at_once -= 1
                self._counting.notify_all()

    def rest(self) -> None:
        """Returns when nothing is asked: what an ended client had under way is answered, to nobody."""
        with self._counting:
            assert self._counting.wait_for(lambda: self._at_once == 0, timeout=30)


def transcribe(inputs: Tensors, language: str) -> Any:
    """Words that follow from the samples; none in silence."""
    samples = np.frombuffer(inputs["PCM16"], "<i2")
    digits = hashlib.sha256(inputs["PCM16"]).digest()[:6] if samples.any() else b""
    words = [WORDS[digit % len(WORDS)] for digit in digits]
    timed = [
        {"text": word, "start_s": index / 7, "end_s": (index + 1) / 7, "probability": 0.98765432}
        for index, word in enumerate(words)
    ]
    return {
        "language": language or "en",
        "text": " ".join(words),
        "words": timed,
        "duration_s": len(samples) / 16_000,
    }


def diarize(inputs: Tensors, language: str) -> Any:
    """Two speakers by halves where there is sound."""
    samples = np.frombuffer(inputs["PCM16"], "<i2")
    seconds = len(samples) / 16_000
    turns = [
        {"speaker": 0, "start_s": 0.0, "end_s": seconds / 2},
        {"speaker": 1, "start_s": seconds / 2, "end_s": seconds},
    ]
    return {"turns": turns if samples.any() else [], "duration_s": seconds}


def vad(inputs: Tensors, language: str) -> Any:
    return [{"start_s": 0.0, "end_s": len(inputs["PCM16"]) / 32_000}]


def face_verify(inputs: Tensors, language: str) -> Any:
    """Nearer than the threshold where both pictures begin their hash with the same kind of digit."""
    first, second = np.frombuffer(inputs["LENGTHS"], np.int64)
    pictures = inputs["PICTURES"][:first], inputs["PICTURES"][first : first + second]
    a, b = (hashlib.sha256(picture).digest()[0] for picture in pictures)
    return {"distance": abs(a - b) / 256, "threshold": THRESHOLD}


MODELS: dict[str, Callable[[Tensors, str], Any]] = {
    "transcribe": transcribe,
    "diarize": diarize,
    "vad": vad,
    "face_verify": face_verify,
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Triton

    def do_GET(self) -> None:
        self._answer(200, {}, b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.troubles:
            status, headers = self.server.troubles.pop(0)
            self._answer(status, headers, b'{"error":"not now"}')
            return
        with self.server.counted():
            time.sleep(self.server.delay_s)
            model = self.path.split("/")[3]
            head_length = int(self.headers["Inference-Header-Content-Length"])
            described, at = json.loads(body[:head_length]), head_length
            inputs: Tensors = {}
            for tensor in described["inputs"]:
                size = tensor["parameters"]["binary_data_size"]
                inputs[tensor["name"]] = body[at : at + size]
                at += size
            result = json.dumps(MODELS[model](inputs, described["parameters"].get("language", ""))).encode()
            self.server.asked.append(model)
        output = {
            "name": "RESULT",
            "datatype": "UINT8",
            "shape": [len(result)],
            "parameters": {"binary_data_size": len(result)},
        }
        head = json.dumps({"outputs": [output]}).encode()
        self._answer(200, {"Inference-Header-Content-Length": str(len(head))}, head + result)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def running(run_dir: Path, weights: str = "ab") -> Iterator[Triton]:
    """The server, and a run directory that tells of it; ``weights`` stands for the models' hash."""
    run_dir.mkdir(exist_ok=True)
    with Triton() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        identities = {name: ModelIdentity(f"tiny-{name}", weights * 32) for name in MODELS}
        endpoints = Endpoints([], address, ModelIdentity("tiny", weights * 32), identities)
        engine = EngineState("triton", server.server_address[1], condition="ready", pid=os.getpid())
        state.write(run_dir, State(load(PROFILE), endpoints, os.getpid(), [engine]))
        held = state.lock(run_dir)
        assert held is not None
        with held:
            yield server
        server.shutdown()
