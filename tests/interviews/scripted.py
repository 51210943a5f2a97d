"""A language model for control flow only: it says what the test tells it to. What a model says is tested with
one."""

import math
from collections.abc import Callable, Sequence

from inference.errors import InferenceUnavailable
from inference.ports import ChatRequest, ChatResult, TokenAlternative

Shares = dict[str, float]

LEVEL_MARKS = ("几级", "第几级", "which level")
TOPIC_MARKS = ("在回答下面哪一个问题", "Which of these questions")


def always(shares: Shares) -> Callable[[ChatRequest], Shares]:
    """The same shares whatever is asked."""
    return lambda request: shares


class ScriptedLlm:
    """`level` and `part` give the shares of a request's first token; relevance is `relevance` for the
    question."""

    def __init__(
        self,
        question: str,
        level: Callable[[ChatRequest], Shares],
        part: Callable[[ChatRequest], Shares] | None = None,
        relevance: float = 0.9,
    ) -> None:
        self.question = question
        self.level = level
        self.part = part or always({"1": 0.9, "0": 0.1})
        self.relevance = relevance
        self.away = False
        self.asked: list[ChatRequest] = []

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        if self.away:
            raise InferenceUnavailable("the scripted model is away")
        self.asked.append(request)
        text = request.messages[-1].content
        if any(mark in text for mark in LEVEL_MARKS):
            return self._result(self.level(request))
        if any(mark in text for mark in TOPIC_MARKS):
            return self._result(self._topic(text))
        return self._result(self.part(request))

    def chat_many(self, requests: Sequence[ChatRequest], *, deadline_s: float) -> list[ChatResult]:
        return [self.chat(request, deadline_s=deadline_s) for request in requests]

    def _topic(self, text: str) -> Shares:
        real = next(line[0] for line in text.splitlines() if line[2:] == self.question)
        return {number: self.relevance if number == real else (1 - self.relevance) / 3 for number in "1234"}

    def _result(self, shares: Shares) -> ChatResult:
        tokens = [TokenAlternative(token, math.log(share)) for token, share in shares.items() if share > 0]
        tokens.sort(key=lambda token: -token.logprob)
        return ChatResult(
            text=tokens[0].token,
            first_token=tokens,
            prompt_tokens=100,
            completion_tokens=1,
            seconds=0.0,
            model="scripted",
            model_sha256="0" * 64,
            engine="scripted",
        )
