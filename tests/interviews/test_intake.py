"""More than the site can take at once is asked to come later, and nothing of it is lost."""

import io
import json
from http import HTTPStatus

import pytest
import structlog

from appliance.interviews.recordings.intake import Crowded, Intake
from appliance.kernel import log
from tests.interviews.house import RECRUITER, House
from tests.interviews.recorded import recording
from tests.interviews.test_recordings import begun

JSON = {"accept": "application/json", "content-type": "application/offset+octet-stream"}


def test_a_place_is_free_again_whatever_became_of_its_piece() -> None:
    intake = Intake(most_bytes=100, most_pieces=2)
    with pytest.raises(ValueError, match="refused"), intake.place_for(60):
        raise ValueError("refused")
    assert (intake.bytes, intake.pieces) == (0, 0)


def test_too_many_bytes_or_pieces_are_asked_to_wait() -> None:
    intake = Intake(most_bytes=100, most_pieces=2)
    with intake.place_for(60):
        with pytest.raises(Crowded) as crowded, intake.place_for(60):
            pass
        assert crowded.value.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert int(crowded.value.headers["Retry-After"]) >= 1
        with intake.place_for(40), pytest.raises(Crowded), intake.place_for(0):
            pass
    assert (intake.bytes, intake.pieces) == (0, 0)


def test_a_piece_larger_than_everything_finds_a_place_when_nobody_else_is_there() -> None:
    intake = Intake(most_bytes=100)
    with intake.place_for(1000):
        assert (intake.bytes, intake.pieces) == (1000, 1)
    assert (intake.bytes, intake.pieces) == (0, 0)


@pytest.mark.parametrize(("token", "device"), [("nobody-was-invited-by-this", ""), ("", "another device")])
def test_a_stranger_is_refused_before_a_place_is_taken(house: House, token: str, device: str) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    house.recordings.intake = Intake(most_bytes=10, most_pieces=1)
    with house.browser() as browser, house.recordings.intake.place_for(1):
        browser.cookies.set("room_device", device or key.device)
        path = f"/room/{token or key.token}/recordings/{segment}"
        refused = browser.patch(path, content=recording(1.0), headers={**JSON, "Upload-Offset": "0"})
    # With every place taken whoever is invited hears "crowded".
    assert refused.json()["code"] == ("link_unknown" if token else "other_device")


def test_a_piece_that_was_told_to_wait_is_taken_when_it_comes_again(house: House) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    webm = recording(1.0)
    house.recordings.intake = Intake(most_bytes=10, most_pieces=1)
    with house.browser() as browser:
        browser.cookies.set("room_device", key.device)
        path, headers = f"/room/{key.token}/recordings/{segment}", {**JSON, "Upload-Offset": "0"}
        with house.recordings.intake.place_for(1):
            refused = browser.patch(path, content=webm, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "crowded")
        assert refused.headers["Retry-After"].isdigit()
        assert house.recordings.offset(key, segment) == 0
        taken = browser.patch(path, content=webm, headers=headers)
        assert (taken.status_code, taken.headers["Upload-Offset"]) == (HTTPStatus.NO_CONTENT, str(len(webm)))


@pytest.mark.parametrize(("device", "code"), [("another device", "other_device"), ("", "other_device")])
def test_a_piece_from_another_device_is_refused(house: House, device: str, code: str) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    with house.browser() as browser:
        browser.cookies.set("room_device", device)
        path, headers = f"/room/{key.token}/recordings/{segment}", {**JSON, "Upload-Offset": "0"}
        refused = browser.patch(path, content=recording(1.0), headers=headers)
    assert refused.json()["code"] == code
    assert house.recordings.offset(key, segment) == 0


def test_a_withdrawn_link_takes_no_further_piece(house: House) -> None:
    interview, key = house.entered()
    _, segment = begun(house, key)
    webm = recording(1.0)
    house.recordings.append(key, segment, 0, webm[:200])
    house.invitations.revoke(RECRUITER, interview.id, "the post is filled")
    with house.browser() as browser:
        browser.cookies.set("room_device", key.device)
        path, headers = f"/room/{key.token}/recordings/{segment}", {**JSON, "Upload-Offset": "200"}
        refused = browser.patch(path, content=webm[200:], headers=headers)
    assert refused.status_code == HTTPStatus.GONE


def test_the_log_tells_of_refused_pieces_and_does_not_count_the_others(house: House) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    webm, stream = recording(1.0), io.StringIO()
    log.configure(stream)
    try:
        with house.browser() as browser:
            browser.cookies.set("room_device", key.device)
            path = f"/room/{key.token}/recordings/{segment}"
            browser.patch(path, content=webm, headers={**JSON, "Upload-Offset": "0"})
            browser.patch(path, content=webm, headers={**JSON, "Upload-Offset": "7"})
    finally:
        structlog.reset_defaults()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"] == [HTTPStatus.CONFLICT]
    counted = house.metrics.text()[0].decode()
    assert 'route="/room/{token}/recordings/{recording_id}",status="204"} 1.0' in counted
