"""Triton model ``transcribe``: Whisper through CTranslate2 (faster-whisper) with word times.

No text before is used as a prompt and nothing is sampled, so that the same recording gives the same words;
the voice-activity filter keeps Whisper from inventing words for silence.
"""

from collections.abc import Mapping
from typing import Any

from inference.triton.served.models import AudioModel
from inference.triton.served.tensors import Array

SAMPLE_RATE_HZ = 16_000
BEAM_SIZE = 5


def _word(word: Any) -> dict[str, Any]:
    probability = min(1.0, max(0.0, float(word.probability)))
    return {
        "text": word.word.strip(),
        "start_s": float(word.start),
        "end_s": float(word.end),
        "probability": probability,
    }


class TritonPythonModel(AudioModel):
    def load(self, settings: Mapping[str, str]) -> None:
        from faster_whisper import WhisperModel

        device, _, index = self.device.partition(":")
        self._model = WhisperModel(
            settings["weights"],
            device=device,
            device_index=int(index or 0),
            compute_type="int8" if device == "cpu" else "float16",
            cpu_threads=int(settings["threads"]),
            local_files_only=True,
        )

    def answer(self, samples: Array, options: Mapping[str, Any]) -> object:
        language = options.get("language") or None
        if language and language not in self._model.supported_languages:
            raise ValueError(f"the recogniser does not know the language {language!r}")
        segments, info = self._model.transcribe(
            samples,
            language=language,
            beam_size=BEAM_SIZE,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=True,
        )
        spoken = list(segments)
        return {
            "language": info.language,
            "text": "".join(segment.text for segment in spoken).strip(),
            "words": [_word(word) for segment in spoken for word in segment.words or []],
            "duration_s": len(samples) / SAMPLE_RATE_HZ,
        }
