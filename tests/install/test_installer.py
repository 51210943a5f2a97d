"""The command line: exit codes, messages, and what is said on which stream."""

from __future__ import annotations

import json

import pytest

from appliance.install import commands, preparation
from appliance.install.debian import PACKAGES
from appliance.install.errors import SetupError
from appliance.install.progress import Cost, Progress
from appliance.install.recipes import RECIPES
from installer import environment_for


def start(*arguments: str) -> int:
    return commands.start(list(arguments), Progress(quiet=True))


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert start("--help") == 0
    shown = capsys.readouterr().out
    for command in ("demo", "serve", "test", "setup", "audit", "models", "inference", "bench", "locks"):
        assert f"\n  {command} " in shown
    assert "\n  evaluate " in shown


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("demo", "--port", "70000"),
        ("serve",),
        ("models", "fetch", "--profile", "nosuch"),
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
    assert {"name", "licence", "megabytes", "users", "here"} <= set(rows[0])


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
