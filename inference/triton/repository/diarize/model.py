"""Triton model ``diarize``: who spoke when."""

from collections.abc import Mapping
from typing import Any

from inference.triton.served import speakers
from inference.triton.served.models import AudioModel, only_file
from inference.triton.served.tensors import Array


class TritonPythonModel(AudioModel):
    def load(self, settings: Mapping[str, str]) -> None:
        import torch

        torch.set_num_threads(int(settings["threads"]))
        self._pipeline = speakers.pipeline(
            only_file(settings["segmentation"], ".bin"),
            only_file(settings["embedding"], ".pt"),
            self.device,
            speakers.CLUSTERING,
        )

    def answer(self, samples: Array, options: Mapping[str, Any]) -> object:
        duration_s = len(samples) / speakers.SAMPLE_RATE_HZ
        return {"turns": speakers.turns(self._pipeline, samples), "duration_s": duration_s}
