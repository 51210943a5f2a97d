"""Bring a file to the schema of this release (Alembic), after a copy of it was put aside.

A migration is one transaction: a release that fails half-way leaves the file as it was.
"""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from appliance.kernel.clock import to_text
from appliance.kernel.db import Database, Transaction

SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"


def migrate(database: Database, backups: Path) -> str | None:
    """Upgrade to the newest revision; returns the revision that it started from when something was done.

    A file that holds data is first copied into `backups` (encrypted as it is, same key).
    """
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS / database.name))
    head = ScriptDirectory.from_config(config).get_current_head()
    current = database.read(_revision)
    if current == head:
        return None
    if current is not None:
        back_up(database, backups / f"{database.name}-{current}-{to_text(database.clock.now())}.db")

    def upgrade(tx: Transaction) -> None:
        config.attributes["connection"] = tx.connection
        script = ScriptDirectory.from_config(config)
        with _environment(config, script):
            script.run_env()

    database.write(upgrade)
    return current or ""


def back_up(database: Database, target: Path) -> None:
    """A consistent copy of the file under the same key, while it is in use (SQLite's VACUUM INTO)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    connection = database.connect_raw()
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    target.chmod(0o600)


def run_environment() -> None:
    """Called by each file's env.py: run the migrations on the connection that `migrate` handed over."""
    connection: sa.Connection = context.config.attributes["connection"]
    context.configure(connection=connection, render_as_batch=True, transactional_ddl=False)
    context.run_migrations()


def _revision(tx: Transaction) -> str | None:
    return MigrationContext.configure(tx.connection).get_current_revision()


def _environment(config: Config, script: ScriptDirectory) -> Any:
    from alembic.runtime.environment import EnvironmentContext

    def to_head(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    return EnvironmentContext(config, script, fn=to_head)
