"""From hiring to the terminal's acknowledgement, to the first punch, and back on leaving."""

from base64 import b64encode
from datetime import date, timedelta

import pytest

from appliance.attendance.provisioning.model import EnrolmentState, pin_of
from appliance.attendance.terminals.commands_model import CommandKind, CommandState
from appliance.attendance.terminals.registry import Switches
from appliance.attendance.terminals.wire.orders import PhotoSize
from appliance.attendance.terminals.wire.text import NameEncoding
from appliance.kernel.clock import FixedClock
from appliance.kernel.errors import Conflict, Invalid
from tests.attendance.conftest import IT, SERIAL, Room

JPEG = b"\xff\xd8\xff\xe0" + b"face" * 20


def state(room: Room, employee_id: str) -> list[EnrolmentState]:
    return [enrolment.state for _, enrolment in room.attendance.employee_terminals(employee_id).enrolments]


def commands(room: Room, serial: str = SERIAL) -> list[tuple[CommandKind, CommandState]]:
    found, _ = room.attendance.commands_of(serial)
    return [(command.kind, command.state) for command in reversed(found)]


@pytest.mark.parametrize(
    ("number", "pin"),
    [("E1001", "1001"), ("E000123", "123"), ("2026-0007", "20260007"), ("X", None), ("E000", None)],
)
def test_the_pin_is_the_digits_of_the_employee_number(number: str, pin: str | None) -> None:
    assert pin_of(number) == pin


def test_a_newcomer_is_sent_enrolled_and_told_of(room: Room) -> None:
    room.approve()
    employee = room.hire()
    line = room.poll()
    assert line == (
        b"C:1:DATA UPDATE USERINFO PIN=1001\tName=" + "测试甲".encode() + b"\tPri=0\tPasswd=\tCard=123456789"
        b"\tGrp=1\tTZ=0001000000000000\n"
    )
    assert state(room, employee) == [EnrolmentState.WAITING]
    assert room.acknowledge(1).body == b"OK"
    assert state(room, employee) == [EnrolmentState.ENROLLED]
    (enrolled,) = room.events("TerminalEnrolled")
    assert (enrolled.employee_id, enrolled.serial) == (employee, SERIAL)
    assert len(room.events("EmployeeEnrolledEverywhere")) == 1
    (_, enrolment) = room.attendance.employee_terminals(employee).enrolments[0]
    assert enrolment.proof == b"ID=1&Return=0&CMD=DATA"


def test_a_newcomer_gets_the_default_shift(room: Room) -> None:
    employee = room.hire(start_on=date(2026, 12, 1))
    assignment = room.attendance.shifts.assignment(employee, date(2026, 12, 1))
    assert assignment is not None and assignment.shift.name_en == "Day shift"
    assert room.attendance.shifts.assignment(employee, date(2026, 11, 30)) is None


def test_everywhere_is_told_once_all_terminals_have_answered(room: Room) -> None:
    room.approve()
    room.approve("TEST0002")
    room.hire()
    room.poll()
    room.poll(serial="TEST0002")
    room.acknowledge(1)
    assert room.events("EmployeeEnrolledEverywhere") == []
    room.acknowledge(1, serial="TEST0002")
    room.acknowledge(1, serial="TEST0002")
    assert len(room.events("EmployeeEnrolledEverywhere")) == 1
    assert len(room.events("TerminalEnrolled")) == 2


def test_a_terminal_approved_later_gets_everybody_it_should_have(room: Room) -> None:
    for number in range(3):
        room.hire(f"E{number + 1}")
    room.approve()
    assert room.poll().count(b"DATA UPDATE USERINFO") == 3


def test_a_group_for_some_departments_gets_their_people_only(room: Room) -> None:
    room.attendance.limit_group("ward", ["dep-2"], actor=IT)
    room.approve(group="ward")
    room.hire("E1", department="dep-1")
    inside = room.hire("E2", department="dep-2")
    assert room.poll().count(b"PIN=") == 1
    room.acknowledge(1)
    room.attendance.limit_group("ward", ["dep-1"], actor=IT)
    assert state(room, inside) == [EnrolmentState.LEAVING]
    lines = room.poll().split(b"\n")
    assert any(b"DATA UPDATE USERINFO PIN=1\t" in line for line in lines)
    assert any(line.endswith(b"DATA DELETE USERINFO PIN=2") for line in lines)


