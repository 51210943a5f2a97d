"""The language-model port over any OpenAI-compatible server (vLLM in every shipped profile)."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from inference.accounting import Accounting, Usage
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.gate import Deadline
from inference.ports import ChatRequest, ChatResult, TokenAlternative
from inference.profile import LlmProfile
from inference.provenance import ModelIdentity
from inference.replicas import Answer, Call, Replicas, digest

ENGINE = "the language model"
JSON = {"Content-Type": "application/json"}


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


class _Cached(Struct):
    cached_tokens: int | None = None


class _Usage(Struct):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Cached | None = None


class _Completion(Struct):
    choices: list[_Choice]
    usage: _Usage


class VllmLlm:
    """``Llm`` over one or several replicas. Requests of one case (``cache_salt``) go to the same replica,
    where their prefix is cached; the others to the least loaded (``inference.replicas`` has the rules)."""

    def __init__(
        self,
        profile: LlmProfile,
        addresses: Sequence[str],
        identity: ModelIdentity,
        accounting: Accounting | None = None,
    ) -> None:
        self._profile = profile
        self._identity = identity
        self._replicas = Replicas(
            ENGINE, addresses, admit=profile.admit, queue=profile.queue, accounting=accounting
        )

    def close(self) -> None:
        """Ends the calls under way and the connections."""
        self._replicas.close()

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        return self._replicas.ask(self._call(request), Deadline(deadline_s))

    def chat_many(self, requests: Sequence[ChatRequest], *, deadline_s: float) -> list[ChatResult]:
        return self._replicas.ask_all([self._call(request) for request in requests], Deadline(deadline_s))

    def _call(self, request: ChatRequest) -> Call[ChatResult]:
        return Call(
            verb="chat",
            engine=ENGINE,
            path="/v1/chat/completions",
            content=msgspec.json.encode(self._body(request)),
            headers=JSON,
            read=lambda answer: self._result(request, answer),
            model=self._identity,
            # A completion leaves nothing behind in the engine, and at temperature 0 the answer is the same
            # wherever it is made: it may be asked for again elsewhere when a connection broke off. Sampled at
            # a higher temperature it would be another answer.
            repeatable=request.temperature == 0.0,
            affinity=request.cache_salt,
            said=[message.content for message in request.messages],
        )

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
            body["cache_salt"] = digest(request.cache_salt)
        return body

    def _result(self, request: ChatRequest, answer: Answer) -> tuple[ChatResult, Usage]:
        try:
            completion = msgspec.json.decode(answer.content, type=_Completion)
            choice = completion.choices[0]
        except (msgspec.DecodeError, IndexError) as error:
            raise InferenceUnavailable(f"{ENGINE} answered with something else ({error})") from error
        if request.json_schema is not None and choice.finish_reason == "length":
            raise InferenceInvalid(f"the JSON answer did not fit into max_tokens={request.max_tokens}")
        generated = (choice.logprobs.content if choice.logprobs else None) or [_Token()]
        result = ChatResult(
            text=choice.message.content or "",
            first_token=sorted(generated[0].top_logprobs, key=lambda token: -token.logprob),
            prompt_tokens=completion.usage.prompt_tokens,
            completion_tokens=completion.usage.completion_tokens,
            seconds=answer.seconds,
            model=self._identity.name,
            model_sha256=self._identity.sha256,
            engine=self._profile.engine,
        )
        return result, _usage(completion.usage)


def _usage(usage: _Usage) -> Usage:
    details = usage.prompt_tokens_details
    return Usage(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=(details.cached_tokens if details else None) or 0,
    )
