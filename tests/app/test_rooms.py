"""How rooms know of each other: by verbs and events, never by each other's tables."""

import ast
from collections.abc import Iterator
from pathlib import Path

import appliance

HERE = Path(appliance.__file__).parent
SHARED = {"kernel", "demo", "install", "migrations"}
READS_A_LOWER_ROOMS_TABLE = {("payroll/store.py", "appliance.people.tables")}
"""One page of pay records is searched and sorted by the employee's number and name: a join, read only."""


def imports(path: Path) -> Iterator[str]:
    """Every module, or thing of a module, that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def is_store(module: str) -> bool:
    name = module.rpartition(".")[2]
    return name in {"store", "tables"} or name.endswith("_store")


def test_no_room_reaches_into_another_rooms_store() -> None:
    found = set()
    for path in HERE.rglob("*.py"):
        inside = path.relative_to(HERE)
        room = inside.parts[0]
        if room in SHARED:
            continue
        for module in imports(path):
            parts = module.split(".")
            foreign = parts[0] == "appliance" and len(parts) > 2 and parts[1] not in {room, *SHARED}
            if foreign and is_store(module):
                found.add((str(inside), module))
    assert found == READS_A_LOWER_ROOMS_TABLE


def test_sql_is_written_in_stores_alone() -> None:
    """A verb reads like its rule; how rows are found is the store's."""
    found = []
    for path in HERE.rglob("*.py"):
        inside = path.relative_to(HERE)
        if inside.parts[0] in SHARED | {"app.py"} or is_store(path.stem):
            continue
        if any(module == "sqlalchemy" or module.startswith("sqlalchemy.") for module in imports(path)):
            found.append(str(inside))
    assert found == ["audit/ledger.py"], "the chain: reading its last link and adding the next is the rule"
