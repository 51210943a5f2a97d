"""One submitted answer, analysed as soon as it is there: heard, seen, read.

The job `interviews.analyse_answer` may begin more often than once; its result, the answer's new state and the
end of the job commit together, and what a stage gave is kept for the next try. Engines that are away put the job
back; a recording that cannot be decoded, or that an engine refuses, marks the answer as failed with its reason,
and a person listens to it.
"""

from collections.abc import Callable
from datetime import timedelta

import msgspec
from msgspec import Struct

from appliance.audit.ledger import record
from appliance.interviews import store
from appliance.interviews.analysis import store as part_store
from appliance.interviews.analysis.chain import Chain
from appliance.interviews.analysis.expletives import without_expletives
from appliance.interviews.analysis.hearing import Heard, deadline_for, hear
from appliance.interviews.analysis.observations import Observations, observe_speech, together
from appliance.interviews.analysis.policy import ObservationPolicies, Standing
from appliance.interviews.analysis.sensitive import marked
from appliance.interviews.analysis.transcript import Sentence, sentences_of_text, sentences_of_words, units
from appliance.interviews.analysis.voices import Voices, needs_ears, said_by_others, voices_of
from appliance.interviews.analysis.watching import Seen, first_clear_face, watch
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis, Stage
from appliance.interviews.integrity.faces import FaceReference
from appliance.interviews.model import AnalyseAnswer, Answer, AnswerKind, AnswerState, Interview, Question
from appliance.interviews.plans.rubrics import Competency, Language, RubricLibrary
from appliance.interviews.recordings.media import Track, UnreadableMedia, tracks_of
from appliance.interviews.rights import store as rights_store
from appliance.interviews.rights.correction import corrected_words
from appliance.interviews.scoring.levels import GatePolicy, PersonReason
from appliance.interviews.scoring.manipulation import hides_text
from appliance.interviews.scoring.reading import Reading, Task, read_answer
from appliance.kernel.actor import MACHINE
from appliance.kernel.blobs import BlobStore
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import KeyDestroyed, NotFound, StorageFull, StorageUnavailable
from appliance.kernel.jobs import BACKOFF, JobContext, LeaseLost, Permanent, RetryLater
from appliance.kernel.log import logger, told
from inference.engines import Engines
from inference.errors import InferenceInvalid, InferenceRefused, InferenceTimeout, InferenceUnavailable

ENGINE_AWAY_S = 10.0
TIMEOUTS_ALLOWED = 3
LAST_ATTEMPT = 5
"""A job has five attempts. What fails at the last one is left to a person, so that the report does not wait for an
analysis that never comes."""

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


class Said(Struct, frozen=True, kw_only=True):
    """The answer in sentences, and why the machine does not read it where it does not."""

    sentences: tuple[Sentence, ...]
    held: PersonReason | None = None
    word_probability: float | None = None

    @property
    def told(self) -> tuple[Sentence, ...]:
        """What the model reads: the candidate's own words, without what no employer may weigh and without
        swearing."""
        plain = [
            msgspec.structs.replace(one, text=without_expletives(one.text))
            for one in self.sentences
            if one.counts
        ]
        return tuple(one for one in plain if one.text)


EnrolledFace = Callable[[Transaction, str], bytes | None]
"""The photo with which a candidate (by id) was enrolled, where there is one."""


def nobody_enrolled(tx: Transaction, candidate_id: str) -> bytes | None:
    """Candidates are not enrolled here: the first answer's face is the reference."""
    return None


