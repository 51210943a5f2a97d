"""Head pose, gaze and blink from the 478 landmarks of MediaPipe's face mesh (image axes: x right, y down)."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

# Six points of MediaPipe's canonical face model (geometry_pipeline, canonical_face_model.obj, centimetres),
# turned into image axes so that no rotation means facing the camera.
_POSE_LANDMARKS = [1, 152, 33, 263, 61, 291]
_POSE_MODEL = np.array(
    [
        [0.0, 1.126865, -7.475604],  # tip of the nose
        [0.0, 9.403378, -4.264492],  # chin
        [-4.445859, -2.663991, -3.173422],  # outer corner of the eye on the picture's left
        [4.445859, -2.663991, -3.173422],  # outer corner of the eye on the picture's right
        [-2.456206, 4.342621, -4.283884],  # corner of the mouth, left
        [2.456206, 4.342621, -4.283884],  # corner of the mouth, right
    ]
)

# (left corner, right corner, upper lid, lower lid, iris) as seen in the picture.
_EYES = [(33, 133, 159, 145, 468), (362, 263, 386, 374, 473)]

CLOSED_BELOW = 0.12
"""Lid opening over eye width under which an eye counts as closed; an open eye measures 0.25 to 0.4. The eye
aspect ratio of Soukupova and Cech (2016) with one pair of lid points instead of two."""

EYE_WIDTH_TO_RADIUS = 15.0 / 12.0
"""Half the distance between eye corners (about 15 mm) over the radius of the eyeball (about 12 mm)."""

CAMERA_CONE_DEG = 15.0
"""Directions of gaze within this angle of the camera count as looking at it: at 60 cm it is 16 cm around the
camera, the upper half of a laptop's screen. An observation, not validated against eye tracking."""


def landmark_pixels(landmarks: Iterable[Any], width: int, height: int) -> Points:
    """(478, 2) positions in pixels."""
    return np.array([(point.x * width, point.y * height) for point in landmarks], dtype=np.float64)


def describe(points: Points, width: int, height: int) -> dict[str, object]:
    """The fields of ``FaceMeshFrame`` for one face."""
    yaw, pitch, roll = head_pose_deg(points, width, height)
    openness, gaze_x, gaze_y = _eyes(points)
    closed = openness < CLOSED_BELOW
    gaze_yaw = yaw + _eye_rotation_deg(gaze_x)
    gaze_pitch = pitch - _eye_rotation_deg(gaze_y)
    return {
        "yaw_deg": yaw,
        "pitch_deg": pitch,
        "roll_deg": roll,
        "gaze_x": gaze_x,
        "gaze_y": gaze_y,
        "looking_at_camera": not closed and math.hypot(gaze_yaw, gaze_pitch) <= CAMERA_CONE_DEG,
        "eyes_closed": closed,
    }


def head_pose_deg(points: Points, width: int, height: int) -> tuple[float, float, float]:
    """(yaw to the picture's right, pitch upwards, roll clockwise); yaw and pitch are 0 for a face turned to
    the camera, wherever in the picture it is. By solvePnP with a pinhole camera whose focal length is the
    picture's longer side (a field of view of 53 degrees, common for webcams)."""
    import cv2

    focal = float(max(width, height))
    camera = np.array([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]])
    _, rotation, translation = cv2.solvePnP(
        _POSE_MODEL,
        points[_POSE_LANDMARKS],
        camera,
        None,
        rvec=np.zeros((3, 1)),
        tvec=np.array([[0.0], [0.0], [60.0]]),
        useExtrinsicGuess=True,
        flags=cv2.SOLVEPNP_ITERATIVE,
    )
    matrix = cv2.Rodrigues(rotation)[0]
    facing_yaw, facing_pitch = _direction_deg(matrix @ np.array([0.0, 0.0, -1.0]))
    camera_yaw, camera_pitch = _direction_deg(-translation.reshape(3))
    roll = math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))
    return facing_yaw - camera_yaw, facing_pitch - camera_pitch, roll


def _direction_deg(direction: Points) -> tuple[float, float]:
    """(to the right, upwards) of a direction towards the viewer, against the optical axis."""
    x, y, z = (float(part) for part in direction)
    return math.degrees(math.atan2(x, -z)), math.degrees(math.atan2(-y, math.hypot(x, z)))


def _eyes(points: Points) -> tuple[float, float, float]:
    """(lid opening over eye width, horizontal and vertical place of the iris from -1 to 1), mean of both."""
    measured = []
    for left, right, upper, lower, iris in _EYES:
        axis = points[right] - points[left]
        width = float(np.hypot(*axis))
        if width < 1.0:
            continue
        across = axis / width
        down = np.array([-across[1], across[0]])
        offset = points[iris] - (points[left] + points[right]) / 2
        opening = float(np.hypot(*(points[lower] - points[upper]))) / width
        measured.append((opening, float(offset @ across) * 2 / width, float(offset @ down) * 2 / width))
    if not measured:
        return 0.0, 0.0, 0.0
    opening, gaze_x, gaze_y = (float(value) for value in np.mean(measured, axis=0))
    return opening, max(-1.0, min(1.0, gaze_x)), max(-1.0, min(1.0, gaze_y))


def _eye_rotation_deg(gaze: float) -> float:
    return math.degrees(math.asin(max(-1.0, min(1.0, gaze * EYE_WIDTH_TO_RADIUS))))
