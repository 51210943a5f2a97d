"""The rooms' bench itself, small: real site, TLS, real bytes read back. No times are judged here."""

import json
from pathlib import Path

import pytest

from tests.bench import rooms
from tests.bench.rooms_model import Load, Sent
from tests.bench.rooms_watch import Spent


@pytest.mark.slow
def test_what_a_few_rooms_send_through_tls_is_what_the_site_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = rooms.main(3, 2.0, folder=tmp_path)
    assert json.loads(capsys.readouterr().out) == result
    assert (result["rooms"], result["lost"], result["recordings_checked"], result["handed_in"]) == (
        3,
        0,
        3,
        3,
    )
    assert result["chunks"] == 6 and result["errors"] == {}
    assert result["knee_rooms"] is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_looking_for_the_knee_goes_on_in_the_same_rooms_and_loses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "STEP_SECONDS", 1.0)
    monkeypatch.setattr(rooms, "STEPS", (0.5, 1.0))
    # Whatever this machine does meanwhile: only what is lost or refused makes a step fail here.
    monkeypatch.setattr(rooms, "ACK_P99_MS", float("inf"))
    monkeypatch.setattr(rooms, "PAGE_P95_MS", float("inf"))
    result = rooms.main(2, 1.0, find_knee=True, folder=tmp_path)
    assert (result["lost"], result["recordings_checked"]) == (0, 2 + 1 + 2)
    steps = result["knee_steps"]
    assert isinstance(steps, list) and [step["rooms"] for step in steps] == [1, 2]
    assert [step["errors"] for step in steps] == [{}, {}]
    assert (result["knee_rooms"], result["knee_limit"]) == (None, "none of the steps was too much")


def spent(**values: float) -> Spent:
    plain = dict.fromkeys(Spent.__struct_fields__, 0.0)
    return Spent(**(plain | values))


def outcome(count: int, ack_ms: float, **load: object) -> rooms.Outcome:
    sent = [
        Sent(recording_id=str(number), size=1, chunks=1, sha256="", handed_in=True) for number in range(count)
    ]
    plain: dict[str, object] = {
        "page_ms": {"board": [10.0]},
        "errors": {},
        "reconnects": 0,
        "waited": 0,
        "late_pieces": 0,
    }
    seen = Load(sent=sent, ack_ms=[ack_ms], **(plain | load))  # type: ignore[arg-type]
    return rooms.Outcome(rooms=count, load=seen, spent=spent(site_cpu=1.0, idle=0.5))


def test_a_run_holds_only_when_every_room_came_through_in_time() -> None:
    assert outcome(3, 20.0).holds
    assert not outcome(3, 1200.0).holds
    assert not outcome(3, 20.0, page_ms={"board": [900.0]}).holds
    assert not outcome(3, 20.0, errors={"append_500": 1}).holds
    assert not outcome(3, 20.0, waited=1).holds


def test_the_knee_is_the_most_rooms_that_held_and_says_what_was_used_up() -> None:
    found = rooms.knee([outcome(100, 20.0), outcome(200, 3000.0), outcome(150, 80.0)])
    assert found["knee_rooms"] == 150
    assert "interpreter" in str(found["knee_limit"])
    assert rooms.knee([outcome(100, 20.0)])["knee_rooms"] is None


def test_the_limit_is_named_after_what_was_used_up() -> None:
    assert "cores" in rooms.limit_of(spent(idle=0.02, site_cpu=1.2))
    assert "disk" in rooms.limit_of(spent(idle=0.5, waiting_for_disk=0.4))
    assert "interpreter" in rooms.limit_of(spent(idle=0.5, site_cpu=1.0))
