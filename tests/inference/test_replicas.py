"""Several engines behind one port: least loaded, one case in one place, failover, and rest for the fallen."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from inference.accounting import Accounting, Usage
from inference.errors import InferenceRefused, InferenceTimeout, InferenceUnavailable
from inference.gate import Deadline
from inference.ports import ChatMessage, ChatRequest
from inference.replicas import Answer, Call, Replicas
from inference.vllm import VllmLlm
from tests.inference.servers import (
    IDENTITY,
    QUESTION,
    ScriptedServer,
    completion,
    llm_profile,
    serving,
    serving_several,
    unused_address,
)
from tests.inference.test_cancellation import PATIENCE_S, until
from tests.inference.test_gate import Clock

ANY_CASE = msgspec.structs.replace(QUESTION, cache_salt="")


@pytest.fixture
def servers() -> Iterator[list[ScriptedServer]]:
    with serving_several(3) as several:
        yield several


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def llm(servers: list[ScriptedServer], admit: int = 4, queue: int = 8) -> VllmLlm:
    return VllmLlm(llm_profile(admit, queue), [server.address for server in servers], IDENTITY)


def home(replicas: Replicas, case: str) -> str:
    """The address that is asked first for ``case``."""
    return replicas._choose(replicas._replicas, case).address


def first_asked(adapter: VllmLlm, servers: list[ScriptedServer]) -> ScriptedServer:
    """The server where the case of ``QUESTION`` is at home."""
    address = home(adapter._replicas, QUESTION.cache_salt)
    return next(server for server in servers if server.address == address)


def call(affinity: str = "") -> Call[bytes]:
    """A call of no particular port."""
    return Call(
        verb="test",
        engine="the engine",
        path="/any",
        content=b"{}",
        headers={},
        read=lambda answer: (answer.content, Usage()),
        affinity=affinity,
    )


def test_calls_go_where_the_fewest_are(servers: list[ScriptedServer], callers: ThreadPoolExecutor) -> None:
    adapter = llm(servers)
    for server in servers:
        server.go_on.clear()
    asked = []
    for count in range(1, 7):
        asked.append(callers.submit(adapter.chat, ANY_CASE, deadline_s=60))
        until(lambda count=count: sum(len(server.asked) for server in servers) == count)  # type: ignore[misc]
    assert [len(server.asked) for server in servers] == [2, 2, 2]
    for server in servers:
        server.go_on.set()
    assert {one.result(PATIENCE_S).text for one in asked} == {"2"}
    adapter.close()


RACK = [f"http://127.0.0.1:{port}" for port in (8101, 8102, 8103)]


def test_a_thousand_cases_are_spread_evenly_and_stay() -> None:
    replicas = Replicas("the engine", RACK, admit=4, queue=8)
    homes = [home(replicas, f"case {number}") for number in range(1000)]
    assert homes == [home(replicas, f"case {number}") for number in range(1000)]
    counts = Counter(homes)
    chi_square = sum((counts[address] - 1000 / 3) ** 2 / (1000 / 3) for address in RACK)
    assert chi_square < 13.8  # 2 degrees of freedom, p = 0.001
    replicas.close()


def test_losing_a_replica_moves_only_its_cases_and_spreads_them() -> None:
    replicas = Replicas("the engine", RACK, admit=4, queue=8)
    cases = [f"case {number}" for number in range(300)]
    before = {case: home(replicas, case) for case in cases}
    lost = replicas._replicas[1]
    lost.found_away()
    after = {case: home(replicas, case) for case in cases}
    moved = {case for case in cases if before[case] != after[case]}
    assert moved == {case for case in cases if before[case] == lost.address} and moved
    taken = Counter(after[case] for case in moved)
    assert len(taken) == 2 and min(taken.values()) > len(moved) / 4
    lost.found_well()
    assert before == {case: home(replicas, case) for case in cases}
    replicas.close()


def test_a_replica_that_dies_in_the_middle_of_a_call_costs_no_answer(
    servers: list[ScriptedServer], callers: ThreadPoolExecutor
) -> None:
    adapter = llm(servers)
    first = first_asked(adapter, servers)
    first.go_on.clear()
    asked = callers.submit(adapter.chat, QUESTION, deadline_s=60)
    assert first.arrived.acquire(timeout=PATIENCE_S)
    first.breaks = True
    first.go_on.set()
    assert asked.result(PATIENCE_S).text == "2"
    assert sum(len(server.asked) for server in servers) == 2
    adapter.close()


def test_a_sampled_answer_is_not_asked_for_twice(servers: list[ScriptedServer]) -> None:
    adapter = llm(servers)
    for server in servers:
        server.breaks = True
    with pytest.raises(InferenceUnavailable, match="broke off"):
        adapter.chat(msgspec.structs.replace(QUESTION, temperature=0.7), deadline_s=60)
    assert sum(len(server.asked) for server in servers) == 1
    adapter.close()


def test_a_request_that_kills_engines_is_not_handed_round_to_all(servers: list[ScriptedServer]) -> None:
    adapter = llm(servers)
    for server in servers:
        server.breaks = True
    with pytest.raises(InferenceUnavailable, match="broke off"):
        adapter.chat(QUESTION, deadline_s=60)
    assert sum(len(server.asked) for server in servers) == 2
    adapter.close()


def test_an_engines_own_failure_is_not_repeated(servers: list[ScriptedServer]) -> None:
    adapter = llm(servers)
    for server in servers:
        server.status, server.body = 500, b"out of memory"
    with pytest.raises(InferenceUnavailable, match="out of memory"):
        adapter.chat(QUESTION, deadline_s=60)
    assert sum(len(server.asked) for server in servers) == 1
    adapter.close()


def test_a_busy_or_unready_replica_is_passed_over_and_if_all_are_the_shortest_wait_is_told(
    servers: list[ScriptedServer],
) -> None:
    adapter = llm(servers)
    servers[0].status, servers[0].headers = 503, {}
    servers[1].status, servers[1].headers = 429, {"Retry-After": "9"}
    assert all(adapter.chat(ANY_CASE, deadline_s=60).text == "2" for _ in range(5))
    servers[2].status, servers[2].headers = 503, {"Retry-After": "4"}
    with pytest.raises(InferenceRefused) as refused:
        adapter.chat(ANY_CASE, deadline_s=60)
    assert refused.value.retry_after_s == 4
    adapter.close()


def test_a_case_whose_replica_is_full_spills_over_to_the_least_loaded(
    servers: list[ScriptedServer], callers: ThreadPoolExecutor
) -> None:
    adapter = llm(servers, admit=1, queue=0)
    first = first_asked(adapter, servers)
    first.go_on.clear()
    holding = callers.submit(adapter.chat, QUESTION, deadline_s=60)
    assert first.arrived.acquire(timeout=PATIENCE_S)
    assert adapter.chat(QUESTION, deadline_s=60).text == "2"
    assert len(first.asked) == 1
    first.go_on.set()
    holding.result(PATIENCE_S)
    adapter.chat(QUESTION, deadline_s=60)
    assert len(first.asked) == 2
    adapter.close()


def test_a_fallen_replica_rests_is_tried_by_one_call_and_then_takes_its_share_again() -> None:
    clock = Clock()
    with serving() as steady, serving() as comes_back:
        steady.body = b"steady"
        replicas = Replicas("the engine", [comes_back.address, steady.address], admit=4, queue=4, clock=clock)
        fallen = replicas._replicas[0]
        comes_back.breaks = True
        with pytest.raises(InferenceUnavailable):
            replicas.ask(call(), Deadline(30))
        assert len(comes_back.asked) == 1 and not fallen.takes_calls()
        # It has no load, but draws nobody while it rests.
        assert [replicas.ask(call(), Deadline(30)) for _ in range(5)] == [b"steady"] * 5
        assert len(comes_back.asked) == 1
        clock.now += 0.6
        assert fallen.takes_calls()
        comes_back.breaks, comes_back.body = False, b"back"
        comes_back.go_on.clear()
        with ThreadPoolExecutor(4) as pool:
            trying = pool.submit(replicas.ask, call(), Deadline(30))
            assert comes_back.arrived.acquire(timeout=PATIENCE_S)
            assert comes_back.arrived.acquire(timeout=PATIENCE_S)
            # While one call tries it, the others stay away.
            assert replicas.ask(call(), Deadline(30)) == b"steady"
            comes_back.go_on.set()
            assert trying.result(PATIENCE_S) == b"back"
        assert replicas.ask(call(), Deadline(30)) == b"back"
        replicas.close()


def test_the_rest_grows_with_each_failure_and_calls_that_break_together_count_once() -> None:
    clock = Clock()
    replicas = Replicas("the engine", [unused_address(), unused_address()], admit=4, queue=4, clock=clock)
    replica = replicas._replicas[0]
    rests = []
    for _ in range(9):
        for _ in range(5):
            replica.found_away()
        began = clock.now
        while not replica.takes_calls():
            clock.now += 0.25
        rests.append(clock.now - began)
    assert rests == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    replica.found_well()
    replica.found_away()
    clock.now += 0.5
    assert replica.takes_calls()
    replicas.close()


def test_a_replica_that_is_gone_and_started_again_at_its_address_is_found() -> None:
    clock = Clock()
    with serving() as steady:
        steady.body = b"steady"
        with serving() as mortal:
            mortal.body, port, address = b"mortal", mortal.server_address[1], mortal.address
            replicas = Replicas("the engine", [address, steady.address], admit=4, queue=4, clock=clock)
            assert replicas.ask(call(), Deadline(30)) == b"mortal"
        answers = [replicas.ask(call(), Deadline(30)) for _ in range(3)]
        assert answers == [b"steady"] * 3
        clock.now += 60
        with serving(ScriptedServer(port)) as again:
            again.body = b"again"
            assert replicas.ask(call(), Deadline(30)) == b"again"
            replicas.close()


def test_the_last_engine_is_asked_even_while_it_rests() -> None:
    with serving() as only:
        only.breaks = True
        replicas = Replicas("the engine", [only.address], admit=4, queue=4, clock=Clock())
        with pytest.raises(InferenceUnavailable, match="broke off"):
            replicas.ask(call(), Deadline(30))
        only.breaks, only.body = False, b"well"
        assert replicas.ask(call(), Deadline(30)) == b"well"
        replicas.close()


def test_a_replica_that_rests_is_not_asked_when_another_is_only_busy(servers: list[ScriptedServer]) -> None:
    adapter = llm(servers[:2])
    adapter._replicas._replicas[0].found_away()
    servers[1].status, servers[1].headers = 429, {"Retry-After": "9"}
    with pytest.raises(InferenceRefused):
        adapter.chat(ANY_CASE, deadline_s=60)
    assert servers[0].asked == [] and len(servers[1].asked) == 1
    adapter.close()


def test_a_replica_that_stays_silent_again_and_again_is_left_alone(servers: list[ScriptedServer]) -> None:
    adapter = llm(servers[:2])
    silent = first_asked(adapter, servers)
    silent.go_on.clear()
    for _ in range(3):
        with pytest.raises(InferenceTimeout):
            adapter.chat(QUESTION, deadline_s=0.1)
    assert adapter.chat(QUESTION, deadline_s=60).text == "2"
    assert len(silent.asked) == 3
    adapter.close()


def test_asking_elsewhere_is_within_the_same_deadline(servers: list[ScriptedServer]) -> None:
    adapter = llm(servers)
    for server in servers:
        server.go_on.clear()
    with pytest.raises(InferenceTimeout, match="deadline of 0.2 s"):
        adapter.chat(QUESTION, deadline_s=0.2)
    assert sum(len(server.asked) for server in servers) == 1
    adapter.close()


def test_each_engine_asked_is_in_the_accounts(servers: list[ScriptedServer]) -> None:
    accounting = Accounting()
    away = unused_address()
    adapter = VllmLlm(llm_profile(), [away, servers[0].address], IDENTITY, accounting)
    plain = ChatRequest(messages=[ChatMessage("user", "One plus one?")])
    adapter.chat_many([plain] * 3, deadline_s=60)
    adapter.close()
    by_address = {totals.address: totals for totals in accounting.snapshot().totals}
    answered = by_address[servers[0].address]
    assert by_address[away].outcomes.keys() == {"unavailable"}
    assert answered.outcomes == {"ok": 3}
    assert (answered.prompt_tokens, answered.completion_tokens, answered.cached_tokens) == (27, 3, 12)
    assert (answered.verb, answered.model, answered.model_sha256) == ("chat", "tiny", "ab" * 32)
    assert 0 < answered.longest_s <= answered.worked_s
    assert "plus" not in json.dumps(msgspec.to_builtins(accounting.snapshot()))


def test_an_answer_is_read_with_its_headers_and_the_seconds_that_it_took() -> None:
    seen: list[Answer] = []

    def read(answer: Answer) -> tuple[str, Usage]:
        seen.append(answer)
        return answer.headers["X-Kind"], Usage()

    with serving() as server:
        server.body, server.headers = completion(), {"X-Kind": "plain"}
        replicas = Replicas("the engine", [server.address], admit=1, queue=1)
        asked = Call(verb="v", engine="e", path="/p", content=b"{}", headers={}, read=read)
        assert replicas.ask(asked, Deadline(30)) == "plain"
        replicas.close()
    assert seen[0].seconds > 0 and seen[0].content == completion()
