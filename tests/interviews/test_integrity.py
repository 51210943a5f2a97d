"""What happens beside an answer stands on a timeline with its time and its harmless reasons, and moves no score."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec
import pytest

from appliance.identity.permissions import Role
from appliance.interviews import store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis
from appliance.interviews.integrity import store as page_store
from appliance.interviews.integrity.events import Timeline, timeline
from appliance.interviews.integrity.faces import FaceReference
from appliance.interviews.integrity.model import HARMLESS, SEEN, TITLES, IntegrityKind
from appliance.interviews.integrity.reading_gaze import PICTURES_PER_S, gaze_sweeps
from appliance.interviews.model import ANALYSE_ANSWER, AnalyseAnswer, AnswerKind, AnswerState, Segment
from appliance.kernel.clock import FixedClock, to_text
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import enqueue
from inference.errors import InferenceInvalid
from inference.ports import (
    Diarization,
    FaceBox,
    FaceMatch,
    FaceMeshFrame,
    FrameFaces,
    SpeakerTurn,
)
from tests.fresh import fresh_keys
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.recorded import recording
from tests.interviews.scripted import ScriptedLlm, always
from tests.interviews.test_assessment import HeardSpeech, RelevantToAll, SeeingVision

VIDEO = "video/webm;codecs=vp8,opus"


class Scene(SeeingVision):
    """Sees what the test sets: faces in each picture, and whether a face is the reference's."""

    def __init__(self) -> None:
        self.faces = 1
        self.same = True
        self.usable = True
        self.compared: list[tuple[bytes, bytes]] = []

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]:
        return [FrameFaces([FaceBox(0.3, 0.3, 0.4, 0.4, 0.9)] * self.faces) for _ in jpegs]

    def face_mesh(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FaceMeshFrame]:
        return [FaceMeshFrame(present=self.faces > 0, looking_at_camera=self.faces > 0) for _ in jpegs]

    def verify(self, jpeg_a: bytes, jpeg_b: bytes, *, deadline_s: float) -> FaceMatch:
        if not self.usable:
            raise InferenceInvalid("no single usable face")
        self.compared.append((jpeg_a, jpeg_b))
        distance = 0.2 if self.same else 0.9
        return FaceMatch(
            distance=distance, threshold=0.6, same=self.same, model="faces", model_sha256="3" * 64
        )


class Company(HeardSpeech):
    """Hears the candidate, and whoever else the test lets speak."""

    def __init__(self) -> None:
        self.turns = [SpeakerTurn(0, 0.0, 1.5)]

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        return Diarization(
            turns=self.turns,
            speakers=len({turn.speaker for turn in self.turns}),
            duration_s=6.0,
            seconds=0.1,
            model="voices",
            model_sha256="2" * 64,
        )


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def company() -> Company:
    return Company()


@pytest.fixture
def llm() -> ScriptedLlm:
    return RelevantToAll("", always({"4": 0.7, "5": 0.2, "3": 0.1}))


@pytest.fixture
def house(
    tmp_path: Path, clock: FixedClock, llm: ScriptedLlm, scene: Scene, company: Company
) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    # The room's own migration makes this table; where it is not there yet, the test does.
    databases.core.write(lambda tx: page_store.PAGE_EVENT.create(tx.connection, checkfirst=True))
    yield AssessedHouse(tmp_path, databases, keys, clock, llm, company, scene)
    databases.close()


def told(house: AssessedHouse, interview_id: str) -> Timeline:
    return house.databases.core.read(lambda tx: timeline(tx, interview_id))


def kinds(house: AssessedHouse, interview_id: str) -> list[IntegrityKind]:
    return [event.kind for event in told(house, interview_id).events]


def filmed(house: AssessedHouse, seconds: float = 4.0) -> str:
    """An interview whose first question is answered by video and analysed."""
    interview, key = house.entered(language="zh")
    house.recorded(key, 0, recording(seconds), VIDEO)
    assert house.work(ANALYSE_ANSWER) == 0
    return interview.id


def _as_video(tx: Transaction, interview_id: str, question_id: str) -> None:
    """As in a plan with two video questions."""
    answer = store.answer_to(tx, interview_id, question_id)
    assert answer is not None
    store.update_answer(tx, answer.id, kind=AnswerKind.VIDEO)


def analyses(house: AssessedHouse, interview_id: str) -> list[AnswerAnalysis]:
    return list(house.databases.core.read(lambda tx: assessment_store.analyses(tx, interview_id)).values())


def _once_more(tx: Transaction, answer_id: str) -> None:
    store.update_answer(tx, answer_id, state=AnswerState.SUBMITTED)
    enqueue(tx, ANALYSE_ANSWER, AnalyseAnswer(answer_id))


