"""The other wire formats: users, results, photos, options, names, clocks, paths."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.attendance.terminals.profiles import (
    OkSpelling,
    Profile,
    Source,
    learn_language,
    learn_name,
    learn_photo_size,
)
from appliance.attendance.terminals.wire import orders
from appliance.attendance.terminals.wire.attphoto import parse_photo
from appliance.attendance.terminals.wire.clock import http_date, time_zone_option
from appliance.attendance.terminals.wire.devicecmd import parse_results
from appliance.attendance.terminals.wire.handshake import TRANSFER, next_stamp
from appliance.attendance.terminals.wire.operlog import RowKind, card_number, parse_operlog
from appliance.attendance.terminals.wire.options import parse_info, parse_options
from appliance.attendance.terminals.wire.orders import PhotoSize
from appliance.attendance.terminals.wire.request import Endpoint, endpoint_of, parse_query
from appliance.attendance.terminals.wire.rows import lines, without_biometrics, without_secrets
from appliance.attendance.terminals.wire.text import NameEncoding, decode, encode_name

ZONE = ZoneInfo("Asia/Shanghai")
JPEG = b"\xff\xd8\xff\xe0stub\xff\xd9"
STRICT = "[^\x00-\x1f\x7f-\x9f\u2028\u2029]"


# --- OPERLOG ----------------------------------------------------------------------------------------------


def test_a_user_row_is_read_without_its_password() -> None:
    (user,) = parse_operlog(b"USER PIN=982\tName=Test\tPasswd=9822\tCard=13375590\tGrp=1\tTZ=").users
    assert (user.pin, user.name, user.card, user.group) == ("982", b"Test", "13375590", "1")
    assert b"9822" not in repr(user).encode()


def test_a_user_row_that_cannot_be_read_is_kept_without_its_password() -> None:
    (bad,) = parse_operlog(b"USER Name=Test\tPasswd=secret99\tTMP=QUJD").bad
    assert b"secret99" not in bad.raw and b"QUJD" not in bad.raw and b"Name=Test" in bad.raw


@pytest.mark.parametrize(
    "row",
    [
        b"USER PIN=7\tName=A",
        b"USER\tPIN=7\tName=A",
        b"user pin=7\tNAME=A",
        b"PIN=7\tName=A\r",
        b"USERINFO PIN=7\tName=A",
    ],
)
def test_a_user_row_is_known_with_and_without_its_first_word(row: bytes) -> None:
    (user,) = parse_operlog(row).users
    assert (user.pin, user.name) == ("7", b"A")


def test_mixed_rows_are_counted_each_by_its_first_word() -> None:
    upload = parse_operlog(
        b"OPLOG 4\t14\t2015-07-30 10:22:34\t0\t0\t0\t0\nUSER PIN=1\tName=A\n"
        b"FP PIN=1\tFID=0\tSize=4\tValid=1\tTMP=QUJD\nBIOPHOTO PIN=1\tSize=3\tContent=QUJD\nwhat\n"
    )
    assert (len(upload.operations), len(upload.users), len(upload.biometrics), len(upload.bad)) == (
        1,
        1,
        2,
        1,
    )
    assert [row.kind for row in upload.biometrics] == [RowKind.FINGERPRINT, RowKind.FACE_PHOTO]
    assert b"QUJD" not in repr(upload).encode()
    assert upload.rows == 5


@given(st.binary(max_size=400))
def test_operlog_never_fails_and_accounts_for_every_row(body: bytes) -> None:
    assert parse_operlog(body).rows == len(list(lines(body)))


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("123456789", "123456789"), ("[15CD5B07]", "123456789"), ("", ""), ("[zz]", ""), ("x", "")],
)
def test_a_card_is_decimal_or_hex_with_the_lowest_byte_first(sent: str, meant: str) -> None:
    assert card_number(sent) == meant


def test_secrets_and_templates_are_taken_out_of_raw_rows() -> None:
    raw = b"USER PIN=1\tPasswd=12 34\tName=x\nFP PIN=1\tTmp=AAAA=="
    assert without_secrets(raw) == b"USER PIN=1\tPasswd=\tName=x\nFP PIN=1\tTmp=AAAA=="
    assert b"AAAA" not in without_biometrics(raw)


# --- devicecmd --------------------------------------------------------------------------------------------


def test_several_results_of_one_body_are_told_apart() -> None:
    results = parse_results(
        b"ID=1&Return=0&CMD=INFO\nID=2&Return=-1002&CMD=USER ADD\nID=3&Return=0&CMD=CHECK\n"
    ).results
    assert [(result.id, result.code, result.succeeded) for result in results] == [
        ("1", 0, True),
        ("2", -1002, False),
        ("3", 0, True),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"ID=1&Return=0&CMD=DATA",
        b"id = 1 & return = 0 & cmd = DATA",
        b"ID=1&SN=x&Return=0&CMD=DATA",
        b"ID=1\nSN=x\nReturn=0\nCMD=DATA\nContent=abc",
        b"ID=1&CMD=DATA&Return=0\r\n",
        b"\nID=1&Return=+0&CMD=DATA\n",
    ],
)
def test_every_known_spelling_of_a_result_is_the_same(body: bytes) -> None:
    (result,) = parse_results(body).results
    assert (result.id, result.code, result.word, result.succeeded) == ("1", 0, "DATA", True)


@pytest.mark.parametrize(
    "body", [b"ID=1&Return=xyz&CMD=INFO", b"ID=1&CMD=INFO", b"ID=1&Return=&CMD=INFO", b"ID=1"]
)
def test_a_result_without_a_number_is_a_failure(body: bytes) -> None:
    (result,) = parse_results(body).results
    assert result.code is None and not result.succeeded


def test_a_positive_result_is_a_size_for_file_commands_only() -> None:
    getfile, data = parse_results(b"ID=1&Return=512&CMD=GetFile\nID=2&Return=4&CMD=DATA").results
    assert getfile.succeeded and not data.succeeded


def test_lines_after_info_belong_to_it() -> None:
    (result,) = parse_results(
        b"ID=1&Return=0&CMD=INFO\n~DeviceName=SpeedFace\nMAC=00:17:61:12:f8:db\n"
    ).results
    assert result.information == {"DeviceName": "SpeedFace", "MAC": "00:17:61:12:f8:db"}


@given(st.binary(max_size=400))
def test_results_never_fail_and_lose_no_line(body: bytes) -> None:
    parsed = parse_results(body)
    kept = sum(result.raw.count(b"\n") + 1 for result in parsed.results) + len(parsed.bad)
    assert kept == len(list(lines(body)))


# --- photos, options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pin"),
    [
        ("20150731103012-123.jpg", "123"),
        ("20150731103012.jpg", ""),
        ("20160615093758-0-1457-210218199011.jpg", "1457"),
    ],
)
def test_a_punch_photo_names_its_time_and_person(name: str, pin: str) -> None:
    photo = parse_photo(f"PIN={name}\nSN=1\nsize=4\nCMD=uploadphoto\0".encode() + JPEG, {}, zone=ZONE)
    assert photo is not None
    assert (photo.pin, photo.jpeg) == (pin, JPEG)
    assert photo.taken_at_local[:4] in ("2015", "2016")


def test_a_bare_jpeg_takes_its_name_from_the_query() -> None:
    photo = parse_photo(JPEG, {"pin": "1001", "time": "2026-06-19 09:00:00"}, zone=ZONE)
    assert photo is not None and (photo.pin, photo.taken_at_local) == ("1001", "2026-06-19 09:00:00")


@given(st.binary(max_size=300))
def test_photos_never_fail(body: bytes) -> None:
    parse_photo(body, {}, zone=ZONE)
    parse_photo(JPEG + body, {"time": body.decode("latin-1")}, zone=ZONE)


def test_options_come_without_keys_and_passwords() -> None:
    assert parse_options(b"FingerFunOn=1,~DeviceName=X,PushComKey=abc,AdminPassword=1") == {
        "FingerFunOn": "1",
        "DeviceName": "X",
    }


def test_the_info_of_a_poll_gives_the_counts() -> None:
    info = parse_info("Ver 2.0.12-20150625,12,3,40,192.168.16.27,10,7,15,2,111")
    assert info is not None
    assert (info.firmware, info.users, info.records, info.faces) == ("Ver 2.0.12-20150625", 12, 40, 2)


@given(st.binary(max_size=200))
def test_options_and_info_never_fail(body: bytes) -> None:
    for found in (parse_options(body), parse_options(b"AdminPassword=1,PushComKey=2," + body)):
        assert not {"AdminPassword", "PushComKey"} & set(found)
    parse_info(body.decode("latin-1"))
    parse_query(body)


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "chinese", "text", "encoding"),
    [
        ("测试甲".encode("gbk"), False, "测试甲", NameEncoding.GB18030),
        ("测试甲".encode(), True, "测试甲", NameEncoding.UTF8),
        # Two Han characters in GBK that are two Cyrillic letters in UTF-8.
        ("一些".encode("gbk"), True, "一些", NameEncoding.GB18030),
        ("Зоя".encode(), False, "Зоя", NameEncoding.UTF8),
    ],
)
def test_a_name_is_read_in_the_encoding_it_was_written_in(
    raw: bytes, chinese: bool, text: str, encoding: NameEncoding
) -> None:
    assert decode(raw, chinese=chinese) == (text, encoding)


def test_bytes_that_are_no_text_are_left_alone() -> None:
    assert decode(b"\xff\xff\xff") is None


@given(st.text(max_size=60), st.sampled_from(NameEncoding))
def test_a_name_is_cut_between_characters_and_cannot_leave_its_field(
    name: str, encoding: NameEncoding
) -> None:
    sent = encode_name(name, encoding)
    assert len(sent) <= 24
    assert not set(sent) & set(b"\t\r\n\x00")
    sent.decode(encoding.value)


def test_a_line_feed_in_a_name_starts_no_command_of_its_own() -> None:
    order = orders.update_user("1001", "A\nC:9:CLEAR DATA\tPri=14", "1\r\nC:8:REBOOT", NameEncoding.UTF8)
    line = orders.numbered(7, order)
    assert (
        line.count(b"\n") == 1
        and line.endswith(b"\n")
        and line.startswith(b"C:7:DATA UPDATE USERINFO PIN=1001\t")
    )
    assert line.count(b"\tPri=") == 1


def test_a_photo_says_its_size_as_the_terminal_counts_it() -> None:
    assert b"Size=12\t" in orders.update_photo("1", b"123456789", PhotoSize.BASE64)
    assert b"Size=9\t" in orders.update_photo("1", b"123456789", PhotoSize.RAW)


# --- profiles ---------------------------------------------------------------------------------------------


def test_a_terminals_own_rows_outweigh_its_language_and_a_person_outweighs_both() -> None:
    profile = learn_language(Profile(), "83")
    assert profile.name_encoding is NameEncoding.GB18030
    profile = learn_name(profile, "测试".encode(), chinese=True)
    assert (profile.name_encoding, profile.name_encoding_source) == (NameEncoding.UTF8, Source.OWN_ROWS)
    assert learn_language(profile, "83") == profile
    by_hand = Profile(name_encoding=NameEncoding.UTF8, name_encoding_source=Source.PERSON)
    assert learn_name(by_hand, "测试".encode("gbk"), chinese=True) == by_hand


def test_an_ascii_name_teaches_nothing() -> None:
    assert learn_name(Profile(), b"Test Person", chinese=True) == Profile()


def test_the_meaning_of_a_photos_size_is_tried_once_the_other_way() -> None:
    tried = learn_photo_size(Profile(), refused=True)
    assert tried.photo_size is PhotoSize.RAW
    assert learn_photo_size(tried, refused=True) == tried
    assert learn_photo_size(tried, refused=False).photo_size_source is Source.OWN_ROWS


def test_an_upload_is_acknowledged_as_the_terminal_spells_it() -> None:
    assert [Profile(ok=spelling).acknowledge(9) for spelling in OkSpelling] == [b"OK: 9", b"OK:9", b"OK"]


# --- clock, handshake, paths ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "option"),
    [
        ("Asia/Shanghai", "8"),
        ("Asia/Kolkata", "330"),
        ("Asia/Kathmandu", "345"),
        ("America/St_Johns", "-210"),
        ("Pacific/Auckland", "780"),
        ("UTC", "0"),
        ("America/New_York", "-5"),
    ],
)
def test_the_zone_is_told_in_hours_or_else_in_minutes(zone: str, option: str) -> None:
    assert time_zone_option(ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC)) == option


def test_the_zone_follows_summer_time() -> None:
    assert time_zone_option(ZoneInfo("America/New_York"), datetime(2026, 7, 1, tzinfo=UTC)) == "-4"


def test_the_date_is_in_gmt() -> None:
    assert http_date(datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)) == "Mon, 23 Nov 2026 01:00:00 GMT"


def test_the_transfer_list_fits_and_is_separated_by_tabs() -> None:
    assert len(TRANSFER) < 90
    assert TRANSFER.removeprefix("TransData ").split("\t") == ["AttLog", "OpLog", "EnrollUser", "ChgUser"]


@pytest.mark.parametrize(
    ("last", "stamp"), [("", "0"), ("0", "9999"), ("None", "9999"), ("82983982", "82983982")]
)
def test_everything_is_asked_for_once_only(last: str, stamp: str) -> None:
    assert next_stamp(last) == stamp


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("/iclock/cdata", Endpoint.CDATA),
        ("/iclock/cdata/", Endpoint.CDATA),
        ("/iclock/cdata.aspx", Endpoint.CDATA),
        ("/iclock/iclock/cdata", Endpoint.CDATA),
        ("//iclock//CData", Endpoint.CDATA),
        ("/iclock/getrequest.aspx/", Endpoint.GETREQUEST),
        ("/iclock/other", Endpoint.OTHER),
        ("/iclock/anything", Endpoint.OTHER),
        ("/iclock", Endpoint.OTHER),
        ("/", Endpoint.ABSENT),
        ("/cdata", Endpoint.ABSENT),
    ],
)
def test_spellings_of_a_path_lead_to_one_place(path: str, endpoint: Endpoint) -> None:
    assert endpoint_of(path) is endpoint


def test_parameters_are_known_by_any_case() -> None:
    assert parse_query(b"sn=A1&TABLE=attlog&opStamp=9&SN=B2&x%20y=a+b") == {
        "sn": "A1",
        "table": "attlog",
        "opstamp": "9",
        "x y": "a b",
    }
