"""The chain of one answer: every stage visible and kept, bad recordings named, nothing scored that should not be."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.identity.permissions import Role
from appliance.interviews import store
from appliance.interviews.analysis import store as part_store
from appliance.interviews.analysis.delay import report_delay, waited_for
from appliance.interviews.analysis.expletives import without_expletives
from appliance.interviews.analysis.sensitive import SensitiveTopic, topic_of
from appliance.interviews.analysis.transcript import sentences_of_text
from appliance.interviews.analysis.voices import Voices, needs_ears, said_by_others, voices_of
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis, Stage, StageSpan
from appliance.interviews.model import ANALYSE_ANSWER, ASSESS, AnswerState
from appliance.interviews.scoring.levels import PersonReason
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from inference.errors import InferenceUnavailable
from inference.ports import (
    Diarization,
    FrameFaces,
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
from tests.interviews.test_assessment import HR, HeardSpeech, RelevantToAll, SeeingVision

VIDEO = "video/webm;codecs=vp8,opus"


class Listener(HeardSpeech):
    """Hears what the test says, counts what it is asked, and can be away."""

    def __init__(self) -> None:
        self.said = [piece + "。" for piece in CONCRETE["zh"].rstrip("。").split("。")]
        self.turns = [SpeakerTurn(0, 0.0, 60.0)]
        self.language = "zh"
        self.certainty = {"zh": 0.9}
        self.away: set[str] = set()
        self.asked: list[str] = []

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what in self.away:
            raise InferenceUnavailable(f"{what} is away")

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        self._ask("voice activity")
        return super().voice_activity(pcm16, deadline_s=deadline_s)

    def transcribe(self, pcm16: bytes, *, language: str | None, deadline_s: float) -> Transcript:
        self._ask("transcribe")
        heard_as = language or self.language
        probability = self.certainty.get(heard_as, 0.4)
        words = [Word(text, at * 5.0, at * 5.0 + 4.0, probability) for at, text in enumerate(self.said)]
        return Transcript(
            language=heard_as,
            text="".join(self.said),
            words=words,
            duration_s=20.0,
            seconds=0.1,
            model="heard",
            model_sha256="1" * 64,
        )

    def diarize(self, pcm16: bytes, *, deadline_s: float) -> Diarization:
        self._ask("diarize")
        return diarized(*self.turns)

    def prosody(self, pcm16: bytes, *, deadline_s: float) -> Prosody:
        self._ask("prosody")
        return super().prosody(pcm16, deadline_s=deadline_s)


class Watcher(SeeingVision):
    """Counts what it is asked, and can be away."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    def detect_faces(self, jpegs: Sequence[bytes], *, deadline_s: float) -> list[FrameFaces]:
        self.asked += 1
        if self.away:
            raise InferenceUnavailable("vision is away")
        return super().detect_faces(jpegs, deadline_s=deadline_s)


def diarized(*turns: SpeakerTurn) -> Diarization:
    return Diarization(
        turns=list(turns),
        speakers=len({turn.speaker for turn in turns}),
        duration_s=60.0,
        seconds=0.1,
        model="voices",
        model_sha256="2" * 64,
    )


@pytest.fixture
def speech() -> Listener:
    return Listener()


@pytest.fixture
def vision() -> Watcher:
    return Watcher()


@pytest.fixture
def llm() -> ScriptedLlm:
    return RelevantToAll(
        "", always({"4": 0.7, "5": 0.2, "3": 0.1}), always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    )


@pytest.fixture
def house(
    tmp_path: Path, clock: FixedClock, llm: ScriptedLlm, speech: Listener, vision: Watcher
) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    yield AssessedHouse(tmp_path, databases, keys, clock, llm, speech, vision)
    databases.close()


def filmed(house: AssessedHouse, data: bytes | None = None) -> str:
    """An interview whose first answer is recorded; returns its id."""
    interview, key = house.entered(language="zh")
    house.recorded(key, 0, data or recording(2.0), VIDEO)
    return interview.id


def analysis_of(house: AssessedHouse, interview_id: str) -> AnswerAnalysis:
    found = house.databases.core.read(lambda tx: assessment_store.analyses(tx, interview_id))
    (analysis,) = found.values()
    return analysis


def worked(house: AssessedHouse, data: bytes | None = None) -> AnswerAnalysis:
    interview_id = filmed(house, data)
    assert house.work(ANALYSE_ANSWER) == 0
    return analysis_of(house, interview_id)


