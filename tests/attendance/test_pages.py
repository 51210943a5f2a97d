"""Pages and JSON: what people and programs see, in both languages, and who may."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from appliance.kernel.actor import Actor, ActorKind
from tests.attendance.conftest import SERIAL, Room
from tests.attendance.web import client

READER = Actor("account-2", ActorKind.PERSON, frozenset({"terminals.read", "punches.read"}), "R-01")


@pytest.fixture
def web(room: Room) -> Iterator[TestClient[Litestar]]:
    with client(room) as opened:
        yield opened


def approve(web: TestClient[Litestar], serial: str = SERIAL) -> Any:
    return web.post(f"/api/v1/terminals/{serial}/approval", json={"name": "East gate", "group": "main"})


# --- JSON -------------------------------------------------------------------------------------------------


def test_a_program_approves_a_terminal_and_follows_the_punches(room: Room, web: TestClient[Litestar]) -> None:
    room.get("/iclock/cdata?options=all")
    (pending,) = web.get("/api/v1/terminals").json()["items"]
    assert (pending["serial"], pending["state"]) == (SERIAL, "pending")
    approved = approve(web)
    assert approved.status_code == 200 and approved.json()["state"] == "approved"
    employee = room.hire()
    room.attlog(b"1001\t2026-11-23 08:29:00\t0\t15\t0\n77\t2026-11-23 08:30:00\t0\t1\t0\njunk\n")
    first = web.get("/api/v1/punches", params={"limit": 1}).json()
    assert first["items"][0]["employee_id"] == employee
    assert first["items"][0]["punched_at_local"] == "2026-11-23T08:29:00"
    rest = web.get("/api/v1/punches", params={"after": first["next"]}).json()
    assert [item["pin"] for item in rest["items"]] == ["77"]
    assert web.get("/api/v1/punches", params={"after": rest["next"]}).json() == {
        "items": [],
        "next": rest["next"],
    }
    mine = web.get(
        "/api/v1/punches", params={"employee_id": employee, "from": "2026-11-23", "to": "2026-11-23"}
    )
    assert len(mine.json()["items"]) == 1
    (bad,) = web.get("/api/v1/punches/quarantine").json()["items"]
    assert (bad["raw"], bad["reason"]) == ("junk", "too_few_columns")


def test_a_program_asks_a_terminal_and_reads_the_answer(room: Room, web: TestClient[Litestar]) -> None:
    approve(web)
    asked = web.post(f"/api/v1/terminals/{SERIAL}/commands", json={"kind": "info"})
    assert asked.status_code == 201 and asked.json()["number"] == 1
    assert room.poll() == b"C:1:INFO\n"
    room.acknowledge(1, -1002)
    (command,) = web.get(f"/api/v1/terminals/{SERIAL}/commands").json()["items"]
    assert (command["state"], command["return_code"]) == ("failed", -1002)
    assert "does not know this command" in command["result"]


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "reboot"},
        {"kind": "delete_user"},
        {"kind": "shell"},
        {"kind": "verify_sum"},
        {"kind": "verify_sum", "start": "2026-11-02T00:00:00", "end": "2026-11-01T00:00:00"},
        {"kind": "verify_sum", "start": "x", "end": "y"},
    ],
)
def test_a_command_that_is_not_safe_or_not_complete_is_refused(
    room: Room, web: TestClient[Litestar], body: dict[str, str]
) -> None:
    approve(web)
    assert web.post(f"/api/v1/terminals/{SERIAL}/commands", json=body).status_code in (400, 422)
    assert room.poll() == b"OK"


def test_what_does_not_exist_is_not_found(web: TestClient[Litestar]) -> None:
    assert web.get("/api/v1/terminals/NOBODY").status_code == 404
    assert web.get("/api/v1/employees/nobody/terminals").status_code == 404
    assert web.post("/api/v1/terminals/a b/approval", json={"name": "x", "group": "y"}).status_code == 422


def test_the_proof_of_an_enrolment_can_be_read(room: Room, web: TestClient[Litestar]) -> None:
    approve(web)
    employee = room.hire()
    room.poll()
    room.acknowledge(1)
    found = web.get(f"/api/v1/employees/{employee}/terminals").json()
    assert found["pin"] == "1001" and found["shift_id"] == "day"
    assert found["terminals"][0]["proof"] == "ID=1&Return=0&CMD=DATA"


def test_switches_and_groups_are_set_by_programs_too(room: Room, web: TestClient[Litestar]) -> None:
    approve(web)
    switched = web.put(f"/api/v1/terminals/{SERIAL}/profile", json={"ok": "OK:n"})
    assert switched.json()["profile"]["ok"] == "OK:n"
    assert web.put("/api/v1/terminal-groups/main", json={"departments": ["dep-2"]}).status_code == 204
    room.hire(department="dep-1")
    assert room.poll() == b"OK"
    assert web.post(f"/api/v1/terminals/{SERIAL}/block").json()["state"] == "blocked"


def test_every_operation_is_described(web: TestClient[Litestar]) -> None:
    paths = web.get("/schema/openapi.json").json()["paths"]
    operations = [
        operation
        for path, methods in paths.items()
        if path.startswith("/api/v1/")
        for operation in methods.values()
    ]
    assert len(operations) >= 12
    assert all(operation.get("operationId") and operation.get("summary") for operation in operations)


# --- pages ------------------------------------------------------------------------------------------------


def busy(room: Room) -> str:
    """A room with one of everything that a page can show."""
    room.get("/iclock/cdata?options=all&pushver=2.4.1", serial="WAITING1")
    room.approve()
    room.get("/iclock/cdata?options=all")
    room.get("/iclock/cdata?options=all", address="192.0.2.99")
    employee = room.hire()
    room.hire("none")
    room.poll()
    room.acknowledge(1, -5)
    room.attlog(
        b"1001\t2026-11-23 08:29:00\t0\t15\t0\n1001\t2026-11-23 12:29:00\t9\t77\t0\n77\t2026-11-22 08:30:00\n"
        b"junk"
    )
    room.clock.advance(timedelta(minutes=5))
    return employee


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_shows_in_both_languages(room: Room, web: TestClient[Litestar], language: str) -> None:
    employee = busy(room)
    web.cookies.set("lang", language)
    for path, expected in {
        "/terminals": "WAITING1",
        "/terminals?state=pending&text=wait": "WAITING1",
        "/terminals?text=nothing": "",
        "/terminals/new": "serial",
        f"/terminals/{SERIAL}": "192.0.2.99",
        f"/terminals/{SERIAL}/commands": "1001",
        "/terminals/WAITING1": "WAITING1",
        "/punches": "08:29:00",
        "/punches?who=unknown&from=2026-11-22&to=2026-11-22": "PIN 77",
        f"/punches?terminal={SERIAL}&pin=1001": "12:29:00",
        "/punches/quarantine": "junk",
        f"/punches/employees/{employee}": "08:29",
        "/shifts": "08:30",
        "/shifts/new": "17:30",
        "/shifts/day": "08:30",
    }.items():
        page = web.get(path)
        assert page.status_code == 200, path
        assert expected in page.text, path
    chinese = "考勤机" in web.get("/terminals").text
    assert chinese is (language == "zh")


def test_it_approves_switches_and_asks_on_the_terminals_page(room: Room, web: TestClient[Litestar]) -> None:
    room.get("/iclock/cdata?options=all")
    refused = web.post(f"/terminals/{SERIAL}/approval", data={"name": "", "group": "main"})
    assert refused.status_code == 422 and "field-error" in refused.text
    done = web.post(
        f"/terminals/{SERIAL}/approval", data={"name": "East gate", "group": "main"}, follow_redirects=False
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/terminals/{SERIAL}?saved=approved")
    switches = {
        "ok": "OK",
        "photo_size": "raw",
        "name_encoding": "gb18030",
        "verify_codes": "us",
        "address_locked": "1",
    }
    assert web.post(f"/terminals/{SERIAL}/profile", data=switches).status_code == 200
    terminal = room.attendance.board()[0].terminal
    assert terminal.address_locked and terminal.profile.ok.value == "OK"
    assert web.post(f"/terminals/{SERIAL}/commands", data={"kind": "reboot"}).status_code == 422
    span = {"kind": "verify_sum", "from": "2026-11-01", "to": "2026-11-02"}
    assert web.post(f"/terminals/{SERIAL}/commands", data=span).status_code == 200
    assert (
        room.poll() == b"C:1:VERIFY SUM ATTLOG StartTime=2026-11-01 00:00:00\tEndTime=2026-11-03 00:00:00\n"
    )
    assert web.post(f"/terminals/{SERIAL}/block").status_code == 200


def test_hr_makes_and_changes_a_shift(room: Room, web: TestClient[Litestar]) -> None:
    night = {"name_zh": "夜班", "name_en": "Night", "starts": "20:00", "ends": "08:00", "break_minutes": "60"}
    refused = web.post("/shifts", data=night)
    assert refused.status_code == 422 and "夜班" in refused.text
    assert web.post("/shifts", data=night | {"weekdays": ["1", "3"]}).status_code == 200
    shifts, _, _ = room.attendance.shifts.board()
    made = next(shift for shift in shifts if shift.name_en == "Night")
    assert made.across_midnight and made.minutes == 660 and made.weekdays == {1, 3}
    wrong = web.post(f"/shifts/{made.id}", data=night | {"weekdays": ["1"], "break_minutes": "900"})
    assert wrong.status_code == 422
    web.post(f"/shifts/{made.id}/default")
    employee = room.hire()
    assignment = room.attendance.shifts.assignment(employee, room.clock.today())
    assert assignment is not None and assignment.shift.id == made.id


def test_a_hostile_name_is_shown_as_text(room: Room, web: TestClient[Litestar]) -> None:
    room.approve()
    room.attlog(b"<script>alert(1)</script>")
    assert "<script>alert" not in web.get("/punches/quarantine").text


def test_who_may_only_read_changes_nothing(room: Room) -> None:
    room.approve()
    with client(room, READER) as reader:
        assert reader.get("/terminals").status_code == 200
        assert reader.get("/terminals/new").status_code == 403
        assert reader.post(f"/terminals/{SERIAL}/block").status_code == 403
        assert reader.post(f"/api/v1/terminals/{SERIAL}/commands", json={"kind": "info"}).status_code == 403
        assert reader.get("/shifts").status_code == 403
    with client(room, Actor("a", ActorKind.PERSON)) as nobody:
        assert nobody.get("/api/v1/punches").status_code == 403
