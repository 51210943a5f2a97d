"""The store: what is acknowledged is durable, what fails is undone alone, what is wrong touches nothing."""

import asyncio
import hashlib
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
import sqlalchemy as sa
import sqlcipher3.dbapi2 as sqlcipher

from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import LARGE, ROWS, Database, Transaction
from appliance.kernel.errors import StorageFull, WrongKey
from appliance.kernel.migrate import back_up, migrate

NOTE = sa.Table(
    "note", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text)
)


@pytest.fixture
def database(tmp_path: Path, clock: FixedClock) -> Database:
    opened = Database("notes", tmp_path / "notes.db", secrets.token_bytes(32), clock)
    opened.write(lambda tx: NOTE.create(tx.connection))
    return opened


def add(text: str) -> Callable[[Transaction], object]:
    return lambda tx: tx.execute(sa.insert(NOTE), {"text": text})


def texts(database: Database) -> list[str]:
    return database.read(lambda tx: list(tx.execute(sa.select(NOTE.c.text).order_by(NOTE.c.id)).scalars()))


def test_a_written_row_is_read_by_another_connection(database: Database) -> None:
    database.write(add("kept"))
    row = database.connect_raw().execute("SELECT text FROM note").fetchone()
    assert row == ("kept",)
    database.close()


def test_work_that_fails_is_undone_and_its_neighbours_stay(database: Database) -> None:
    gate = threading.Event()
    first = threading.Thread(target=lambda: database.write(lambda tx: gate.wait(5)))
    first.start()
    errors: list[BaseException] = []

    def fails() -> None:
        def work(tx: Transaction) -> None:
            tx.execute(sa.insert(NOTE), {"text": "half"})
            raise LookupError("stop")

        try:
            database.write(work)
        except LookupError as error:
            errors.append(error)

    threads = [threading.Thread(target=fails), threading.Thread(target=lambda: database.write(add("whole")))]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in [first, *threads]:
        thread.join()
    assert texts(database) == ["whole"]
    assert len(errors) == 1
    database.close()


