"""Triton model ``expression``: the strongest face's expression. Its accuracy is unmeasured here."""

from collections.abc import Mapping
from typing import Any

from inference.triton.served.expressions import MiniXception
from inference.triton.served.models import PictureModel, only_file
from inference.triton.served.pictures import Picture

MARGIN = 0.1
"""Share of the face's box added on each side: the network was trained on loosely cut faces."""


class TritonPythonModel(PictureModel):
    def load(self, settings: Mapping[str, str]) -> None:
        import mediapipe

        self._detector = mediapipe.solutions.face_detection.FaceDetection(
            model_selection=1, min_detection_confidence=0.5
        )
        self._network = MiniXception(only_file(settings["weights"], ".hdf5"))

    def answer(self, pictures: list[Picture]) -> object:
        return [self._frame(picture) for picture in pictures]

    def _frame(self, picture: Picture) -> dict[str, object]:
        import cv2

        found = self._detector.process(picture).detections
        face = cut_out(picture, max(found, key=lambda face: face.score[0])) if found else None
        if face is None or face.size == 0:
            return {"present": False}
        return {
            "present": True,
            "probabilities": self._network.probabilities(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)),
        }


def cut_out(picture: Picture, detection: Any) -> Picture:
    """The face with its margin, cut at the picture's edges."""
    height, width = picture.shape[:2]
    box = detection.location_data.relative_bounding_box
    left, right = box.xmin - MARGIN * box.width, box.xmin + (1 + MARGIN) * box.width
    top, bottom = box.ymin - MARGIN * box.height, box.ymin + (1 + MARGIN) * box.height
    rows = slice(max(0, int(top * height)), max(0, int(bottom * height)))
    return picture[rows, max(0, int(left * width)) : max(0, int(right * width))]
