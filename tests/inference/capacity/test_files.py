"""Capacity files say what is wrong with them, and what they say of the product is what the product does."""

from pathlib import Path

import pytest

from appliance.interviews.analysis import analyst, hearing, observations, watching
from appliance.interviews.analysis.transcript import Sentence
from appliance.interviews.assessment import assessor
from appliance.interviews.integrity import faces, reading_gaze
from appliance.interviews.plans import drafts as plans
from appliance.interviews.scoring import prompts
from appliance.interviews.scoring.evidence import part_requests, relevance_requests
from appliance.interviews.scoring.prompts import AnswerPrompt
from appliance.interviews.scoring.reading import GUIDES, RUNS
from inference.capacity import figures
from inference.capacity.costs import Costs
from inference.capacity.devices import DeviceTable
from inference.capacity.figures import CapacityInvalid
from inference.capacity.workload import Workload
from tests.inference.capacity import shipped


def changed(tmp_path: Path, name: str, old: str, new: str) -> Path:
    text = (shipped.FILES / name).read_text()
    assert old in text
    target = tmp_path / name
    target.write_text(text.replace(old, new))
    return target


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("workload.toml", "question_s = 150", "question_s = -1", "question_s"),
        ("workload.toml", "question_s = 150", "question_s = nan", "question_s"),
        ("workload.toml", "question_s = 150", "question_s = inf", "question_s"),
        ("workload.toml", "question_s = 150", "questions_s = 150", "questions_s"),
        ("workload.toml", "typed_share = 0.0", "typed_share = 0.5", "typed_share"),
        ("workload.toml", "generated_tokens = 2", "generated_tokens = 0", "generated_tokens"),
    ],
)
def test_a_workload_that_cannot_be_is_refused_with_file_and_field(
    tmp_path: Path, name: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(CapacityInvalid, match=rf"workload\.toml.*{told}"):
        figures.read(changed(tmp_path, name, old, new), Workload)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("eval-cpu.toml", "value = 126, low = 100", "value = 126, low = 200", "low 200 <= value 126"),
        ("eval-cpu.toml", 'basis = "measured"', 'basis = "guessed"', "guessed"),
        ("eval-cpu.toml", "[language_model.measured]", "[language_model.measures]", "measures"),
        ("gpu.toml", "[language_model.efficiency]", "[language_model.efficiencies]", "efficiencies"),
        ("gpu.toml", 'runs_on = "host"', 'runs_on = "moon"', "moon"),
    ],
)
def test_costs_that_cannot_be_are_refused_with_file_and_field(
    tmp_path: Path, name: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(CapacityInvalid, match=rf"{name}.*{told}"):
        figures.read(changed(tmp_path, name, old, new), Costs)


def test_a_costs_file_without_speed_of_the_language_model_is_refused(tmp_path: Path) -> None:
    text = (shipped.FILES / "eval-cpu.toml").read_text()
    start, end = text.index("[language_model.measured]"), text.index("[models.vad]")
    (tmp_path / "eval-cpu.toml").write_text(text[:start] + text[end:])
    with pytest.raises(CapacityInvalid, match="exactly one of measured and efficiency"):
        figures.read(tmp_path / "eval-cpu.toml", Costs)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(CapacityInvalid, match=r"there is no file .*nosuch\.toml"):
        figures.read(tmp_path / "nosuch.toml", Costs)
    (tmp_path / "broken.toml").write_bytes(b"\xff\xfe = 1")
    with pytest.raises(CapacityInvalid, match=r"broken\.toml"):
        figures.read(tmp_path / "broken.toml", Costs)


def test_a_model_of_the_workload_without_a_cost_is_named_with_the_file() -> None:
    with pytest.raises(CapacityInvalid, match=r"gpu\.toml: there is no cost for 'lipreading'"):
        shipped.costs("gpu").model("lipreading")


def test_a_device_of_the_wrong_kind_is_refused_with_those_that_fit() -> None:
    devices = figures.read(shipped.FILES / "devices.toml", DeviceTable)
    with pytest.raises(CapacityInvalid, match=r"'cpu-2-cores' is no device for the profile gpu-single.*L20"):
        devices.chosen("cpu-2-cores", "gpu-single", "gpu")
    with pytest.raises(CapacityInvalid, match="'abacus'"):
        devices.chosen("abacus", "eval-cpu", "cpu")


def test_the_calls_of_an_answer_are_those_that_the_application_makes() -> None:
    reading = shipped.workload().reading
    prompt = AnswerPrompt("Why?", [Sentence(1, "Because.")], "en", "case")
    relevance, parts = relevance_requests(prompt), part_requests(prompt)
    bare, guide = reading.beginnings
    assert [end.calls for end in bare.asked] == [len(relevance), len(parts)]
    assert [end.generated_tokens for end in bare.asked] == [1, prompts.NUMBER_TOKENS]
    assert {one.max_tokens for one in parts} == {prompts.NUMBER_TOKENS}
    assert guide.count == len(GUIDES)
    assert [end.calls * guide.count for end in guide.asked] == [len(RUNS)]
    assert reading.calls() == len(relevance) + len(parts) + len(RUNS)


def test_pictures_questions_and_waiting_are_those_of_the_application() -> None:
    told = shipped.workload()
    assert told.passes.pictures_per_s == 1 / observations.STEP_S
    assert told.interview.most_questions == plans.MOST_QUESTIONS
    assert told.interview.longest_minutes == plans.LONGEST_PLAN_S / 60
    assert told.application.look_again_s == assessor.LOOK_AGAIN_S
    assert told.application.patience_share == assessor.PATIENCE_SHARE


def test_the_models_of_the_workload_are_those_that_the_analysis_asks() -> None:
    parts = (analyst, hearing, watching, faces)
    source = "".join(Path(str(part.__file__)).read_text() for part in parts)
    asked = {"vad": "voice_activity", "transcribe": "transcribe", "prosody": "prosody", "diarize": "diarize"}
    asked |= {"face_detect": "detect_faces", "face_mesh": "face_mesh", "expression": "expression"}
    asked |= {"movement": "movement", "face_verify": "verify"}
    passes = shipped.workload().passes
    used = {name for name, times in (passes.sound | passes.pictures).items() if times > 0}
    assert used == {
        name for name, verb in asked.items() if f"speech.{verb}(" in source or f"vision.{verb}(" in source
    }


def test_the_pictures_of_an_answer_are_those_that_the_analysis_takes() -> None:
    told = shipped.workload()
    recorded_s = told.interview.question_s * told.interview.recorded_share
    times = told.passes.pictures
    closely = reading_gaze.LOOK_S * (reading_gaze.PICTURES_PER_S - 1 / observations.STEP_S)
    assert times["face_mesh"] == pytest.approx(1 + closely / recorded_s, abs=0.01)
    assert times["face_verify"] == pytest.approx(faces.COMPARED / recorded_s, abs=0.01)
    assert times["expression"] == pytest.approx(watching.EXPRESSIONS / recorded_s, abs=0.01)
    assert times["movement"] == pytest.approx(watching.MOVEMENTS / recorded_s, abs=0.01)


@pytest.mark.parametrize("name", ["eval-cpu", "gpu"])
def test_every_model_of_the_profiles_has_a_cost_with_a_source(name: str) -> None:
    profile = shipped.inputs("eval-cpu" if name == "eval-cpu" else "gpu-single").profile
    served = {one for one in profile.triton.models if not one.startswith("round_trip")}
    found = shipped.costs(name)
    assert served <= set(found.models)
    assert all(len(figure.source) > 10 for figure in found.figures().values())
