"""One SQLCipher file: one writer thread that commits waiting work together, one reader a thread.

A commit costs an fsync whatever it holds, so work that waits while one commit runs is committed together by the
next (group commit). A caller gets its answer only after the commit that carries its work is durable (WAL,
synchronous=FULL). Each piece of work runs in a savepoint: when it fails, it alone is undone.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from typing import Any, TypeVar

import sqlalchemy as sa
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy.pool import NullPool

from appliance.kernel.clock import Clock
from appliance.kernel.errors import StorageFull, StorageUnavailable, WrongKey
from appliance.kernel.log import logger, told

T = TypeVar("T")

GROUP_LIMIT = 256
"""Most pieces of work in one commit: bounds how long the first of them waits for the last."""


@dataclass(frozen=True)
class PageProfile:
    """How a file's pages are laid out; the larger page suits media, the smaller one rows."""

    page_size: int
    hmac: str

    def pragmas(self) -> tuple[str, ...]:
        return (f"PRAGMA cipher_page_size = {self.page_size}", f"PRAGMA cipher_hmac_algorithm = {self.hmac}")


ROWS = PageProfile(4096, "HMAC_SHA512")
LARGE = PageProfile(16384, "HMAC_SHA256")


PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = ON",
)

ROOM_TO_OPEN = 256 * 1024
"""Bytes without which SQLite cannot set up its log and index beside a file; it then speaks of an I/O error."""


class Transaction:
    """What a piece of work may use: the connection, and the instant at which the work began."""

    def __init__(self, database: "Database", connection: sa.Connection, dbapi: Any, now: datetime) -> None:
        self.database = database
        self.connection = connection
        self.dbapi = dbapi
        self.now = now
        self.callbacks: list[Callable[[], None]] = []

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[Any]:
        """Run a SQLAlchemy Core statement inside this work."""
        return self.connection.execute(statement, parameters)

    def run(self, statement: str, parameters: tuple[object, ...] = ()) -> Any:
        """Run SQL text with `?` places straight on the driver and return its cursor.

        For the few statements that run hundreds of times a second, where a built statement costs several times what
        it does; their text stands in a store like any other.
        """
        return self.dbapi.execute(statement, parameters)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back on the writer thread once this work is durable; for waking sleepers, so keep it short."""
        self.callbacks.append(callback)


@dataclass(eq=False)
class _Work:
    """One caller's work, and how the caller is told that it is settled."""

    run: Callable[[Transaction], Any]
    tell: Callable[["_Work"], None]
    result: Any = None
    error: BaseException | None = None
    callbacks: list[Callable[[], None]] = field(default_factory=list)


