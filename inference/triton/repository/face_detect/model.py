"""Triton model ``face_detect``: MediaPipe's BlazeFace, full range (faces up to 5 m away)."""

from collections.abc import Mapping
from typing import Any

from inference.triton.served.models import PictureModel
from inference.triton.served.pictures import Picture

MIN_CONFIDENCE = 0.5
"""MediaPipe's own default; below it posters and hands count as faces."""


def _box(detection: Any) -> dict[str, float]:
    """The rectangle cut to the picture; the detector lets it reach beyond the edges."""
    box = detection.location_data.relative_bounding_box
    left, top = max(0.0, box.xmin), max(0.0, box.ymin)
    right, bottom = min(1.0, box.xmin + box.width), min(1.0, box.ymin + box.height)
    confidence = min(1.0, float(detection.score[0]))
    return {"x": left, "y": top, "w": right - left, "h": bottom - top, "confidence": confidence}


class TritonPythonModel(PictureModel):
    def load(self, settings: Mapping[str, str]) -> None:
        import mediapipe

        self._detector = mediapipe.solutions.face_detection.FaceDetection(
            model_selection=1, min_detection_confidence=MIN_CONFIDENCE
        )

    def answer(self, pictures: list[Picture]) -> object:
        return [{"faces": self._faces(picture)} for picture in pictures]

    def _faces(self, picture: Picture) -> list[dict[str, float]]:
        boxes = [_box(found) for found in self._detector.process(picture).detections or []]
        inside = [box for box in boxes if box["w"] > 0 and box["h"] > 0]
        return sorted(inside, key=lambda box: -box["confidence"])
