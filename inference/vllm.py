"""The language-model port over any OpenAI-compatible server (vLLM in every shipped profile)."""

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import httpx
import msgspec
from msgspec import Struct

from inference import http
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.gate import Deadline, Gate
from inference.ports import ChatRequest, ChatResult, TokenAlternative
from inference.profile import LlmProfile
from inference.provenance import ModelIdentity


class _Message(Struct):
    content: str | None = None


class _Token(Struct):
    top_logprobs: list[TokenAlternative] = []


class _Logprobs(Struct):
    content: list[_Token] | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Usage(Struct):
    prompt_tokens: int
    completion_tokens: int


class _Completion(Struct):
    choices: list[_Choice]
    usage: _Usage


class Replica:
    """One server and the calls that this process has there."""

    def __init__(self, address: str, admit: int, queue: int) -> None:
        self.address = address
        self.gate = Gate(f"the language model at {address}", admit, queue)
        self.connections = http.connections(address, admit)


class VllmLlm:
    """``Llm`` over one or several replicas. Requests of one case (``cache_salt``) go to the same replica,
    where their prefix is cached; the others to the least loaded. A replica that cannot be reached is passed
    over."""

    def __init__(self, profile: LlmProfile, addresses: Sequence[str], identity: ModelIdentity) -> None:
        self._profile = profile
        self._identity = identity
        self._replicas = [Replica(address, profile.admit, profile.queue) for address in addresses]

    def close(self) -> None:
        """Ends the idle connections."""
        for replica in self._replicas:
            replica.connections.close()

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        return self._chat(request, Deadline(deadline_s))

    def chat_many(self, requests: Sequence[ChatRequest], *, deadline_s: float) -> list[ChatResult]:
        if not requests:
            return []
        deadline = Deadline(deadline_s)
        workers = min(len(requests), self._profile.admit * len(self._replicas))
        with ThreadPoolExecutor(workers, thread_name_prefix="chat") as pool:
            asked = [pool.submit(self._chat, request, deadline) for request in requests]
            wait(asked, return_when=FIRST_EXCEPTION)
            for future in asked:
                future.cancel()
        failed = [future for future in asked if not future.cancelled() and future.exception()]
        return [future.result() for future in failed or asked]

    def _chat(self, request: ChatRequest, deadline: Deadline) -> ChatResult:
        unreachable: InferenceUnavailable | None = None
        for replica in self._preferred(request):
            try:
                return self._ask(replica, request, deadline)
            except http.EngineUnreachable as error:
                unreachable = error
        raise unreachable or InferenceUnavailable("no address of a language model is configured")

    def _preferred(self, request: ChatRequest) -> list[Replica]:
        if not request.cache_salt:
            return sorted(self._replicas, key=lambda replica: replica.gate.load)
        # Rendezvous hashing: losing a replica moves only the cases that were there.
        return sorted(self._replicas, key=lambda replica: _digest(request.cache_salt + replica.address))

    def _ask(self, replica: Replica, request: ChatRequest, deadline: Deadline) -> ChatResult:
        body = self._body(request)
        with replica.gate.admitted(deadline):
            started = time.monotonic()
            post = replica.connections.build_request("POST", "/v1/chat/completions", json=body)
            response = http.send(replica.connections, post, deadline, engine="the language model")
            seconds = time.monotonic() - started
        return self._result(request, response, seconds)

    def _body(self, request: ChatRequest) -> dict[str, object]:
        body: dict[str, object] = {
            "model": self._profile.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
        }
        if request.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        if request.json_schema is not None:
            schema = {"name": "answer", "schema": request.json_schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if request.cache_salt and self._profile.cache_salt:
            # Hashed, so that no identifier of a case reaches the engine.
            body["cache_salt"] = _digest(request.cache_salt)
        return body

    def _result(self, request: ChatRequest, response: httpx.Response, seconds: float) -> ChatResult:
        try:
            completion = msgspec.json.decode(response.content, type=_Completion)
            choice = completion.choices[0]
        except (msgspec.DecodeError, IndexError) as error:
            raise InferenceUnavailable(
                f"the language model answered with something else ({error})"
            ) from error
        if request.json_schema is not None and choice.finish_reason == "length":
            raise InferenceInvalid(f"the JSON answer did not fit into max_tokens={request.max_tokens}")
        generated = (choice.logprobs.content if choice.logprobs else None) or [_Token()]
        return ChatResult(
            text=choice.message.content or "",
            first_token=sorted(generated[0].top_logprobs, key=lambda token: -token.logprob),
            prompt_tokens=completion.usage.prompt_tokens,
            completion_tokens=completion.usage.completion_tokens,
            seconds=seconds,
            model=self._identity.name,
            model_sha256=self._identity.sha256,
            engine=self._profile.engine,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
