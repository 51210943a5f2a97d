"""The gate admits a bounded number, keeps a bounded queue in order, and then says no with a time."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from inference.errors import InferenceRefused
from inference.gate import Gate


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def settle() -> None:
    """Lets every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


class Visitor:
    """Passes the gate in a task of its own and stays inside until told to leave."""

    def __init__(self, gate: Gate, order: list["Visitor"]) -> None:
        self._leave = asyncio.Event()
        self.order = order
        self.task = asyncio.create_task(self._visit(gate))

    async def _visit(self, gate: Gate) -> None:
        async with gate.admitted():
            self.order.append(self)
            await self._leave.wait()

    async def leave(self) -> None:
        self._leave.set()
        await self.task

    async def give_up(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_a_full_queue_refuses_with_a_time_instead_of_growing() -> None:
    async def test() -> None:
        gate, order = Gate("the engine", admit=1, queue=1), list[Visitor]()
        inside, waiting = Visitor(gate, order), Visitor(gate, order)
        await settle()
        with pytest.raises(InferenceRefused, match="1 calls at work and 1 waiting; try again in") as refused:
            async with gate.admitted():
                pass
        assert refused.value.retry_after_s >= 1
        assert gate.load == 2
        await inside.leave()
        await waiting.leave()
        assert gate.load == 0

    run(test())


def test_places_are_given_in_the_order_of_arrival_and_nobody_slips_in() -> None:
    async def test() -> None:
        gate, order = Gate("the engine", admit=2, queue=50), list[Visitor]()
        visitors = [Visitor(gate, order) for _ in range(20)]
        await settle()
        for number, visitor in enumerate(visitors):
            # The newcomer arrives in the very moment in which a place is left.
            visitor._leave.set()
            visitors_before = len(order)
            late = Visitor(gate, order) if number < 5 else None
            await visitor.task
            await settle()
            assert late is None or late not in order[: visitors_before + 1]
            if late:
                visitors.append(late)
        assert order == visitors
        assert gate.load == 0

    run(test())


def test_whoever_gives_up_waiting_leaves_no_trace() -> None:
    async def test() -> None:
        gate, order = Gate("the engine", admit=1, queue=5), list[Visitor]()
        inside, patient, impatient = (Visitor(gate, order) for _ in range(3))
        await settle()
        await impatient.give_up()
        assert gate.load == 2
        await inside.leave()
        await patient.leave()
        assert order == [inside, patient] and gate.load == 0

    run(test())


def test_a_place_handed_to_somebody_who_gives_up_goes_to_the_next() -> None:
    async def test() -> None:
        gate, order = Gate("the engine", admit=1, queue=5), list[Visitor]()
        inside, second, third = (Visitor(gate, order) for _ in range(3))
        await settle()
        inside._leave.set()
        await asyncio.sleep(0)  # inside leaves; the place is second's, who has not yet run
        await second.give_up()
        await settle()
        assert order == [inside, third]
        await third.leave()
        assert gate.load == 0

    run(test())


def test_a_failing_call_gives_its_place_back() -> None:
    async def test() -> None:
        gate = Gate("the engine", admit=1, queue=0)
        with pytest.raises(RuntimeError):
            async with gate.admitted():
                raise RuntimeError
        async with gate.admitted():
            assert gate.load == 1

    run(test())


def test_the_time_follows_the_duration_of_recent_calls_and_the_length_of_the_queue() -> None:
    async def test() -> None:
        clock, order = Clock(), list[Visitor]()
        gate = Gate("the engine", admit=2, queue=3, clock=clock)
        for _ in range(60):
            async with gate.admitted():
                clock.now += 10.0
        visitors = [Visitor(gate, order) for _ in range(5)]
        await settle()
        with pytest.raises(InferenceRefused) as refused:
            async with gate.admitted():
                pass
        # Three wait before and two are served at once, each for ten seconds.
        assert refused.value.retry_after_s == pytest.approx(20.0, rel=0.01)
        for visitor in visitors:
            await visitor.leave()

    run(test())


def test_calls_that_fail_at_once_do_not_make_the_engine_look_fast_and_abandoned_ones_not_faster() -> None:
    async def test() -> None:
        clock, order = Clock(), list[Visitor]()
        gate = Gate("the engine", admit=1, queue=0, clock=clock)
        for _ in range(60):
            async with gate.admitted():
                clock.now += 30.0
        for failure in (RuntimeError, asyncio.CancelledError):
            for _ in range(20):
                with pytest.raises(failure):
                    async with gate.admitted():
                        raise failure
        visitor = Visitor(gate, order)
        await settle()
        with pytest.raises(InferenceRefused) as refused:
            async with gate.admitted():
                pass
        assert refused.value.retry_after_s == pytest.approx(30.0, rel=0.01)
        await visitor.leave()

    run(test())
