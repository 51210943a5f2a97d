"""The commands of ``installer.py``: they parse, call one verb elsewhere and say how it went."""

from __future__ import annotations

import typer

from appliance.install.commands import inference, measuring, models, planning, site, upkeep
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
app.add_typer(site.app)
app.add_typer(planning.planning)
for name, group in {
    "audit": upkeep.audit,
    "models": models.models_app,
    "inference": inference.inference_app,
    "bench": measuring.bench,
    "evaluate": measuring.evaluate,
    "locks": upkeep.locks_app,
}.items():
    app.add_typer(group, name=name)


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
