"""plan: the machine to buy, before it is bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from appliance.install.commands.options import MachineReadable
from appliance.install.errors import SetupError

if TYPE_CHECKING:
    from inference.capacity.architecture import Architecture, ModelTable
    from inference.capacity.plan import Inputs

planning = typer.Typer()


@planning.command("plan")
def plan(
    context: typer.Context,
    interviews: Annotated[int, typer.Option(help="Interviews in progress at the same time.")] = 100,
    minutes: Annotated[float, typer.Option(help="Minutes an interview takes.")] = 15.0,
    profile: Annotated[str, typer.Option(help="Which engines.")] = "gpu-single",
    device: Annotated[
        str | None, typer.Option(help="Which card, of config/capacity/devices.toml; else the profile's.")
    ] = None,
    target: Annotated[float, typer.Option(help="Share of the time that engines may be busy.")] = 0.7,
    machine: MachineReadable = False,
) -> None:
    """Say how many GPUs a site needs, how long reports take, and on which input that depends most."""
    import msgspec

    from inference.capacity import wording
    from inference.capacity.figures import CapacityInvalid
    from inference.capacity.site import plan_site

    try:
        planned = plan_site(_inputs(interviews, minutes, profile, device, target))
    except CapacityInvalid as refused:
        if refused.field not in context.params:
            raise SetupError(str(refused)) from refused
        raise typer.BadParameter(refused.reason, param_hint=f"'--{refused.field}'") from refused
    print(msgspec.json.encode(planned).decode() if machine else "\n".join(wording.lines(planned)))


def _inputs(
    interviews: float, minutes: float, profile_name: str, device_name: str | None, target: float
) -> Inputs:
    from appliance.install import deployment
    from inference.capacity import figures
    from inference.capacity.architecture import ModelTable
    from inference.capacity.costs import Costs
    from inference.capacity.devices import DeviceTable
    from inference.capacity.plan import Inputs
    from inference.capacity.workload import Request, Workload
    from models import site

    profiles = sorted(file.stem for file in deployment.PROFILES.glob("*.toml"))
    if profile_name not in profiles:
        raise figures.CapacityInvalid("profile", f"{profile_name!r} is not among {', '.join(profiles)}")
    profile = deployment.load_profile(profile_name)
    folder = deployment.PROFILES.parent / "capacity"
    kind = profile.triton.device
    named, chosen = figures.read(folder / "devices.toml", DeviceTable).chosen(device_name, profile_name, kind)
    costs = figures.read(folder / ("eval-cpu.toml" if kind == "cpu" else "gpu.toml"), Costs)
    table = figures.read(folder / "language_models.toml", ModelTable)
    measured = costs.language_model.measured
    return Inputs(
        request=Request(interviews, minutes),
        workload=figures.read(folder / "workload.toml", Workload),
        profile=profile,
        costs=costs,
        device_name=named,
        device=chosen,
        shape=_architecture(profile.llm.model, table),
        reference=_architecture(measured.model, table) if measured else None,
        known_mb={name: float(model.memory_mb) for name, model in site.known().models.items()},
        target=target,
    )


def _architecture(name: str, table: ModelTable) -> Architecture:
    """The model's own config.json where its weights are here, else the table's."""
    from inference.capacity.architecture import from_config
    from models import fetch, site

    known = site.known().models.get(name)
    config = fetch.folder(known) / "config.json" if known and fetch.is_here(known) else None
    if config is None or not config.is_file():
        return table.named(name)
    return from_config(config.read_bytes(), name)
