"""From the last answer to the report: each step once, whatever happens in between."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appliance.audit.ledger import verify
from appliance.identity.permissions import Role
from appliance.interviews import store
from appliance.interviews.analysis.observations import ObservationKind
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import Stage
from appliance.interviews.model import (
    ANALYSE_ANSWER,
    ASSESS,
    AnalyseAnswer,
    Answer,
    AnswerState,
    InterviewState,
)
from appliance.interviews.report.report import PointKind, Report, SuggestionKind
from appliance.interviews.scoring.levels import PersonReason
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.errors import Conflict, Forbidden, NotFound
from appliance.kernel.jobs import enqueue
from appliance.kernel.schema import OUTBOX
from appliance.recruiting.model import CandidateState
from inference.engines import Unavailable
from inference.ports import (
    ChatRequest,
    ChatResult,
    Diarization,
    Expression,
    FaceBox,
    FaceMatch,
    FaceMeshFrame,
    FrameFaces,
    MovementFrame,
    Prosody,
    SpeakerTurn,
    SpeechSegment,
    Transcript,
    Word,
)
from tests.fresh import fresh_keys
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.recorded import recording
from tests.interviews.scripted import ScriptedLlm, always

HR = Actor("account-hr", ActorKind.PERSON, frozenset({"interviews.read", "interviews.manage"}), "account 2")
VAGUE = "我这个人比较随和,跟同事关系一直都不错,很少有矛盾,团队合作很重要,一个人的力量是有限的。"


class RelevantToAll(ScriptedLlm):
    """Takes every answer for one to its own question."""

    def chat(self, request: ChatRequest, *, deadline_s: float) -> ChatResult:
        lines = request.messages[-1].content.splitlines()
        known = (
            "您平时有什么",
            "请介绍一下您的家乡",
            "请谈谈您对薪酬",
            "What are your hobbies",
            "Please describe your home",
            "What do you expect",
        )
        options = [
            line[2:]
            for line in lines
            if line[:2] in {"1 ", "2 ", "3 ", "4 "} and not line[2:].startswith(known)
        ]
        if len(options) == 1:
            self.question = options[0]
        return super().chat(request, deadline_s=deadline_s)


class HeardSpeech(Unavailable):
    """Hears the same two sentences in every recording."""

    spoken = True

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        return [SpeechSegment(0.0, 1.5)] if self.spoken else []

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        said = [piece + "。" for piece in CONCRETE["zh"].rstrip("。").split("。")]
        words = [Word(text, number * 0.5, number * 0.5 + 0.4, 0.9) for number, text in enumerate(said)]
        return Transcript(
            language=language or "zh",
            text="".join(said),
            words=words,
            duration_s=2.0,
            seconds=0.1,
            model="heard",
            model_sha256="1" * 64,
        )

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        return Diarization(
            turns=[SpeakerTurn(0, 0.0, 1.5)],
            speakers=1,
            duration_s=2.0,
            seconds=0.1,
            model="voices",
            model_sha256="2" * 64,
        )

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody:
        return Prosody(
            speech_rate_syllables_per_s=4.0,
            pauses=[],
            longest_pause_s=0.0,
            pause_share=0.0,
            pitch_median_hz=200.0,
            pitch_range_semitones=6.0,
            loudness_dbfs_median=-20.0,
            duration_s=2.0,
            seconds=0.1,
        )


class SeeingVision(Unavailable):
    """Sees one face in every picture."""

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]:
        return [FrameFaces([FaceBox(0.3, 0.3, 0.4, 0.4, 0.9)]) for _ in jpegs]

    def face_mesh(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FaceMeshFrame]:
        return [FaceMeshFrame(present=True, yaw_deg=5.0, looking_at_camera=True) for _ in jpegs]

    def verify(self, jpeg_a: bytes, jpeg_b: bytes, *, deadline_s: float) -> FaceMatch:
        return FaceMatch(distance=0.2, threshold=0.6, same=True, model="faces", model_sha256="3" * 64)

    def expression(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[Expression]:
        return [Expression(present=True, probabilities={"neutral": 0.75, "happy": 0.25}) for _ in jpegs]

    def movement(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[MovementFrame]:
        return [MovementFrame(present=True, hands=1, upper_body=0.1, hand=0.2) for _ in jpegs]


@pytest.fixture
def llm() -> ScriptedLlm:
    return RelevantToAll(
        "", always({"4": 0.7, "5": 0.2, "3": 0.1}), always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    )


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock, llm: ScriptedLlm) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    yield AssessedHouse(tmp_path, databases, keys, clock, llm, HeardSpeech(), SeeingVision())
    databases.close()


def report_of(house: AssessedHouse, interview_id: str) -> Report:
    return house.reports.open(HR, interview_id)


def events(house: AssessedHouse) -> list[str]:
    query = sa.select(OUTBOX.c.kind).order_by(OUTBOX.c.seq)
    return [str(row.kind) for row in house.databases.core.read(lambda tx: tx.execute(query).all())]


def test_three_written_answers_become_a_report_and_the_candidate_moves_on(house: AssessedHouse) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    house.work_through()
    report = report_of(house, interview_id)
    assert report.match is not None and report.match.low < report.match.value < report.match.high
    assert report.match.value == pytest.approx(7.75, abs=0.051)
    assert (report.covered, report.validated) == (1.0, False)
    assert house.candidate_state() is CandidateState.assessed
    assert events(house).count("InterviewAssessed") == 1
    assert house.actions().count("interview.assessed") == 1
    assert verify(house.databases.core).broken_at is None


def test_every_quote_is_word_for_word_in_the_answer_it_names(house: AssessedHouse) -> None:
    report = report_of(house, _worked(house, CONCRETE["zh"], CONCRETE["zh"], VAGUE))
    quotes = [quote for one in report.competencies for quote in one.quotes]
    assert quotes
    for quote in quotes:
        answer = next(one for one in report.answers if one.answer_id == quote.answer_id)
        assert answer.sentences[quote.sentence - 1].text == quote.text
        assert quote.text in CONCRETE["zh"]
    assert {point.kind for point in report.strengths} == {PointKind.HIGH_LEVEL}


def test_a_held_back_answer_shows_no_number_and_is_asked_about_in_person(house: AssessedHouse) -> None:
    report = report_of(house, _worked(house, CONCRETE["zh"], "还行吧。", CONCRETE["zh"]))
    held = report.competency("problem_solving")
    assert held is not None
    assert (held.level, held.score, held.needs_person) == (None, None, (PersonReason.TOO_SHORT,))
    assert report.needs_person and report.match is not None
    assert any(
        one.kind is SuggestionKind.UNSEEN and one.competency_id == "problem_solving"
        for one in report.suggestions
    )


def test_no_match_is_shown_when_most_of_the_interview_needs_a_person(house: AssessedHouse) -> None:
    report = report_of(house, _worked(house, CONCRETE["zh"], "还行吧。", ""))
    assert (report.match, report.covered) == (None, 0.333)


def test_the_report_waits_for_the_last_analysis(house: AssessedHouse) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    assert house.work(ASSESS) == 1
    with pytest.raises(Conflict):
        report_of(house, interview_id)
    house.work(ANALYSE_ANSWER)
    house.clock.advance(_minutes(1))
    assert house.work(ASSESS) == 0
    assert report_of(house, interview_id).interview_id == interview_id


def test_while_the_model_is_away_nothing_is_lost_and_nothing_is_marked_failed(
    house: AssessedHouse, llm: ScriptedLlm
) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    llm.away = True
    assert house.work(ANALYSE_ANSWER) == 3
    assert {one.state for one in _answers(house, interview_id)} == {AnswerState.SUBMITTED}
    llm.away = False
    house.clock.advance(_minutes(1))
    house.work_through()
    assert report_of(house, interview_id).covered == 1.0


def test_an_answer_is_analysed_once_however_often_the_job_comes(
    house: AssessedHouse, llm: ScriptedLlm
) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    house.work_through()
    asked, before = len(llm.asked), report_of(house, interview_id)
    for answer in _answers(house, interview_id):
        _enqueue_again(house, AnalyseAnswer(answer.id))
    house.work(ANALYSE_ANSWER)
    assert len(llm.asked) == asked
    assert report_of(house, interview_id) == before
    assert house.actions().count("interview.answer_analysed") == 3


def test_progress_shows_the_stage_of_each_answer(house: AssessedHouse) -> None:
    interview_id = house.finished(CONCRETE["zh"], "还行吧。", CONCRETE["zh"])
    house.work(ANALYSE_ANSWER)
    progress = house.databases.core.read(lambda tx: assessment_store.progress(tx, interview_id))
    assert [one.stage for one in progress] == [Stage.DONE] * 3
    assert sorted(one.needs_person for one in progress) == ["", "", "too_short"]


def test_a_video_answer_is_heard_seen_and_quoted_with_its_seconds(house: AssessedHouse) -> None:
    interview, key = house.entered(language="zh")
    house.recorded(key, 0, recording(2.0), "video/webm;codecs=vp8,opus")
    house.work(ANALYSE_ANSWER)
    analysis = next(
        iter(house.databases.core.read(lambda tx: assessment_store.analyses(tx, interview.id)).values())
    )
    assert [sentence.start_s for sentence in analysis.sentences] == [0.0, 0.5, 1.0]
    assert analysis.observations.pictures in {2, 3}
    shares = {figure.kind: figure.value for figure in analysis.observations.figures}
    assert shares[ObservationKind.FACE_PRESENT_SHARE] == shares[ObservationKind.LOOKING_SHARE] == 1.0
    assert analysis.speech is not None and analysis.speech.word_probability == pytest.approx(0.9)
    assert {"decoding", "listening", "voices", "watching", "prosody", "reading"} == set(analysis.seconds)


def test_a_recording_in_which_nobody_speaks_is_not_transcribed(
    house: AssessedHouse, llm: ScriptedLlm
) -> None:
    assert isinstance(house.site.engines.speech, HeardSpeech)
    house.site.engines.speech.spoken = False
    interview, key = house.entered(language="zh")
    house.recorded(key, 0, recording(2.0), "video/webm;codecs=vp8,opus")
    house.work(ANALYSE_ANSWER)
    found = house.databases.core.read(lambda tx: assessment_store.progress(tx, interview.id))
    assert [one.needs_person for one in found] == [PersonReason.SILENT]
    assert llm.asked == []


def test_a_damaged_recording_marks_the_answer_and_leaves_the_others_alone(house: AssessedHouse) -> None:
    interview, key = house.entered(language="zh")
    questions = house.room.look(key).plan.questions
    house.recorded(key, 0, b"\x1a\x45\xdf\xa3" + b"webm" + bytes(4000), "video/webm;codecs=vp8,opus")
    for question in questions[1:]:
        house.recordings.submit_text(key, question.id, CONCRETE["zh"])
    house.room.finish(key)
    house.work_through()
    states = {answer.question_id: answer.state for answer in _answers(house, interview.id)}
    assert states[questions[0].id] is AnswerState.FAILED
    report = report_of(house, interview.id)
    held = next(one for one in report.answers if one.needs_person is not None)
    assert held.needs_person is PersonReason.UNREADABLE_MEDIA
    assert report.covered == pytest.approx(0.667)


def test_a_report_is_open_to_recruiting_and_named_interviewers_only(house: AssessedHouse) -> None:
    interview_id = _worked(house, CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    stranger = Actor("account-x", ActorKind.PERSON, frozenset({"interviews.read"}), "account 3")
    with pytest.raises(Forbidden):
        house.reports.open(stranger, interview_id)
    house.databases.core.write(lambda tx: store.name_interviewer(tx, interview_id, stranger.id, HR.id))
    assert house.reports.open(stranger, interview_id).interview_id == interview_id
    with pytest.raises(NotFound):
        house.reports.open(HR, "no-such-interview")
    assert house.actions().count("report.opened") == 1


def test_a_finished_interview_is_assessed_exactly_once(house: AssessedHouse) -> None:
    interview_id = _worked(house, CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    interview = house.databases.core.read(lambda tx: store.interview(tx, interview_id))
    assert interview is not None and interview.state is InterviewState.ASSESSED
    assert house.job_states(ASSESS) == ["done"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_not_validated_and_every_quote_has_a_way_to_its_source(
    house: AssessedHouse, language: str
) -> None:
    interview_id = _worked(house, CONCRETE["zh"], CONCRETE["zh"], "还行吧。")
    client = house.client(Role.HR_MANAGER, language=language)
    response = client.get(f"/interviews/{interview_id}/report")
    assert response.status_code == 200, response.text
    label = "Not validated here" if language == "en" else "未经本单位验证"
    assert response.text.count(label) >= 3
    assert "<svg" in response.text and "<script>" not in response.text and "style=" not in response.text
    pdf = client.get(f"/interviews/{interview_id}/report.pdf")
    assert (pdf.status_code, pdf.content[:5]) == (200, b"%PDF-")
    assert "测试甲" not in pdf.headers["content-disposition"]


def test_a_spoken_quote_links_to_its_second(house: AssessedHouse) -> None:
    interview, key = house.entered(language="zh")
    questions = house.room.look(key).plan.questions
    house.recorded(key, 0, recording(2.0), "video/webm;codecs=vp8,opus")
    for question in questions[1:]:
        house.recordings.submit_text(key, question.id, CONCRETE["zh"])
    house.room.finish(key)
    house.work_through()
    answer = _answers(house, interview.id)[0]
    text = house.client(Role.HR_MANAGER).get(f"/interviews/{interview.id}/report").text
    assert f'href="/recordings/{answer.id}#t=0.5"' in text


def test_the_api_gives_the_same_report(house: AssessedHouse) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    client, headers = house.client(), house.bearer()
    assert client.get(f"/api/v1/interviews/{interview_id}/report", headers=headers).status_code == 409
    house.work_through()
    found = client.get(f"/api/v1/interviews/{interview_id}/report", headers=headers).json()
    assert found["validated"] is False
    assert len(found["competencies"]) == 3
    assert found["made"]["language_models"] == ["scripted"]


def test_a_candidate_cannot_break_out_of_the_page_or_the_pdf(house: AssessedHouse) -> None:
    hostile = '<script>alert(1)</script> #eval("1") $x$ ' + CONCRETE["zh"]
    interview_id = _worked(house, hostile, CONCRETE["zh"], CONCRETE["zh"])
    client = house.client(Role.HR_MANAGER)
    assert "<script>alert" not in client.get(f"/interviews/{interview_id}/report").text
    assert client.get(f"/interviews/{interview_id}/report.pdf").status_code == 200


def _worked(house: AssessedHouse, *texts: str) -> str:
    interview_id = house.finished(*texts)
    house.work_through()
    return interview_id


def _answers(house: AssessedHouse, interview_id: str) -> list[Answer]:
    return house.databases.core.read(lambda tx: store.answers(tx, interview_id))


def _enqueue_again(house: AssessedHouse, payload: AnalyseAnswer) -> None:
    house.databases.core.write(lambda tx: enqueue(tx, ANALYSE_ANSWER, payload))


def _minutes(count: int) -> timedelta:
    return timedelta(minutes=count)
