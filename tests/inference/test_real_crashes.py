"""The real engines killed in the middle of a call: the caller knows at once, and the job that repeats it succeeds."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
import psutil
import pytest

from inference import child, known, supervisor
from inference.engines import Engines
from inference.errors import InferenceUnavailable
from inference.health import Rules
from inference.ports import ChatMessage, ChatRequest
from inference.profile import Part, Profile, load
from tests.inference.engines import PROFILES, settings_for

pytestmark = [pytest.mark.inference, pytest.mark.timeout(900)]

DEADLINE_S = 600.0
HEARING = ("transcribe", "vad", "round_trip_speech")


def hearing_profile() -> Profile:
    """The evaluation profile with the models of speech recognition alone."""
    profile = load(PROFILES / "eval-cpu.toml")
    models = {name: profile.triton.models[name] for name in HEARING}
    return msgspec.structs.replace(profile, triton=msgspec.structs.replace(profile.triton, models=models))


def started(profile: Profile, folder: Path, part: Part, rules: Rules) -> supervisor.Running:
    parts = frozenset({part})
    return supervisor.up(settings_for(profile, folder, parts), profile, parts=parts, rules=rules)


@pytest.fixture(autouse=True)
def no_segment_is_left_behind() -> Iterator[None]:
    """Triton and vLLM pass what candidates say through shared memory; killed, they would leave it there."""
    before = segments()
    yield
    assert segments() <= before


def segments() -> set[str]:
    return {entry.name for entry in child.SHARED_MEMORY.iterdir() if entry.is_file()}


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[supervisor.Running]:
    with started(hearing_profile(), tmp_path, "triton", Rules(every_s=1.0)) as running:
        yield running


def fails_fast(call: Callable[[], object], crash: Callable[[], None]) -> InferenceUnavailable:
    """Crashes the engine while ``call`` is at work; the error that the caller got, long before its deadline."""
    with ThreadPoolExecutor(1) as pool:
        pending: Future[object] = pool.submit(call)
        time.sleep(1.0)
        assert not pending.done(), "the call was over before the crash"
        crash()
        # Not a measurement: the deadline of the call is ten times as far away.
        error = pending.exception(timeout=DEADLINE_S / 10)
    assert isinstance(error, InferenceUnavailable)
    return error


def repeated(running: supervisor.Running, call: Callable[[Engines], object]) -> object:
    """What a job queue does: asks again, at the engines' present addresses, until they are back."""
    until = time.monotonic() + DEADLINE_S
    while True:
        engines = running.connect()
        try:
            return call(engines)
        except InferenceUnavailable:
            assert time.monotonic() < until, "the engine did not come back"
            time.sleep(0.5)
        finally:
            engines.close()


def long_speech() -> bytes:
    return (known.speech() + known.silence(0.5)) * 40


def test_triton_killed_in_the_middle_of_a_transcript(hearing: supervisor.Running) -> None:
    engines, (state,) = hearing.connect(), hearing.engines
    first = state.pid
    fails_fast(
        lambda: engines.speech.transcribe(long_speech(), language="en", deadline_s=DEADLINE_S),
        lambda: os.kill(first, signal.SIGKILL),
    )
    engines.close()
    heard = repeated(
        hearing,
        lambda again: again.speech.transcribe(known.speech(), language="en", deadline_s=DEADLINE_S).text,
    )
    assert "interview" in str(heard).lower()
    assert state.restarts == 1 and state.pid != first


def test_one_model_process_killed_is_noticed_although_triton_says_ready(hearing: supervisor.Running) -> None:
    (state,) = hearing.engines
    stubs = [
        process
        for process in psutil.Process(state.pid).children(recursive=True)
        if "/transcribe/" in " ".join(process.cmdline())
    ]
    assert stubs
    for stub in stubs:
        stub.kill()
    until = time.monotonic() + DEADLINE_S
    while state.restarts == 0:
        assert time.monotonic() < until, "nobody noticed"
        time.sleep(0.2)
    assert "transcribe" in state.last_failure
    heard = repeated(
        hearing,
        lambda again: again.speech.transcribe(known.speech(), language="en", deadline_s=DEADLINE_S).text,
    )
    assert "interview" in str(heard).lower()


def test_vllm_killed_in_the_middle_of_an_answer(tmp_path: Path) -> None:
    counting = ChatRequest(
        messages=[ChatMessage("user", "Count from one to two hundred in words.")], max_tokens=400
    )
    question = ChatRequest(messages=[ChatMessage("user", "What is two plus three? Reply with one digit.")])
    with started(load(PROFILES / "eval-cpu.toml"), tmp_path, "llm", Rules()) as running:
        engines, (state,) = running.connect(), running.engines
        fails_fast(
            lambda: engines.llm.chat(counting, deadline_s=DEADLINE_S),
            lambda: os.killpg(state.pid, signal.SIGKILL),
        )
        engines.close()
        answer = repeated(running, lambda again: again.llm.chat(question, deadline_s=DEADLINE_S).text)
        assert str(answer).strip() == "5" and state.restarts == 1
