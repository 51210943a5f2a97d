"""The vision port over Triton."""

from collections.abc import Mapping, Sequence

import msgspec

from inference.gate import Deadline
from inference.ports import Expression, FaceMatch, FaceMeshFrame, FrameFaces, MovementFrame
from inference.provenance import ModelIdentity
from inference.triton.client import TritonClient, picture_tensors


class _Compared(msgspec.Struct):
    distance: float
    threshold: float


class TritonVision:
    """``Vision`` answered by the models face_detect, face_mesh, face_verify, expression and movement."""

    def __init__(self, client: TritonClient, identities: Mapping[str, ModelIdentity]) -> None:
        self._client = client
        self._identities = identities

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]:
        return self._client.ask_pictures("face_detect", jpegs, FrameFaces, Deadline(deadline_s))

    def face_mesh(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FaceMeshFrame]:
        return self._client.ask_pictures("face_mesh", jpegs, FaceMeshFrame, Deadline(deadline_s))

    def verify(self, jpeg_a: bytes, jpeg_b: bytes, *, deadline_s: float) -> FaceMatch:
        pair = picture_tensors([jpeg_a, jpeg_b])
        compared = self._client.ask("face_verify", pair, _Compared, Deadline(deadline_s))
        identity = self._identities["face_verify"]
        return FaceMatch(
            distance=compared.distance,
            threshold=compared.threshold,
            same=compared.distance <= compared.threshold,
            model=identity.name,
            model_sha256=identity.sha256,
        )

    def expression(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[Expression]:
        return self._client.ask_pictures("expression", jpegs, Expression, Deadline(deadline_s))

    def movement(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[MovementFrame]:
        """In one request: each frame is compared with the one before it."""
        if not jpegs:
            return []
        return self._client.ask("movement", picture_tensors(jpegs), list[MovementFrame], Deadline(deadline_s))
