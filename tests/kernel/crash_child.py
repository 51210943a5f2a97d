"""The process that `test_crash` kills: eight callers write, jobs and events follow, acknowledgements go to stdout."""

import os
import sys
import threading
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from appliance.audit.ledger import record
from appliance.kernel.actor import MACHINE
from appliance.kernel.clock import SystemClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import JobContext, JobRegistry, JobRunner, enqueue
from appliance.kernel.keys import KeyRing
from appliance.kernel.outbox import Dispatcher, EventMeta, Subscription, emit

PASSPHRASE = "a passphrase for tests"
CALLERS = 8


class Written(msgspec.Struct, frozen=True, tag=True):
    number: int


def open_site(folder: Path) -> Databases:
    path = folder / "keys.json"
    keys = KeyRing.unseal(path, PASSPHRASE) if path.exists() else KeyRing.create(path, PASSPHRASE)
    databases = Databases.open(folder, keys, SystemClock(ZoneInfo("Asia/Shanghai")))
    for file, table in (("core", "note"), ("core", "effect"), ("attendance", "heard")):
        databases.named(file).write(partial(create, table=table))
    return databases


def create(tx: Transaction, table: str) -> None:
    tx.dbapi.execute(f"CREATE TABLE IF NOT EXISTS {table} (number INTEGER)")


def write_one(tx: Transaction, number: int) -> None:
    tx.dbapi.execute("INSERT INTO note VALUES (?)", (number,))
    enqueue(tx, "crash.effect", Written(number))
    record(tx, MACHINE, "note.written", f"note:{number}")
    emit(tx, Written(number))


def background(databases: Databases) -> tuple[JobRunner, Dispatcher]:
    def effect(job: JobContext) -> None:
        number = job.decode(Written).number
        job.finish(lambda tx: tx.dbapi.execute("INSERT INTO effect VALUES (?)", (number,)))

    def hear(tx: Transaction, event: Written, meta: EventMeta) -> None:
        tx.dbapi.execute("INSERT INTO heard VALUES (?)", (event.number,))

    registry = JobRegistry()
    registry.register("crash.effect", "core", effect, concurrency=2)
    runner = JobRunner(list(databases), registry, databases.core.clock)
    dispatcher = Dispatcher(list(databases), [Subscription("crash.hear", Written, "attendance", hear)])
    return runner, dispatcher


def main(folder: Path, first: int) -> None:
    databases = open_site(folder)
    for part in background(databases):
        part.start()

    def call(caller: int) -> None:
        number = first + caller
        while True:
            databases.core.write(partial(write_one, number=number))
            os.write(1, f"{number}\n".encode())
            number += CALLERS

    for caller in range(CALLERS):
        threading.Thread(target=call, args=(caller,)).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
