"""Triton model ``vad``: stretches of speech by silero-vad."""

from collections.abc import Mapping
from typing import Any

from inference.triton.served.models import AudioModel, only_file
from inference.triton.served.vad import Samples, VoiceActivity


class TritonPythonModel(AudioModel):
    def load(self, settings: Mapping[str, str]) -> None:
        self._voice = VoiceActivity(only_file(settings["weights"], ".onnx"), int(settings["threads"]))

    def answer(self, samples: Samples, options: Mapping[str, Any]) -> object:
        return [{"start_s": start, "end_s": end} for start, end in self._voice.segments(samples)]