def test_the_name_is_written_in_the_terminals_encoding_at_the_time_it_is_sent(room: Room) -> None:
    room.approve()
    room.hire(name="测试甲")
    room.get("/iclock/cdata?options=all&language=83")
    assert b"Name=" + "测试甲".encode("gbk") + b"\t" in room.poll()


def test_a_name_chosen_to_inject_a_command_stays_a_name(room: Room) -> None:
    room.approve()
    room.hire(name="A\nC:2:CLEAR DATA\nB\tPri=14")
    line = room.poll()
    assert line.count(b"\n") == 1 and line.count(b"\tPri=") == 1 and line.startswith(b"C:1:")


# --- photos -----------------------------------------------------------------------------------------------


def test_a_photo_follows_once_the_terminal_knows_the_person(room: Room) -> None:
    room.approve()
    employee = room.hire(face=room.face(JPEG))
    room.poll()
    room.acknowledge(1)
    assert state(room, employee) == [EnrolmentState.WAITING]
    content = b64encode(JPEG)
    expected = b"C:2:DATA UPDATE BIOPHOTO PIN=1001\tType=9\tSize=%d\tContent=%s\n" % (len(content), content)
    assert room.poll() == expected
    room.acknowledge(2)
    assert state(room, employee) == [EnrolmentState.ENROLLED]


def test_each_reply_carries_one_photo(room: Room) -> None:
    room.approve()
    face = room.face(JPEG)
    for number in (1, 2):
        room.hire(f"E{number}", face=face)
    room.poll()
    room.acknowledge(1)
    room.acknowledge(2)
    assert room.poll().count(b"BIOPHOTO") == 1
    assert room.poll().count(b"BIOPHOTO") == 1
    assert room.poll() == b"OK"


def test_a_refused_size_is_tried_the_other_way_and_remembered(room: Room) -> None:
    room.approve()
    employee = room.hire(face=room.face(JPEG))
    room.poll()
    room.acknowledge(1)
    room.poll()
    room.acknowledge(2, -2)
    assert b"Size=%d\t" % len(JPEG) in room.poll()
    room.acknowledge(3)
    assert state(room, employee) == [EnrolmentState.ENROLLED]
    assert room.attendance.board()[0].terminal.profile.photo_size is PhotoSize.RAW


def test_a_photo_that_was_erased_ends_the_command_and_shows(room: Room) -> None:
    room.approve()
    face = room.face(JPEG)
    employee = room.hire(face=face)
    room.poll()
    room.acknowledge(1)
    room.databases.media.write(lambda tx: room.blobs.erase(tx, face))
    assert room.poll() == b"OK"
    assert state(room, employee) == [EnrolmentState.FAILED]


# --- failures ---------------------------------------------------------------------------------------------


def test_a_failure_shows_its_code_and_can_be_sent_again(room: Room) -> None:
    room.approve()
    employee = room.hire()
    room.poll()
    room.acknowledge(1, -5)
    (_, enrolment) = room.attendance.employee_terminals(employee).enrolments[0]
    assert (enrolment.state, enrolment.return_code) == (EnrolmentState.FAILED, -5)
    room.attendance.send_again(SERIAL, employee, actor=IT)
    assert b"C:2:DATA UPDATE USERINFO" in room.poll()
    room.acknowledge(2)
    with pytest.raises(Conflict):
        room.attendance.send_again(SERIAL, employee, actor=IT)


def test_a_busy_terminal_is_asked_again_by_itself(room: Room, clock: FixedClock) -> None:
    room.approve()
    employee = room.hire()
    room.poll()
    room.acknowledge(1, -1005)
    assert room.poll() == b"OK"
    clock.advance(timedelta(seconds=31))
    assert room.poll().startswith(b"C:1:")
    room.acknowledge(1)
    assert state(room, employee) == [EnrolmentState.ENROLLED]


def test_a_result_without_a_number_is_a_failure(room: Room) -> None:
    room.approve()
    employee = room.hire()
    room.poll()
    room.post("/iclock/devicecmd", b"ID=1&Return=xyz&CMD=DATA")
    assert state(room, employee) == [EnrolmentState.FAILED]


def test_a_number_without_digits_or_taken_by_another_shows_as_trouble(room: Room) -> None:
    room.approve()
    room.hire("E7")
    room.hire("N7")
    room.hire("none")
    assert {person.trouble for person in room.attendance.people_in_trouble()} == {"pin_taken", "no_digits"}
    assert room.poll().count(b"PIN=") == 1


