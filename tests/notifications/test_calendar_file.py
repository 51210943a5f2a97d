"""The calendar file: valid lines whatever the text, and no way to smuggle a line in."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from appliance.notifications.calendar_file import calendar_file

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def made(summary: str) -> bytes:
    return calendar_file(
        uid="id",
        made_at=NOW,
        begins_at=NOW,
        ends_at=NOW + timedelta(days=2),
        summary=summary,
        description="https://house.example/room/x",
        url="https://house.example/room/x",
    )


@given(st.text(max_size=300))
def test_lines_are_short_and_no_text_adds_one(summary: str) -> None:
    lines = made(summary.encode("utf-8", "ignore").decode()).split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    heads = [line.partition(b":")[0] for line in lines if line and not line.startswith(b" ")]
    assert heads == [
        line.partition(b":")[0] for line in made("x").split(b"\r\n") if line and not line.startswith(b" ")
    ]
    for line in lines:
        line.decode()


def test_instants_are_utc_and_text_is_escaped() -> None:
    text = made("面试：护士, ICU; 一\nEND:VEVENT").decode()
    assert "DTSTART:20261123T010000Z" in text
    assert "DTEND:20261125T010000Z" in text
    assert "SUMMARY:面试：护士\\, ICU\\; 一\\nEND:VEVENT" in text.replace("\r\n ", "")


def properties(file: bytes) -> list[str]:
    """Content lines, unfolded as RFC 5545 section 3.1 says; each line ends with CRLF."""
    assert file.endswith(b"\r\n") and b"\n" not in file.replace(b"\r\n", b"")
    return file.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def event(*, length: timedelta = timedelta(days=2), cancelled: bool = False) -> list[str]:
    return properties(
        calendar_file(
            uid="interview-of-x@muster",
            sequence=3,
            cancelled=cancelled,
            organizer="hr@house.example",
            made_at=NOW,
            begins_at=NOW,
            ends_at=NOW + length,
            summary="面试",
            description="" if cancelled else "https://house.example/room/x",
            url="" if cancelled else "https://house.example/room/x",
        )
    )


def test_an_event_has_what_the_standard_asks_for_once_and_two_alarms() -> None:
    lines = event()
    for once in ("UID:interview-of-x@muster", "SEQUENCE:3", "METHOD:PUBLISH", "STATUS:CONFIRMED"):
        assert lines.count(once) == 1
    assert "ORGANIZER:mailto:hr@house.example" in lines
    assert lines.count("BEGIN:VALARM") == lines.count("END:VALARM") == lines.count("ACTION:DISPLAY") == 2
    assert [line for line in lines if line.startswith("TRIGGER")] == [
        "TRIGGER:PT0S", "TRIGGER;RELATED=END:-P1D"
    ]  # fmt: skip
    opened: list[str] = []
    for line in lines:
        if line.startswith("BEGIN:"):
            opened.append(line.removeprefix("BEGIN:"))
        elif line.startswith("END:"):
            assert opened.pop() == line.removeprefix("END:")
    assert opened == []


def test_no_alarm_rings_before_the_window_opens() -> None:
    assert "TRIGGER;RELATED=END:-PT1H" in event(length=timedelta(hours=5))
    assert "TRIGGER;RELATED=END:-PT15M" in event(length=timedelta(minutes=30))


def test_a_cancelled_event_rings_no_more_and_leads_nowhere() -> None:
    lines = event(cancelled=True)
    assert "STATUS:CANCELLED" in lines
    assert not any(line.startswith(("URL", "TRIGGER", "BEGIN:VALARM")) for line in lines)
