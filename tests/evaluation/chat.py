"""A small server that speaks the language model's protocol and answers by the words of an answer alone: the more
different words, the better the mark. The evaluations find it by a run directory, as they find running engines."""

import json
import math
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from inference import state
from inference.profile import load
from inference.provenance import ModelIdentity
from inference.state import Endpoints, EngineState, State

PROFILE = Path(__file__).parents[2] / "config" / "profiles" / "eval-cpu.toml"
MOST_WORDS = 30

_ANSWER = re.compile(r"[<〈]answer[>〉]\n(.*?)\n?[<〈]/answer[>〉]", re.DOTALL)


class Chat(ThreadingHTTPServer):
    """``asked`` counts the questions; ``delay_s`` is how long each takes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.delay_s = 0.0


def share_of(prompt: str) -> float:
    """How many different words the answer in ``prompt`` has, as a share of `MOST_WORDS`."""
    found = _ANSWER.search(prompt)
    return min(len(set(re.findall(r"[a-z]+", found[1].lower()))) / MOST_WORDS, 1.0) if found else 0.0


def reply(prompt: str) -> dict[str, float]:
    """Tokens and their probabilities."""
    share = share_of(prompt)
    if "Reply yes or no" in prompt:
        return {"yes": share * 0.9 + 0.05, "no": 0.95 - share * 0.9}
    if "from 0 (nothing right) to 9" in prompt:
        return {str(round(share * 9)): 1.0}
    if "its number only" in prompt:
        return {"1": 0.8, "0": 0.2}
    if "Which of these questions" in prompt:
        options = re.findall(r"^(\d) (.*)$", prompt, re.MULTILINE)
        real = next((number for number, text in options if "till" in text), "1")
        return {number: 0.7 if number == real else 0.1 for number, _ in options}
    return {str(1 + round(share * 4)): 1.0}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Chat

    def do_GET(self) -> None:
        self._answer({"data": [{"id": "tiny"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.server.delay_s)
        self.server.asked += 1
        shares = reply(body["messages"][-1]["content"])
        ordered = sorted(shares.items(), key=lambda item: -item[1])
        top = [{"token": token, "logprob": math.log(share)} for token, share in ordered]
        self._answer(
            {
                "choices": [
                    {
                        "message": {"content": ordered[0][0]},
                        "logprobs": {"content": [{"token": ordered[0][0], "top_logprobs": top}]},
                    }
                ],
                "usage": {"prompt_tokens": 100, "completion_tokens": 1},
            }
        )

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def running(run_dir: Path) -> Iterator[Chat]:
    """The server, and a run directory that tells of it."""
    run_dir.mkdir(exist_ok=True)
    with Chat() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        endpoints = Endpoints([address], "", ModelIdentity("tiny", "ab" * 32), {})
        engine = EngineState("vllm-0", server.server_address[1], condition="ready", pid=os.getpid())
        state.write(run_dir, State(load(PROFILE), endpoints, os.getpid(), [engine]))
        held = state.lock(run_dir)
        assert held is not None
        with held:
            yield server
        server.shutdown()
