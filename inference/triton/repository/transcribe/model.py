"""Triton model ``transcribe``: words with times, by Whisper through CTranslate2."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.triton.served.lexicon import Lexicon
from inference.triton.served.models import AudioModel, only_file
from inference.triton.served.recogniser import Recogniser
from inference.triton.served.tensors import Array
from inference.triton.served.vad import VoiceActivity


class TritonPythonModel(AudioModel):
    def load(self, settings: Mapping[str, str]) -> None:
        from faster_whisper import WhisperModel

        device, _, index = self.device.partition(":")
        threads = int(settings["threads"])
        whisper = WhisperModel(
            settings["weights"],
            device=device,
            device_index=int(index or 0),
            compute_type="int8" if device == "cpu" else "float16",
            cpu_threads=threads,
            local_files_only=True,
        )
        voice = VoiceActivity(only_file(settings["voice"], ".onnx"), threads)
        self._recogniser = Recogniser(whisper, voice, Lexicon(Path(only_file(settings["lexicon"], ".txt"))))

    def answer(self, samples: Array, options: Mapping[str, Any]) -> object:
        return self._recogniser.transcribe(samples, options.get("language") or None)