# --- the life of a command --------------------------------------------------------------------------------


def test_an_unanswered_command_is_offered_again_after_a_while(room: Room, clock: FixedClock) -> None:
    room.approve()
    room.hire()
    first = room.poll()
    assert room.poll() == b"OK"
    clock.advance(timedelta(seconds=40))
    assert room.poll() == first


def test_a_restart_offers_again_at_once(room: Room) -> None:
    room.approve()
    room.hire()
    first = room.poll()
    room.get("/iclock/cdata?options=all")
    assert room.poll() == first


def test_a_reboot_is_offered_once_and_then_expires(room: Room, clock: FixedClock) -> None:
    room.approve()
    room.attendance.ask(SERIAL, CommandKind.REBOOT, actor=IT, confirmed=True)
    assert room.poll() == b"C:1:REBOOT\n"
    room.get("/iclock/cdata?options=all")
    clock.advance(timedelta(hours=1))
    assert room.poll() == b"OK"
    assert commands(room) == [(CommandKind.REBOOT, CommandState.EXPIRED)]
    room.acknowledge(1)
    assert commands(room) == [(CommandKind.REBOOT, CommandState.DONE)]


def test_a_reboot_that_nobody_fetched_in_time_is_not_wanted_any_more(room: Room, clock: FixedClock) -> None:
    room.approve()
    room.attendance.ask(SERIAL, CommandKind.REBOOT, actor=IT, confirmed=True)
    clock.advance(timedelta(minutes=11))
    assert room.poll() == b"OK"


def test_only_safe_commands_are_taken_and_a_reboot_is_confirmed(room: Room) -> None:
    room.approve()
    with pytest.raises(Invalid):
        room.attendance.ask(SERIAL, CommandKind.DELETE_USER, actor=IT)
    with pytest.raises(Invalid):
        room.attendance.ask(SERIAL, CommandKind.REBOOT, actor=IT)
    with pytest.raises(Invalid):
        room.attendance.ask(SERIAL, CommandKind.VERIFY_SUM, actor=IT)


def test_commands_are_spelled_as_in_the_manual(room: Room, clock: FixedClock) -> None:
    room.approve()
    start, end = clock.now().replace(tzinfo=None), clock.now().replace(tzinfo=None) + timedelta(days=1)
    for kind in (CommandKind.CHECK, CommandKind.INFO, CommandKind.QUERY_USERS):
        room.attendance.ask(SERIAL, kind, actor=IT)
    room.attendance.ask(SERIAL, CommandKind.QUERY_PUNCHES, actor=IT, start=start, end=end)
    room.attendance.ask(SERIAL, CommandKind.VERIFY_SUM, actor=IT, start=start, end=end)
    span = b"StartTime=2026-11-23 01:00:00\tEndTime=2026-11-24 01:00:00\n"
    assert room.poll() == (
        b"C:1:CHECK\nC:2:INFO\nC:3:DATA QUERY USERINFO\nC:4:DATA QUERY ATTLOG "
        + span
        + b"C:5:VERIFY SUM ATTLOG "
        + span
    )


def test_a_large_queue_is_handed_out_in_pieces_under_the_limit(room: Room) -> None:
    for number in range(1, 251):
        room.hire(f"E{number}")
    room.approve()
    sizes = []
    while (reply := room.poll()) != b"OK":
        sizes.append((len(reply), reply.count(b"\n")))
    assert sum(count for _, count in sizes) == 250
    assert all(size < 40_000 and count <= 200 for size, count in sizes)


def test_answers_to_commands_that_were_never_given_change_nothing(room: Room) -> None:
    room.approve()
    employee = room.hire()
    body = b"ID=1&Return=0&CMD=DATA\nID=abc9&Return=0&CMD=DATA\nID=999999&Return=0&CMD=DATA"
    assert room.post("/iclock/devicecmd", body).body == b"OK"
    assert state(room, employee) == [EnrolmentState.WAITING]
    assert room.attendance.punches.quarantined()[1] == 3


def test_a_profile_switch_set_by_hand_is_kept(room: Room) -> None:
    room.approve()
    room.attendance.switch(SERIAL, Switches(name_encoding=NameEncoding.GB18030), actor=IT)
    room.get("/iclock/cdata?options=all&language=69")
    assert room.attendance.board()[0].terminal.profile.name_encoding is NameEncoding.GB18030


