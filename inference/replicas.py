"""One call at one of several engines that answer alike: the rules that every port keeps.

- **Deadline.** The caller's ``deadline_s`` bounds the whole call: queueing, connecting, sending, working,
  reading, and asking elsewhere.
- **Admission.** Each engine has a gate with a bounded queue. Where all engines refuse, the caller is told when to
  come again.
- **Choice.** Calls of one case go to one engine, where their prefix is cached (rendezvous hashing: an engine
  that is lost moves only its own cases); the others to the least loaded. A case whose engine refuses, or turns
  out to be away, is asked at the least loaded of the rest.
- **Rest.** An engine that was found away or failing, or that let several calls in a row run into their deadlines,
  is left alone for a while, the longer the more often; then one call tries it before others follow. It looks
  idle, and would otherwise draw every call into its failure. Only where all others are away too is it asked.
- **Repetition.** No call asks an engine twice. A request that no engine began (no connection, "busy", "not
  serving") is asked elsewhere. One that an engine may have begun is asked elsewhere only if it is repeatable,
  when the connection broke off before the answer, and once: a request that brings its engine down must not do
  so to all. An engine's own answer that it failed is never repeated here; the job queue does that.
- **Accounting.** Each engine asked is recorded with its outcome.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import httpx
from msgspec import Struct

from inference import http
from inference.accounting import Accounting, CallRecord, Outcome, Usage, outcome_of
from inference.background import Background
from inference.errors import InferenceError, InferenceRefused, InferenceUnavailable
from inference.gate import Deadline, Gate
from inference.provenance import ModelIdentity

T = TypeVar("T")

FIRST_REST_S = 0.5
LONGEST_REST_S = 30.0
SILENT_CALLS = 3
"""So many calls in a row without an answer are the engine's fault and not that of a short deadline."""

NOT_BEGUN = (http.EngineUnreachable, http.EngineNotServing, InferenceRefused)
AWAY = (http.EngineUnreachable, http.EngineNotServing, http.EngineBrokeOff, http.EngineFailed)

UNNAMED = ModelIdentity("", "")
"""For models without weights in the catalogue (a part of a library, a measurement)."""


class Answer(Struct, frozen=True):
    """What an engine sent, and the seconds from its place at the gate to the last byte."""

    content: bytes
    headers: httpx.Headers
    seconds: float


class Call(Struct, Generic[T], frozen=True, kw_only=True):
    """One request and how its answer is read. ``verb`` and ``model`` name it in the accounts, ``engine`` in
    messages. ``read`` makes the result and says what it took; it raises errors of ``inference.errors``.
    ``repeatable``: to answer it twice has no effect beyond the work, and gives the same answer. ``affinity``
    names the case. ``said`` are the texts in it, which no error may quote."""

    verb: str
    engine: str
    path: str
    content: bytes
    headers: dict[str, str]
    read: Callable[[Answer], tuple[T, Usage]]
    model: ModelIdentity = UNNAMED
    repeatable: bool = False
    affinity: str = ""
    audio_s: float = 0.0
    pictures: int = 0
    said: Sequence[str] = ()


class Replica:
    """One engine: the calls that this process has there, and whether it is left alone."""

    def __init__(self, engine: str, address: str, admit: int, queue: int, clock: Callable[[], float]) -> None:
        self.address = address
        self.gate = Gate(f"{engine} at {address}", admit, queue)
        self.connections = http.connections(address, admit)
        self._clock = clock
        self._failures = 0
        self._unanswered = 0
        self._rests_until = 0.0

    def takes_calls(self) -> bool:
        """False while it rests, and while the first call after a rest is still trying it."""
        if self._failures == 0:
            return True
        return self._clock() >= self._rests_until and self.gate.load == 0

    def found_away(self) -> None:
        """Lets it rest. The calls that were there break off together: they count as one failure."""
        if self._clock() >= self._rests_until:
            rest_s = min(FIRST_REST_S * 2**self._failures, LONGEST_REST_S)
            self._failures += 1
            self._rests_until = self._clock() + rest_s

    def found_silent(self) -> None:
        """A call ran into its deadline."""
        self._unanswered += 1
        if self._unanswered >= SILENT_CALLS:
            self.found_away()

    def found_well(self) -> None:
        """Ends the rest."""
        self._failures = self._unanswered = 0
        self._rests_until = 0.0