def read_by(llm: ScriptedLlm) -> str:
    """All that the model was given."""
    return "\n".join(message.content for request in llm.asked for message in request.messages)


# the chain


def test_while_the_language_model_is_away_nothing_heard_or_seen_is_paid_for_twice(
    house: AssessedHouse, llm: ScriptedLlm, speech: Listener, vision: Watcher
) -> None:
    interview_id = filmed(house)
    llm.away = True
    assert house.work(ANALYSE_ANSWER) == 1
    asked, looked = list(speech.asked), vision.asked
    kept = house.databases.core.read(lambda tx: part_store.kept_stages(tx, interview_id))
    assert set.union(*kept.values()) == {Stage.LISTENING, Stage.VOICES, Stage.WATCHING, Stage.PROSODY}
    llm.away = False
    house.clock.advance(timedelta(minutes=1))
    assert house.work(ANALYSE_ANSWER) == 0
    assert (speech.asked, vision.asked) == (asked, looked)
    analysis = analysis_of(house, interview_id)
    assert analysis.reading.levels and {"listening", "watching", "reading"} <= set(analysis.seconds)
    assert house.databases.core.read(lambda tx: part_store.kept_stages(tx, interview_id)) == {}


def test_a_stage_that_an_engine_cannot_serve_is_told_with_when_it_goes_on(
    house: AssessedHouse, speech: Listener
) -> None:
    interview_id = filmed(house)
    speech.away = {"diarize"}
    assert house.work(ANALYSE_ANSWER) == 1
    line = house.progress.of(interview_id).lines[0]
    assert (line.stage, line.waits_for) == (Stage.VOICES, "speech")
    assert line.waiting_until is not None and line.waiting_until > house.clock.now()
    assert line.ahead == (Stage.WATCHING, Stage.PROSODY, Stage.READING)
    for language, words in (("zh", "在等语音引擎"), ("en", "Waits for the speech engine")):
        page = house.client(Role.HR_MANAGER, language=language).get(f"/interviews/{interview_id}")
        assert words in page.text
        board = house.client(Role.HR_MANAGER, language=language).get("/interviews")
        assert 'hx-trigger="every 5s"' in board.text and interview_id in board.text
    speech.away = set()
    house.clock.advance(timedelta(minutes=1))
    assert house.work(ANALYSE_ANSWER) == 0
    line = house.progress.of(interview_id).lines[0]
    assert (line.stage, line.waits_for, line.waiting_until) == (Stage.DONE, "", None)


