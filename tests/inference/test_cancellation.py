"""A caller that calls off is free at once, the engine too, and the counts are right."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from inference.accounting import Accounting
from inference.cancellation import Cancellation
from inference.errors import InferenceCancelled, InferenceError, InferenceInvalid
from inference.ports import ChatMessage, ChatRequest
from inference.vllm import VllmLlm
from tests.inference.servers import (
    IDENTITY,
    QUESTION,
    ScriptedServer,
    completion,
    llm_profile,
    serving,
)

PATIENCE_S = 20
"""Only ends a broken test."""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with serving() as scripted:
        scripted.body = completion()
        scripted.go_on.clear()
        yield scripted


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def covered(cancellation: Cancellation, call: Callable[[], object]) -> InferenceError | None:
    """The error that ``call`` ends with inside the token's block."""
    with cancellation.covering():
        try:
            call()
        except InferenceError as error:
            return error
    return None


def asking(llm: VllmLlm) -> Callable[[], object]:
    return lambda: llm.chat(QUESTION, deadline_s=120)


def test_a_call_in_flight_ends_for_its_caller_and_for_the_engine(
    server: ScriptedServer, callers: ThreadPoolExecutor
) -> None:
    accounting, cancellation = Accounting(), Cancellation()
    llm = VllmLlm(llm_profile(), [server.address], IDENTITY, accounting)
    ended = callers.submit(covered, cancellation, asking(llm))
    assert server.arrived.acquire(timeout=PATIENCE_S)
    cancellation.cancel()
    assert isinstance(ended.result(PATIENCE_S), InferenceCancelled)
    assert server.left.acquire(timeout=PATIENCE_S)  # the connection is closed: vLLM aborts the request
    server.go_on.set()
    assert llm.chat(QUESTION, deadline_s=30).text == "2"
    llm.close()
    (totals,) = accounting.snapshot().totals
    assert totals.outcomes == {"cancelled": 1, "ok": 1}


def test_a_call_in_the_queue_ends_and_the_places_stay_right(
    server: ScriptedServer, callers: ThreadPoolExecutor
) -> None:
    accounting = Accounting()
    llm = VllmLlm(llm_profile(admit=1, queue=3), [server.address], IDENTITY, accounting)
    holds = callers.submit(asking(llm))
    assert server.arrived.acquire(timeout=PATIENCE_S)
    waiting = [(token := Cancellation(), callers.submit(covered, token, asking(llm))) for _ in range(3)]
    gate = llm._replicas._replicas[0].gate
    until(lambda: gate.load == 4)
    for token, ended in waiting:
        token.cancel()
        assert isinstance(ended.result(PATIENCE_S), InferenceCancelled)
    until(lambda: gate.load == 1)
    server.go_on.set()
    holds.result(PATIENCE_S)
    assert len(server.asked) == 1 and gate.load == 0
    llm.close()
    (totals,) = accounting.snapshot().totals
    assert totals.outcomes == {"cancelled": 3, "ok": 1}


def test_many_calls_of_one_caller_end_together(server: ScriptedServer, callers: ThreadPoolExecutor) -> None:
    llm, cancellation = VllmLlm(llm_profile(), [server.address], IDENTITY), Cancellation()
    many = [QUESTION] * 10
    ended = callers.submit(covered, cancellation, lambda: llm.chat_many(many, deadline_s=120))
    for _ in range(4):
        assert server.arrived.acquire(timeout=PATIENCE_S)
    cancellation.cancel()
    assert isinstance(ended.result(PATIENCE_S), InferenceCancelled)
    for _ in range(4):
        assert server.left.acquire(timeout=PATIENCE_S)
    until(lambda: llm._replicas._replicas[0].gate.load == 0)
    llm.close()


def test_the_first_failure_of_many_ends_the_others(
    server: ScriptedServer, callers: ThreadPoolExecutor
) -> None:
    def answer_one_and_refuse_it() -> None:
        assert server.arrived.acquire(timeout=PATIENCE_S)
        server.status, server.body = 400, b"too long"
        server.go_on.set()

    answering = callers.submit(answer_one_and_refuse_it)
    llm = VllmLlm(llm_profile(admit=2), [server.address], IDENTITY)
    with pytest.raises(InferenceInvalid, match="too long"):
        llm.chat_many([QUESTION] * 50, deadline_s=60)
    answering.result(PATIENCE_S)
    llm.close()
    assert len(server.asked) < 50


def test_nothing_begins_after_the_decision_and_nothing_outside_is_touched(server: ScriptedServer) -> None:
    server.go_on.set()
    llm, cancellation = VllmLlm(llm_profile(), [server.address], IDENTITY), Cancellation()
    cancellation.cancel()
    cancellation.cancel()
    assert isinstance(covered(cancellation, asking(llm)), InferenceCancelled)
    assert server.asked == []
    assert llm.chat(QUESTION, deadline_s=30).text == "2"
    llm.close()


def test_of_nested_blocks_each_ends_the_call_and_the_inner_only_its_own(
    server: ScriptedServer, callers: ThreadPoolExecutor
) -> None:
    llm, outer, inner = VllmLlm(llm_profile(), [server.address], IDENTITY), Cancellation(), Cancellation()

    def nested() -> tuple[InferenceError | None, InferenceError | None]:
        with outer.covering():
            return covered(inner, asking(llm)), covered(Cancellation(), asking(llm))

    ended: Future[tuple[InferenceError | None, InferenceError | None]] = callers.submit(nested)
    assert server.arrived.acquire(timeout=PATIENCE_S)
    inner.cancel()
    assert server.arrived.acquire(timeout=PATIENCE_S)
    assert not ended.done()
    outer.cancel()
    assert [type(error) for error in ended.result(PATIENCE_S)] == [InferenceCancelled] * 2
    llm.close()


def test_cancelling_while_answers_come_loses_no_place(server: ScriptedServer) -> None:
    server.go_on.set()
    accounting = Accounting()
    llm = VllmLlm(llm_profile(admit=2, queue=400), [server.address], IDENTITY, accounting)
    short = ChatRequest(messages=[ChatMessage("user", "1 + 1")])
    tokens = [Cancellation() for _ in range(60)]
    with ThreadPoolExecutor(12) as pool:
        ends = [pool.submit(covered, token, lambda: llm.chat(short, deadline_s=120)) for token in tokens]
        for token in tokens[::2]:
            token.cancel()
        results = [end.result(60) for end in ends]
    assert all(result is None for result in results[1::2])
    assert all(result is None or isinstance(result, InferenceCancelled) for result in results)
    until(lambda: llm._replicas._replicas[0].gate.load == 0)
    assert len(llm.chat_many([short] * 8, deadline_s=60)) == 8
    llm.close()


def until(condition: Callable[[], bool]) -> None:
    """Waits for what is certain to come."""
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen")
