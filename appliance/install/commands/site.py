"""demo, serve, test, setup: the whole site on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from appliance.install import preparation, tiers
from appliance.install.commands.options import (
    Data,
    MachineReadable,
    Port,
    TerminalPort,
    TorchSource,
    end,
    prepare,
)
from appliance.install.progress import Progress

app = typer.Typer()


@app.command()
def demo(
    context: typer.Context,
    once: Annotated[
        bool,
        typer.Option("--once", help="Walk one candidate through the whole way, print one JSON line, end."),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Keep the data in this folder; otherwise it goes at the end."),
    ] = None,
    port: Port = 0,
    terminal_port: TerminalPort = 0,
    torch_source: TorchSource = None,
) -> None:
    """Set everything up, start it with an invented bank and hospital, and say what to try."""
    prepare(context, preparation.DEMO_ONCE if once else preparation.DEMO, torch_source)
    from appliance.demo import run as walk

    end(walk.main(data=data, once=once, port=port, terminal_port=terminal_port))


@app.command()
def serve(
    context: typer.Context,
    data: Data,
    port: Port = 0,
    terminal_port: TerminalPort = 0,
    no_inference: Annotated[
        bool, typer.Option("--no-inference", help="Run without the engines; what needs them waits.")
    ] = False,
) -> None:
    """Run the app alone on a new or existing data folder; one JSON line says when it is ready."""
    prepare(context, preparation.APPLICATION)
    from appliance import serve as application

    end(application.main(data, port, terminal_port, no_inference))


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def test(context: typer.Context, torch_source: TorchSource = None) -> None:
    """Run the tests: test [all|fast|browser|inference] [pytest's own arguments].

    fast has neither engines nor a browser. Sets up only what the tier needs.
    """
    tier, pytest_arguments = tiers.split_arguments(context.args)
    progress = context.ensure_object(Progress)
    preparation.prepare(preparation.TIERS[tier], progress, torch_source)
    end(tiers.run(tier, pytest_arguments, progress))


@app.command()
def setup(context: typer.Context, torch_source: TorchSource = None, machine: MachineReadable = False) -> None:
    """Bring everything that the demo needs, and start nothing."""
    progress = context.ensure_object(Progress)
    preparation.prepare(preparation.DEMO, progress, torch_source)
    progress.summary()
    if machine:
        print(progress.as_json())
