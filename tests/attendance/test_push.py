"""What a terminal is answered: approval, handshake, uploads counted, nothing lost, nothing twice."""

from datetime import timedelta
from typing import Any

import pytest

from appliance.attendance.punches import service as punches_service
from appliance.attendance.punches.model import PunchFilter
from appliance.attendance.tables import QUARANTINE, TERMINAL_OPERATION, TERMINAL_PHOTO, TERMINAL_USER
from appliance.attendance.terminals.model import AlarmKind, TerminalState
from appliance.attendance.terminals.profiles import OkSpelling
from appliance.attendance.terminals.registry import MAX_PENDING, Switches
from appliance.attendance.terminals.wire.text import NameEncoding
from appliance.attendance.wiring import build
from appliance.audit import ledger
from appliance.kernel.clock import FixedClock
from appliance.kernel.errors import Invalid
from tests.attendance.conftest import HOME, IT, SERIAL, Room

ROW = b"1452\t2026-11-23 08:31:28\t0\t1\t0\t0\t0\n"
AWAY = "192.0.2.99"


def punches(room: Room) -> list[Any]:
    return room.attendance.punches.after(PunchFilter())


def quarantined(room: Room) -> list[Any]:
    return room.attendance.punches.quarantined()[0]


# --- approval ---------------------------------------------------------------------------------------------


def test_a_terminal_nobody_approved_keeps_its_data_and_waits_on_the_board(room: Room) -> None:
    reply = room.attlog(ROW)
    assert reply.status == 403 and b"OK" not in reply.body
    assert punches(room) == []
    (row,) = room.attendance.board()
    assert (row.terminal.serial, row.terminal.state, row.terminal.address) == (
        SERIAL,
        TerminalState.PENDING,
        HOME,
    )


def test_an_approved_terminal_is_listened_to_until_it_is_blocked(room: Room) -> None:
    room.get("/iclock/cdata?options=all")
    room.approve()
    assert room.attlog(ROW).status == 200
    room.attendance.block(SERIAL, actor=IT)
    assert room.attlog(ROW).status == 403
    room.approve()
    assert room.attlog(ROW).body == b"OK: 1"


def test_a_serial_number_can_be_approved_before_its_first_call(room: Room) -> None:
    room.approve()
    assert room.get("/iclock/cdata?options=all").status == 200
    (row,) = room.attendance.board()
    assert row.terminal.address == HOME and not row.alarms


@pytest.mark.parametrize("serial", ["", "a b", "x" * 33, "../etc", "测试"])
def test_what_cannot_be_a_serial_number_is_refused_and_not_kept(room: Room, serial: str) -> None:
    assert room.get("/iclock/cdata?options=all", serial=serial).status == 401
    assert room.attendance.board() == []


