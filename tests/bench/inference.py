"""`installer.py bench inference`: what the engines of the evaluation profile do here, and what the port costs.

Overhead: each request goes through the port and Triton and, in turn with it, to the same served code in a child of the
same environment that Triton is not part of; the ratio is the median of the pairs. Language model: one-token scoring
calls with a shared beginning, eight at once; and whether the same request has the same log probabilities alone and
among others. Prints one JSON object; times in seconds, rates a second, memory in GiB.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from appliance.install import deployment, environments
from inference import known, supervisor
from inference.engines import Engines
from inference.ports import ChatMessage, ChatRequest, ChatResult, TokenAlternative
from inference.profile import Profile

PAIRS = 5
DEADLINE_S = 600.0
CERTAIN_S = 0.05
"""The overhead counts for requests that take longer than this."""

AT_ONCE = 8
SCORING_CALLS = 48
PICTURES = 32
RUBRIC = "You rate an interview answer for team work. Level 1 is poor, level 5 is excellent. " * 17
"""About 300 tokens, the same before every answer."""

ANSWERS = (
    "We moved the ledger in one night; I planned the steps, rehearsed them twice and no payment was lost.",
    "I usually try to work well with everybody and mostly it turns out fine.",
    "When two colleagues fell out I listened to both, wrote down what they agreed on, and we shipped on Friday.",
    "On Sundays I bake bread and walk by the river.",
    "I told the team what had gone wrong, took my share of it and changed how we hand over at the end of a shift.",
    "My manager decides such things.",
    "I asked the nurses on the ward what slowed them down and rebuilt the form with them in a week.",
    "We missed the date because the others were late.",
)


def main(profile_name: str = "eval-cpu") -> dict[str, object]:
    """Starts the engines, measures, stops them, prints and returns the figures."""
    profile = deployment.load_profile(profile_name)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as place:
        folder = Path(place)
        began = time.monotonic()
        with deployment.start(profile, folder / "engines", _say) as running:
            figures: dict[str, object] = {"start_s": round(time.monotonic() - began, 1)}
            with closing(running.connect()) as engines:
                figures |= _overheads(running, engines, folder)
                figures |= _speech_and_vision(engines, _face(running))
                figures |= _language_model(engines, profile)
            for engine in running.engines:
                figures[f"start_{engine.name}_s"] = round(engine.start_s, 1)
                figures[f"memory_peak_{engine.name}_gib"] = round(engine.memory_peak_gib, 2)
            peaks = sum(engine.memory_peak_gib for engine in running.engines)
            figures["memory_peak_gib"] = round(peaks, 2)
    sys.stdout.write(json.dumps(figures) + "\n")
    return figures


def _say(line: str) -> None:
    sys.stderr.write(f"  {line}\n")


def _face(running: supervisor.Running) -> bytes:
    """The demo's portrait as a camera would send it: JPEG, 640 x 480."""
    picture = Image.open(running.settings.model("demo-face") / "astronaut.png").convert("RGB")
    memory = BytesIO()
    picture.resize((480, 480)).crop((-80, 0, 560, 480)).save(memory, "JPEG", quality=88)
    return memory.getvalue()


def spoken(seconds: float) -> bytes:
    """Known speech with pauses, as long as asked, PCM."""
    one = known.speech() + known.silence(0.5)
    return (one * (int(seconds * 32_000 / len(one)) + 1))[: int(seconds * 16_000) * 2]


# --- overhead ---------------------------------------------------------------------------------------------


