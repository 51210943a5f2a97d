"""Whether the face stays the same: compared with an enrolled photo where there is one, else with the first
answer's first clear face.

No picture is kept for it: the reference is taken again from the first answer's recording, and goes with it.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from inference.errors import InferenceInvalid
from inference.ports import FaceMeshFrame, FrameFaces, Vision

COMPARED = 6
"""Pictures of an answer that are compared, spread over it."""

TURNED_DEG = 25.0
"""A face turned further is no good to compare."""

LEAST_DIFFERING = 2
DIFFERING_SHARE = 0.5
DEADLINE_S = 30.0
SMALLEST_SIDE = 0.08
"""Share of the picture's width below which a face is too small to compare."""


class FaceReference(StrEnum):
    """What the face was compared with."""

    NONE = "none"
    ENROLLED = "enrolled"
    FIRST_ANSWER = "first_answer"


class FaceComparison(Struct, frozen=True):
    """One picture against the reference."""

    time_s: float
    distance: float
    threshold: float

    @property
    def same(self) -> bool:
        """Whether the model takes both for one person."""
        return self.distance <= self.threshold


class FaceCheck(Struct, frozen=True, kw_only=True):
    """All comparisons of one answer. The model is wrong now and then, in bad light more often: only when at least
    `LEAST_DIFFERING` pictures and half of all differ is there something to look at."""

    reference: FaceReference = FaceReference.NONE
    compared: tuple[FaceComparison, ...] = ()
    model: str = ""
    model_sha256: str = ""

    @property
    def differing(self) -> tuple[FaceComparison, ...]:
        """The pictures that do not match."""
        return tuple(one for one in self.compared if not one.same)

    @property
    def differs(self) -> bool:
        """Whether a person should look."""
        return len(self.differing) >= LEAST_DIFFERING and len(self.differing) >= DIFFERING_SHARE * len(
            self.compared
        )


class Snapshot(Struct, frozen=True):
    """A picture of an answer with what was found in it."""

    time_s: float
    jpeg: bytes
    faces: FrameFaces
    mesh: FaceMeshFrame

    @property
    def comparable(self) -> bool:
        """One face, near enough and looking about this way."""
        return (
            len(self.faces.faces) == 1
            and self.faces.faces[0].w >= SMALLEST_SIDE
            and self.mesh.present
            and abs(self.mesh.yaw_deg) <= TURNED_DEG
            and abs(self.mesh.pitch_deg) <= TURNED_DEG
        )


def spread(snapshots: Sequence[Snapshot], most: int = COMPARED) -> list[Snapshot]:
    """At most `most` comparable pictures, evenly over the answer."""
    good = [one for one in snapshots if one.comparable]
    if len(good) <= most:
        return good
    return [good[round(place * (len(good) - 1) / (most - 1))] for place in range(most)]


def compare(
    vision: Vision, reference: bytes, kind: FaceReference, snapshots: Sequence[Snapshot]
) -> FaceCheck:
    """Compares each picture with the reference. A picture in which the model finds no single usable face is left
    out: it says nothing. Raises the errors of ``inference.errors`` but for that."""
    compared = []
    model = sha256 = ""
    for one in snapshots:
        try:
            match = vision.verify(reference, one.jpeg, deadline_s=DEADLINE_S)
        except InferenceInvalid:
            continue
        model, sha256 = match.model, match.model_sha256
        compared.append(FaceComparison(round(one.time_s, 1), round(match.distance, 4), match.threshold))
    return FaceCheck(reference=kind, compared=tuple(compared), model=model, model_sha256=sha256)
