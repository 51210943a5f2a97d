"""inference: the engines, vLLM and Triton, started, watched and asked."""

from __future__ import annotations

from typing import Annotated

import typer

from appliance.install import preparation
from appliance.install.commands.options import MachineReadable, RunDir, TorchSource, prepare
from appliance.install.progress import Progress

inference_app = typer.Typer(help="The engines: vLLM and Triton.", no_args_is_help=True)


@inference_app.command("up")
def inference_up(
    context: typer.Context,
    profile: Annotated[str, typer.Option(help="Which engines, where.")] = preparation.EVALUATION_PROFILE,
    run_dir: RunDir = None,
    torch_source: TorchSource = None,
) -> None:
    """Start the engines of a profile, print where they answer, and stay until Ctrl-C or inference down."""
    prepare(context, preparation.INFERENCE, torch_source)
    import msgspec

    from appliance.install import deployment

    folder = run_dir or deployment.run_dir()
    with deployment.start(profile, folder, context.ensure_object(Progress).say) as engines:
        print(msgspec.json.encode(engines.endpoints).decode(), flush=True)
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
    """Which engines run, on which ports, and how often they were restarted; 1 when none runs."""
    import msgspec

    from appliance.install import deployment

    state = deployment.running(run_dir or deployment.run_dir())
    if machine:
        print(msgspec.json.encode(state).decode())
        return
    for engine in state.engines:
        print(f"{engine.name}: {engine.condition} on port {engine.port}, restarted {engine.restarts} times")


@inference_app.command("smoke")
def inference_smoke(run_dir: RunDir = None) -> None:
    """Ask every running engine its known questions and compare the values."""
    from appliance.install import deployment

    deployment.ask_known_questions(run_dir or deployment.run_dir(), print)
