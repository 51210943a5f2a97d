"""Small HTTP servers that answer, or fail to, as engines do."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from inference.ports import ChatMessage, ChatRequest
from inference.profile import LlmProfile
from inference.provenance import ModelIdentity

IDENTITY = ModelIdentity("tiny", "ab" * 32)
QUESTION = ChatRequest(messages=[ChatMessage("user", "One plus one?")], top_logprobs=2, cache_salt="case 7")


class ScriptedServer(ThreadingHTTPServer):
    """Answers every POST with ``status``, ``headers`` and ``body``; keeps what was asked. While ``go_on`` is
    cleared it does not answer. With ``drips`` it sends the body byte by byte, with ``breaks`` it ends the
    connection once the request is read. ``left`` is released for each connection that the client ended while
    it waited."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.status, self.headers, self.body = 200, dict[str, str](), b"{}"
        self._connections: list[socket.socket] = []
        self.drips = self.breaks = False
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.arrived = threading.Semaphore(0)
        self.left = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.go_on.set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, client = super().get_request()
        self._connections.append(connection)
        return connection, client

    def end_connections(self) -> None:
        """As the death of a process does."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that leave are what is tested here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers.items()), body))
        self.server.arrived.release()
        if not self._wait() or self.server.breaks:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        if not self.server.drips:
            self.wfile.write(self.server.body)
            return
        for octet in self.server.body:
            self.wfile.write(bytes([octet]))
            threading.Event().wait(0.02)

    def _wait(self) -> bool:
        """True when the answer may be given, false when the client left before."""
        self.connection.setblocking(False)
        try:
            while not self.server.go_on.wait(0.01):
                try:
                    gone = self.connection.recv(1, socket.MSG_PEEK) == b""
                except BlockingIOError:
                    continue
                except ConnectionError:
                    gone = True
                if gone:
                    self.server.left.release()
                    return False
            return True
        finally:
            self.connection.setblocking(True)

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def serving(server: ScriptedServer | None = None) -> Iterator[ScriptedServer]:
    """``server`` (a new ``ScriptedServer`` without) in a thread, until the block ends; its connections end with
    it."""
    made = server or ScriptedServer()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.go_on.set()
        made.shutdown()
        thread.join()
        made.end_connections()
        made.server_close()


@contextmanager
def serving_several(count: int) -> Iterator[list[ScriptedServer]]:
    """``count`` servers that answer a completion."""
    with ExitStack() as stack:
        servers = [stack.enter_context(serving()) for _ in range(count)]
        for server in servers:
            server.body = completion()
        yield servers


def unused_address() -> str:
    """An address at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def llm_profile(admit: int = 4, queue: int = 8) -> LlmProfile:
    return LlmProfile(
        engine="vllm test",
        model="tiny",
        max_model_len=512,
        max_num_seqs=4,
        admit=admit,
        queue=queue,
        memory_gib=1,
    )


def completion(text: str = "2", finish: str = "stop") -> bytes:
    """A chat completion with two alternatives, of which 4 of 9 prompt tokens were cached."""
    alternatives = [{"token": "3", "logprob": -2.5}, {"token": "2", "logprob": -0.1}]
    choice = {
        "message": {"role": "assistant", "content": text},
        "finish_reason": finish,
        "logprobs": {"content": [{"token": "2", "logprob": -0.1, "top_logprobs": alternatives}]},
    }
    usage = {"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 4}}
    return json.dumps({"choices": [choice], "usage": usage}).encode()
