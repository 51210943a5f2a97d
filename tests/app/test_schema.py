"""The migrations make the tables that the code reads and writes, exactly: none more, none less, none otherwise."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

import appliance.app
from appliance.attendance.tables import ATTENDANCE
from appliance.identity.store import IDENTITY
from appliance.interviews.assessment.store import ASSESSMENT
from appliance.interviews.plans.store import INTERVIEWS
from appliance.interviews.recordings.store import RECORDINGS
from appliance.kernel.clock import SystemClock
from appliance.kernel.databases import PROFILES, Databases
from appliance.kernel.db import Transaction
from appliance.kernel.keys import KeyRing
from appliance.kernel.schema import KERNEL, MEDIA
from appliance.notifications.store import NOTIFICATIONS
from appliance.payroll.store import PAYROLL
from appliance.people.tables import PEOPLE
from appliance.recruiting.tables import RECRUITING

ROOMS = {
    "core": (KERNEL, IDENTITY, NOTIFICATIONS, PEOPLE, RECRUITING, INTERVIEWS, ASSESSMENT, PAYROLL),
    "attendance": (KERNEL, ATTENDANCE),
    "media": (KERNEL, MEDIA, RECORDINGS),
}
# The whole composition is imported, and with it every table that hangs on these.
MIGRATIONS = Path(appliance.app.__file__).parent / "migrations"


class Shape(NamedTuple):
    """A table as SQLite knows it, without the order of its columns and the names of its constraints."""

    columns: dict[str, tuple[Any, ...]]
    indexes: set[tuple[Any, ...]]
    references: set[tuple[Any, ...]]
    checks: set[str]
    without_rowid: bool
    numbers_never_again: bool


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("migrated")
    keys = KeyRing.create(folder / "keys.json", "for tests")
    databases = Databases.open(folder, keys, SystemClock(ZoneInfo("Asia/Shanghai")))
    yield databases
    databases.close()


@pytest.mark.parametrize("name", list(PROFILES))
def test_after_all_migrations_a_file_is_what_the_rooms_say(migrated: Databases, name: str) -> None:
    found = migrated.named(name).read(shapes)
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        for room in ROOMS[name]:
            room.create_all(connection)
        wanted = shapes_of(connection)
    engine.dispose()
    assert set(found) == set(wanted)
    assert {table: shape for table, shape in found.items() if shape != wanted[table]} == {
        table: shape for table, shape in wanted.items() if shape != found[table]
    }


def test_no_migration_reads_the_tables_of_today() -> None:
    """A migration that made today's tables would rewrite history with every later change of them."""
    for path in MIGRATIONS.rglob("versions/*.py"):
        text = path.read_text()
        assert "create_all" not in text, path
        imported = [line for line in text.splitlines() if line.startswith(("from appliance", "import appl"))]
        assert imported in ([], ["from appliance.migrations import kernel_0001"]), path


def shapes(tx: Transaction) -> dict[str, Shape]:
    return shapes_of(tx.connection)


def shapes_of(connection: sa.Connection) -> dict[str, Shape]:
    inspector = sa.inspect(connection)
    names = [name for name in inspector.get_table_names() if name != "alembic_version"]
    return {name: _shape(connection, inspector, name) for name in names}


def _shape(connection: sa.Connection, inspector: sa.Inspector, table: str) -> Shape:
    def pragma(name: str, of: str) -> list[Any]:
        return list(connection.execute(sa.text(f"PRAGMA {name}('{of}')")).mappings())

    columns = {
        row["name"]: (row["type"], row["notnull"], row["dflt_value"], row["pk"])
        for row in pragma("table_xinfo", table)
    }
    indexes = {
        (
            row["unique"],
            row["origin"],
            row["name"] if row["origin"] == "c" else "",
            tuple((part["name"], part["desc"]) for part in pragma("index_xinfo", row["name"]) if part["key"]),
            _where(connection, row["name"]) if row["partial"] else "",
        )
        for row in pragma("index_list", table)
    }
    references = {
        (row["table"], row["from"], row["to"], row["on_update"], row["on_delete"])
        for row in pragma("foreign_key_list", table)
    }
    checks = {str(check["sqltext"]) for check in inspector.get_check_constraints(table)}
    made = str(_made(connection, table)).upper()
    return Shape(columns, indexes, references, checks, "WITHOUT ROWID" in made, "AUTOINCREMENT" in made)


def _made(connection: sa.Connection, name: str) -> str:
    """The statement that made a table or index."""
    query = sa.text("SELECT sql FROM sqlite_master WHERE name = :name")
    return str(connection.execute(query, {"name": name}).scalar_one())


def _where(connection: sa.Connection, index: str) -> str:
    return " ".join(_made(connection, index).partition(" WHERE ")[2].split())
