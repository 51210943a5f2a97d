"""Triton model ``diarize``: who spoke when."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.triton.served.models import AudioModel, only_file
from inference.triton.served.speakers import BroughtPipeline, Diarizer
from inference.triton.served.tensors import Array
from inference.triton.served.vad import SAMPLE_RATE_HZ


class TritonPythonModel(AudioModel):
    def load(self, settings: Mapping[str, str]) -> None:
        import torch

        torch.set_num_threads(int(settings["threads"]))
        segmentation, embedding = settings["segmentation"], settings["embedding"]
        # A site that names its own pipeline for both has brought voices and thresholds of its own with it.
        self._diarizer = (
            BroughtPipeline(Path(segmentation), self.device)
            if segmentation == embedding
            else Diarizer(only_file(segmentation, ".bin"), only_file(embedding, ".pt"), self.device)
        )

    def answer(self, samples: Array, options: Mapping[str, Any]) -> object:
        return {"turns": self._diarizer.turns(samples), "duration_s": len(samples) / SAMPLE_RATE_HZ}
