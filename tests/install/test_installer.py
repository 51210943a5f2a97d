"""The command line: exit codes, messages, and what is said on which stream."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appliance.install import commands, deployment, preparation
from appliance.install.debian import PACKAGES
from appliance.install.errors import SetupError
from appliance.install.progress import Cost, Progress
from appliance.install.recipes import RECIPES
from installer import environment_for
from tests.models import weights


def start(*arguments: str) -> int:
    return commands.start(list(arguments), Progress(quiet=True))


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("--help") == 0
    shown = capsys.readouterr().out
    for command in (
        "demo",
        "serve",
        "test",
        "setup",
        "audit",
        "models",
        "inference",
        "plan",
        "bench",
        "locks",
    ):
        assert f"\n  {command} " in shown
    assert "\n  evaluate " in shown


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("demo", "--port", "70000"),
        ("serve",),
        ("models", "fetch", "--profile", "nosuch"),
        ("models", "list", "--profile", "nosuch"),
        ("models", "add", "mine"),
        ("models", "add", "mine", "--from", ".", "--kind", "keras"),
        ("models", "add", "mine", "--from", ".", "--licence-read-in", "a contract"),
    ],
)
def test_bad_input_ends_with_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert start(*words) == 2
    assert "Error" in capsys.readouterr().err


def test_an_unknown_model_ends_with_1_and_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.start(["models", "fetch", "nosuch"], Progress()) == 1
    assert "whisper-base-ct2" in capsys.readouterr().err


def test_a_failed_preparation_is_one_message_and_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise SetupError("The index cannot be reached.")

    monkeypatch.setattr(preparation, "prepare", fail)
    assert commands.start(["setup"], Progress()) == 1
    assert capsys.readouterr().err == "✗ The index cannot be reached.\n"


def test_models_list_is_readable_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("models", "list", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"name", "licence", "licence_read_in", "source", "profiles", "megabytes", "users", "here"} <= set(
        rows[0]
    )


def test_models_list_of_a_profile_shows_what_its_engines_load(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("models", "list", "--profile", "gpu-single", "--json") == 0
    shown = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(shown) and set(shown) == set(deployment.models_of(deployment.load_profile("gpu-single")))
    assert shown["qwen3-14b"]["source"] == "folder"


def test_models_are_listed_for_a_person_with_the_way_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path))
    assert start("models", "list") == 0
    shown = capsys.readouterr().out
    assert "bring it: python3 installer.py models fetch silero-vad\n" in shown
    assert "bring it: python3 installer.py models add qwen3-32b --from FOLDER\n" in shown
    assert "licence MIT: LICENSE of the wheel\n" in shown
    assert "profiles: eval-cpu, gpu-rack, gpu-single\n" in shown
    assert "for evaluation only: its licence Apache-2.0 was read only upstream" in shown


def test_a_model_is_added_listed_and_verified_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path / "cache"))
    folder = weights.llm(tmp_path / "disk")
    options = ("--from", str(folder), "--kind", "llm-safetensors", "--revision", "1")
    assert start("models", "add", "mine", *options) == 0
    place = Path(capsys.readouterr().out.strip())
    assert place.name == "mine@1"
    assert start("models", "list") == 0
    assert "mine: on this machine\n" in capsys.readouterr().out
    assert start("models", "verify", "mine") == 0
    assert capsys.readouterr().out == "mine: whole\n"
    (place / "tokenizer.json").write_text("[]")
    assert start("models", "verify") == 1
    assert f"{place / 'tokenizer.json'} was changed" in capsys.readouterr().out
    (folder / "config.json").unlink()
    assert commands.start(["models", "add", "mine", *options], Progress()) == 1
    assert "holds no config.json" in capsys.readouterr().err


def test_fetching_for_a_gpu_says_which_weights_are_yours_to_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUSTER_CACHE", str(tmp_path))
    assert commands.start(["models", "fetch", "qwen3-14b", "whisper-large-v3-ct2"], Progress()) == 1
    said = capsys.readouterr().err
    assert "models add qwen3-14b --from FOLDER" in said
    assert "models add whisper-large-v3-ct2 --from FOLDER" in said


def test_tests_and_the_walk_need_the_development_layer_and_nothing_else_does() -> None:
    assert environment_for(["test", "fast"]) == "dev"
    assert environment_for(["demo", "--once"]) == "dev"
    assert environment_for(["demo"]) == "dev"
    assert environment_for(["serve", "--data", "test"]) == "app"
    assert environment_for([]) == "app"


def test_a_tier_sets_up_only_what_it_needs() -> None:
    tiers = preparation.TIERS
    assert tiers["fast"] == preparation.Needs(environments=("app", "dev"))
    assert tiers["browser"].models is None
    assert tiers["browser"].assets
    assert "chromium" in PACKAGES[tiers["browser"].debian[0]]
    assert not tiers["inference"].assets
    assert set(preparation.ENGINES) <= set(tiers["inference"].environments)
    for needs in tiers.values():
        assert set(needs.environments) <= set(RECIPES)
        assert set(needs.debian) <= set(PACKAGES)


def test_costs_survive_the_second_execution_and_are_summed(capsys: pytest.CaptureFixture[str]) -> None:
    first = Progress(quiet=True)
    with first.step("environment app") as cost:
        cost.megabytes = 512.0
    second = Progress.from_json(first.as_json())
    second.costs.append(Cost("model whisper", 2.0, 148.0))
    second.summary()
    shown = capsys.readouterr().err
    assert "environment app" in shown
    assert "660 MB" in shown
    assert Progress.from_json("").costs == []
