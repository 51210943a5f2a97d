"""Recordings arrive in pieces and end as exactly the bytes that were sent, or in a clear refusal."""

import uuid
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from appliance.identity.permissions import Role
from appliance.interviews import store
from appliance.interviews.model import AnswerKind, AnswerState
from appliance.interviews.recordings import media
from appliance.interviews.recordings.pages import asked_range
from appliance.interviews.recordings.playback import Playback
from appliance.interviews.recordings.service import Damaged, Incomplete, Sent, WrongContent
from appliance.interviews.room.door import Key
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Conflict, NotFound, OffsetMismatch, TooLarge
from appliance.kernel.schema import AUDIT, BLOB_CHUNK, JOB
from tests.fresh import fresh_keys
from tests.identity.house import PASSWORD
from tests.interviews.house import RECRUITER, House
from tests.interviews.recorded import pieces, recording

VIDEO = "video/webm;codecs=vp8,opus"
VOICE = "audio/webm;codecs=opus"


@pytest.fixture(scope="module")
def webm() -> bytes:
    return recording(1.0)


def begun(
    house: House, key: Key, place: int = 0, content_type: str = VIDEO, take: int = 1
) -> tuple[str, str]:
    """The question at `place` and a new segment for it."""
    question = house.room.look(key).plan.questions[place]
    segment = str(uuid.uuid4())
    house.recordings.create(key, question.id, segment, content_type, take)
    return question.id, segment


def send_all(house: House, key: Key, segment: str, data: bytes, count: int = 4) -> None:
    at = 0
    for piece in pieces(data, count):
        at = house.recordings.append(key, segment, at, piece, recorded_ms=1000)


def test_what_was_sent_in_pieces_is_what_is_stored(house: House, webm: bytes) -> None:
    _, key = house.entered()
    question, segment = begun(house, key)
    send_all(house, key, segment, webm, 7)
    answer = house.recordings.submit(key, question, (Sent(segment, len(webm), sha256(webm).hexdigest()),))
    assert answer.state is AnswerState.SUBMITTED
    assert answer.blob_id is not None
    assert house.site.blobs.read_all(answer.blob_id) == webm
    sound = media.decode_sound(media.tracks_of(house.site.blobs, answer.segments))
    assert sound.present


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_any_order_and_repetition_ends_in_the_exact_bytes_or_a_clear_refusal(
    sending: tuple[House, Key, bytes], order: list[int]
) -> None:
    house, key, webm = sending
    _, segment = begun(house, key)
    cut = pieces(webm, 6)
    starts = [sum(len(piece) for piece in cut[:index]) for index in range(len(cut))]
    stored = 0
    for index in order:
        try:
            size = house.recordings.append(key, segment, starts[index], cut[index])
        except OffsetMismatch as refused:
            assert refused.expected == stored == house.recordings.offset(key, segment)
            assert starts[index] > stored
        else:
            stored = max(stored, starts[index] + len(cut[index]))
            assert size == stored
    assert house.recordings.offset(key, segment) == stored
    found = house.recordings.of_interview(house.room.look(key).interview.id)
    blob_id = next(one.blob_id for one in found if one.id == segment)
    assert house.site.blobs.read_all(blob_id) == webm[:stored]


@pytest.fixture
def sending(tmp_path: Path, webm: bytes) -> tuple[House, Key, bytes]:
    clock = FixedClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    keys = fresh_keys(tmp_path)
    house = House(tmp_path, Databases.open(tmp_path, keys, clock), keys, clock)
    _, key = house.entered()
    return house, key, webm


def test_other_bytes_at_a_place_that_is_taken_are_refused(house: House, webm: bytes) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    first = webm[:200]
    house.recordings.append(key, segment, 0, first)
    with pytest.raises(OffsetMismatch):
        house.recordings.append(key, segment, 0, first[:-1] + b"?")
    assert house.recordings.offset(key, segment) == 200


@pytest.mark.parametrize(
    "data", [b"", b"tiny", b"%PDF-1.7 is no recording at all", b"\x00\x00\x00\x20ftypisom" + bytes(40)]
)
def test_bytes_that_are_not_what_was_announced_are_refused(house: House, data: bytes) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    with pytest.raises((WrongContent, Exception)) as refused:
        house.recordings.append(key, segment, 0, data)
    assert getattr(refused.value, "status", 0) in {400, 422}
    assert house.recordings.offset(key, segment) == 0


@pytest.mark.parametrize(
    "content_type", ["image/png", "video/x-matroska", "audio/webm", "text/html", "video/webm" * 30]
)
def test_a_type_that_the_question_does_not_take_is_refused(house: House, content_type: str) -> None:
    _, key = house.entered()
    with pytest.raises(WrongContent):
        begun(house, key, content_type=content_type)


