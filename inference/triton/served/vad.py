"""Voice activity with silero-vad (ONNX, MIT)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 16_000
WINDOW = 512
CONTEXT = 64
Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rules:
    """Silero's own defaults: hysteresis on the probability, then minimum lengths and padding in seconds."""

    starts_above: float = 0.5
    ends_below: float = 0.35
    min_speech_s: float = 0.25
    min_silence_s: float = 0.1
    padding_s: float = 0.03


class VoiceActivity:
    """The network with its state reset for each recording."""

    def __init__(self, onnx_file: str, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            onnx_file, sess_options=options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Probability of speech for each window of 512 samples (32 ms); the last is padded with silence."""
        windows = -(-len(samples) // WINDOW)
        padded = np.zeros(CONTEXT + windows * WINDOW, dtype=np.float32)
        padded[CONTEXT : CONTEXT + len(samples)] = samples
        state = np.zeros((2, 1, 128), dtype=np.float32)
        rate = np.array(SAMPLE_RATE_HZ, dtype=np.int64)
        found = np.zeros(windows, dtype=np.float32)
        for index in range(windows):
            frame = padded[None, index * WINDOW : index * WINDOW + CONTEXT + WINDOW]
            output, state = self._session.run(None, {"input": frame, "state": state, "sr": rate})
            found[index] = output[0, 0]
        return found

    def segments(self, samples: Samples, rules: Rules | None = None) -> list[tuple[float, float]]:
        """(start, end) in seconds of each stretch of speech."""
        duration_s = len(samples) / SAMPLE_RATE_HZ
        return _segments(self.probabilities(samples), duration_s, rules or Rules())


def _segments(
    probabilities: npt.NDArray[np.float32], duration_s: float, rules: Rules
) -> list[tuple[float, float]]:
    step_s = WINDOW / SAMPLE_RATE_HZ
    found: list[tuple[float, float]] = []
    start_s: float | None = None
    quiet_since_s: float | None = None
    for index, probability in enumerate([*probabilities.tolist(), None]):
        at_s = min(index * step_s, duration_s)
        if probability is not None and probability >= rules.starts_above:
            start_s = at_s if start_s is None else start_s
            quiet_since_s = None
        elif start_s is not None and (probability is None or probability < rules.ends_below):
            quiet_since_s = at_s if quiet_since_s is None else quiet_since_s
            if probability is None or at_s - quiet_since_s >= rules.min_silence_s:
                found.append((start_s, quiet_since_s))
                start_s = quiet_since_s = None
    if start_s is not None:
        found.append((start_s, duration_s))
    return _padded([span for span in found if span[1] - span[0] >= rules.min_speech_s], duration_s, rules)


def _padded(spans: list[tuple[float, float]], duration_s: float, rules: Rules) -> list[tuple[float, float]]:
    """Each stretch widened, never beyond the recording or the middle of the silence to its neighbour."""
    widened = []
    for index, (start_s, end_s) in enumerate(spans):
        before_s = spans[index - 1][1] if index else -start_s
        after_s = spans[index + 1][0] if index + 1 < len(spans) else 2 * duration_s - end_s
        left_s = max(0.0, start_s - min(rules.padding_s, (start_s - before_s) / 2))
        right_s = min(duration_s, end_s + min(rules.padding_s, (after_s - end_s) / 2))
        widened.append((left_s, right_s))
    return widened