def noticed(house: AssessedHouse, interview_id: str, *events: tuple[str, str, int, int, int]) -> None:
    """Events of the candidate's page: question, kind, take, milliseconds, amount."""

    def write(tx: Transaction) -> None:
        for question_id, kind, take, at_ms, amount in events:
            row = {
                "interview_id": interview_id,
                "question_id": question_id,
                "take": take,
                "kind": kind,
                "at_ms": at_ms,
                "amount": amount,
                "received_at": to_text(tx.now),
            }
            tx.execute(page_store.PAGE_EVENT.insert(), row)

    house.databases.core.write(write)


def test_a_quiet_answer_has_an_empty_timeline_and_says_that_the_face_matched(house: AssessedHouse) -> None:
    interview_id = filmed(house)
    found = told(house, interview_id)
    assert found.events == ()
    first = found.answers[0]
    assert (first.watched, first.reference) == (True, FaceReference.FIRST_ANSWER)
    assert first.compared == first.matching > 0


def test_a_second_face_and_an_empty_chair_are_told_with_their_seconds(
    house: AssessedHouse, scene: Scene
) -> None:
    scene.faces = 2
    (event,) = told(house, filmed(house)).events
    assert event.kind is IntegrityKind.MORE_THAN_ONE_FACE
    assert (event.start_s, event.end_s) == (0.0, event.amount)
    assert 3.0 <= event.amount <= 5.0


def test_an_empty_chair_is_a_gap_and_is_compared_with_nobody(house: AssessedHouse, scene: Scene) -> None:
    scene.faces = 0
    interview_id = filmed(house)
    assert kinds(house, interview_id) == [IntegrityKind.NO_FACE]
    assert scene.compared == [] and told(house, interview_id).answers[0].compared == 0


def test_a_later_answer_is_compared_with_the_first_answers_face(house: AssessedHouse, scene: Scene) -> None:
    interview, key = house.entered(language="zh")
    house.recorded(key, 0, recording(4.0), VIDEO)
    house.work(ANALYSE_ANSWER)
    of_the_first = {picture for pair in scene.compared for picture in pair}
    scene.compared.clear()
    scene.same = False
    house.recorded(key, 1, recording(4.0, size=(480, 360)), "audio/webm;codecs=opus")
    asked = house.room.look(key).plan.questions[1].id
    house.databases.core.write(lambda tx: _as_video(tx, interview.id, asked))
    house.work(ANALYSE_ANSWER)
    assert {reference for reference, _ in scene.compared} <= of_the_first
    assert all(picture not in of_the_first for _, picture in scene.compared)
    (event,) = told(house, interview.id).events
    assert event.kind is IntegrityKind.FACE_DIFFERS and event.amount == len(scene.compared)


def test_one_picture_that_differs_is_no_event(house: AssessedHouse, scene: Scene) -> None:
    scene.same = False
    interview_id = filmed(house, seconds=2.0)
    assert len(scene.compared) <= 2
    single = len(scene.compared) == 1
    assert (kinds(house, interview_id) == []) is single


def test_pictures_that_cannot_be_compared_say_nothing(house: AssessedHouse, scene: Scene) -> None:
    scene.usable = False
    interview_id = filmed(house)
    assert kinds(house, interview_id) == [] and told(house, interview_id).answers[0].compared == 0


def test_a_second_voice_is_told_from_a_second_on_and_a_cough_is_not(
    house: AssessedHouse, company: Company
) -> None:
    company.turns = [SpeakerTurn(0, 0.0, 4.0), SpeakerTurn(1, 1.0, 1.6), SpeakerTurn(1, 4.2, 5.6)]
    (event,) = told(house, filmed(house)).events
    assert event.kind is IntegrityKind.SECOND_VOICE
    assert (event.start_s, event.end_s, event.amount) == (4.2, 5.6, 1.4)


def test_leaving_pasting_and_another_device_are_told_for_the_take_that_counts(house: AssessedHouse) -> None:
    interview, key = house.entered(voice=False, language="zh")
    questions = house.room.look(key).plan.questions
    house.recordings.submit_text(key, questions[0].id, CONCRETE["zh"])
    asked = questions[0].id
    noticed(
        house,
        interview.id,
        (asked, "left_page", 1, 5_000, 8_000),
        (asked, "left_page", 1, 20_000, 400),
        (asked, "pasted", 1, 30_000, 240),
        (asked, "pasted", 1, 31_000, 5),
        (asked, "device_changed", 1, 40_000, 0),
        (asked, "left_page", 2, 1_000, 9_000),
        (asked, "unheard_of", 1, 1_000, 1),
    )
    found = told(house, interview.id).events
    assert [(one.kind, one.start_s, one.amount) for one in found] == [
        (IntegrityKind.LEFT_PAGE, 5.0, 8.0),
        (IntegrityKind.PASTED, 30.0, 240.0),
        (IntegrityKind.DEVICE_CHANGED, 40.0, 0.0),
    ]
    assert all(one.on_page for one in found)


