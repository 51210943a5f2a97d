"""What a licence must be before people are judged with a model's help, decided in one place."""

from __future__ import annotations

import msgspec
import pytest

from models import licensing
from models.catalogue import LicenceBasis, Model, ModelError, shipped

LLM = shipped().model("qwen2.5-coder-1.5b-instruct")


def licensed(licence: str, basis: LicenceBasis) -> Model:
    return msgspec.structs.replace(LLM, licence=licence, licence_basis=basis, licence_read_in="a page")


@pytest.mark.parametrize(
    ("licence", "basis", "allowed"),
    [
        ("Apache-2.0", "stated", True),
        ("apache-2.0", "stated", True),
        ("MIT", "site", True),
        ("LicenseRef-contract-2026", "site", True),
        ("Apache-2.0", "upstream", False),
        ("unknown", "unread", False),
        ("LicenseRef-big-lab", "stated", False),
        ("LicenseRef-big-lab", "unread", False),
        ("llama3", "stated", False),
        ("CC-BY-NC-4.0", "stated", False),
        ("cc-by-nc-sa-4.0", "site", False),
        ("PolyForm-Noncommercial-1.0.0", "site", False),
        ("LicenseRef-insightface-non-commercial-research", "site", False),
        ("CC-BY-4.0", "stated", True),
    ],
)
def test_production_takes_read_licences_that_allow_commerce(
    licence: str, basis: LicenceBasis, allowed: bool
) -> None:
    assert (licensing.objection(licensed(licence, basis)) is None) == allowed


def test_production_refuses_by_name_with_the_way_out_and_evaluation_warns_once_a_model() -> None:
    silero, said = shipped().model("silero-vad"), list[str]()
    with pytest.raises(
        ModelError, match=r"gpu-x is for production, and qwen2\.5-coder.*only upstream.*profile"
    ):
        licensing.admit([silero, LLM], "production", "gpu-x", said.append)
    assert said == []
    licensing.admit([silero, LLM], "evaluation", "eval-x", said.append)
    [line] = said
    assert line.startswith("! qwen2.5-coder-1.5b-instruct is for evaluation only")


def test_of_the_evaluations_models_only_the_language_model_rests_on_upstream_alone() -> None:
    objected = [model.name for model in shipped().in_profile("eval-cpu") if licensing.objection(model)]
    assert objected == [LLM.name]


def test_face_weights_whose_training_data_are_for_research_are_not_for_production() -> None:
    for name in ("arcface", "facenet512"):
        assert "nobody has read a licence" in (licensing.objection(shipped().model(name)) or "")
