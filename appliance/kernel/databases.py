"""The site's three files, split by how they are written."""

from collections.abc import Iterator
from pathlib import Path

from appliance.kernel.clock import Clock
from appliance.kernel.db import LARGE, ROWS, Database
from appliance.kernel.keys import KeyRing
from appliance.kernel.migrate import migrate

PROFILES = {"core": ROWS, "attendance": ROWS, "media": LARGE}


class Databases:
    """core (people and their papers), attendance (punches), media (recordings and files)."""

    def __init__(self, core: Database, attendance: Database, media: Database) -> None:
        self.core = core
        self.attendance = attendance
        self.media = media

    @classmethod
    def open(cls, folder: Path, keys: KeyRing, clock: Clock) -> "Databases":
        """Open the files in `folder`, making and migrating them where needed."""
        opened: list[Database] = []
        try:
            for name, profile in PROFILES.items():
                opened.append(Database(name, folder / f"{name}.db", keys.file_key(name), clock, profile))
            for database in opened:
                migrate(database, folder / "backups")
        except BaseException:
            for database in opened:
                database.close()
            raise
        return cls(*opened)

    def __iter__(self) -> Iterator[Database]:
        return iter((self.core, self.attendance, self.media))

    def named(self, name: str) -> Database:
        """The file called `name`."""
        database: Database = getattr(self, name)
        return database

    def close(self) -> None:
        """Finish waiting work and close all files."""
        for database in self:
            database.close()