def test_two_parts_recorded_at_once_are_another_connection_and_a_short_overlap_is_not(
    house: AssessedHouse,
) -> None:
    interview_id = filmed(house)
    (answer,) = house.databases.core.read(lambda tx: store.answers(tx, interview_id))
    start = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def parts(overlap_s: float) -> tuple[Segment, ...]:
        first = msgspec.structs.replace(
            answer.segments[0], started_at=start, ended_at=start + timedelta(seconds=30)
        )
        begun = first.ended_at - timedelta(seconds=overlap_s)
        return first, msgspec.structs.replace(first, started_at=begun, ended_at=begun + timedelta(seconds=20))

    for overlap_s, expected in ((1.0, []), (6.0, [IntegrityKind.EXTRA_CONNECTION])):
        segments = parts(overlap_s)
        house.databases.core.write(partial(store.update_answer, answer_id=answer.id, segments=segments))
        assert kinds(house, interview_id) == expected


def test_no_event_moves_a_score(house: AssessedHouse, scene: Scene, company: Company) -> None:
    interview_id = filmed(house)
    (quiet,) = analyses(house, interview_id)
    scene.faces, company.turns = 2, [SpeakerTurn(0, 0.0, 4.0), SpeakerTurn(1, 5.0, 6.5)]
    noticed(
        house,
        interview_id,
        (quiet.question_id, "left_page", 1, 1_000, 60_000),
        (quiet.question_id, "pasted", 1, 2_000, 900),
    )
    house.databases.core.write(lambda tx: _once_more(tx, quiet.answer_id))
    assert house.work(ANALYSE_ANSWER) == 0
    (loud,) = analyses(house, interview_id)
    assert len(kinds(house, interview_id)) == 4
    assert quiet.reading.levels and loud.reading == quiet.reading


def test_every_kind_says_what_was_seen_and_what_harmless_reasons_there_are(house: AssessedHouse) -> None:
    for words in (TITLES, SEEN, HARMLESS):
        assert set(words) == set(IntegrityKind)
        assert len(set(words.values())) == len(IntegrityKind)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_timeline_opens_for_who_may_see_the_interview_and_says_reasons_in_their_language(
    house: AssessedHouse, scene: Scene, company: Company, language: str
) -> None:
    scene.faces, company.turns = 2, [SpeakerTurn(0, 0.0, 4.0), SpeakerTurn(1, 5.0, 6.5)]
    interview_id = filmed(house)
    page = house.client(Role.HR_MANAGER, language=language).get(f"/interviews/{interview_id}/timeline")
    assert page.status_code == 200, page.text
    catalogue = {"en": "A television, a ward", "zh": "电视"}
    assert catalogue[language] in page.text and "#t=5.0" in page.text
    assert house.actions().count("interview.timeline_opened") == 1
    assert house.client(Role.INTERVIEWER).get(f"/interviews/{interview_id}/timeline").status_code == 403


# reading gaze, on simulated eyes


def _meshes(gaze: Sequence[float]) -> list[FaceMeshFrame]:
    return [FaceMeshFrame(present=True, gaze_x=value) for value in gaze]


def _reader(chance: random.Random, noise: float, seconds: float = 24.0) -> list[float]:
    """Lines of about equal length, swept in 2 to 4 seconds, over a fifth to a third of the eye."""
    period, swing = chance.uniform(2.0, 4.0), chance.uniform(0.25, 0.4)
    gaze: list[float] = []
    begun, length = 0.0, period
    for step in range(int(seconds * PICTURES_PER_S)):
        at_s = step / PICTURES_PER_S
        if at_s - begun >= length:
            begun, length = at_s, period * chance.uniform(0.85, 1.15)
        gaze.append(swing * ((at_s - begun) / length - 0.5) + chance.gauss(0.0, noise))
    return gaze


def _thinker(chance: random.Random, noise: float, seconds: float = 24.0) -> list[float]:
    """Eyes that stay for a while, then go somewhere else: no sweep in it."""
    gaze: list[float] = []
    place, left = 0.0, 0
    for _ in range(int(seconds * PICTURES_PER_S)):
        if left == 0:
            place, left = chance.uniform(-0.4, 0.4), chance.randint(2, 20)
        left -= 1
        gaze.append(place + chance.gauss(0.0, noise))
    return gaze


def _found(gaze: Sequence[float]) -> bool:
    times = [step / PICTURES_PER_S for step in range(len(gaze))]
    return gaze_sweeps(times, _meshes(gaze)) is not None


def test_readers_are_found_and_thinkers_hardly_ever_taken_for_one() -> None:
    chance = random.Random(20261125)  # noqa: S311 - eyes, not keys
    readers = sum(_found(_reader(chance, 0.05)) for _ in range(150))
    thinkers = sum(_found(_thinker(chance, 0.05)) for _ in range(150))
    still = sum(_found([chance.gauss(0.0, 0.05) for _ in range(120)]) for _ in range(150))
    assert (readers / 150 >= 0.8, thinkers / 150 <= 0.02, still) == (True, True, 0), (readers, thinkers)


def test_a_gap_in_the_picture_is_no_reading() -> None:
    assert gaze_sweeps([], []) is None
    absent = [FaceMeshFrame(present=False)] * 120
    assert gaze_sweeps([step / PICTURES_PER_S for step in range(120)], absent) is None