def test_what_fails_at_the_last_attempt_is_left_to_a_person_and_the_report_is_written(
    house: AssessedHouse, speech: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    interview, key = house.entered(language="zh")
    house.recorded(key, 0, recording(2.0), VIDEO)
    for question in house.room.look(key).plan.questions[1:]:
        house.recordings.submit_text(key, question.id, CONCRETE["zh"])
    house.room.finish(key)

    def broken(pcm16: bytes, *, deadline_s: float) -> Diarization:
        raise ZeroDivisionError

    monkeypatch.setattr(speech, "diarize", broken)
    for _ in range(8):
        house.work_failing(ANALYSE_ANSWER)
        house.clock.advance(timedelta(minutes=15))
    answers = house.databases.core.read(lambda tx: store.answers(tx, interview.id))
    assert sorted(answer.state for answer in answers) == [
        AnswerState.ANALYSED,
        AnswerState.ANALYSED,
        AnswerState.FAILED,
    ]
    assert house.work(ASSESS) == 0
    assert set(house.job_states(ANALYSE_ANSWER)) == {"done"}


def test_erasing_an_interview_leaves_no_part_of_an_analysis(house: AssessedHouse, llm: ScriptedLlm) -> None:
    interview_id = filmed(house)
    llm.away = True
    house.work(ANALYSE_ANSWER)
    house.databases.core.write(lambda tx: assessment_store.erase(tx, interview_id))
    assert house.databases.core.read(lambda tx: part_store.kept_stages(tx, interview_id)) == {}


def test_the_wait_for_a_report_is_split_among_the_stages_that_ran() -> None:
    begin = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

    def span(stage: Stage, after_s: float, seconds: float) -> StageSpan:
        return StageSpan(stage, begin + timedelta(seconds=after_s), seconds)

    spans = [
        span(Stage.LISTENING, -20.0, 30.0),
        span(Stage.WATCHING, 10.0, 20.0),
        span(Stage.READING, 20.0, 20.0),
    ]
    waited = waited_for(spans, begin, begin + timedelta(seconds=50))
    assert waited == {"listening": 10.0, "watching": 15.0, "reading": 15.0, "queued": 10.0}


def test_the_record_says_what_a_report_waited_for(house: AssessedHouse) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    assert house.databases.core.read(lambda tx: report_delay(tx, interview_id)) is None
    house.clock.advance(timedelta(seconds=40))
    house.work_through()
    delay = house.databases.core.read(lambda tx: report_delay(tx, interview_id))
    assert delay is not None and delay.seconds == 40.0
    assert sum(delay.waited_s.values()) == pytest.approx(40.0) and set(delay.work_s) == {"reading"}


# bad input


def test_a_recording_without_sound_says_so_and_is_not_heard(house: AssessedHouse, speech: Listener) -> None:
    analysis = worked(house, recording(2.0, sound=None))
    assert analysis.reading.needs_person is PersonReason.NO_SOUND
    assert speech.asked == [] and analysis.observations.pictures > 0


def test_silence_and_music_are_nobody_speaking(house: AssessedHouse, speech: Listener) -> None:
    speech.spoken = False
    analysis = worked(house)
    assert analysis.reading.needs_person is PersonReason.SILENT
    assert speech.asked == ["voice activity"]


def test_an_answer_in_another_language_is_kept_as_said_and_goes_to_a_person(
    house: AssessedHouse, speech: Listener, llm: ScriptedLlm
) -> None:
    speech.language, speech.certainty = "en", {"en": 0.9, "zh": 0.4}
    speech.said = ["Last October a colleague and I wanted opposite things.", "I asked her for half an hour."]
    analysis = worked(house)
    assert analysis.reading.needs_person is PersonReason.OTHER_LANGUAGE
    assert (analysis.heard_language, analysis.reading.levels) == ("en", ())
    assert "colleague" in analysis.sentences[0].text and llm.asked == []


def test_a_dialect_taken_for_another_language_is_read_all_the_same(
    house: AssessedHouse, speech: Listener
) -> None:
    speech.language, speech.certainty = "ja", {"ja": 0.72, "zh": 0.7}
    analysis = worked(house)
    assert analysis.heard_language is None and analysis.reading.levels


def test_a_televisions_words_are_kept_and_marked_and_no_evidence(
    house: AssessedHouse, speech: Listener, llm: ScriptedLlm
) -> None:
    speech.said = [*speech.said, "后来我们一起总结,排班更稳了。", "欢迎收看今天的天气预报。"]
    last = (len(speech.said) - 1) * 5.0
    speech.turns = [SpeakerTurn(0, 0.0, last - 0.5), SpeakerTurn(1, last, last + 4.0)]
    analysis = worked(house)
    assert [one.other_voice for one in analysis.sentences] == [False] * 4 + [True]
    assert "天气预报" in analysis.sentences[-1].text and "天气预报" not in read_by(llm)
    assert analysis.reading.needs_person is None and analysis.reading.levels


def test_where_it_is_unclear_who_the_candidate_is_a_person_listens(
    house: AssessedHouse, speech: Listener, llm: ScriptedLlm
) -> None:
    speech.turns = [SpeakerTurn(0, 0.0, 8.0), SpeakerTurn(1, 8.0, 15.0)]
    analysis = worked(house)
    assert analysis.reading.needs_person is PersonReason.VOICES_UNCLEAR
    assert llm.asked == [] and analysis.sentences


@pytest.mark.parametrize("language", ["zh", "en"])
def test_swearing_changes_nothing_that_the_model_reads(language: str) -> None:
    plain = CONCRETE[language]
    swearing = {
        "zh": [("我先约她", "他妈的我先约她"), ("最后试行", "卧槽,最后试行")],
        "en": [("I asked her", "I fucking asked her"), ("In the end errors", "In the end the damn errors")],
    }
    sworn = plain.replace("the end errors", "the end the errors")
    expected = sworn
    for polite, rude in swearing[language]:
        sworn = sworn.replace(polite, rude).replace("the end the errors", "the end the damn errors")
    assert sworn != expected
    cleaned = [without_expletives(one.text) for one in sentences_of_text(sworn)]
    assert cleaned == [one.text for one in sentences_of_text(expected)]


def test_swearing_stays_in_the_transcript(house: AssessedHouse, speech: Listener, llm: ScriptedLlm) -> None:
    speech.said[1] = "他妈的" + speech.said[1]
    analysis = worked(house)
    assert "他妈的" in analysis.sentences[1].text and "他妈的" not in read_by(llm)
    assert analysis.reading.levels


def test_what_is_told_of_ones_own_illness_reaches_no_model_no_evidence_and_no_strength(
    house: AssessedHouse, llm: ScriptedLlm
) -> None:
    ill = "去年我得了抑郁症住院两个月。" + CONCRETE["zh"]
    interview_id = house.finished(ill, CONCRETE["zh"], CONCRETE["zh"])
    house.work_through()
    assert "抑郁" not in read_by(llm)
    report = house.reports.open(HR, interview_id)
    (marked,) = [one for answer in report.answers for one in answer.sentences if one.sensitive]
    assert (marked.sensitive, marked.number) == (SensitiveTopic.HEALTH, 1)
    quotes = [quote.text for one in report.competencies for quote in one.quotes]
    quotes += [point.quote.text for point in (*report.strengths, *report.risks)]
    assert quotes and not any("抑郁" in quote for quote in quotes)
    assert report.match is not None


def test_an_answer_about_nothing_else_is_too_short_and_not_low(house: AssessedHouse) -> None:
    interview_id = house.finished(
        "去年我得了抑郁症,住院两个月,一直在家休养,现在还在吃药,每个月复查一次。", "", ""
    )
    house.work(ANALYSE_ANSWER)
    found = house.databases.core.read(lambda tx: assessment_store.progress(tx, interview_id))
    assert PersonReason.TOO_SHORT in {one.needs_person for one in found}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("我去年查出甲状腺癌。", SensitiveTopic.HEALTH),
        ("我当时生病住院了。", SensitiveTopic.HEALTH),
        ("我怀孕五个月的时候还在上夜班。", SensitiveTopic.PREGNANCY),
        ("我打算明年要二胎。", SensitiveTopic.PREGNANCY),
        ("我离婚以后一个人带孩子。", SensitiveTopic.FAMILY),
        ("我是回族,不吃猪肉。", SensitiveTopic.ETHNICITY),
        ("我是基督徒,周日做礼拜。", SensitiveTopic.RELIGION),
        ("我有二级听力残疾。", SensitiveTopic.DISABILITY),
        ("I was diagnosed with cancer two years ago.", SensitiveTopic.HEALTH),
        ("I was six months pregnant then.", SensitiveTopic.PREGNANCY),
        ("My husband looks after our kids.", SensitiveTopic.FAMILY),
        ("As I am Muslim I asked for Friday off.", SensitiveTopic.RELIGION),
    ],
)
def test_protected_topics_told_of_oneself_are_marked(text: str, topic: SensitiveTopic) -> None:
    assert topic_of(text) is topic


