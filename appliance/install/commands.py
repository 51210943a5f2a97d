"""The commands of ``installer.py``: they parse, call one verb elsewhere and say how it went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from appliance.install import preparation, tiers
from appliance.install.errors import SetupError
from appliance.install.progress import Progress

app = typer.Typer(
    help="Muster (点将): recruiting, HR records, attendance and pay on one machine that never talks to "
    "the internet. Start with: python3 installer.py demo",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
audit = typer.Typer(help="The ledger of who did and saw what.", no_args_is_help=True)
models_app = typer.Typer(help="The models: what they are, whether they are whole.", no_args_is_help=True)
inference_app = typer.Typer(help="The engines: vLLM and Triton.", no_args_is_help=True)
bench = typer.Typer(help="Measure this machine.", no_args_is_help=True)
locks_app = typer.Typer(help="The hash locks of the environments.", no_args_is_help=True)
for name, group in {
    "audit": audit,
    "models": models_app,
    "inference": inference_app,
    "bench": bench,
    "locks": locks_app,
}.items():
    app.add_typer(group, name=name)

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


def start(arguments: list[str], progress: Progress) -> int:
    """Run one command. 0 done, 1 failed, 2 bad input; a failure is one message on stderr."""
    from inference.errors import InferenceError
    from models.catalogue import ModelError

    try:
        app(args=arguments, prog_name="installer.py", obj=progress)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except (SetupError, ModelError, InferenceError) as error:
        progress.say(f"✗ {error}")
        return 1
    return 0


def _end(code: int | None) -> NoReturn:
    raise typer.Exit(code or 0)


def _prepare(context: typer.Context, needs: preparation.Needs, torch_source: str | None = None) -> None:
    progress = context.ensure_object(Progress)
    preparation.prepare(needs, progress, torch_source)
    progress.summary()


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
    _prepare(context, preparation.DEMO_ONCE if once else preparation.DEMO, torch_source)
    from appliance.demo import run as walk

    _end(walk.main(data=data, once=once, port=port, terminal_port=terminal_port))


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
    _prepare(context, preparation.APPLICATION)
    from appliance import serve as application

    _end(application.main(data, port, terminal_port, no_inference))


@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def test(context: typer.Context, torch_source: TorchSource = None) -> None:
    """Run the tests: test [all|fast|browser|inference] [pytest's own arguments].

    fast has neither engines nor a browser. Sets up only what the tier needs.
    """
    tier, pytest_arguments = tiers.split_arguments(context.args)
    progress = context.ensure_object(Progress)
    preparation.prepare(preparation.TIERS[tier], progress, torch_source)
    _end(tiers.run(tier, pytest_arguments, progress))


@app.command()
def setup(context: typer.Context, torch_source: TorchSource = None, machine: MachineReadable = False) -> None:
    """Bring everything that the demo needs, and start nothing."""
    progress = context.ensure_object(Progress)
    preparation.prepare(preparation.DEMO, progress, torch_source)
    progress.summary()
    if machine:
        print(progress.as_json())


@bench.command("store")
def bench_store() -> None:
    """Durable commits a second by number of callers, beside raw single commits in the same run."""
    from tests.bench import store

    store.main()


@audit.command("verify")
def audit_verify(data: Data) -> None:
    """Check the ledger's chain of hashes from its first row to its last."""
    from appliance.audit import cli
    from appliance.kernel.errors import MusterError
    from appliance.unsealing import open_keys

    try:
        _end(cli.verify(data, open_keys(data.resolve(), create=False)))
    except MusterError as error:
        raise SetupError(error.message % error.params) from None


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
    _end(1 if any(finding["problem"] for finding in findings) else 0)


@inference_app.command("up")
def inference_up(
    context: typer.Context,
    profile: Annotated[str, typer.Option(help="Which engines, where.")] = preparation.EVALUATION_PROFILE,
    run_dir: RunDir = None,
    torch_source: TorchSource = None,
) -> None:
    """Start the engines of a profile, print where they answer, and stay until Ctrl-C or inference down."""
    _prepare(context, preparation.INFERENCE, torch_source)
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


@locks_app.command("update", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def locks_update(context: typer.Context) -> None:
    """Resolve config/locks/NAME.in again and write the locks: locks update [NAME ...] [--torch-source S]."""
    from appliance.install import locks

    _end(locks.command(context.args))
