"""A busy engine is left alone, a dead or lying one is given up."""

import threading
from collections.abc import Callable

import pytest

from inference import health, processes
from inference.errors import InferenceRefused, InferenceUnavailable
from inference.health import Look, Rules, Watched

RULES = Rules(every_s=30, patience_s=10, misses=3, longest_busy_s=1800)


class Bench:
    """One question with a clock and a work meter that tests turn by hand. While ``free`` is cleared there is
    no answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.worked_s, self.asked = 1000.0, 0.0, 0
        self.error: Exception | None = None
        self.free = threading.Event()
        self.free.set()
        monkeypatch.setattr(processes, "worked_s", lambda pids: self.worked_s)
        self.watched = Watched(Look("toy", self._ask, lambda: [1]), RULES, lambda: self.now)

    def _ask(self, deadline_s: float) -> None:
        self.asked += 1
        assert self.free.wait(30)
        if self.error:
            raise self.error

    def after(self, seconds: float, work_s: float = 0.0) -> str:
        """Time passes; an answer that can come has come."""
        self.now += seconds
        self.worked_s += work_s
        verdict = self.watched.turn()
        asking = self.watched._asking
        if asking and self.free.is_set():
            asking.join()
            verdict = self.watched.turn()
        return verdict


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def test_the_first_question_comes_after_a_while_and_then_at_intervals(bench: Bench) -> None:
    assert bench.after(29) == "" and bench.asked == 0
    for _ in range(3):
        assert bench.after(30) == ""
    assert bench.asked == 3 and bench.watched.misses == 0


def test_a_busy_engine_is_not_asked_twice_and_not_given_up(bench: Bench) -> None:
    bench.free.clear()
    verdicts = [bench.after(30), *(bench.after(10, work_s=9.0) for _ in range(60))]
    assert verdicts == [""] * 61 and bench.asked == 1 and bench.watched.misses == 0
    bench.free.set()
    assert bench.after(10) == "" and bench.watched.trouble == ""


def test_waiting_without_work_is_given_up_after_three_looks(bench: Bench) -> None:
    bench.free.clear()
    verdicts = [bench.after(30), *(bench.after(10, work_s=0.1) for _ in range(3))]
    assert verdicts[:3] == ["", "", ""]
    assert verdicts[3] == "toy: no answer for 30 s, and no work for it"
    bench.free.set()


def test_work_between_takes_the_misses_back(bench: Bench) -> None:
    bench.free.clear()
    bench.after(30)
    assert [
        bench.after(10),
        bench.after(10),
        bench.after(10, work_s=5),
        bench.after(10),
        bench.after(10),
    ] == [""] * 5
    assert bench.after(10) != ""
    bench.free.set()


def test_endless_work_is_given_up_in_the_end(bench: Bench) -> None:
    bench.free.clear()
    bench.after(30)
    assert bench.after(1790, work_s=1790) == ""
    assert bench.after(20, work_s=20) == "toy: no answer for 1810 s"
    bench.free.set()


def test_wrong_answers_in_a_row_are_given_up_and_asked_again_sooner(bench: Bench) -> None:
    bench.error = InferenceUnavailable("the stub is gone")
    assert bench.after(30) == "" and bench.watched.trouble == "toy: the stub is gone"
    assert bench.after(9) == "" and bench.asked == 1
    assert bench.after(1) == "" and bench.asked == 2
    assert bench.after(10) == "toy: the stub is gone"


def test_an_engine_that_is_right_again_starts_with_a_clean_sheet(bench: Bench) -> None:
    bench.error = InferenceUnavailable("hiccup")
    bench.after(30)
    bench.error = None
    assert bench.after(10) == "" and bench.watched.trouble == "" and bench.watched.misses == 0


def test_a_full_queue_is_no_miss(bench: Bench) -> None:
    bench.error = InferenceRefused("busy", retry_after_s=5)
    assert [bench.after(30) for _ in range(5)] == [""] * 5 and bench.watched.misses == 0


@pytest.mark.parametrize("failing", [0, 1])
def test_one_model_that_fails_is_the_engines_trouble(failing: int) -> None:
    def ask(works: bool) -> Callable[[float], None]:
        def asked(deadline_s: float) -> None:
            if not works:
                raise InferenceUnavailable("gone")

        return asked

    looks = [Look(f"model-{place}", ask(place != failing), list) for place in range(2)]
    watched = health.Health(looks, Rules(every_s=0, patience_s=0, misses=2))
    reasons = {watched.turn()}
    while reasons == {""}:
        reasons.add(watched.turn())
    assert reasons == {"", f"model-{failing}: gone"} and watched.trouble == f"model-{failing}: gone"
