"""Which faces of a picture count."""

import pytest

from inference.triton.served.faces import alone


def face(side: int) -> dict[str, dict[str, int]]:
    return {"facial_area": {"x": 0, "y": 0, "w": side, "h": side}}


@pytest.mark.parametrize(
    ("sides", "count"),
    [([], 0), ([385], 1), ([385, 36], 1), ([223, 43], 1), ([385, 385], 2), ([155, 129, 89, 129], 4)],
)
def test_specks_beside_a_face_do_not_count_and_people_do(sides: list[int], count: int) -> None:
    assert len(alone([face(side) for side in sides])) == count
