"""A real site's files, a clock the test moves, and the room put together as the appliance does it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import pytest

from appliance.attendance.service import Attendance
from appliance.attendance.terminals.wire.request import WireReply, WireRequest, endpoint_of, parse_query
from appliance.attendance.terminals.zk_push import PushSettings, ZkPush
from appliance.attendance.wiring import build
from appliance.events import EmployeeCreated, EmployeeLeft
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.ids import new_id
from appliance.kernel.keys import KeyRing
from appliance.kernel.outbox import EventMeta
from appliance.kernel.schema import OUTBOX
from tests.fresh import fresh_keys

IT = Actor(id="it-1", kind=ActorKind.PERSON, label="it")
SERIAL = "TEST0001"
HOME = "192.0.2.10"


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """Samples that are not part of the repository; the tests that need them are skipped without."""
    for folder in Path(__file__).resolve().parents:
        found = folder.parent / "shared/fixtures/terminals"
        if found.is_dir():
            return found
    pytest.skip("no ../shared/fixtures/terminals beside this checkout")


@pytest.fixture
def clock() -> FixedClock:
    """Monday 23 November 2026, 09:00 at the site."""
    return FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))


class Room:
    """The room with short verbs for what tests do often."""

    def __init__(self, databases: Databases, blobs: BlobStore, clock: FixedClock, keys: KeyRing) -> None:
        self.databases, self.blobs, self.clock, self.keys = databases, blobs, clock, keys
        self.database = databases.attendance
        self.attendance: Attendance
        self.push: ZkPush
        self.attendance, self.push = build(databases.attendance, clock, blobs, PushSettings())

    def call(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        *,
        serial: str = SERIAL,
        address: str = HOME,
    ) -> WireReply:
        """One request as the terminal port hands it over; ``target`` is path and query without the serial."""
        path, _, query = target.partition("?")
        wired = parse_query(f"SN={serial}&{query}".encode())
        return self.push.answer(WireRequest(method, endpoint_of(path), path, wired, body, address))

    def get(self, target: str, **options: Any) -> WireReply:
        return self.call("GET", target, **options)

    def post(self, target: str, body: bytes, **options: Any) -> WireReply:
        return self.call("POST", target, body, **options)

    def approve(self, serial: str = SERIAL, *, group: str = "main", zone: str | None = None) -> None:
        self.attendance.approve(serial, name=f"Door {serial}", group=group, zone=zone, actor=IT)

    def attlog(self, body: bytes, **options: Any) -> WireReply:
        return self.post("/iclock/cdata?table=ATTLOG&Stamp=9999", body, **options)

    def poll(self, **options: Any) -> bytes:
        reply = self.get("/iclock/getrequest", **options)
        assert reply.status == 200
        return reply.body

    def acknowledge(self, number: int, code: int = 0, **options: Any) -> WireReply:
        body = b"ID=%d&Return=%d&CMD=DATA" % (number, code)
        return self.post("/iclock/devicecmd", body, **options)

    def hire(
        self,
        number: str = "E1001",
        *,
        name: str = "测试甲",
        department: str = "dep-1",
        card: str | None = "123456789",
        face: str | None = None,
        start_on: date = date(2026, 11, 23),
    ) -> str:
        event = EmployeeCreated(
            employee_id=new_id(),
            number=number,
            name=name,
            post_id="post-1",
            department_id=department,
            start_on=start_on,
            card_number=card,
            face_blob_id=face,
        )
        self.deliver(self.attendance.provisioning.employee_created, event)
        return event.employee_id

    def leave(self, employee_id: str, left_on: date) -> None:
        self.deliver(
            self.attendance.provisioning.employee_left,
            EmployeeLeft(employee_id=employee_id, left_on=left_on),
        )

    def deliver(self, handle: Callable[..., None], event: object) -> None:
        meta = EventMeta(new_id(), self.clock.now())
        self.database.write(lambda tx: handle(tx, event, meta))

    def events(self, kind: str) -> list[Any]:
        rows = self.database.read(
            lambda tx: tx.execute(OUTBOX.select().where(OUTBOX.c.kind == kind).order_by(OUTBOX.c.seq)).all()
        )
        return [SimpleNamespace(**msgspec.json.decode(row.payload)) for row in rows]

    def face(self, jpeg: bytes) -> str:
        def keep(tx: Any) -> str:
            key = self.keys.data_key_create(tx, "test", "person")
            blob = self.blobs.create(tx, key, "image/jpeg")
            self.blobs.append(tx, blob, 0, jpeg)
            self.blobs.seal(tx, blob)
            return blob

        return self.databases.media.write(keep)


class Template(NamedTuple):
    """A site's files, migrated once; each test works on a copy of them."""

    folder: Path
    keys: KeyRing


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("site")
    keys = fresh_keys(folder)
    Databases.open(folder, keys, FixedClock(datetime(2026, 11, 23, tzinfo=UTC))).close()
    return Template(folder, keys)


@pytest.fixture
def room(tmp_path: Path, clock: FixedClock, template: Template) -> Iterator[Room]:
    shutil.copytree(template.folder, tmp_path, dirs_exist_ok=True)
    databases = Databases.open(tmp_path, template.keys, clock)
    yield Room(databases, BlobStore(databases.media, template.keys), clock, template.keys)
    databases.close()