class InProcess:
    """The served ``model`` in a child of its environment, asked over a pipe; its own seconds come back."""

    def __init__(self, running: supervisor.Running, model: str) -> None:
        served = running.profile.triton.models[model]
        repository = running.settings.run_dir / "model_repository" / model
        config = (repository / "config.pbtxt").read_text()
        settings = dict(re.findall(r'key: "(\w+)" value: \{ string_value: "([^"]*)" \}', config))
        launch = running.launch("triton")
        self._child = subprocess.Popen(
            [
                str(environments.python(served.environment)),
                str(Path(__file__).with_name("served_in_process.py")),
                str(repository),
                json.dumps(settings),
            ],
            env={name: value for name, value in launch.environment.items() if name != "LD_LIBRARY_PATH"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._expect("ready")

    def _expect(self, wanted: str = "") -> str:
        assert self._child.stdout is not None
        line = self._child.stdout.readline().strip()
        if not line or (wanted and line != wanted):
            raise RuntimeError(f"the model outside Triton ended with {self._child.wait()}")
        return line

    def seconds(self, asked: dict[str, Any]) -> float:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(asked) + "\n")
        self._child.stdin.flush()
        return float(self._expect())

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait()


def _overheads(running: supervisor.Running, engines: Engines, folder: Path) -> dict[str, object]:
    sound = {seconds: spoken(seconds) for seconds in (10, 30)}
    face = _face(running)
    cases: dict[str, tuple[str, list[bytes], Callable[[], object]]] = {
        f"transcribe_{seconds}s": (
            "transcribe",
            [pcm16],
            partial(engines.speech.transcribe, pcm16, language="en", deadline_s=DEADLINE_S),
        )
        for seconds, pcm16 in sound.items()
    }
    cases["diarize_30s"] = (
        "diarize",
        [sound[30]],
        lambda: engines.speech.diarize(sound[30], deadline_s=DEADLINE_S),
    )
    cases["prosody_30s"] = (
        "prosody",
        [sound[30]],
        lambda: engines.speech.prosody(sound[30], deadline_s=DEADLINE_S),
    )
    for verb, call in (("face_detect", engines.vision.detect_faces), ("face_mesh", engines.vision.face_mesh)):
        cases[f"{verb}_{PICTURES}"] = (
            verb,
            [face] * PICTURES,
            partial(call, [face] * PICTURES, deadline_s=DEADLINE_S),
        )
    figures: dict[str, object] = {}
    worst = 0.0
    for name, (model, inputs, through_port) in cases.items():
        _say(f"overhead of {name}")
        ratio, alone_s = _paired(
            InProcess(running, model), _on_disk(folder, name, model, inputs), through_port
        )
        figures[f"in_process_{name}_s"] = round(alone_s, 4)
        figures[f"ratio_overhead_{name}"] = round(ratio, 3)
        worst = max(worst, ratio if alone_s >= CERTAIN_S else 0.0)
    return figures | {"ratio_overhead_worst": round(worst, 3)}


def _on_disk(folder: Path, name: str, model: str, inputs: Sequence[bytes]) -> dict[str, Any]:
    """The inputs as files, because a pipe of JSON is no place for them; read before the clock starts."""
    files = []
    for index, content in enumerate(inputs):
        file = folder / f"{name}-{index}"
        file.write_bytes(content)
        files.append(str(file))
    if model in ("transcribe", "diarize", "prosody"):
        return {"pcm16": files[0], "options": {"language": "en"} if model == "transcribe" else {}}
    return {"pictures": files}


def _paired(
    alone: InProcess, asked: dict[str, Any], through_port: Callable[[], object]
) -> tuple[float, float]:
    """(median ratio of port to in-process, median in-process seconds); one pair before is not counted."""
    ratios, seconds = [], []
    try:
        for pair in range(PAIRS + 1):
            inside = alone.seconds(asked)
            began = time.perf_counter()
            through_port()
            port = time.perf_counter() - began
            if pair:
                ratios.append(port / inside)
                seconds.append(inside)
    finally:
        alone.close()
    return statistics.median(ratios), statistics.median(seconds)


# --- rates ------------------------------------------------------------------------------------------------


def _speech_and_vision(engines: Engines, face: bytes) -> dict[str, object]:
    _say("speech and vision")
    minute = spoken(60)
    speech, vision = engines.speech, engines.vision
    heard: dict[str, Callable[[], object]] = {
        "transcribe": lambda: speech.transcribe(minute, language="en", deadline_s=DEADLINE_S),
        "diarize": lambda: speech.diarize(minute, deadline_s=DEADLINE_S),
        "voice_activity": lambda: speech.voice_activity(minute, deadline_s=DEADLINE_S),
        "prosody": lambda: speech.prosody(minute, deadline_s=DEADLINE_S),
    }
    seen: dict[str, Callable[[], object]] = {
        "face_detect": lambda: vision.detect_faces([face] * 3 * PICTURES, deadline_s=DEADLINE_S),
        "face_mesh": lambda: vision.face_mesh([face] * 3 * PICTURES, deadline_s=DEADLINE_S),
        "expression": lambda: vision.expression([face] * 3 * PICTURES, deadline_s=DEADLINE_S),
        "movement": lambda: vision.movement([face] * 3 * PICTURES, deadline_s=DEADLINE_S),
    }
    figures: dict[str, object] = {
        f"real_time_factor_{name}": round(_median_s(call) / 60, 4) for name, call in heard.items()
    }
    return figures | {
        f"{name}_frames_per_s": round(3 * PICTURES / _median_s(call), 1) for name, call in seen.items()
    }


def _median_s(call: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def scoring(answer: str, number: int = 0) -> ChatRequest:
    """One scoring call: the shared beginning, an answer, one token out."""
    question = f"Answer {number}: {answer}\nWhich level? Reply with one digit."
    messages = [ChatMessage("system", RUBRIC), ChatMessage("user", question)]
    return ChatRequest(messages=messages, top_logprobs=20, cache_salt="bench")


def _language_model(engines: Engines, profile: Profile) -> dict[str, object]:
    _say("language model: scoring calls, eight at once")
    llm = engines.llm
    calls = [scoring(ANSWERS[number % len(ANSWERS)], number) for number in range(SCORING_CALLS)]
    for warm in calls[:2]:
        llm.chat(warm, deadline_s=DEADLINE_S)
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answered = list(pool.map(lambda call: llm.chat(call, deadline_s=DEADLINE_S), calls))
    seconds = time.perf_counter() - began
    long = ChatRequest(messages=[ChatMessage("user", "Count from one to sixty in words.")], max_tokens=48)
    began = time.perf_counter()
    alone = llm.chat(long, deadline_s=DEADLINE_S)
    alone_s = time.perf_counter() - began
    return {
        f"scoring_calls_{AT_ONCE}_per_s": round(len(calls) / seconds, 2),
        "scoring_prompt_tokens": answered[0].prompt_tokens,
        "generation_tokens_1_per_s": round(alone.completion_tokens / alone_s, 2),
        **_sameness(engines),
        "batch_invariant": profile.llm.batch_invariant,
    }


def _sameness(engines: Engines, times: int = 6) -> dict[str, object]:
    """Shares of repetitions whose 20 log probabilities equal the first warm answer's, alone and among eight."""
    _say("language model: the same request alone and among eight")
    llm, request = engines.llm, scoring(ANSWERS[0])
    llm.chat(request, deadline_s=DEADLINE_S)
    first = llm.chat(request, deadline_s=DEADLINE_S)
    alone = [llm.chat(request, deadline_s=DEADLINE_S) for _ in range(times)]
    among = []
    for turn in range(times):
        others = [scoring(ANSWERS[index], 100 + 8 * turn + index) for index in range(AT_ONCE)]
        at = turn % (AT_ONCE + 1)
        answers = llm.chat_many([*others[:at], request, *others[at:]], deadline_s=DEADLINE_S)
        among.append(answers[at])
    return {
        "identical_alone": _share_equal(first, alone),
        f"identical_among_{AT_ONCE}": _share_equal(first, among),
        "largest_logprob_difference": round(max(difference(first, one) for one in alone + among), 6),
    }


def _share_equal(first: ChatResult, others: Sequence[ChatResult]) -> float:
    return sum(one.first_token == first.first_token for one in others) / len(others)


def difference(one: ChatResult, other: ChatResult) -> float:
    """Largest difference of a log probability among the tokens that both answers name."""

    def table(found: Sequence[TokenAlternative]) -> dict[str, float]:
        return {each.token: each.logprob for each in found}

    left, right = table(one.first_token), table(other.first_token)
    return max((abs(left[token] - right[token]) for token in left.keys() & right.keys()), default=0.0)


if __name__ == "__main__":
    main()
