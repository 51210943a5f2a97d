"""Items in flight: taken in order, and none that is done is thrown away."""

import threading

from appliance.evaluation.interruption import Interruption
from appliance.evaluation.running import Result, Task, run

TASKS = [Task(name, "") for name in ("a", "b", "c", "d")]


class Slow:
    """The first item waits until the run is interrupted, which happens once the others are done."""

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption
        self._left = len(TASKS) - 1
        self._counting = threading.Lock()

    def do(self, key: str, stop: threading.Event) -> Result:
        if key == "a":
            stop.wait(60)
            threading.Event().wait(60)
        with self._counting:
            self._left -= 1
            if self._left == 0:
                threading.Timer(0.5, self._interruption.asked.set).start()
        return Result(key.upper())

    def failed(self, key: str, reason: str) -> str | None:
        return None


def test_an_interruption_keeps_what_was_done_behind_a_slow_item() -> None:
    interruption = Interruption()
    taken: list[tuple[str, str | None]] = []
    why = run(
        TASKS, Slow(interruption), 2, interruption, lambda task, result: taken.append((task.key, result.text))
    )
    assert why == "interrupted"
    assert taken == [("b", "B"), ("c", "C"), ("d", "D")]


def test_results_are_taken_in_the_order_of_the_items() -> None:
    taken: list[str] = []

    class Uneven:
        def do(self, key: str, stop: threading.Event) -> Result:
            threading.Event().wait(0.3 if key == "a" else 0.0)
            return Result(key)

        def failed(self, key: str, reason: str) -> str | None:
            return None

    assert run(TASKS, Uneven(), 3, Interruption(), lambda task, result: taken.append(task.key)) == ""
    assert taken == ["a", "b", "c", "d"]
