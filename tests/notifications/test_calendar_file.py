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