def test_a_damaged_piece_is_refused_and_not_stored(house: House, webm: bytes) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    checksum = b64encode(sha256(b"something else").digest()).decode()
    with pytest.raises(Damaged):
        house.recordings.append(key, segment, 0, webm[:300], checksum=f"sha256 {checksum}")
    assert house.recordings.offset(key, segment) == 0


def test_an_answer_has_a_largest_size(house: House, webm: bytes) -> None:
    _, key = house.entered()
    _, segment = begun(house, key, place=1, content_type=VOICE)
    voice = recording(0.5, video=None)
    at = house.recordings.append(key, segment, 0, voice)
    filler = bytes(4 << 20)
    with pytest.raises(TooLarge):
        for _ in range(4):
            at = house.recordings.append(key, segment, at, filler)
    assert house.recordings.offset(key, segment) == at


def test_handing_in_waits_for_the_last_piece(house: House, webm: bytes) -> None:
    _, key = house.entered()
    question, segment = begun(house, key)
    house.recordings.append(key, segment, 0, webm[:500])
    with pytest.raises(Incomplete):
        house.recordings.submit(key, question, (Sent(segment, len(webm)),))
    house.recordings.append(key, segment, 500, webm[500:])
    assert house.recordings.submit(key, question, (Sent(segment, len(webm)),)).state is AnswerState.SUBMITTED


def test_handing_in_twice_is_analysed_once(house: House, webm: bytes) -> None:
    _, key = house.entered()
    question, segment = begun(house, key)
    send_all(house, key, segment, webm)
    sent = (Sent(segment, len(webm)),)
    first = house.recordings.submit(key, question, sent)
    assert house.recordings.submit(key, question, sent).id == first.id
    jobs = house.databases.core.read(
        lambda tx: tx.execute(sa.select(JOB).where(JOB.c.kind == "interviews.analyse_answer")).all()
    )
    assert len(jobs) == 1
    assert house.actions().count("answer.submitted") == 1
    with pytest.raises(Conflict):
        house.recordings.append(key, segment, len(webm), b"more")


def test_a_lost_page_goes_on_in_a_further_segment(house: House, webm: bytes) -> None:
    _, key = house.entered()
    question, first = begun(house, key)
    send_all(house, key, first, webm)
    _, second = begun(house, key)
    send_all(house, key, second, webm)
    answer = house.recordings.submit(key, question, (Sent(second, len(webm)),))
    assert [segment.recording_id for segment in answer.segments] == [first, second]
    assert len(media.decode_sound(media.tracks_of(house.site.blobs, answer.segments)).parts) == 2


def test_a_new_start_discards_what_was_recorded_and_there_is_only_one(house: House, webm: bytes) -> None:
    _, key = house.entered()
    question, first = begun(house, key)
    send_all(house, key, first, webm)
    _, second = begun(house, key, take=2)
    left = house.databases.media.read(lambda tx: tx.execute(sa.select(BLOB_CHUNK)).all())
    assert left == []
    with pytest.raises(Conflict):
        house.recordings.append(key, first, len(webm), b"more")
    with pytest.raises(Conflict, match="every new start"):
        begun(house, key, take=3)
    send_all(house, key, second, webm)
    answer = house.recordings.submit(key, question, (Sent(second, len(webm)),))
    assert [segment.recording_id for segment in answer.segments] == [second]
    assert answer.take == 2


def test_creating_a_segment_twice_creates_it_once(house: House, webm: bytes) -> None:
    _, key = house.entered()
    question, segment = begun(house, key)
    house.recordings.append(key, segment, 0, webm[:300])
    assert house.recordings.create(key, question, segment, VIDEO, 1).size == 300


def test_the_bytes_lie_on_no_disk_in_clear(house: House, webm: bytes, tmp_path: Path) -> None:
    _, key = house.entered()
    question, segment = begun(house, key)
    send_all(house, key, segment, webm)
    house.recordings.submit(key, question, (Sent(segment, len(webm)),))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert webm[-400:-360] not in content
            assert b"webm" not in content


def test_an_answer_in_writing_discards_the_recording(house: House, webm: bytes) -> None:
    _, key = house.entered()
    question, segment = begun(house, key)
    send_all(house, key, segment, webm)
    answer = house.recordings.submit_text(key, question, "测试回答")
    assert (answer.kind, answer.segments, answer.text) == (AnswerKind.TEXT, (), "测试回答")
    assert house.databases.media.read(lambda tx: tx.execute(sa.select(BLOB_CHUNK)).all()) == []


