"""What the commands share: options with one meaning everywhere, and how a command begins and ends."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from appliance.install import preparation
from appliance.install.progress import Progress

Data = Annotated[Path, typer.Option("--data", help="The data folder; made when it is not there.")]
MachineReadable = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, for a program.")]
TorchSource = Annotated[
    str | None,
    typer.Option(
        envvar="MUSTER_TORCH_SOURCE",
        help="Where torch's CPU build comes from when pip does not know: an index's URL or a folder.",
    ),
]
RunDir = Annotated[
    Path | None,
    typer.Option("--run-dir", help="The engines' own folder; one for each checkout unless named."),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The pages' port on loopback; 0 takes a free one.")]
TerminalPort = Annotated[
    int, typer.Option(min=0, max=65535, help="The attendance terminals' port; 0 takes a free one.")
]


def end(code: int | None) -> NoReturn:
    raise typer.Exit(code or 0)


def prepare(context: typer.Context, needs: preparation.Needs, torch_source: str | None = None) -> None:
    progress = context.ensure_object(Progress)
    preparation.prepare(needs, progress, torch_source)
    progress.summary()