def test_the_writer_outlives_whatever_happens_to_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that died would leave every caller waiting for ever."""

    def stopped() -> NoReturn:
        raise LookupError("the clock has stopped")

    with monkeypatch.context() as broken:
        broken.setattr(database.clock, "now", stopped)
        with pytest.raises(LookupError):
            database.write(add("lost"))
    database.write(lambda tx: tx.after_commit(stopped))
    database.write(add("kept"))
    assert texts(database) == ["kept"]
    database.close()


def test_a_failed_statement_does_not_carry_peoples_data_in_its_text(database: Database) -> None:
    database.write(lambda tx: tx.execute(sa.insert(NOTE), {"id": 1, "text": "first"}))
    with pytest.raises(sa.exc.IntegrityError) as refused:
        database.write(lambda tx: tx.execute(sa.insert(NOTE), {"id": 1, "text": "Test Person A"}))
    assert "Test Person A" not in f"{refused.value!s}{refused.value!r}"
    database.close()


def test_thirty_two_callers_all_find_their_rows(database: Database) -> None:
    def call(number: int) -> None:
        for step in range(20):
            database.write(add(f"{number}-{step}"))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts(database)) == sorted(f"{number}-{step}" for number in range(32) for step in range(20))
    database.close()


def test_writing_from_inside_a_piece_of_work_is_refused_instead_of_waiting_for_ever(
    database: Database,
) -> None:
    with pytest.raises(RuntimeError, match="inside a piece of work"):
        database.write(lambda tx: database.write(add("inner")))
    assert texts(database) == []
    database.close()


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        database.read(add("no"))
    database.close()


def test_a_wrong_key_is_a_clear_error_and_touches_nothing(database: Database, clock: FixedClock) -> None:
    database.write(add("kept"))
    database.close()
    before = hashlib.sha256(database.path.read_bytes()).hexdigest()
    with pytest.raises(WrongKey) as caught:
        Database("notes", database.path, secrets.token_bytes(32), clock)
    assert caught.value.params == {"file": "notes.db"}
    assert hashlib.sha256(database.path.read_bytes()).hexdigest() == before


def test_no_byte_of_a_row_stands_in_clear_in_any_file(tmp_path: Path, clock: FixedClock) -> None:
    for name, profile in (("rows", ROWS), ("large", LARGE)):
        database = Database(name, tmp_path / f"{name}.db", secrets.token_bytes(32), clock, profile)
        database.write(lambda tx: NOTE.create(tx.connection))
        database.write(add("测试甲的第一份简历"))
        back_up(database, tmp_path / f"{name}-copy.db")
        database.close()
    files = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    assert len(files) >= 4
    assert not any(
        "测试甲".encode() in data or b"CREATE TABLE" in data or b"SQLite format" in data for data in files
    )


def test_files_have_the_page_sizes_of_their_profiles(databases: Databases) -> None:
    sizes = {
        database.name: database.connect_raw().execute("PRAGMA cipher_page_size").fetchone()[0]
        for database in databases
    }
    assert sizes == {"core": "4096", "attendance": "4096", "media": "16384"}


def test_migrating_a_file_again_does_nothing(databases: Databases, tmp_path: Path) -> None:
    assert [migrate(database, tmp_path / "backups") for database in databases] == [None, None, None]
    assert not (tmp_path / "backups").exists()


def test_a_file_of_an_older_release_is_copied_before_it_is_migrated(
    databases: Databases, tmp_path: Path
) -> None:
    core = databases.core
    core.write(lambda tx: tx.dbapi.execute("UPDATE alembic_version SET version_num = '0001_kernel'"))
    newer = core.read(
        lambda tx: [
            name
            for (name,) in tx.dbapi.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name
            not in {
                "job",
                "outbox",
                "outbox_delivery",
                "inbox",
                "audit",
                "alembic_version",
                "sqlite_sequence",
            }
        ]
    )

    def drop(tx: Transaction) -> None:
        tx.dbapi.execute("PRAGMA defer_foreign_keys = ON")
        for name in newer:
            tx.dbapi.execute(f'DROP TABLE IF EXISTS "{name}"')

    core.write(drop)
    assert migrate(core, tmp_path / "backups") == "0001_kernel"
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name.startswith("core-0001_kernel-")
    assert copy.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small tmpfs needs root")
def test_a_full_disk_is_a_clear_error_and_leaves_nothing_half_written(
    tmp_path: Path, clock: FixedClock
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this machine does not allow a tmpfs mount")
    try:
        database = Database("notes", small / "notes.db", secrets.token_bytes(32), clock)
        database.write(lambda tx: NOTE.create(tx.connection))
        written = 0
        with pytest.raises(StorageFull):
            for _ in range(400):
                database.write(add("x" * 8000))
                written += 1
        assert 0 < written < 400
        assert len(texts(database)) == written
        assert database.read(lambda tx: tx.dbapi.execute("PRAGMA integrity_check").fetchone()) == ("ok",)
        database.close()
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_driver_is_sqlcipher_and_not_plain_sqlite() -> None:
    assert sqlcipher.connect(":memory:").execute("PRAGMA cipher_version").fetchone()
    assert "sqlcipher3" in sys.modules


def test_hundreds_of_coroutines_write_without_a_thread_each_and_find_their_rows(database: Database) -> None:
    async def all_of_them() -> list[int]:
        threads = threading.active_count()
        writing = [asyncio.create_task(database.write_async(add(f"row {number}"))) for number in range(300)]
        await asyncio.sleep(0)
        assert threading.active_count() == threads
        return [len(texts(database)) for _ in await asyncio.gather(*writing)]

    assert asyncio.run(all_of_them())[-1] == 300
    assert set(texts(database)) == {f"row {number}" for number in range(300)}


@pytest.mark.parametrize("error", [KeyError("gone"), StopIteration()])
def test_an_error_reaches_the_coroutine_that_waits_and_undoes_its_work_alone(
    database: Database, error: Exception
) -> None:
    def fails(tx: Transaction) -> NoReturn:
        add("undone")(tx)
        raise error

    async def both() -> list[object]:
        kept, failed = database.write_async(add("kept")), database.write_async(fails)
        return list(await asyncio.gather(kept, failed, return_exceptions=True))

    outcome = asyncio.run(both())
    # A future cannot carry a StopIteration: whoever waits is told something else instead of waiting for ever.
    assert isinstance(outcome[1], RuntimeError if isinstance(error, StopIteration) else type(error))
    assert texts(database) == ["kept"]


def test_a_coroutine_that_is_called_off_leaves_a_writer_that_works(database: Database) -> None:
    release = threading.Event()

    async def called_off() -> None:
        waiting = asyncio.create_task(database.write_async(lambda tx: release.wait(10)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        release.set()
        await database.write_async(add("after"))

    asyncio.run(called_off())
    assert texts(database) == ["after"]
