"""Triton model ``face_verify``: DeepFace's distance between two faces, with dlib's network and detector."""

import os
from collections.abc import Mapping
from typing import Any

from inference.triton.served.models import PictureModel
from inference.triton.served.pictures import Picture

MODEL = "Dlib"
DETECTOR = "dlib"
METRIC = "cosine"


class TritonPythonModel(PictureModel):
    def load(self, settings: Mapping[str, str]) -> None:
        # DeepFace reads its weights from $DEEPFACE_HOME/.deepface/weights, decided when it is imported.
        os.environ["DEEPFACE_HOME"] = settings["deepface_home"]
        from deepface import DeepFace
        from deepface.modules import verification

        self._deepface: Any = DeepFace
        self._distance: Any = verification.find_distance
        self._threshold = float(verification.find_threshold(MODEL, METRIC))
        DeepFace.build_model(MODEL)
        DeepFace.build_model(DETECTOR, task="face_detector")

    def answer(self, pictures: list[Picture]) -> object:
        if len(pictures) != 2:
            raise ValueError(f"two pictures are compared, not {len(pictures)}")
        first, second = self._embedding(pictures[0], "first"), self._embedding(pictures[1], "second")
        return {"distance": float(self._distance(first, second, METRIC)), "threshold": self._threshold}

    def _embedding(self, picture: Picture, which: str) -> list[float]:
        """The one face's vector; DeepFace takes arrays as BGR and raises ``ValueError`` without a face."""
        bgr = picture[:, :, ::-1]
        try:
            faces = self._deepface.represent(
                bgr, model_name=MODEL, detector_backend=DETECTOR, enforce_detection=True, align=True
            )
        except ValueError as error:
            raise ValueError(f"no face was found in the {which} picture") from error
        if len(faces) != 1:
            raise ValueError(f"the {which} picture holds {len(faces)} faces; exactly one is needed")
        vector: list[float] = faces[0]["embedding"]
        return vector