class Database:
    """One encrypted file of the site.

    `key` is the file's raw 256-bit key (32 bytes). Opening with another key raises `WrongKey` and leaves the
    file as it is.
    """

    def __init__(self, name: str, path: Path, key: bytes, clock: Clock, profile: PageProfile = ROWS) -> None:
        self.name = name
        self.path = path
        self.clock = clock
        self._key = key
        self._profile = profile
        self._engine = sa.create_engine(
            "sqlite+pysqlite://",
            module=sqlcipher,
            creator=self.connect_raw,
            poolclass=NullPool,
            # A failed statement's text travels with the error; its values, people's data, must not.
            hide_parameters=True,
        ).execution_options(isolation_level="AUTOCOMMIT")
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._readers = threading.local()
        self._open_readers: list[sa.Connection] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        self.jobs_queued: Callable[[], None] = _nobody
        self.events_written: Callable[[], None] = _nobody
        writer = self._engine.connect()
        self._writer = threading.Thread(
            target=self._write_loop, args=(writer,), name=f"writer-{name}", daemon=True
        )
        self._writer.start()

    def connect_raw(self) -> Any:
        """A new DB-API connection with the key set and proven; nothing is written before the proof."""
        connection = sqlcipher.connect(
            str(self.path), check_same_thread=False, isolation_level=None, timeout=10
        )
        try:
            connection.execute(f"PRAGMA key = \"x'{self._key.hex()}'\"")
            for pragma in self._profile.pragmas():
                connection.execute(pragma)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except sqlcipher.DatabaseError as error:
            connection.close()
            if "not a database" in str(error):
                raise WrongKey(self.path.name) from None
            raise self._translate(error) from None
        return connection

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on the writer thread and return its result once it is durable.

        Raises whatever `work` raises (then nothing of it is kept), `StorageFull` or `StorageUnavailable` when
        the file could not be committed. Calling it from inside a piece of work would wait for ever and is refused.
        """
        # A bare lock wakes faster than an event.
        settled = threading.Lock()
        settled.acquire()
        waiting = self._take_up(_Work(work, lambda _: settled.release()))
        settled.acquire()
        if waiting.error is not None:
            raise waiting.error
        result: T = waiting.result
        return result

    async def write_async(self, work: Callable[[Transaction], T]) -> T:
        """`write` for a coroutine: no thread waits meanwhile, so that hundreds may be under way at once.

        A caller that is cancelled has had its work done all the same, or has not: it must ask.
        """
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[T] = loop.create_future()

        def tell(done: _Work) -> None:
            # A loop that has been closed has nobody left who waits.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_settle, settled, done)

        self._take_up(_Work(work, tell))
        return await settled

    def _take_up(self, waiting: _Work) -> _Work:
        if threading.current_thread() is self._writer:
            raise RuntimeError(
                "write() was called from inside a piece of work; pass the transaction on instead"
            )
        if self._closed:
            raise StorageUnavailable(self.name)
        self._queue.put(waiting)
        return waiting

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a snapshot through this thread's own reader, which cannot write."""
        with self.snapshot() as tx:
            return work(tx)

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        """A consistent view of the file for the length of the block; do not nest on one thread."""
        connection: sa.Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            _dbapi(connection).execute("PRAGMA query_only = ON")
            self._readers.connection = connection
            with self._readers_lock:
                self._open_readers.append(connection)
        dbapi = _dbapi(connection)
        nested = dbapi.in_transaction
        if not nested:
            dbapi.execute("BEGIN")
        try:
            yield Transaction(self, connection, dbapi, self.clock.now())
        finally:
            if not nested:
                dbapi.execute("COMMIT")

    def close(self) -> None:
        """Finish the waiting work, then close every connection."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._writer.join()
        with self._readers_lock:
            for connection in self._open_readers:
                connection.close()
            self._open_readers.clear()
        self._engine.dispose()

    # the writer thread

    def _write_loop(self, connection: sa.Connection) -> None:
        dbapi = _dbapi(connection)
        # SQLAlchemy's own transaction stays open and unused: begin and commit are said here, to the driver, so
        # nothing that is handed the connection (Alembic) can commit half a group.
        connection.begin()
        running = True
        while running:
            group, running = self._next_group()
            if group:
                self._commit_group(connection, dbapi, group)
        # Only tidying: on a full disk the log stays beside the file and is taken in at the next opening.
        with suppress(sqlcipher.Error):
            dbapi.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def _next_group(self) -> tuple[list[_Work], bool]:
        group: list[_Work] = []
        work = self._queue.get()
        while True:
            if work is None:
                return group, False
            group.append(work)
            if len(group) == GROUP_LIMIT:
                return group, True
            try:
                work = self._queue.get_nowait()
            except queue.Empty:
                return group, True

    def _commit_group(self, connection: sa.Connection, dbapi: Any, group: list[_Work]) -> None:
        try:
            dbapi.execute("BEGIN IMMEDIATE")
            for work in group:
                self._run_one(connection, dbapi, work)
            dbapi.execute("COMMIT")
        except Exception as error:  # whatever it is: a writer that dies would leave every caller waiting
            self._fail_group(dbapi, group, error)
        for work in group:
            work.tell(work)
        for work in group:
            if work.error is None:
                self._call_back(work)

    def _run_one(self, connection: sa.Connection, dbapi: Any, work: _Work) -> None:
        dbapi.execute("SAVEPOINT work")
        tx = Transaction(self, connection, dbapi, self.clock.now())
        try:
            work.result = work.run(tx)
        except BaseException as error:  # the caller's own error travels to the caller, whatever it is
            work.error = self._translate(error)
            if not dbapi.in_transaction:
                # A full disk or a failed read makes SQLite undo the whole transaction, the neighbours' work too.
                raise sqlcipher.OperationalError(str(_driver_error(error))) from None
            dbapi.execute("ROLLBACK TO work")
        dbapi.execute("RELEASE work")
        work.callbacks = tx.callbacks

    def _fail_group(self, dbapi: Any, group: list[_Work], error: Exception) -> None:
        for work in group:
            work.result = None
            work.error = work.error or self._translate(error)
        # A rollback that fails is tried again with the next group: its BEGIN finds the transaction still open.
        with suppress(sqlcipher.Error):
            if dbapi.in_transaction:
                dbapi.execute("ROLLBACK")

    def _translate(self, error: BaseException) -> BaseException:
        """What the caller is told: a full disk and a broken file by their own names, the rest as it is."""
        cause = _driver_error(error)
        if isinstance(cause, sqlcipher.OperationalError):
            text = str(cause)
            unwell = "I/O" in text or "readonly" in text or "unable to open" in text
            if "full" in text or (unwell and disk_usage(self.path.parent).free < ROOM_TO_OPEN):
                return StorageFull(self.name)
            if unwell:
                return StorageUnavailable(self.name)
        return error

    def _call_back(self, work: _Work) -> None:
        try:
            for callback in work.callbacks:
                callback()
        except (
            Exception
        ) as error:  # the work is durable and its caller has gone on; the sleeper looks by itself
            logger(database=self.name).error("writer.callback_failed", **told(error))


def _nobody() -> None:
    """Nobody is waiting to be woken."""


def _settle(settled: "asyncio.Future[Any]", done: _Work) -> None:
    """Hand the outcome to the coroutine that waits, unless it was called off."""
    if settled.done():
        return
    if done.error is None:
        settled.set_result(done.result)
    elif isinstance(
        done.error, StopIteration
    ):  # a future cannot carry it, and its caller would wait for ever
        settled.set_exception(RuntimeError("a piece of work ended with StopIteration"))
    else:
        settled.set_exception(done.error)


def _dbapi(connection: sa.Connection) -> Any:
    return connection.connection.dbapi_connection


def _driver_error(error: BaseException) -> BaseException:
    """The SQLCipher error itself, without SQLAlchemy's wrapping, which would print parameters."""
    original = getattr(error, "orig", None)
    return original if isinstance(original, BaseException) else error
