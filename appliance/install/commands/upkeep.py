"""audit and locks: what is checked and renewed now and then."""

from __future__ import annotations

import typer

from appliance.install.commands.options import Data, end
from appliance.install.errors import SetupError

audit = typer.Typer(help="The ledger of who did and saw what.", no_args_is_help=True)
locks_app = typer.Typer(help="The hash locks of the environments.", no_args_is_help=True)


@audit.command("verify")
def audit_verify(data: Data) -> None:
    """Check the ledger's chain of hashes from its first row to its last."""
    from appliance.audit import cli
    from appliance.kernel.errors import MusterError
    from appliance.unsealing import open_keys

    try:
        end(cli.verify(data, open_keys(data.resolve(), create=False)))
    except MusterError as error:
        raise SetupError(error.message % error.params) from None


@locks_app.command("update", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def locks_update(context: typer.Context) -> None:
    """Resolve config/locks/NAME.in again and write the locks: locks update [NAME ...] [--torch-source S]."""
    from appliance.install import locks

    end(locks.command(context.args))
