"""Many items through an engine: a bounded number in flight, results in the items' order, a word on how far it is."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from queue import SimpleQueue
from typing import Protocol

from msgspec import Struct

from appliance.evaluation.errors import Unreadable
from appliance.evaluation.interruption import Interruption
from appliance.evaluation.patience import Abandoned
from inference.errors import InferenceInvalid, InferenceTimeout, InferenceUnavailable

LOOK_EVERY_S = 0.2
GIVE_UP_AFTER = 3
"""Items in a row that no engine answered for: then it is the engines and not the items."""


class Task(Struct, frozen=True):
    """One input. ``input`` is the SHA-256 of its content, empty where it cannot be read."""

    key: str
    input: str


class Result(Struct, frozen=True):
    """``text`` is what goes to the output, ``None`` for nothing. ``lasting`` is false for a failure that another
    try may not have. ``seconds`` is the length of the recording."""

    text: str | None
    seconds: float = 0.0
    reason: str = ""
    lasting: bool = True
    unanswered: bool = False


class Work(Protocol):
    """What is done with each item, on several threads at once."""

    def do(self, key: str, stop: threading.Event) -> Result:
        """The result; raises ``Unreadable`` or an error of the ports where there is none."""
        ...

    def failed(self, key: str, reason: str) -> str | None:
        """What the output says of an item without result."""
        ...


def attempt(work: Work, key: str, stop: threading.Event) -> Result:
    """The item's result, or why there is none."""
    try:
        return work.do(key, stop)
    except (Unreadable, InferenceInvalid) as error:
        return Result(work.failed(key, str(error)), reason=str(error))
    except InferenceTimeout as error:
        return Result(work.failed(key, str(error)), reason=str(error), lasting=False)
    except InferenceUnavailable as error:
        return Result(work.failed(key, str(error)), reason=str(error), lasting=False, unanswered=True)


class Crew:
    """Threads that do items. They are daemons: a call that an engine still works on holds up nobody's end."""

    def __init__(self, size: int, do: Callable[[str], Result]) -> None:
        self._do = do
        self._size = size
        self._waiting: SimpleQueue[tuple[str, Future[Result]] | None] = SimpleQueue()
        for number in range(size):
            threading.Thread(target=self._work, name=f"evaluate-{number}", daemon=True).start()

    def give(self, key: str) -> Future[Result]:
        future: Future[Result] = Future()
        self._waiting.put((key, future))
        return future

    def dismiss(self) -> None:
        """Each thread ends after the item that it is at; what nobody began is given up."""
        for _ in range(self._size):
            self._waiting.put(None)

    def _work(self) -> None:
        while (given := self._waiting.get()) is not None:
            key, future = given
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self._do(key))
            except BaseException as error:  # handed to the thread that waits for it
                future.set_exception(error)


def run(
    tasks: Sequence[Task],
    work: Work,
    workers: int,
    interruption: Interruption,
    take: Callable[[Task, Result], None],
) -> str:
    """Do ``tasks`` and hand each result to ``take``, in order. Returns why it ended early, empty where it did not;
    of what was in flight then, results that are there already are taken and the rest is given up."""
    crew = Crew(workers, lambda key: attempt(work, key, interruption.asked))
    flying: deque[tuple[Task, Future[Result]]] = deque()
    try:
        return _run(tasks, crew, flying, 2 * workers, interruption, take)
    finally:
        for _, future in flying:
            future.cancel()
        crew.dismiss()


def _run(
    tasks: Sequence[Task],
    crew: Crew,
    flying: "deque[tuple[Task, Future[Result]]]",
    window: int,
    interruption: Interruption,
    take: Callable[[Task, Result], None],
) -> str:
    ahead = iter(tasks)
    unanswered = 0
    while True:
        while len(flying) < window and (task := next(ahead, None)) is not None:
            flying.append((task, crew.give(task.key)))
        if not flying:
            return ""
        task, future = flying[0]
        result = _wait(future, interruption)
        if result is None:
            _take_finished(flying, take)
            return "interrupted"
        flying.popleft()
        take(task, result)
        unanswered = unanswered + 1 if result.unanswered else 0
        if unanswered == GIVE_UP_AFTER:
            interruption.asked.set()
            return f"no engine answered for {GIVE_UP_AFTER} items in a row: {result.reason}"


def _take_finished(
    flying: "deque[tuple[Task, Future[Result]]]", take: Callable[[Task, Result], None]
) -> None:
    """Takes what was done while the run waited for an earlier item; the order of items stays."""
    for task, future in flying:
        if future.done() and not future.cancelled() and future.exception() is None:
            take(task, future.result())


def _wait(future: "Future[Result]", interruption: Interruption) -> Result | None:
    """The result, or ``None`` once the run is interrupted; short looks let signals through."""
    while not interruption.asked.is_set():
        done, _ = wait([future], LOOK_EVERY_S)
        if done:
            break
    else:
        return None
    try:
        return future.result()
    except Abandoned:
        return None


class Pace:
    """How far it is, for a person: count, share, rate and the time that is left."""

    def __init__(self, total: int, kept: int) -> None:
        self._total = total
        self._kept = kept
        self._began = time.monotonic()

    def line(self, done: int) -> str:
        """``done`` counts what this run did."""
        elapsed_s = time.monotonic() - self._began
        rate = done / elapsed_s if elapsed_s > 0 else 0.0
        finished = self._kept + done
        said = f"{finished} of {self._total} ({finished / self._total:.0%}), {rate:.2f} a second"
        return f"{said}, {_duration((self._total - finished) / rate)} left" if rate else said


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
