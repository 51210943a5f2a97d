"""ATTLOG rows: what is a punch, what a person has to look at, and that no row disappears."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.attendance.terminals.wire.attlog import AttlogUpload, parse_attlog
from appliance.attendance.terminals.wire.rows import BadReason

ZONE = ZoneInfo("Asia/Shanghai")
LATEST = "2027-11-23 00:00:00"


def read(body: bytes) -> AttlogUpload:
    return parse_attlog(body, zone=ZONE, latest_local=LATEST)


def test_a_full_row_gives_its_five_columns_and_keeps_the_bytes() -> None:
    (row,) = read(b"1452\t2015-07-30 15:16:28\t0\t1\t7\t0\t0\n").punches
    assert (row.pin, row.punched_at_local, row.status, row.verify, row.workcode) == (
        "1452",
        "2015-07-30 15:16:28",
        0,
        1,
        "7",
    )
    assert row.raw == b"1452\t2015-07-30 15:16:28\t0\t1\t7\t0\t0"


@pytest.mark.parametrize(
    "body",
    [
        b"12\t2026-10-05 11:49:53\t1\t1\t\t0\t0\t\n",
        b"12\t2026-10-05 11:49:53\t1\t1\t\t0\t0\r\n",
        b"TABLE=ATTLOG\n12\t2026-10-05 11:49:53\t1\t1\t0\n",
        b"TABLE=ATTLOG\t12\t2026-10-05 11:49:53\t1\t1\t0\n",
        b"TABLE=12\t2026-10-05 11:49:53\t1\t1\n",
        b"ATTLOG\t12\t2026-10-05 11:49:53\t1\t1\n",
        b"12\t2026-10-05T11:49:53\t1\t1",
        b"12\t2026/10/5 11:49:53\t1\t1\t0",
        b" 12 \t 2026-10-05 11:49:53 \t 1 \t 1 ",
        b"12\t2026-10-05 11:49:53\t1\t1\t0" + b"\tx" * 11,
        b"12\t1791172193\t1\t1\t0",
        b"\r\n\n12\t2026-10-05 11:49:53\t1\t1\t\n\x00",
    ],
)
def test_every_known_spelling_of_a_row_is_the_same_punch(body: bytes) -> None:
    upload = read(body)
    (row,) = upload.punches
    assert (row.pin, row.punched_at_local, row.status, row.verify, row.workcode) == (
        "12",
        "2026-10-05 11:49:53",
        1,
        1,
        "0",
    )
    assert upload.rows == 1


def test_missing_columns_mean_no_key_and_unknown_verification() -> None:
    (row,) = read(b"999\t2024-01-01 08:00:00").punches
    assert (row.status, row.verify, row.workcode) == (255, -1, "0")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"\t2026-08-08 09:00:00\t0\t1", BadReason.NO_PIN),
        (b"1001\t2026-02-31 09:00:00\t0\t1", BadReason.BAD_TIME),
        (b"1001\tbad-ts\t0", BadReason.BAD_TIME),
        (b"1001\t2026-08-08 24:00:00\t0", BadReason.BAD_TIME),
        (b"1004 2026-08-09 11:30:00 0 1", BadReason.TOO_FEW_COLUMNS),
        (b"junk", BadReason.TOO_FEW_COLUMNS),
        (b"100\t2024-01-01 08:00:00\tabc\t1\t0", BadReason.BAD_STATUS),
        (b"100\t1970-01-01 00:00:00\t0\t1", BadReason.IMPLAUSIBLE_TIME),
        (b"100\t2099-01-01 00:00:00\t0\t1", BadReason.IMPLAUSIBLE_TIME),
        (b"1\t2026-08-08 09:00:00" + b"\t0" * 15, BadReason.TOO_MANY_COLUMNS),
        (b"a b\t2026-08-08 09:00:00\t0\t1", BadReason.BAD_PIN),
        ("测\t2026-08-08 09:00:00\t0\t1".encode(), BadReason.BAD_PIN),
        (b"1\t2026-08-08 09:00:00\t0\t1\t\xff\xfe", BadReason.BAD_WORKCODE),
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_kept_as_it_came(row: bytes, reason: BadReason) -> None:
    (bad,) = read(row).bad
    assert (bad.raw, bad.reason) == (row, reason)


def test_one_bad_row_does_not_hold_up_its_neighbours() -> None:
    upload = read(b"100\t2024-01-01 08:00:00\t0\njunk\n200\tbad-ts\t0\n300\t2024-01-01 09:00:00\t0")
    assert [row.pin for row in upload.punches] == ["100", "300"]
    assert upload.rows == 4


@given(st.binary(max_size=400))
def test_whatever_comes_is_read_without_an_error_and_every_row_is_accounted_for(body: bytes) -> None:
    upload = read(body)
    rows = [line for line in body.split(b"\n") if line.strip(b" \t\r\x00")]
    assert len(rows) - 1 <= upload.rows <= len(rows)  # a TABLE= line alone is no row


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[0-9A-Za-z]{1,9}", fullmatch=True),
            st.datetimes(
                min_value=datetime(2000, 1, 1),
                max_value=datetime(2027, 11, 22),
            ),
            st.integers(0, 255),
            st.integers(0, 200),
        ),
        max_size=20,
    ),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_what_a_terminal_writes_is_what_is_read(
    rows: list[tuple[str, datetime, int, int]], end: bytes
) -> None:
    lines = [
        f"{pin}\t{at:%Y-%m-%d %H:%M:%S}\t{status}\t{verify}\t0\t0\t0" for pin, at, status, verify in rows
    ]
    body = end.join(line.encode() for line in lines)
    upload = read(body)
    assert not upload.bad
    assert [(row.pin, row.status, row.verify) for row in upload.punches] == [
        (pin, status, verify) for pin, _, status, verify in rows
    ]
