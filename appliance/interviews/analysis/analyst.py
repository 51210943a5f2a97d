"""One submitted answer, analysed as soon as it is there: heard, seen, read.

The job `interviews.analyse_answer` may begin more often than once; its result, the answer's new state and the
end of the job commit together. Engines that are away put the job back; a recording that cannot be decoded, or
that an engine refuses, marks the answer as failed with its reason, and a person listens to it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from statistics import fmean

import msgspec
from msgspec import Struct

from appliance.audit.ledger import record
from appliance.interviews import store
from appliance.interviews.analysis.observations import (
    STEP_S,
    Observations,
    observe_speech,
    observe_video,
    together,
)
from appliance.interviews.analysis.transcript import Sentence, sentences_of_text, sentences_of_words
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import SHARE_DONE, AnswerAnalysis, SpeechUse, Stage
from appliance.interviews.model import AnalyseAnswer, Answer, AnswerKind, AnswerState, Interview, Question
from appliance.interviews.plans.rubrics import Competency, Language, RubricLibrary
from appliance.interviews.recordings.media import (
    Track,
    UnreadableMedia,
    decode_pictures,
    decode_sound,
    tracks_of,
)
from appliance.interviews.rights import store as rights_store
from appliance.interviews.rights.correction import corrected_words
from appliance.interviews.scoring.levels import GatePolicy, PersonReason
from appliance.interviews.scoring.manipulation import hides_text
from appliance.interviews.scoring.reading import Reading, Task, read_answer
from appliance.kernel.actor import MACHINE
from appliance.kernel.blobs import BlobStore
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import KeyDestroyed, NotFound
from appliance.kernel.jobs import JobContext, Permanent, RetryLater
from inference.engines import Engines
from inference.errors import InferenceInvalid, InferenceRefused, InferenceTimeout, InferenceUnavailable
from inference.ports import Word

ENGINE_AWAY_S = 10.0
PICTURES_A_CALL = 16
MIN_SPEECH_S = 1.0
TIMEOUTS_ALLOWED = 3
READING_DEADLINE_S = 180.0
LANGUAGES: dict[str, Language] = {"zh": "zh", "en": "en"}


class Case(Struct, frozen=True):
    """What an analysis needs to know, read in one snapshot."""

    interview: Interview
    question: Question
    answer: Answer

    @property
    def language(self) -> Language:
        return LANGUAGES.get(self.interview.language, "zh")


class Heard(Struct, frozen=True):
    """What the sound of an answer gave."""

    words: tuple[Word, ...]
    sentences: tuple[Sentence, ...]
    duration_s: float
    speech: SpeechUse | None
    observations: Observations


class Stopwatch:
    """Seconds spent in each stage, for the record and for finding where reports wait."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.seconds[stage] = round(self.seconds.get(stage, 0.0) + time.monotonic() - begun, 3)