class Analyst:
    """Analyses answers; `analyse` is the handler of the job `interviews.analyse_answer`."""

    def __init__(
        self,
        core: Database,
        blobs: BlobStore,
        engines: Engines,
        rubrics: RubricLibrary,
        policy: GatePolicy,
        observations: ObservationPolicies,
        enrolled: EnrolledFace = nobody_enrolled,
    ) -> None:
        self._core = core
        self._blobs = blobs
        self._engines = engines
        self._rubrics = rubrics
        self._policy = policy
        self._observations = observations
        self._enrolled = enrolled

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
        chain = Chain(self._core, job, case.answer)
        try:
            analysis, stage = self._analysis(case, chain), Stage.DONE
        except UnreadableMedia:
            analysis, stage = _failed(case, PersonReason.UNREADABLE_MEDIA, chain), Stage.FAILED
        except InferenceInvalid:
            analysis, stage = _failed(case, PersonReason.ANALYSIS_FAILED, chain), Stage.FAILED
        except (InferenceUnavailable, InferenceRefused) as away:
            wait_s = away.retry_after_s if isinstance(away, InferenceRefused) else ENGINE_AWAY_S
            self._waits(answer_id, timedelta(seconds=wait_s))
            raise RetryLater(wait_s, type(away).__name__) from away
        except (KeyDestroyed, NotFound) as erased:
            raise Permanent("the recording was erased before it was analysed") from erased
        except (LeaseLost, StorageFull, StorageUnavailable):
            raise
        except Exception as error:
            patience = TIMEOUTS_ALLOWED if isinstance(error, InferenceTimeout) else LAST_ATTEMPT
            if job.attempt < patience:
                self._waits(answer_id, BACKOFF[min(job.attempt, len(BACKOFF)) - 1])
                raise
            logger(job_id=job.id, kind=job.kind, **told(error)).error("interview.analysis_given_up")
            analysis, stage = _failed(case, PersonReason.ANALYSIS_FAILED, chain), Stage.FAILED
        job.finish(lambda tx: settle(tx, case, analysis, stage))

    def _waits(self, answer_id: str, wait: timedelta) -> None:
        self._core.write(lambda tx: assessment_store.wait(tx, answer_id, tx.now + wait))

    def _analysis(self, case: Case, chain: Chain) -> AnswerAnalysis:
        if case.answer.kind is AnswerKind.TEXT:
            return self._typed(case, chain)
        standing = self._observations.standing()
        tracks = tracks_of(self._blobs, case.answer.segments)
        speech = self._engines.speech
        heard = chain.kept(Stage.LISTENING, Heard, lambda: hear(speech, chain.sound(tracks), case.language))
        heard = self._as_corrected(case, heard)
        voices = self._voices(chain, tracks, heard)
        seen = self._seen(case, chain, tracks, standing)
        spoken = self._prosody(chain, tracks, heard, standing)
        said = said_in(heard, voices)
        reading = self._read(case, chain, said)
        return AnswerAnalysis(
            answer_id=case.answer.id,
            question_id=case.question.id,
            kind=case.answer.kind,
            language=case.language,
            sentences=said.sentences,
            words=heard.words,
            duration_s=round(heard.duration_s, 2),
            observations=together(spoken, seen.observations),
            reading=reading,
            speech=heard.speech,
            seconds=chain.seconds,
            spans=chain.spans,
            voices=voices,
            faces=seen.faces,
            sweeps=seen.sweeps,
            heard_language=heard.other_language,
            observed=standing.policy,
        )

    def _typed(self, case: Case, chain: Chain) -> AnswerAnalysis:
        said = Said(sentences=tuple(marked(sentences_of_text(case.answer.text))))
        reading = self._read(case, chain, said)
        return AnswerAnalysis(
            answer_id=case.answer.id,
            question_id=case.question.id,
            kind=case.answer.kind,
            language=case.language,
            sentences=said.sentences,
            words=(),
            duration_s=None,
            observations=Observations(),
            reading=reading,
            speech=None,
            seconds=chain.seconds,
            spans=chain.spans,
        )

    def _voices(self, chain: Chain, tracks: list[Track], heard: Heard) -> Voices:
        """Who speaks; where nobody does there is nobody to tell apart."""
        if not heard.words:
            return Voices()

        def ask() -> Voices:
            sound = chain.sound(tracks)
            deadline_s = deadline_for(sound.duration_s)
            return voices_of(self._engines.speech.diarize(sound.pcm16, deadline_s=deadline_s))

        return chain.kept(Stage.VOICES, Voices, ask)

    def _seen(self, case: Case, chain: Chain, tracks: list[Track], standing: Standing) -> Seen:
        if case.answer.kind is not AnswerKind.VIDEO or not standing.measures:
            return Seen(observations=Observations())
        return chain.kept(
            Stage.WATCHING,
            Seen,
            lambda: watch(
                self._engines.vision,
                tracks,
                lambda: self._reference(case),
                expressions=standing.reads_expressions,
            ),
        )

    def _as_corrected(self, case: Case, heard: Heard) -> Heard:
        """The answer in the words that the candidate put right, at the times that were heard."""
        correction = self._core.read(lambda tx: rights_store.correction_of(tx, case.answer.id))
        if correction is None:
            return heard
        return msgspec.structs.replace(heard, words=corrected_words(heard.words, correction.corrected))

    def _prosody(self, chain: Chain, tracks: list[Track], heard: Heard, standing: Standing) -> Observations:
        if not heard.words or not standing.measures:
            return Observations()

        def ask() -> Observations:
            sound = chain.sound(tracks)
            deadline_s = deadline_for(sound.duration_s)
            prosody = self._engines.speech.prosody(sound.pcm16, deadline_s=deadline_s)
            return observe_speech(heard.words, prosody)

        return chain.kept(Stage.PROSODY, Observations, ask)

    def _reference(self, case: Case) -> tuple[bytes, FaceReference] | None:
        """The enrolled photo, else a face of the interview's first video answer; None for that answer itself."""
        enrolled, first = self._core.read(
            lambda tx: (
                self._enrolled(tx, case.interview.candidate_id),
                _first_video(store.answers(tx, case.interview.id)),
            )
        )
        if enrolled is not None:
            return enrolled, FaceReference.ENROLLED
        if first is None or first.id == case.answer.id:
            return None
        try:
            picture = first_clear_face(self._engines.vision, tracks_of(self._blobs, first.segments))
        except UnreadableMedia:
            return None
        return (picture, FaceReference.FIRST_ANSWER) if picture is not None else None

    def _read(self, case: Case, chain: Chain, said: Said) -> Reading:
        if said.held is not None:
            return unread(said.held, said.sentences)
        if said.sentences and not said.told:
            return unread(PersonReason.TOO_SHORT, said.sentences)
        task = Task(
            case_id=case.answer.id,
            question=case.question.text(case.language),
            language=case.language,
            competencies=competencies_of(self._rubrics, case.question),
            sentences=said.told,
            spoken=case.answer.kind is not AnswerKind.TEXT,
            word_probability=said.word_probability,
            hidden=hides_text(case.answer.text),
        )
        with chain.running(Stage.READING):
            return read_answer(self._engines.llm, task, self._policy, deadline_s=READING_DEADLINE_S)


