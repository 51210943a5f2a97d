"""models: what they are, bringing them in, whether they are whole."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from appliance.install import preparation
from appliance.install.commands.options import MachineReadable, TorchSource, end
from appliance.install.progress import Progress

models_app = typer.Typer(help="The models: what they are, whether they are whole.", no_args_is_help=True)


@models_app.command("list")
def models_list(machine: MachineReadable = False) -> None:
    """Every model of the catalogue: size, licence, who uses it, and whether it is here."""
    from models import listing

    rows = listing.rows()
    if machine:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        print("\n".join(listing.lines(rows)))


@models_app.command("fetch")
def models_fetch(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; all of the profile when none is named.")
    ] = None,
    profile: Annotated[str, typer.Option(help="Whose models.")] = preparation.EVALUATION_PROFILE,
    torch_source: TorchSource = None,
) -> None:
    """Bring models into the cache, checked before and after conversion."""
    from models import fetch
    from models.catalogue import shipped

    progress = context.ensure_object(Progress)
    wanted = [shipped().model(name) for name in names or []] or shipped().in_profile(profile)
    if not wanted:
        raise typer.BadParameter(f"no model in the catalogue belongs to the profile {profile!r}")
    converters = {fetch.CONVERTERS[model.convert][1] for model in wanted if model.convert}
    preparation.prepare(preparation.Needs(environments=tuple(sorted(converters))), progress, torch_source)
    for model in wanted:
        fetch.make(model, progress)
    progress.summary()


@models_app.command("verify")
def models_verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; all that are here when none is named.")
    ] = None,
    machine: MachineReadable = False,
) -> None:
    """Hash every byte of the models and compare with the catalogue; 1 when one is missing or changed."""
    from models import listing

    findings = listing.verified(names or [])
    if machine:
        print(json.dumps(findings, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{finding['name']}: {finding['problem'] or 'whole'}")
    end(1 if any(finding["problem"] for finding in findings) else 0)
