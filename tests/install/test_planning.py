"""installer.py plan: what it prints, for people and for programs, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.install import commands
from appliance.install.commands import planning
from appliance.install.progress import Progress
from inference.capacity.architecture import ModelTable
from inference.capacity.figures import CapacityInvalid, read
from models import adding
from tests.models import weights

CAPACITY = Path(__file__).parents[2] / "config" / "capacity"


def start(*arguments: str) -> int:
    return commands.start(["plan", *arguments], Progress(quiet=True))


def test_a_site_with_a_gpu_reads_from_the_answer_to_its_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("--interviews", "100", "--minutes", "15", "--profile", "gpu-single") == 0
    shown = capsys.readouterr().out
    places = [
        shown.index(word) for word in ("GPUs", "Speech", "Tokens", "Report", "Memory", "Most sensitive")
    ]
    assert places == sorted(places)
    assert "profile gpu-single (qwen3-14b on L20)" in shown
    assert "Assumed, not measured here:" in shown
    assert "nothing was measured on this card" in shown
    assert "The application analyses 5 answers at once" in shown


def test_the_evaluation_machine_needs_no_gpu_and_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("--interviews", "1", "--minutes", "15", "--profile", "eval-cpu") == 0
    shown = capsys.readouterr().out
    assert "GPUs          none; 1 machine" in shown
    assert "Assumed, not measured here:" not in shown
    assert "To do" not in shown


def test_a_program_reads_the_same_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("--interviews", "40", "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert start("--interviews", "40") == 0
    shown = capsys.readouterr().out
    assert f"GPUs          {plan['gpus']} x L20" in shown
    assert f"{plan['delay']['mean_s']:.1f} s after the last answer" in shown
    assert {"rates", "memory", "sensitivity", "figures", "machines"} <= set(plan)


def test_another_card_gives_another_plan(capsys: pytest.CaptureFixture[str]) -> None:
    exact = []
    for card in ("L20", "L40S"):
        assert start("--device", card, "--json") == 0
        exact.append(json.loads(capsys.readouterr().out)["units_exact"])
    assert exact[1] < exact[0]


def test_a_site_too_large_for_one_machine_is_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("--interviews", "10000", "--json") == 0
    machines = json.loads(capsys.readouterr().out)["machines"]
    assert start("--interviews", "10000") == 0
    shown = capsys.readouterr().out
    assert f"in {machines} machines" in shown
    assert f"Run {machines} servers" in shown


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("--interviews", "0"), "interviews"),
        (("--interviews", "-5"), "interviews"),
        (("--interviews", "1.5"), "interviews"),
        (("--interviews", "999999999"), "interviews"),
        (("--minutes", "0"), "minutes"),
        (("--minutes", "nan"), "minutes"),
        (("--minutes", "500"), "minutes"),
        (("--target", "1"), "target"),
        (("--profile", "nosuch"), "profile"),
        (("--profile", "../profiles/eval-cpu"), "profile"),
        (("--device", "abacus"), "device"),
        (("--device", "A10"), "device"),
    ],
)
def test_bad_input_ends_with_2_and_names_the_field(
    arguments: tuple[str, ...], field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(*arguments) == 2
    told = capsys.readouterr()
    assert f"'--{field}'" in told.err
    assert told.out == ""


def test_a_model_that_the_site_brought_is_planned_by_its_own_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path / "cache"))
    table = read(CAPACITY / "language_models.toml", ModelTable)
    with pytest.raises(CapacityInvalid, match="tiny"):
        planning._architecture("tiny", table)
    brought = weights.llm(tmp_path / "usb")
    shape = {"num_attention_heads": 2, "intermediate_size": 24}
    (brought / "config.json").write_text(json.dumps(weights.LLM_CONFIG | shape))
    adding.add(adding.Request(name="tiny", source=brought, kind="llm-safetensors"), Progress(quiet=True))
    found = planning._architecture("tiny", table)
    assert (found.hidden_size, found.num_hidden_layers) == (weights.HIDDEN, weights.LAYERS)
    assert (found.num_attention_heads, found.intermediate_size) == (2, 24)
