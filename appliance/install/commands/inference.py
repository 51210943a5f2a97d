"""inference: the engines, vLLM and Triton, started, watched and asked."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.install import preparation
from appliance.install.commands.options import MachineReadable, RunDir, TorchSource, end, prepare
from appliance.install.progress import Progress

if TYPE_CHECKING:
    from inference.state import State

inference_app = typer.Typer(help="The engines: vLLM and Triton.", no_args_is_help=True)


def _running(run_dir: Path | None) -> State:
    """What runs; a message and status 1 when nothing does."""
    from appliance.install import deployment

    return deployment.running(run_dir or deployment.run_dir())


def _print(document: object, lines: list[str], machine: bool) -> None:
    import msgspec

    print(msgspec.json.encode(document).decode() if machine else "\n".join(lines))


@inference_app.command("up")
def inference_up(
    context: typer.Context,
    profile: Annotated[str, typer.Option(help="Which engines, where.")] = preparation.EVALUATION_PROFILE,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part: llm, triton, embedder or asr; all when none is named."),
    ] = None,
    run_dir: RunDir = None,
    torch_source: TorchSource = None,
) -> None:
    """Start the engines of a profile, print where they answer, and stay until Ctrl-C or inference down."""
    from appliance.install import deployment

    parts = deployment.parts_named(part or [])
    folder = run_dir or deployment.run_dir()
    deployment.check_machine(profile, folder, parts)
    needs = dataclasses.replace(preparation.INFERENCE, models=profile)
    prepare(context, needs, torch_source)
    from inference.report import report

    with deployment.start(profile, folder, context.ensure_object(Progress).say, parts) as engines:
        print("\n".join(report(deployment.running(folder)).where), flush=True)
        engines.wait()


@inference_app.command("down")
def inference_down(run_dir: RunDir = None) -> None:
    """Stop the engines that inference up started."""
    from appliance.install import deployment
    from inference import supervisor

    stopped = supervisor.down(run_dir or deployment.run_dir())
    print("The engines are stopped." if stopped else "No engines were running.")


@inference_app.command("status")
def inference_status(run_dir: RunDir = None, machine: MachineReadable = False) -> None:
    """Each engine's condition, uptime, restarts, and memory against its budget; 1 when none runs."""
    from inference.report import report

    found = report(_running(run_dir))
    _print(found, found.lines, machine)


@inference_app.command("smoke")
def inference_smoke(run_dir: RunDir = None, machine: MachineReadable = False) -> None:
    """Ask every running model its known questions and compare the values; 1 when one is missed."""
    from appliance.install import deployment

    checks = deployment.ask_known_questions(_running(run_dir))
    _print(checks, [line for check in checks for line in check.lines], machine)
    end(1 if any(check.missed for check in checks) else 0)
