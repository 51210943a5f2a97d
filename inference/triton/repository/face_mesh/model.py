"""Triton model ``face_mesh``: head pose, gaze and blink from MediaPipe's face mesh with irises."""

from collections.abc import Mapping

from inference.triton.served import head
from inference.triton.served.models import PictureModel
from inference.triton.served.pictures import Picture


class TritonPythonModel(PictureModel):
    def load(self, settings: Mapping[str, str]) -> None:
        import mediapipe

        # Static mode: sampled frames lie too far apart to track, and each answer must not depend on the last.
        self._mesh = mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True, refine_landmarks=True, max_num_faces=1, min_detection_confidence=0.5
        )

    def answer(self, pictures: list[Picture]) -> object:
        return [self._frame(picture) for picture in pictures]

    def _frame(self, picture: Picture) -> dict[str, object]:
        faces = self._mesh.process(picture).multi_face_landmarks
        if not faces:
            return {"present": False}
        height, width = picture.shape[:2]
        points = head.landmark_pixels(faces[0].landmark, width, height)
        return {"present": True, **head.describe(points, width, height)}