class Analyst:
    """Analyses answers; `analyse` is the handler of the job `interviews.analyse_answer`."""

    def __init__(
        self, core: Database, blobs: BlobStore, engines: Engines, rubrics: RubricLibrary, policy: GatePolicy
    ) -> None:
        self._core = core
        self._blobs = blobs
        self._engines = engines
        self._rubrics = rubrics
        self._policy = policy

    def analyse(self, job: JobContext) -> None:
        """Analyse the answer that the job names; does nothing for one that is already analysed or
        withdrawn."""
        answer_id = job.decode(AnalyseAnswer).answer_id
        case = self._core.read(lambda tx: load_case(tx, answer_id))
        if case is None or case.answer.state is not AnswerState.SUBMITTED:
            return
        self._core.write(
            lambda tx: assessment_store.begin(tx, answer_id, case.interview.id, case.answer.take)
        )
        watch = Stopwatch()
        try:
            analysis, stage = self._analysis(job, case, watch), Stage.DONE
        except UnreadableMedia:
            analysis, stage = _failed(case, PersonReason.UNREADABLE_MEDIA, watch), Stage.FAILED
        except InferenceInvalid:
            analysis, stage = _failed(case, PersonReason.ANALYSIS_FAILED, watch), Stage.FAILED
        except (InferenceUnavailable, InferenceRefused) as away:
            wait_s = away.retry_after_s if isinstance(away, InferenceRefused) else ENGINE_AWAY_S
            raise RetryLater(wait_s, type(away).__name__) from away
        except InferenceTimeout:
            if job.attempt < TIMEOUTS_ALLOWED:
                raise
            analysis, stage = _failed(case, PersonReason.ANALYSIS_FAILED, watch), Stage.FAILED
        except (KeyDestroyed, NotFound) as erased:
            raise Permanent("the recording was erased before it was analysed") from erased
        job.finish(lambda tx: settle(tx, case, analysis, stage))

    def _analysis(self, job: JobContext, case: Case, watch: Stopwatch) -> AnswerAnalysis:
        if case.answer.kind is AnswerKind.TEXT:
            heard = Heard((), tuple(sentences_of_text(case.answer.text)), 0.0, None, Observations())
            seen = Observations()
        else:
            tracks = tracks_of(self._blobs, case.answer.segments)
            heard = self._hear(job, case, tracks, watch)
            heard = self._as_corrected(case, heard)
            seen = self._watch(job, case, tracks, watch)
        self._tell(job, case, Stage.READING)
        with watch.stage(Stage.READING):
            reading = self._read(case, heard)
        return AnswerAnalysis(
            answer_id=case.answer.id,
            question_id=case.question.id,
            kind=case.answer.kind,
            language=case.language,
            sentences=heard.sentences,
            words=heard.words,
            duration_s=None if case.answer.kind is AnswerKind.TEXT else round(heard.duration_s, 2),
            observations=together(heard.observations, seen),
            reading=reading,
            speech=heard.speech,
            seconds=watch.seconds,
        )

    def _hear(self, job: JobContext, case: Case, tracks: list[Track], watch: Stopwatch) -> Heard:
        self._tell(job, case, Stage.DECODING)
        with watch.stage(Stage.DECODING):
            sound = decode_sound(tracks)
        deadline_s = 60.0 + 3.0 * sound.duration_s
        self._tell(job, case, Stage.LISTENING)
        with watch.stage(Stage.LISTENING):
            # A recogniser makes up words for silence: without speech it is not asked.
            spoken = (
                self._engines.speech.voice_activity(sound.pcm16, deadline_s=deadline_s)
                if sound.present
                else []
            )
            if sum(segment.end_s - segment.start_s for segment in spoken) < MIN_SPEECH_S:
                return Heard((), (), sound.duration_s, None, Observations())
            transcript = self._engines.speech.transcribe(
                sound.pcm16, language=case.language, deadline_s=deadline_s
            )
            prosody = self._engines.speech.prosody(sound.pcm16, deadline_s=deadline_s)
        words = tuple(transcript.words)
        return Heard(
            words,
            tuple(sentences_of_words(words)),
            sound.duration_s,
            SpeechUse(
                model=transcript.model,
                model_sha256=transcript.model_sha256,
                language=transcript.language,
                word_probability=round(fmean(word.probability for word in words), 4) if words else None,
            ),
            observe_speech(words, prosody),
        )

    def _as_corrected(self, case: Case, heard: Heard) -> Heard:
        """The answer in the words that the candidate put right, at the times that were heard."""
        correction = self._core.read(lambda tx: rights_store.correction_of(tx, case.answer.id))
        if correction is None:
            return heard
        words = corrected_words(heard.words, correction.corrected)
        sentences = tuple(sentences_of_words(words))
        return msgspec.structs.replace(heard, words=words, sentences=sentences)

    def _watch(self, job: JobContext, case: Case, tracks: list[Track], watch: Stopwatch) -> Observations:
        if case.answer.kind is not AnswerKind.VIDEO:
            return Observations()
        self._tell(job, case, Stage.WATCHING)
        times: list[float] = []
        faces, meshes = [], []
        with watch.stage(Stage.WATCHING):
            taken = decode_pictures(tracks, 1.0 / STEP_S)
            while pictures := list(islice(taken, PICTURES_A_CALL)):
                jpegs = [picture.jpeg for picture in pictures]
                times += [picture.time_s for picture in pictures]
                faces += self._engines.vision.detect_faces(jpegs, deadline_s=60.0)
                meshes += self._engines.vision.face_mesh(jpegs, deadline_s=60.0)
        return observe_video(times, faces, meshes)

    def _read(self, case: Case, heard: Heard) -> Reading:
        task = Task(
            case_id=case.answer.id,
            question=case.question.text(case.language),
            language=case.language,
            competencies=competencies_of(self._rubrics, case.question),
            sentences=heard.sentences,
            spoken=case.answer.kind is not AnswerKind.TEXT,
            word_probability=heard.speech.word_probability if heard.speech else None,
            hidden=hides_text(case.answer.text),
        )
        return read_answer(self._engines.llm, task, self._policy, deadline_s=READING_DEADLINE_S)

    def _tell(self, job: JobContext, case: Case, stage: Stage) -> None:
        self._core.write(lambda tx: assessment_store.advance(tx, case.answer.id, stage))
        job.heartbeat(SHARE_DONE[stage], stage)


def load_case(tx: Transaction, answer_id: str) -> Case | None:
    """The answer with its interview and question; None where one of them is gone."""
    answer = store.answer(tx, answer_id)
    interview = store.interview(tx, answer.interview_id) if answer else None
    question = store.question_as_read(tx, interview, answer.question_id) if interview and answer else None
    if answer is None or interview is None or question is None:
        return None
    return Case(interview, question, answer)


def competencies_of(rubrics: RubricLibrary, question: Question) -> tuple[Competency, ...]:
    """The competencies that a question is to show, as the rubrics define them today."""
    return tuple(rubrics.competency(competency_id) for competency_id in question.competencies)


def settle(tx: Transaction, case: Case, analysis: AnswerAnalysis, stage: Stage) -> None:
    """Keep the result, unless the answer was taken again or withdrawn in the meantime."""
    current = store.answer(tx, case.answer.id)
    if current is None or current.take != case.answer.take or current.state is not AnswerState.SUBMITTED:
        return
    assessment_store.complete(tx, analysis, stage)
    state = AnswerState.ANALYSED if stage is Stage.DONE else AnswerState.FAILED
    store.update_answer(tx, case.answer.id, state=state)
    record(
        tx,
        MACHINE,
        "interview.answer_analysed" if stage is Stage.DONE else "interview.answer_failed",
        f"answer:{case.answer.id}",
        {"interview": case.interview.id, "needs_person": str(analysis.reading.needs_person or "")},
    )


def _failed(case: Case, reason: PersonReason, watch: Stopwatch) -> AnswerAnalysis:
    return AnswerAnalysis(
        answer_id=case.answer.id,
        question_id=case.question.id,
        kind=case.answer.kind,
        language=case.language,
        sentences=(),
        words=(),
        duration_s=None,
        observations=Observations(),
        reading=Reading(
            needs_person=reason,
            units=0,
            relevance=None,
            evidence=(),
            levels=(),
            manipulation=(),
            engine=None,
        ),
        speech=None,
        seconds=watch.seconds,
    )
