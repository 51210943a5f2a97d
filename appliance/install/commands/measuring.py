"""bench, evaluate and plan: figures of this machine, of the models, and of the machine to buy."""

from __future__ import annotations

import typer

bench = typer.Typer(help="Measure this machine.", no_args_is_help=True)


@bench.command("store")
def bench_store() -> None:
    """Durable commits a second by number of callers, beside raw single commits in the same run."""
    from tests.bench import store

    store.main()