# --- first punch and leaving ------------------------------------------------------------------------------


def test_the_first_punch_of_a_newcomer_is_told_once(room: Room) -> None:
    room.approve()
    employee = room.hire()
    room.attlog(b"1001\t2026-11-23 08:58:00\t0\t15\t0\n1001\t2026-11-23 08:31:00\t0\t15\t0\n")
    room.attlog(b"1001\t2026-11-23 08:59:00\t0\t15\t0\n")
    (first,) = room.events("FirstPunch")
    assert (first.employee_id, first.punched_at_local) == (employee, "2026-11-23T08:31:00")


def test_a_pin_with_zeros_in_front_is_the_same_person(room: Room) -> None:
    room.approve()
    employee = room.hire()
    room.attlog(b"0001001\t2026-11-23 08:31:00\t0\t15\t0\n")
    assert room.events("FirstPunch")[0].employee_id == employee


def test_punches_of_whoever_had_the_pin_before_are_not_the_newcomers(room: Room) -> None:
    room.approve()
    room.hire()
    room.attlog(b"1001\t2015-07-30 15:16:28\t0\t1\t0\n")
    assert room.events("FirstPunch") == []


def test_a_punch_under_a_wrong_clock_is_no_first_punch(room: Room) -> None:
    room.approve()
    room.hire()
    room.attlog(b"1001\t2026-11-23 14:00:00\t0\t1\t0\n")
    assert room.events("FirstPunch") == []


def test_the_same_pin_at_a_terminal_of_another_group_is_somebody_else(room: Room) -> None:
    room.attendance.limit_group("ward", ["dep-2"], actor=IT)
    room.approve(group="ward")
    room.hire(department="dep-1")
    room.attlog(b"1001\t2026-11-23 08:31:00\t0\t1\t0\n")
    assert room.events("FirstPunch") == []


def test_a_punch_before_the_file_was_opened_is_attributed_afterwards(room: Room) -> None:
    room.approve()
    room.attlog(b"01001\t2026-11-23 08:31:00\t0\t1\t0\n")
    employee = room.hire()
    (first,) = room.events("FirstPunch")
    assert first.employee_id == employee


def test_a_leaver_is_removed_and_the_terminals_word_is_kept(room: Room) -> None:
    room.approve()
    employee = room.hire()
    room.poll()
    room.acknowledge(1)
    room.leave(employee, date(2026, 11, 23))
    assert room.poll() == b"C:2:DATA DELETE USERINFO PIN=1001\n"
    assert state(room, employee) == [EnrolmentState.LEAVING]
    room.acknowledge(2)
    assert state(room, employee) == [EnrolmentState.REMOVED]
    (_, enrolment) = room.attendance.employee_terminals(employee).enrolments[0]
    assert enrolment.proof == b"ID=2&Return=0&CMD=DATA" and enrolment.acknowledged_at == room.clock.now()


def test_a_leaver_that_the_terminal_never_knew_counts_as_removed(room: Room) -> None:
    room.approve()
    employee = room.hire()
    room.leave(employee, date(2026, 11, 23))
    assert room.poll() == b"C:2:DATA DELETE USERINFO PIN=1001\n"
    room.acknowledge(2, -10)
    assert state(room, employee) == [EnrolmentState.REMOVED]


def test_a_last_day_to_come_is_waited_for(room: Room, clock: FixedClock) -> None:
    room.approve()
    employee = room.hire()
    room.poll()
    room.acknowledge(1)
    room.leave(employee, date(2026, 11, 24))
    assert room.poll() == b"OK"
    clock.advance(timedelta(days=1, hours=16))
    assert b"DATA DELETE USERINFO PIN=1001" in room.poll()


def test_days_go_by_time_and_not_by_the_key_pressed(room: Room) -> None:
    from appliance.attendance.punches.model import PunchFilter

    room.approve()
    employee = room.hire()
    rows = [b"17:31:00\t0", b"08:29:00\t1", b"12:00:00\t255"]
    room.attlog(b"".join(b"1001\t2026-11-23 " + row + b"\t1\t0\n" for row in rows[1:]))
    _, days = room.attendance.punches.days(employee, PunchFilter())
    (day,) = days
    assert day.first_in.punched_at_local.hour == 8
    assert day.last_out is not None and day.last_out.punched_at_local.hour == 12
    assert day.worked_s == 3 * 3600 + 31 * 60
