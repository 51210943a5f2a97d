"""Triton model ``face_verify``: DeepFace's distance between two faces."""

import os
from collections.abc import Mapping
from pathlib import Path

from inference.triton.served.models import PictureModel
from inference.triton.served.pictures import Picture


class TritonPythonModel(PictureModel):
    def load(self, settings: Mapping[str, str]) -> None:
        # DeepFace reads its weights from $DEEPFACE_HOME/.deepface/weights, decided when it is imported.
        os.environ["DEEPFACE_HOME"] = settings["deepface_home"]
        from inference.triton.served.faces import FaceComparer

        self._comparer = FaceComparer(Path(settings["weights"]))

    def answer(self, pictures: list[Picture]) -> object:
        if len(pictures) != 2:
            raise ValueError(f"two pictures are compared, not {len(pictures)}")
        distance = self._comparer.distance(pictures[0], pictures[1])
        return {"distance": distance, "threshold": self._comparer.threshold}
