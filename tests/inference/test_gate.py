"""The gate admits a bounded number, keeps a bounded queue, and then says no with a time."""

import threading

import pytest

from inference.errors import InferenceRefused, InferenceTimeout
from inference.gate import Deadline, Gate


def hold(gate: Gate, release: threading.Event) -> threading.Thread:
    """Occupies one place until ``release``; returns once it does."""
    inside = threading.Event()

    def occupy() -> None:
        with gate.admitted(Deadline(30)):
            inside.set()
            release.wait(30)

    thread = threading.Thread(target=occupy)
    thread.start()
    assert inside.wait(10)
    return thread


def test_a_full_queue_refuses_with_a_time_instead_of_growing() -> None:
    gate, release = Gate("the engine", admit=1, queue=0), threading.Event()
    thread = hold(gate, release)
    with pytest.raises(InferenceRefused, match="try again in") as refused, gate.admitted(Deadline(5)):
        pass
    assert refused.value.retry_after_s >= 1
    release.set()
    thread.join()
    with gate.admitted(Deadline(5)):
        assert gate.load == 1
    assert gate.load == 0


def test_waiting_ends_with_the_deadline_and_leaves_no_trace() -> None:
    gate, release = Gate("the engine", admit=1, queue=5), threading.Event()
    thread = hold(gate, release)
    with pytest.raises(InferenceTimeout), gate.admitted(Deadline(0.05)):
        pass
    assert gate.load == 1
    release.set()
    thread.join()
    assert gate.load == 0


def test_a_failing_call_gives_its_place_back() -> None:
    gate = Gate("the engine", admit=1, queue=0)
    with pytest.raises(RuntimeError), gate.admitted(Deadline(5)):
        raise RuntimeError
    with gate.admitted(Deadline(5)):
        assert gate.load == 1