def test_invented_serial_numbers_fill_no_disk(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.attendance.terminals.registry.MAX_PENDING", 3)
    assert MAX_PENDING > 3
    for number in range(6):
        assert room.get("/iclock/cdata", serial=f"FAKE{number}").status == 403
    assert len(room.attendance.board()) == 3


def test_one_serial_from_two_addresses_raises_one_alarm_and_is_still_heard(room: Room) -> None:
    room.get("/iclock/cdata?options=all")
    room.approve()
    assert room.attlog(ROW, address=AWAY).status == 200
    room.attlog(ROW, address=HOME)
    room.attlog(ROW, address=AWAY)
    (row,) = room.attendance.board()
    (alarm,) = row.alarms
    assert (alarm.kind, alarm.address, alarm.count) == (AlarmKind.SECOND_ADDRESS, AWAY, 2)


def test_a_locked_terminal_is_refused_from_elsewhere(room: Room) -> None:
    room.get("/iclock/cdata?options=all")
    room.approve()
    room.attendance.switch(SERIAL, Switches(address_locked=True), actor=IT)
    assert room.attlog(ROW, address=AWAY).status == 403
    assert room.attlog(ROW).status == 200
    (row,) = room.attendance.board()
    assert row.alarms[0].kind is AlarmKind.REFUSED_ADDRESS
    room.attendance.settle_alarms(SERIAL, accept_address=False, actor=IT)
    assert room.attendance.board()[0].alarms == []


@pytest.mark.parametrize(
    ("field", "values"), [("name", {"name": " "}), ("group", {"group": ""}), ("zone", {"zone": "Mars/X"})]
)
def test_an_approval_names_the_field_that_is_wrong(room: Room, field: str, values: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        room.attendance.approve(SERIAL, **({"name": "Door", "group": "main", "zone": ""} | values), actor=IT)
    assert field in caught.value.fields


def test_approving_and_alarms_stand_in_the_ledger(room: Room) -> None:
    room.get("/iclock/cdata?options=all")
    room.approve()
    verdict = ledger.verify(room.database)
    assert verdict.broken_at is None and verdict.rows == 2


# --- handshake --------------------------------------------------------------------------------------------


def options(body: bytes) -> dict[str, str]:
    first, *rest = body.decode().split("\n")
    assert first == f"GET OPTION FROM: {SERIAL}"
    return dict(line.split("=", 1) for line in rest)


def test_a_handshake_tells_how_to_behave(room: Room) -> None:
    room.approve()
    told = options(room.get("/iclock/cdata?options=all&pushver=2.4.1&language=83").body)
    assert told["TimeZone"] == "8" and told["Realtime"] == "1" and told["Encrypt"] == "0"
    assert told["PushProtVer"] == "2.4.1" and len(told["TransFlag"]) < 90 and "\t" in told["TransFlag"]
    assert "Stamp" not in told


def test_push_one_gets_the_names_it_reads(room: Room) -> None:
    room.approve()
    assert {"Stamp", "OpStamp", "PhotoStamp"} <= options(room.get("/iclock/cdata?options=all").body).keys()


def test_a_terminal_in_another_zone_gets_its_own(room: Room) -> None:
    room.approve(zone="Asia/Kolkata")
    assert options(room.get("/iclock/cdata?options=all").body)["TimeZone"] == "330"
    assert room.get("/iclock/cdata?type=time").body == b"Time=2026-11-23T06:30:00+05:30"


def test_the_whole_memory_is_asked_for_once(room: Room) -> None:
    room.approve()
    assert options(room.get("/iclock/cdata?options=all").body)["ATTLOGStamp"] == "0"
    room.attlog(ROW)
    assert options(room.get("/iclock/cdata?options=all").body)["ATTLOGStamp"] == "9999"


def test_language_83_teaches_the_encoding_of_names(room: Room) -> None:
    room.approve()
    room.get("/iclock/cdata?options=all&language=83")
    assert room.attendance.board()[0].terminal.profile.name_encoding is NameEncoding.GB18030


# --- punches ----------------------------------------------------------------------------------------------


def test_rows_are_counted_in_the_reply_and_stored_with_their_bytes(room: Room) -> None:
    room.approve()
    assert room.attlog(ROW + ROW.replace(b":28", b":29")).body == b"OK: 2"
    first, second = punches(room)
    assert first.raw == ROW.rstrip(b"\n") and first.zone == "Asia/Shanghai"
    assert second.id > first.id and first.received_at == room.clock.now()


def test_a_batch_that_comes_again_is_acknowledged_in_full_and_stored_once(room: Room) -> None:
    room.approve()
    batch = b"".join(b"%d\t2026-11-23 08:00:00\t0\t1\t0\n" % pin for pin in range(1, 129))
    for _ in range(5):
        assert room.attlog(batch).body == b"OK: 128"
    assert len(punches(room)) == 128


def test_a_punch_is_told_apart_by_pin_time_status_verify_and_workcode(room: Room) -> None:
    room.approve()
    rows = [
        b"1\t2026-11-23 08:00:00\t0\t1\t0",
        b"2\t2026-11-23 08:00:00\t0\t1\t0",
        b"1\t2026-11-23 08:00:01\t0\t1\t0",
        b"1\t2026-11-23 08:00:00\t1\t1\t0",
        b"1\t2026-11-23 08:00:00\t0\t4\t0",
        b"1\t2026-11-23 08:00:00\t0\t1\t9",
        b"1\t2026-11-23 08:00:00\t0\t1\t\t5\t5",  # the first again: reserved columns are no part of it
    ]
    assert room.attlog(b"\n".join(rows)).body == b"OK: 7"
    assert len(punches(room)) == 6


def test_the_same_row_at_another_terminal_is_another_punch(room: Room) -> None:
    room.approve()
    room.approve("TEST0002")
    room.attlog(ROW)
    room.attlog(ROW, serial="TEST0002")
    assert len(punches(room)) == 2


def test_bad_rows_go_to_quarantine_and_do_not_block_the_queue(room: Room) -> None:
    room.approve()
    body = b"100\t2026-01-01 08:00:00\t0\njunk\n200\tbad-ts\t0\n"
    for _ in range(3):
        assert room.attlog(body).body == b"OK: 3"
    assert len(punches(room)) == 1
    assert {(row.raw, row.times) for row in quarantined(room)} == {(b"junk", 3), (b"200\tbad-ts\t0", 3)}


def test_an_empty_body_is_fine(room: Room) -> None:
    room.approve()
    assert room.attlog(b"").body == b"OK: 0"


@pytest.mark.parametrize(("spelling", "body"), [(OkSpelling.TIGHT, b"OK:1"), (OkSpelling.BARE, b"OK")])
def test_ok_is_spelled_as_the_terminal_reads_it(room: Room, spelling: OkSpelling, body: bytes) -> None:
    room.approve()
    room.attendance.switch(SERIAL, Switches(ok=spelling), actor=IT)
    assert room.attlog(ROW).body == body


def test_nothing_is_acknowledged_that_was_not_committed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.approve()

    def full(*args: object, **kwargs: object) -> int:
        raise OSError("disk")

    with monkeypatch.context() as patched:
        patched.setattr("appliance.attendance.punches.store.insert_rows", full)
        assert room.attlog(ROW).status == 503
    assert punches(room) == []
    assert room.attlog(ROW).body == b"OK: 1"


def test_a_reply_that_was_lost_makes_no_second_punch(room: Room) -> None:
    room.approve()
    room.attlog(ROW)  # stored, the terminal never saw the answer
    room.attendance, room.push = build(room.database, room.clock, room.blobs)  # and went down
    assert room.attlog(ROW).body == b"OK: 1"
    assert len(punches(room)) == 1


def test_a_clock_that_runs_ahead_shows_on_the_board_and_the_punch_is_doubted(room: Room) -> None:
    room.approve()
    room.attlog(b"1\t2026-11-23 12:00:00\t0\t1\n")  # it is 09:00
    (row,) = room.attendance.board()
    assert row.terminal.drift_s == 3 * 3600 and row.clock_wrong
    assert punches(room)[0].doubtful


def test_punches_arrive_in_order_for_programs_that_follow_along(room: Room) -> None:
    room.approve()
    room.attlog(b"1\t2026-11-23 08:00:00\n2\t2026-11-22 08:00:00\n")
    first = room.attendance.punches.after(PunchFilter(), limit=1)
    rest = room.attendance.punches.after(PunchFilter(), cursor=first[0].id)
    assert [punch.pin for punch in first + rest] == ["1", "2"]


# --- other tables -----------------------------------------------------------------------------------------


def test_users_are_noted_and_their_passwords_are_nowhere(room: Room) -> None:
    room.approve()
    room.get("/iclock/cdata?options=all&language=83")
    name = "测试乙".encode("gbk")
    body = b"USER PIN=7\tName=" + name + b"\tPasswd=918273\tCard=[15CD5B07]\nUSER Passwd=918273\tName=x\n"
    assert room.post("/iclock/cdata?table=OPERLOG&OpStamp=9", body).body == b"OK: 2"
    row = room.database.read(lambda tx: tx.execute(TERMINAL_USER.select()).one())
    assert (row.pin, row.name, row.card) == ("7", "测试乙", "123456789")
    dump = room.database.read(
        lambda tx: [bytes(str(row), "utf-8") for row in tx.execute(QUARANTINE.select()).all()]
    )
    assert dump and not any(b"918273" in text for text in dump)


def test_operations_are_kept_once(room: Room) -> None:
    room.approve()
    for _ in range(2):
        body = b"OPLOG 4\t14\t2026-11-20 10:22:34\t0\t0\t0\t0"
        assert room.post("/iclock/cdata?table=OPERLOG", body).body == b"OK: 1"
    assert len(room.database.read(lambda tx: tx.execute(TERMINAL_OPERATION.select()).all())) == 1


def test_templates_are_counted_and_thrown_away(room: Room) -> None:
    room.approve()
    assert room.post("/iclock/cdata?table=BIODATA", b"Pin=1001\tNo=5\tTmp=UVVYWg==").body == b"OK: 1"
    assert room.post("/iclock/cdata?table=OPERLOG", b"BIOPHOTO PIN=1001\tContent=UVVYWg==").body == b"OK"
    row = room.database.read(lambda tx: tx.execute(TERMINAL_USER.select()).one())
    assert (row.pin, row.has_face) == ("1001", 1)
    assert quarantined(room) == []


def test_a_punch_photo_is_kept(room: Room) -> None:
    room.approve()
    body = b"PIN=20261123083128-123.jpg\nSN=x\nsize=6\nCMD=uploadphoto\0\xff\xd8\xff\xe0ab"
    for path in ("/iclock/fdata?table=ATTPHOTO", "/iclock/cdata?table=ATTPHOTO", "/iclock/fdata?"):
        assert room.post(path, body).body == b"OK"
    rows = room.database.read(lambda tx: tx.execute(TERMINAL_PHOTO.select()).all())
    assert [(row.pin, row.taken_at_local, row.jpeg[:3]) for row in rows] == [
        ("123", "2026-11-23 08:31:28", b"\xff\xd8\xff")
    ]


@pytest.mark.parametrize(
    ("target", "table"),
    [
        ("/iclock/cdata?table=NEWTABLE", "NEWTABLE"),
        ("/iclock/cdata?", "-"),
        ("/iclock/whatever?", "/iclock/whatever"),
    ],
)
def test_what_no_manual_names_is_kept_raw_and_answered(room: Room, target: str, table: str) -> None:
    room.approve()
    assert room.post(target, b"strange\x00bytes").body == b"OK"
    (row,) = quarantined(room)
    assert (row.table, row.raw) == (table, b"strange\x00bytes")


@pytest.mark.parametrize("endpoint", ["exchange", "registry", "push", "rtdata", "querydata"])
def test_what_is_not_spoken_is_not_pretended(room: Room, endpoint: str) -> None:
    room.approve()
    assert room.post(f"/iclock/{endpoint}?", b"x").status == 404
    assert room.get(f"/iclock/{endpoint}?").status == 404


def test_options_and_info_fill_the_board(room: Room) -> None:
    room.approve()
    assert room.post("/iclock/cdata?table=options", b"FirmVer=Ver 8.0,~MaxUserCount=10").body == b"OK"
    assert room.poll() == b"OK"
    room.get("/iclock/getrequest?INFO=Ver%209,12,3,40,192.0.2.1,10,7,15,2,111")
    terminal = room.attendance.board()[0].terminal
    assert (terminal.firmware, terminal.users, terminal.records, terminal.faces) == ("Ver 9", 12, 40, 2)
    assert terminal.options["MaxUserCount"] == "10"


def test_seen_is_noted_without_a_commit_for_every_poll(room: Room, clock: FixedClock) -> None:
    room.approve()
    room.poll()
    first = room.attendance.board()[0].terminal.last_seen_at
    clock.advance(timedelta(seconds=5))
    room.poll()
    assert room.attendance.board()[0].terminal.last_seen_at == first
    clock.advance(timedelta(seconds=30))
    room.poll()
    assert room.attendance.board()[0].terminal.last_seen_at == clock.now()


def test_other_verbs_and_places_are_refused(room: Room) -> None:
    room.approve()
    assert room.call("DELETE", "/iclock/cdata?").status == 405
    assert room.get("/login?").status == 404
    assert room.get("/iclock/ping?").body == b"OK"


def test_the_limits_of_belief_are_a_day_and_a_year() -> None:
    assert punches_service.DOUBTFUL < punches_service.IMPOSSIBLE
