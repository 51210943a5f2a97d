"""The terminals' port over real sockets: a terminal in software lives a day, and bad neighbours do no
harm.
"""

import socket
from collections.abc import Iterator
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from appliance.attendance.provisioning.model import EnrolmentState
from appliance.attendance.punches.model import PunchFilter
from appliance.demo.zk_terminal import Refused, ServerBroken, ZkTerminal
from tests.attendance.conftest import SERIAL, Room
from tests.attendance.web import listening, terminal_app

Address = tuple[str, int]


@pytest.fixture
def address(room: Room) -> Iterator[Address]:
    with listening(terminal_app(room)) as found:
        yield found


def exchange(address: Address, request: bytes, *, hang_up: bool = False) -> tuple[bytes, bytes]:
    """Send bytes as they are; the head and body that come back before the connection ends."""
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(request)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def announced(length: int) -> bytes:
    """The head of an upload of punches that announces a length."""
    target = f"/iclock/cdata?SN={SERIAL}&table=ATTLOG"
    return f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode()


def test_a_terminal_is_approved_gets_its_people_and_sends_the_first_punch(
    room: Room, address: Address
) -> None:
    terminal = ZkTerminal(*address, SERIAL)
    with pytest.raises(Refused):
        terminal.handshake()
    employee = room.hire(name="测试甲", face=room.face(b"\xff\xd8\xff\xe0photo"))
    room.approve()
    terminal.settle()
    user = terminal.users["1001"]
    assert (user.name, user.card, user.photo) == ("测试甲", "123456789", b"\xff\xd8\xff\xe0photo")
    assert len(room.events("EmployeeEnrolledEverywhere")) == 1
    terminal.punch("1001", datetime(2026, 11, 23, 8, 29, 30))
    assert terminal.upload() == 1
    assert room.events("FirstPunch")[0].employee_id == employee
    room.leave(employee, date(2026, 11, 23))
    terminal.settle()
    assert terminal.users == {}
    (_, enrolment) = room.attendance.employee_terminals(employee).enrolments[0]
    assert enrolment.state is EnrolmentState.REMOVED


def test_a_terminal_that_sends_everything_again_adds_nothing(room: Room, address: Address) -> None:
    room.approve()
    terminal = ZkTerminal(*address, SERIAL)
    for minute in range(150):
        terminal.punch(str(minute + 1), datetime(2026, 11, 23, 8, minute % 60))
    terminal.settle()
    terminal.waiting = list(terminal.uploaded)
    terminal.upload()
    assert len(room.attendance.punches.after(PunchFilter())) == 150


def test_the_date_of_every_reply_is_ours_in_gmt(room: Room, address: Address) -> None:
    room.approve()
    terminal = ZkTerminal(*address, SERIAL)
    terminal.handshake()
    assert terminal.server_time == room.clock.now()


@pytest.mark.parametrize(
    "target",
    ["/iclock/cdata.aspx", "/iclock/cdata/", "/iclock/iclock/cdata", "//iclock/cdata", "/ICLOCK/CDATA"],
)
def test_every_spelling_of_a_path_is_answered_without_a_redirect(
    room: Room, address: Address, target: str
) -> None:
    room.approve()
    head, body = exchange(
        address,
        f"GET {target}?sn={SERIAL}&Options=all HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode(),
    )
    assert head.startswith(b"HTTP/1.1 200") and body.startswith(b"GET OPTION FROM")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert headers[b"content-length"] == str(len(body)).encode()
    assert headers[b"content-type"] == b"text/plain"
    assert b"transfer-encoding" not in headers and b"location" not in headers
    assert parsedate_to_datetime(headers[b"date"].decode()) == room.clock.now()


def test_the_odd_connection_header_of_some_firmware_is_no_obstacle(room: Room, address: Address) -> None:
    room.approve()
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(
            f"GET /iclock/ping?SN={SERIAL} HTTP/1.1\r\nHost: x\r\nConnection: starting\r\n\r\n".encode()
        )
        assert connection.recv(4096).endswith(b"\r\n\r\nOK")


def test_a_body_that_is_cut_in_the_middle_is_not_used(room: Room, address: Address) -> None:
    room.approve()
    exchange(
        address,
        announced(400) + b"1\t2026-11-23 08:00:00\t0\t1\n1\t2026-11-23 08:0",
        hang_up=True,
    )
    assert room.attendance.punches.after(PunchFilter()) == []
    assert ZkTerminal(*address, SERIAL).handshake()


def test_a_body_in_chunks_is_read(room: Room, address: Address) -> None:
    room.approve()
    row = b"1\t2026-11-23 08:00:00\t0\t1\n"
    _, body = exchange(
        address,
        f"POST /iclock/cdata?SN={SERIAL}&table=ATTLOG HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n{len(row):x}\r\n".encode()
        + row
        + b"\r\n0\r\n\r\n",
    )
    assert body == b"OK: 1"


def test_a_huge_body_is_refused_by_its_announcement(room: Room, address: Address) -> None:
    room.approve()
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(announced(50 * 1024 * 1024))
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_terminal_that_drips_does_not_hold_up_the_others(room: Room, address: Address) -> None:
    room.approve()
    slow = [socket.create_connection(address, timeout=20) for _ in range(20)]
    for connection in slow:
        connection.sendall(announced(100) + b"1")
    terminal = ZkTerminal(*address, SERIAL, timeout_s=10)
    terminal.punch("1", datetime(2026, 11, 23, 8, 0))
    assert terminal.upload() == 1
    for connection in slow:
        connection.close()


def test_other_paths_of_the_port_are_nothing(room: Room, address: Address) -> None:
    head, _ = exchange(address, b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")


def test_the_terminal_in_software_is_as_strict_as_firmware() -> None:
    with pytest.raises(ServerBroken):
        ZkTerminal("127.0.0.1", 1, SERIAL)._execute(b"CLEAR DATA")


def test_every_sample_request_is_answered_as_documented(room: Room, address: Address, fixtures: Path) -> None:
    for serial in ("0316144680030", "3383154200002"):
        room.approve(serial)
    expected = {
        "01_handshake_request.http": b"GET OPTION FROM: 0316144680030\n",
        "03_attlog_9rows.http": b"OK: 9",
        "08_getrequest_info.http": b"OK",
        "09_ping_cookie.http": b"OK",
    }
    for name, body in expected.items():
        request = (
            (fixtures / "zk_push" / name).read_bytes().replace(b"Connection: starting", b"Connection: close")
        )
        head, answered = exchange(address, request)
        assert head.startswith(b"HTTP/1.1 200") and answered.startswith(body), name
    assert len(room.attendance.punches.after(PunchFilter())) == 9
