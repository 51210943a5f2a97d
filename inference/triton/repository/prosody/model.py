"""Triton model ``prosody``: speech rate, pauses, pitch and loudness."""

from collections.abc import Mapping
from typing import Any

from inference.triton.served import prosody
from inference.triton.served.models import AudioModel, only_file
from inference.triton.served.vad import Samples, VoiceActivity


class TritonPythonModel(AudioModel):
    def load(self, settings: Mapping[str, str]) -> None:
        self._voice = VoiceActivity(only_file(settings["weights"], ".onnx"), int(settings["threads"]))
        prosody.warm_up()

    def answer(self, samples: Samples, options: Mapping[str, Any]) -> object:
        return prosody.describe(samples, self._voice.segments(samples))
