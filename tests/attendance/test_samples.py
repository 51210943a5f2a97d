"""Every sample payload of the terminals gives the documented reply and effect."""

from pathlib import Path

import pytest

from appliance.attendance.punches.model import PunchFilter
from appliance.attendance.tables import TERMINAL_PHOTO, TERMINAL_USER
from appliance.attendance.terminals.wire import orders
from appliance.attendance.terminals.wire.devicecmd import parse_results
from appliance.attendance.terminals.wire.text import NameEncoding
from tests.attendance.conftest import Room

ATTLOG = "/iclock/cdata?table=ATTLOG&Stamp=9999"
OPERLOG = "/iclock/cdata?table=OPERLOG&OpStamp=9999"


@pytest.mark.parametrize(
    ("name", "target", "reply", "punches", "bad"),
    [
        ("04_attlog_idcard_rows.body", ATTLOG, b"OK: 2", 2, 0),
        ("29_attlog_crlf_empty_workcode.body", ATTLOG, b"OK: 3", 3, 0),
        ("31_bad_empty.body", ATTLOG, b"OK: 0", 0, 0),
        ("33_bad_impossible_date.body", ATTLOG, b"OK: 1", 0, 1),
        ("35_bad_no_pin.body", ATTLOG, b"OK: 1", 0, 1),
        ("37_bad_space_separated.body", ATTLOG, b"OK: 1", 0, 1),
        ("40_attlog_two_fields.body", ATTLOG, b"OK: 1", 1, 0),
        ("41_attlog_mixed_junk.body", ATTLOG, b"OK: 4", 2, 2),
        ("42_attlog_nonnumeric_status.body", ATTLOG, b"OK: 1", 0, 1),
        ("05_operlog_oplog.body", OPERLOG, b"OK: 1", 0, 0),
        ("06_operlog_user_rows.body", OPERLOG, b"OK: 2", 0, 0),
        ("07_options_post.body", "/iclock/cdata?table=options", b"OK", 0, 0),
        ("10_attphoto.body", "/iclock/fdata?table=ATTPHOTO", b"OK", 0, 0),
        ("11_attphoto_pid.body", "/iclock/cdata?table=ATTPHOTO", b"OK", 0, 0),
        ("20_biophoto_upload.body", OPERLOG, b"OK", 0, 0),
        ("21_userpic_upload.body", OPERLOG, b"OK: 1", 0, 0),
        ("22_errorlog.body", "/iclock/cdata?table=ERRORLOG", b"OK", 0, 0),
        ("23_user_vicecard_verify.body", OPERLOG, b"OK: 2", 0, 0),
        ("24_biodata_min.body", "/iclock/cdata?table=BIODATA", b"OK: 1", 0, 0),
        ("25_biodata_no_prefix.body", "/iclock/cdata?table=BIODATA", b"OK: 1", 0, 0),
        ("45_operlog_user_us.body", OPERLOG, b"OK: 1", 0, 0),
        ("47_userinfo_no_prefix_crlf.body", "/iclock/cdata?table=USERINFO", b"OK: 2", 0, 0),
        (
            "49_attphoto_meta_in_query.body",
            "/iclock/cdata?table=ATTPHOTO&PIN=1001&time=2026-06-19 09:00:00",
            b"OK",
            0,
            0,
        ),
    ],
)
def test_a_sample_is_answered_and_stored(
    room: Room, fixtures: Path, name: str, target: str, reply: bytes, punches: int, bad: int
) -> None:
    room.approve()
    body = (fixtures / "zk_push" / name).read_bytes()
    for _ in range(2):
        assert room.post(target, body).body == reply
    assert len(room.attendance.punches.after(PunchFilter())) == punches
    assert room.attendance.punches.quarantined()[1] == bad


@pytest.mark.parametrize(
    ("name", "results"),
    [
        (
            "12_devicecmd_5.body",
            [("info8487", 0), ("info8488", 0), ("info8489", 0), ("info7464", 0), ("fp7464", 0)],
        ),
        ("13_devicecmd_info_multiline.body", [("1", 0)]),
        ("15_devicecmd_batch_error.body", [("1", 0), ("2", -1002), ("3", 0)]),
        ("18_devicecmd_nonnumeric_return.body", [("1", None)]),
    ],
)
def test_sample_results_are_read(fixtures: Path, name: str, results: list[tuple[str, int | None]]) -> None:
    parsed = parse_results((fixtures / "zk_push" / name).read_bytes())
    assert [(result.id, result.code) for result in parsed.results] == results and not parsed.bad


def test_sample_photos_name_their_person(room: Room, fixtures: Path) -> None:
    room.approve()
    for name in ("10_attphoto.body", "11_attphoto_pid.body"):
        room.post("/iclock/cdata?table=ATTPHOTO", (fixtures / "zk_push" / name).read_bytes())
    rows = room.database.read(lambda tx: tx.execute(TERMINAL_PHOTO.select()).all())
    assert [(row.pin, row.taken_at_local) for row in rows] == [
        ("123", "2015-07-31 10:30:12"),
        ("1457", "2016-06-15 09:37:58"),
    ]


def test_names_of_the_derived_samples_are_read_and_teach_the_encoding(room: Room, fixtures: Path) -> None:
    room.approve()
    room.get("/iclock/cdata?options=all&language=83")
    for name in ("01_user_gbk.body", "03_user_utf8.body"):
        assert room.post(OPERLOG, (fixtures / "derived" / name).read_bytes()).body == b"OK: 1"
    users = room.database.read(lambda tx: tx.execute(TERMINAL_USER.select()).all())
    assert [(user.pin, user.name, user.card) for user in users] == [
        ("1001", "张三丰", "123456789"),
        ("1003", "欧阳娜娜", ""),
    ]


def test_a_user_command_agrees_with_the_derived_sample_up_to_its_validity(fixtures: Path) -> None:
    sample = (fixtures / "derived/05_update_userinfo_gbk.body").read_bytes()
    ours = orders.numbered(77, orders.update_user("1001", "张三丰", "123456789", NameEncoding.GB18030))
    shared = sample.split(b"\tTZ=")[0]
    assert ours.startswith(shared)
