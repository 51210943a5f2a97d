"""Every model that can be served is asked, when it starts and while it runs."""

from typing import cast

from inference import looks, smoke
from inference.ports import Speech, Vision
from inference.triton.client import TritonClient
from inference.triton.rendering import known_models


def test_every_served_model_has_a_known_answer_and_a_cheap_question() -> None:
    nobody = cast(TritonClient, None)
    checks = smoke.triton_checks(nobody, cast(Speech, None), cast(Vision, None), set(known_models()), b"")
    assert sorted(checks) == known_models() == looks.asked_models()


def test_only_the_models_that_are_served_are_asked() -> None:
    asked = looks.triton_looks({"vad", "diarize"}, {}, "http://127.0.0.1:9", 1)
    assert [look.name for look in asked] == ["diarize", "vad"]