def test_a_recording_belongs_to_its_interview_alone(house: House, webm: bytes) -> None:
    _, key = house.entered()
    _, segment = begun(house, key)
    house.invitations.revoke(RECRUITER, house.room.look(key).interview.id, "A test.")
    house.databases.core.write(lambda tx: _invitable(tx, house))
    _, other = house.entered()
    with pytest.raises(NotFound):
        house.recordings.append(other, segment, 0, webm[:300])


def _invitable(tx: Transaction, house: House) -> None:
    from appliance.recruiting import store as recruiting_store
    from appliance.recruiting.model import CandidateState

    recruiting_store.change(tx, house.candidate_id, state=CandidateState.screened)


# playing


def played(house: House, webm: bytes) -> tuple[str, str]:
    """A handed-in recording: its interview and answer."""
    interview, key = house.entered()
    question, segment = begun(house, key)
    send_all(house, key, segment, webm)
    answer = house.recordings.submit(key, question, (Sent(segment, len(webm)),))
    return interview.id, answer.id


def signed_in(house: House, role: Role) -> tuple[TestClient[Litestar], str]:
    account = house.account(role)
    client = house.browser()
    client.cookies.set("muster_session", house.identity.sessions.sign_in(account.login, PASSWORD).token)
    return client, account.id


@pytest.mark.parametrize("role", list(Role))
def test_only_hr_managers_and_named_interviewers_open_recordings(
    house: House, webm: bytes, role: Role
) -> None:
    interview_id, answer_id = played(house, webm)
    client, account_id = signed_in(house, role)
    answer = client.get(f"/recordings/{answer_id}")
    assert answer.status_code == (200 if role is Role.HR_MANAGER else 403)
    house.invitations.name_interviewer(RECRUITER, interview_id, account_id)
    named = client.get(f"/recordings/{answer_id}")
    may = role in {Role.HR_MANAGER, Role.INTERVIEWER, Role.DEPARTMENT_HEAD}
    assert named.status_code == (200 if may else 403)
    house.invitations.remove_interviewer(RECRUITER, interview_id, account_id)
    after = client.get(f"/recordings/{answer_id}")
    assert after.status_code == (200 if role is Role.HR_MANAGER else 403)


def test_an_opening_is_one_ledger_row_however_many_ranges_are_read(
    house: House, webm: bytes, clock: FixedClock
) -> None:
    from datetime import timedelta

    _, answer_id = played(house, webm)
    client, account_id = signed_in(house, Role.HR_MANAGER)
    whole = client.get(f"/recordings/{answer_id}")
    assert whole.headers["content-type"] == "video/webm"
    some = client.get(f"/recordings/{answer_id}", headers={"range": "bytes=10-19"})
    assert (some.status_code, some.content) == (206, whole.content[10:20])
    assert some.headers["content-range"] == f"bytes 10-19/{len(whole.content)}"
    tail = client.get(f"/recordings/{answer_id}", headers={"range": "bytes=-5"})
    assert tail.content == whole.content[-5:]
    beyond = client.get(f"/recordings/{answer_id}", headers={"range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416
    assert openings(house) == [account_id]
    clock.advance(timedelta(minutes=31))
    client.get(f"/recordings/{answer_id}", headers={"range": "bytes=10-19"})
    assert openings(house) == [account_id, account_id], "a range alone is an opening too"


def openings(house: House) -> list[str]:
    rows = house.databases.core.read(
        lambda tx: tx.execute(sa.select(AUDIT.c.actor_id).where(AUDIT.c.action == "recording.opened")).all()
    )
    return [str(row.actor_id) for row in rows]


def test_nobody_plays_what_was_erased_even_when_it_was_just_played(house: House, webm: bytes) -> None:
    interview_id, answer_id = played(house, webm)
    playback = house.site.services["interview_playback"]
    assert isinstance(playback, Playback)
    client, _ = signed_in(house, Role.HR_MANAGER)
    assert client.get(f"/recordings/{answer_id}").status_code == 200
    interview = house.databases.core.read(lambda tx: store.interview(tx, interview_id))
    assert interview is not None
    house.databases.media.write(lambda tx: house.site.keys.destroy(tx, interview.key_id))
    assert client.get(f"/recordings/{answer_id}").status_code == 410


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None), ("bytes=-", None), ("items=0-1", None), ("bytes=0-0,5-6", None),
        ("bytes=0-", (0, 100)), ("bytes=10-19", (10, 20)), ("bytes=90-500", (90, 100)),
        ("bytes=-7", (93, 100)), ("bytes=-700", (0, 100)), ("bytes=100-", (100, 100)),
    ],
)  # fmt: skip
def test_ranges_are_read_as_the_standard_says(header: str, expected: tuple[int, int] | None) -> None:
    assert asked_range(header, 100) == expected