class Replicas:
    """The engines behind one adapter. ``admit`` bounds what is in flight at each, ``queue`` what waits for
    each."""

    def __init__(
        self,
        engine: str,
        addresses: Sequence[str],
        *,
        admit: int,
        queue: int,
        accounting: Accounting | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._admit = admit
        self._accounting = accounting or Accounting()
        self._background = Background(engine)
        self._replicas = [Replica(engine, address, admit, queue, clock) for address in addresses]

    def close(self) -> None:
        """Ends the calls under way and the connections."""
        self._background.close(self._close_connections)

    async def _close_connections(self) -> None:
        for replica in self._replicas:
            await replica.connections.aclose()

    def ask(self, call: Call[T], deadline: Deadline) -> T:
        """The result of one call, or an error of ``inference.errors``."""
        return self._background.run(lambda: self._ask(call, deadline), deadline)

    def ask_all(self, calls: Sequence[Call[T]], deadline: Deadline) -> list[T]:
        """The results in the order of ``calls``, which are under way together as far as the engines admit
        them. The first failure ends the others and is raised."""
        if not calls:
            return []
        return self._background.run(lambda: self._ask_all(calls, deadline), deadline)

    def is_ready(self, path: str, deadline_s: float) -> bool:
        """Whether the first engine answers a GET of ``path`` with success; no call, and not recorded."""
        replica = self._replicas[0]

        async def look() -> bool:
            try:
                return (await replica.connections.get(path)).is_success
            except httpx.HTTPError:
                return False

        try:
            return self._background.run(look, Deadline(deadline_s))
        except InferenceError:
            return False

    async def _ask_all(self, calls: Sequence[Call[T]], deadline: Deadline) -> list[T]:
        # Only so many at the gates that one caller's many calls do not fill the queue against itself.
        together = asyncio.Semaphore(self._admit * max(1, len(self._replicas)))

        async def one(call: Call[T]) -> T:
            async with together:
                return await self._ask(call, deadline)

        tasks = [asyncio.create_task(one(call)) for call in calls]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, call: Call[T], deadline: Deadline) -> T:
        failures: list[InferenceError] = []
        untried = list(self._replicas)
        while untried:
            replica = self._choose(untried, "" if failures else call.affinity)
            if not replica.takes_calls() and any(isinstance(one, InferenceRefused) for one in failures):
                break  # Another is only busy: the caller is told when, and need not wait for one that is away.
            untried.remove(replica)
            try:
                return await self._attempt(replica, call, deadline)
            except NOT_BEGUN as error:
                failures.append(error)
            except http.EngineBrokeOff as error:
                failures.append(error)
                if not call.repeatable or sum(isinstance(one, http.EngineBrokeOff) for one in failures) > 1:
                    raise
        raise _worst(failures, self._engine)

    def _choose(self, replicas: Sequence[Replica], affinity: str) -> Replica:
        """One that takes calls; where none does, one of all: to be told that it is still away costs
        little."""
        candidates = [replica for replica in replicas if replica.takes_calls()] or replicas
        if affinity:
            return max(candidates, key=lambda replica: digest(affinity + replica.address))
        return min(candidates, key=lambda replica: replica.gate.load)

    async def _attempt(self, replica: Replica, call: Call[T], deadline: Deadline) -> T:
        watch = _Watch()
        outcome: Outcome = "unavailable"
        usage = Usage()
        try:
            async with replica.gate.admitted():
                watch.begin()
                reply = await self._send(replica, call, deadline)
                seconds = watch.worked_s
            result, usage = call.read(Answer(reply.content, reply.headers, seconds))
            outcome = "ok"
            return result
        except asyncio.CancelledError:
            outcome = "timeout" if deadline.over else "cancelled"
            raise
        except InferenceError as error:
            outcome = outcome_of(error)
            raise
        finally:
            self._accounting.record(_record(replica, call, outcome, watch, usage))

    async def _send(self, replica: Replica, call: Call[T], deadline: Deadline) -> http.Reply:
        request = replica.connections.build_request(
            "POST", call.path, content=call.content, headers=call.headers
        )
        try:
            reply = await http.send(replica.connections, request, engine=call.engine, said=call.said)
        except asyncio.CancelledError:
            if deadline.over:
                replica.found_silent()
            raise
        except AWAY:
            replica.found_away()
            raise
        except InferenceError:
            # Busy, or not pleased with the input: it answers.
            replica.found_well()
            raise
        replica.found_well()
        return reply


class _Watch:
    """The two times of an attempt: until it had its place, and from then."""

    def __init__(self) -> None:
        self._arrived = time.monotonic()
        self._began: float | None = None

    def begin(self) -> None:
        self._began = time.monotonic()

    @property
    def queued_s(self) -> float:
        return (self._began or time.monotonic()) - self._arrived

    @property
    def worked_s(self) -> float:
        return time.monotonic() - self._began if self._began else 0.0


def _record(replica: Replica, call: Call[T], outcome: Outcome, watch: _Watch, usage: Usage) -> CallRecord:
    return CallRecord(
        verb=call.verb,
        address=replica.address,
        model=call.model.name,
        model_sha256=call.model.sha256,
        outcome=outcome,
        queued_s=watch.queued_s,
        worked_s=watch.worked_s,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        audio_s=call.audio_s,
        pictures=call.pictures,
        texts=len(call.said),
    )


def _worst(failures: Sequence[InferenceError], engine: str) -> InferenceError:
    """What the caller is told after the last engine: when to come again if one was only busy, else why the
    last was away."""
    refusals = [error for error in failures if isinstance(error, InferenceRefused)]
    if refusals:
        return min(refusals, key=lambda error: error.retry_after_s)
    return failures[-1] if failures else InferenceUnavailable(f"no address of {engine} is configured")


def digest(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