@pytest.mark.parametrize(
    "text",
    [
        "我们科有位病人得了肺癌,家属情绪很激动。",
        "我的病人半夜突然心跳骤停,我马上做心肺复苏。",
        "我负责住院部三十张床的排班。",
        "我给一位怀孕的客户优先办理了业务。",
        "我照顾过很多糖尿病患者。",
        "My patient was diagnosed with cancer and I called the family.",
        "I cared for pregnant women on the ward.",
        "I married two databases into one system.",
        *[piece for piece in CONCRETE["zh"].split("。") if piece],
        CONCRETE["en"],
    ],
)
def test_a_nurses_patients_are_her_work_and_not_marked(text: str) -> None:
    assert topic_of(text) is None


# voices


def test_short_turns_of_others_are_no_stretch_and_close_ones_are_one() -> None:
    turns = [
        SpeakerTurn(0, 0.0, 10.0),
        SpeakerTurn(1, 2.0, 2.8),
        SpeakerTurn(1, 11.0, 11.6),
        SpeakerTurn(2, 11.9, 12.6),
        SpeakerTurn(0, 13.0, 20.0),
    ]
    voices = voices_of(diarized(*turns))
    assert [(one.start_s, one.end_s) for one in voices.others] == [(11.0, 12.6)]
    assert voices.speakers == 3 and voices.other_share == pytest.approx(2.1 / 19.1, abs=0.001)


def test_who_speaks_over_somebody_else_loses_no_word() -> None:
    voices = voices_of(
        diarized(SpeakerTurn(0, 0.0, 10.0), SpeakerTurn(1, 4.0, 6.0), SpeakerTurn(1, 11.0, 13.0))
    )
    words = [Word("mine", 4.5, 5.5, 0.9), Word("theirs", 11.5, 12.0, 0.9)]
    assert said_by_others(words, voices) == [False, True]


def test_silence_has_no_voices() -> None:
    assert voices_of(diarized()).others == () and not needs_ears([], Voices())
