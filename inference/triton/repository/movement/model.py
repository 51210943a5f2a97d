"""Triton model ``movement``: hands and upper body from frame to frame, with MediaPipe's pose and hands."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from inference.triton.served.models import PictureModel
from inference.triton.served.pictures import Picture

SHOULDERS = [11, 12]
WRISTS = [15, 16]
UPPER_BODY = [11, 12, 13, 14, 15, 16]
VISIBLE = 0.5
"""Least visibility, as the pose model gives it, for a joint to count."""

Joints = npt.NDArray[np.float64]
"""(33, 3): x and y in pixels, visibility."""


class TritonPythonModel(PictureModel):
    def load(self, settings: Mapping[str, str]) -> None:
        import mediapipe

        solutions = mediapipe.solutions
        self._pose = solutions.pose.Pose(static_image_mode=True, model_complexity=1)
        self._hands = solutions.hands.Hands(static_image_mode=True, max_num_hands=2)

    def answer(self, pictures: list[Picture]) -> object:
        frames: list[dict[str, Any]] = []
        before: Joints | None = None
        for picture in pictures:
            joints = self._joints(picture)
            frames.append(self._frame(picture, before, joints))
            before = joints
        return frames

    def _joints(self, picture: Picture) -> Joints | None:
        found = self._pose.process(picture).pose_landmarks
        if found is None:
            return None
        height, width = picture.shape[:2]
        return np.array([(point.x * width, point.y * height, point.visibility) for point in found.landmark])

    def _frame(self, picture: Picture, before: Joints | None, joints: Joints | None) -> dict[str, Any]:
        if joints is None:
            return {"present": False}
        hands = self._hands.process(picture).multi_hand_landmarks or []
        return {
            "present": True,
            "hands": len(hands),
            "upper_body": displacement(before, joints, UPPER_BODY),
            "hand": displacement(before, joints, WRISTS),
        }


def displacement(before: Joints | None, after: Joints, which: list[int]) -> float:
    """Mean way of the joints visible in both frames, in shoulder widths; 0 where there are none."""
    width = float(np.hypot(*(after[SHOULDERS[0], :2] - after[SHOULDERS[1], :2])))
    if before is None or width < 1.0:
        return 0.0
    seen = [joint for joint in which if before[joint, 2] >= VISIBLE and after[joint, 2] >= VISIBLE]
    if not seen:
        return 0.0
    ways = np.hypot(*(after[seen, :2] - before[seen, :2]).T)
    return float(ways.mean()) / width
