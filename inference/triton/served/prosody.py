"""Measures of how an answer was spoken. Observations only: none of them is a property of a person."""

import numpy as np
import numpy.typing as npt

from inference.triton.served.vad import SAMPLE_RATE_HZ, Samples

MIN_PAUSE_S = 0.3
"""Shorter silences belong to articulation (de Jong and Bosker, 2013: 0.25 to 0.3 s)."""

FRAME = 1024
HOP = 256
PITCH_HZ = (65.0, 500.0)
"""Range of adult speech, low male to high female voices."""

VOICED_TROUGH_DB = 2.0
"""An energy peak counts as a syllable when the trough before it is this much lower (de Jong and Wempe,
2009)."""

SYLLABLE_FLOOR_DB = 25.0
"""Peaks this much below the loudest 1 % are breath or noise (same source)."""

Spans = list[tuple[float, float]]


def warm_up() -> None:
    """Runs the pitch tracker once so that its just-in-time compilation is not part of the first answer."""
    _pitch_hz(np.sin(np.arange(SAMPLE_RATE_HZ, dtype=np.float32) * 0.05).astype(np.float32))


def describe(samples: Samples, speech: Spans) -> dict[str, object]:
    """The fields of ``Prosody`` for a recording whose ``speech`` stretches are known."""
    pauses = [(left[1], right[0]) for left, right in zip(speech, speech[1:], strict=False)]
    pauses = [pause for pause in pauses if pause[1] - pause[0] >= MIN_PAUSE_S]
    lengths = [end - start for start, end in pauses]
    span_s = speech[-1][1] - speech[0][0] if speech else 0.0
    return {
        "pauses": [{"start_s": start, "end_s": end} for start, end in pauses],
        "longest_pause_s": max(lengths, default=0.0),
        "pause_share": sum(lengths) / span_s if span_s else 0.0,
        "duration_s": len(samples) / SAMPLE_RATE_HZ,
        **_voice(samples, speech),
    }


def _voice(samples: Samples, speech: Spans) -> dict[str, float | None]:
    """Rate, pitch and loudness over the speech alone."""
    pieces = [samples[int(start * SAMPLE_RATE_HZ) : int(end * SAMPLE_RATE_HZ)] for start, end in speech]
    spoken = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)
    names = (
        "speech_rate_syllables_per_s",
        "pitch_median_hz",
        "pitch_range_semitones",
        "loudness_dbfs_median",
    )
    if len(spoken) < 4 * FRAME:
        return dict.fromkeys(names)
    loudness = _loudness_dbfs(spoken)
    syllables = sum(_syllables(_loudness_dbfs(piece), loudness) for piece in pieces if len(piece) >= FRAME)
    median_hz, range_semitones = _pitch_summary(spoken, loudness)
    seconds = len(spoken) / SAMPLE_RATE_HZ
    rate_loudness = (syllables / seconds, median_hz, range_semitones, float(np.median(loudness)))
    return dict(zip(names, rate_loudness, strict=True))


def _loudness_dbfs(samples: Samples) -> npt.NDArray[np.float64]:
    """RMS of each frame (64 ms every 16 ms) relative to full scale, floored at -100 dB."""
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), FRAME)[::HOP]
    decibel: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(np.mean(frames**2, axis=1), 1e-10))
    return decibel


def _syllables(piece: npt.NDArray[np.float64], whole: npt.NDArray[np.float64]) -> int:
    """Energy peaks that rise from a trough and reach the floor set by the whole recording."""
    floor = float(np.quantile(whole, 0.99)) - SYLLABLE_FLOOR_DB
    count, trough, peak = 0, float(piece[0]), float("-inf")
    for level in piece.tolist():
        if peak == float("-inf"):
            trough = min(trough, level)
            if level - trough >= VOICED_TROUGH_DB and level >= floor:
                peak = level
        elif peak - level >= VOICED_TROUGH_DB:
            count, trough, peak = count + 1, level, float("-inf")
        else:
            peak = max(peak, level)
    return count + (peak > float("-inf"))


def _pitch_hz(samples: Samples) -> npt.NDArray[np.float64]:
    import librosa

    low, high = PITCH_HZ
    pitch: npt.NDArray[np.float64] = librosa.yin(
        samples, fmin=low, fmax=high, sr=SAMPLE_RATE_HZ, frame_length=2048, hop_length=HOP, center=False
    )
    return pitch


def _pitch_summary(spoken: Samples, loudness: npt.NDArray[np.float64]) -> tuple[float | None, float | None]:
    """(median in Hz, 5th to 95th percentile in semitones) over frames that are loud enough to be voiced. YIN
    (de Cheveigne and Kawahara, 2002) reports a pitch for every frame; those at its bounds are not pitches."""
    pitch = _pitch_hz(spoken)
    level = loudness[: len(pitch)]
    pitch = pitch[: len(level)]
    steady = np.abs(np.diff(np.log2(pitch), prepend=np.log2(pitch[:1]))) < 1 / 12
    inside = (pitch > PITCH_HZ[0] * 1.05) & (pitch < PITCH_HZ[1] * 0.95)
    voiced = pitch[inside & steady & (level > np.median(level) - 10)]
    if len(voiced) < 10:
        return None, None
    low, high = np.quantile(voiced, [0.05, 0.95])
    return float(np.median(voiced)), float(12 * np.log2(high / low))