def said_in(heard: Heard, voices: Voices) -> Said:
    """The sentences of a recording, those of other voices and of protected topics marked; held back where the
    machine would read something else than the candidate's answer in the interview's language."""
    flags = said_by_others(heard.words, voices)
    sentences = tuple(marked(sentences_of_words(heard.words, flags)))
    held = None
    if not heard.present:
        held = PersonReason.NO_SOUND
    elif heard.other_language is not None:
        held = PersonReason.OTHER_LANGUAGE
    elif needs_ears(flags, voices):
        held = PersonReason.VOICES_UNCLEAR
    probability = heard.speech.word_probability if heard.speech else None
    return Said(sentences=sentences, held=held, word_probability=probability)


def _first_video(answers: list[Answer]) -> Answer | None:
    """The video answer that was handed in first."""
    handed_in = [one for one in answers if one.kind is AnswerKind.VIDEO and one.submitted_at is not None]
    return min(handed_in, key=lambda one: (one.submitted_at, one.id), default=None)


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
    part_store.forget_parts(tx, case.answer.id)
    state = AnswerState.ANALYSED if stage is Stage.DONE else AnswerState.FAILED
    store.update_answer(tx, case.answer.id, state=state)
    record(
        tx,
        MACHINE,
        "interview.answer_analysed" if stage is Stage.DONE else "interview.answer_failed",
        f"answer:{case.answer.id}",
        {"interview": case.interview.id, "needs_person": str(analysis.reading.needs_person or "")},
    )


def unread(reason: PersonReason, sentences: tuple[Sentence, ...] = ()) -> Reading:
    """No reading: a person looks, for this reason."""
    return Reading(
        needs_person=reason,
        units=sum(units(sentence.text) for sentence in sentences),
        relevance=None,
        evidence=(),
        levels=(),
        manipulation=(),
        engine=None,
    )


def _failed(case: Case, reason: PersonReason, chain: Chain) -> AnswerAnalysis:
    return AnswerAnalysis(
        answer_id=case.answer.id,
        question_id=case.question.id,
        kind=case.answer.kind,
        language=case.language,
        sentences=(),
        words=(),
        duration_s=None,
        observations=Observations(),
        reading=unread(reason),
        speech=None,
        seconds=chain.seconds,
        spans=chain.spans,
    )
