"""After an answer is handed in: which follow-ups come, and the job that makes them from what was said.

A follow-up is there at once with the plan's own words. Where the site makes them from answers, it is `pending` for as
long as the language model has; words that come in time and pass the checks are asked instead.
"""

import time
from collections.abc import Sequence

import msgspec

from appliance.audit import ledger
from appliance.interviews import store
from appliance.interviews.analysis.transcript import Sentence, sentences_of_text, sentences_of_words
from appliance.interviews.follow_ups import store as follow_up_store
from appliance.interviews.follow_ups.checks import refusal
from appliance.interviews.follow_ups.choosing import fitting, wants_follow_up
from appliance.interviews.follow_ups.model import (
    MAKE_FOLLOW_UPS,
    MAKING,
    FollowUp,
    MakeFollowUps,
    Origin,
)
from appliance.interviews.follow_ups.prompts import prompt_hash, request
from appliance.interviews.model import (
    Answer,
    AnswerKind,
    FollowUpMode,
    Interview,
    ListedFollowUp,
    Question,
)
from appliance.interviews.plans.rubrics import Language, RubricLibrary
from appliance.interviews.recordings.media import UnreadableMedia, decode_sound, tracks_of
from appliance.interviews.scoring.manipulation import find_manipulation
from appliance.kernel.actor import MACHINE
from appliance.kernel.blobs import BlobStore
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import KeyDestroyed, NotFound
from appliance.kernel.ids import new_id
from appliance.kernel.jobs import JobContext, enqueue
from inference.engines import Engines
from inference.errors import InferenceError
from inference.ports import ChatResult

LEAST_S = 0.5
"""With less time left the model is not asked any more."""
LANGUAGES: dict[str, Language] = {"zh": "zh", "en": "en"}


def follow_up(
    tx: Transaction, interview: Interview, question: Question, answer: Answer, *, adaptive: bool
) -> None:
    """Lay down the follow-ups of an answer that was just handed in, in the same transaction. With `adaptive` (the
    site makes them) and a question that wants it, a job gets the time to find better words."""
    if not wants_follow_up(question, answer):
        return
    text = answer.text if answer.kind is AnswerKind.TEXT else ""
    chosen = fitting(question, text, LANGUAGES[interview.language])
    if not chosen:
        return
    making = adaptive and question.follow_up is FollowUpMode.ADAPTIVE
    for number, listed in enumerate(chosen, 1):
        made = FollowUp(
            id=new_id(),
            interview_id=interview.id,
            follows=question.id,
            number=number,
            pending=making,
            origin=Origin.FIXED,
            intent=listed.intent,
            text_zh=listed.text_zh,
            text_en=listed.text_en,
            created_at=tx.now,
        )
        follow_up_store.add(tx, made)
        if not making:
            _record(tx, made)
    if making:
        key = f"{MAKE_FOLLOW_UPS}:{answer.id}"
        enqueue(tx, MAKE_FOLLOW_UPS, MakeFollowUps(answer.id), unique_key=key, subject=f"answer:{answer.id}")


class Case(msgspec.Struct, frozen=True):
    """What the job needs to know, read in one snapshot."""

    interview: Interview
    question: Question
    answer: Answer
    pending: tuple[FollowUp, ...]

    @property
    def language(self) -> Language:
        """The language of the room, in which the follow-up is asked."""
        return LANGUAGES[self.interview.language]


class FollowUpMaker:
    """Makes follow-ups from answers; `make` is the handler of the job `interviews.make_follow_ups`."""

    def __init__(self, core: Database, blobs: BlobStore, engines: Engines, rubrics: RubricLibrary) -> None:
        self._core = core
        self._blobs = blobs
        self._engines = engines
        self._rubrics = rubrics

    def make(self, job: JobContext) -> None:
        """Find words for the follow-ups that the answer waits for. Whatever goes wrong, the plan's own words are
        asked: an engine that is away, late or writes what may not be asked never holds a candidate up."""
        answer_id = job.decode(MakeFollowUps).answer_id
        case = self._core.read(lambda tx: load_case(tx, answer_id))
        if case is None or not case.pending:
            return
        waited_s = (self._core.clock.now() - case.pending[0].created_at).total_seconds()
        until = time.monotonic() + MAKING.total_seconds() - waited_s
        try:
            made = self._made(case, until)
        except InferenceError as away:
            made = _listed(case, type(away).__name__)
        except UnreadableMedia:
            made = _listed(case, "unreadable_media")
        except (KeyDestroyed, NotFound):
            made = _listed(case, "erased")
        job.finish(lambda tx: settle(tx, made))

    def _made(self, case: Case, until: float) -> list[FollowUp]:
        sentences = self._sentences(case, until)
        if not sentences:
            return _listed(case, "nothing_said")
        known = [one for one in case.question.competencies if one in self._rubrics.competencies]
        competencies = [self._rubrics.competency(one) for one in known]
        if find_manipulation(sentences, competencies, case.language):
            return _listed(case, "manipulation")
        told = " ".join(one.text for one in sentences)
        wanted = _wanted(case, told)
        left_s = until - time.monotonic()
        if left_s < LEAST_S:
            return _listed(case, "late")
        asked = case.question.text(case.language)
        requests = [
            request(asked, sentences, listed.intent, case.language, case.answer.id) for listed in wanted
        ]
        results = self._engines.llm.chat_many(requests, deadline_s=left_s)
        made: list[FollowUp] = []
        for waiting, listed, result in zip(case.pending, wanted, results, strict=True):
            words = result.text.strip().strip("\"“”'").strip()
            # Nobody is asked the same twice.
            twin = any(words == one.text(case.language) for one in made)
            reason = "same_words" if twin else refusal(words, told, listed.intent, case.language)
            made.append(_worded(waiting, listed, result, words, reason))
        return made

    def _sentences(self, case: Case, until: float) -> Sequence[Sentence]:
        if case.answer.kind is AnswerKind.TEXT:
            return sentences_of_text(case.answer.text)
        sound = decode_sound(tracks_of(self._blobs, case.answer.segments))
        left_s = until - time.monotonic()
        if not sound.present or left_s < LEAST_S:
            return ()
        # A recogniser makes up words for silence: without speech it is not asked.
        if not self._engines.speech.voice_activity(sound.pcm16, deadline_s=left_s):
            return ()
        left_s = max(until - time.monotonic(), 0.1)
        heard = self._engines.speech.transcribe(sound.pcm16, language=case.language, deadline_s=left_s)
        return sentences_of_words(heard.words)


def load_case(tx: Transaction, answer_id: str) -> Case | None:
    """The answer with its interview, its question and the follow-ups that wait; None where one of them is gone."""
    answer = store.answer(tx, answer_id)
    interview = store.interview(tx, answer.interview_id) if answer else None
    if answer is None or interview is None:
        return None
    question = store.question_of(tx, interview, answer.question_id)
    if question is None:
        return None
    mine = follow_up_store.of_interview(tx, interview.id)
    waiting = [one for one in mine if one.follows == question.id and one.waits(tx.now)]
    return Case(interview, question, answer, tuple(waiting))


def settle(tx: Transaction, made: Sequence[FollowUp]) -> None:
    """Ask the words that were found, unless the listed ones have been asked in the meantime."""
    for one in made:
        current = next(
            (kept for kept in follow_up_store.of_interview(tx, one.interview_id) if kept.id == one.id), None
        )
        if current is None or not current.pending:
            continue
        if not current.waits(tx.now):
            one = msgspec.structs.replace(current, fallback="late")
        asked = msgspec.structs.replace(one, pending=False)
        follow_up_store.replace(tx, asked)
        _record(tx, asked)


def _wanted(case: Case, told: str) -> list[ListedFollowUp]:
    """What to ask after, one for each follow-up that waits: what the answer left open first, then what the plan
    lists."""
    left_open = fitting(case.question, told, case.language)
    others = [one for one in case.question.follow_ups if one not in left_open]
    return [*left_open, *others][: len(case.pending)]


def _worded(
    waiting: FollowUp, listed: ListedFollowUp, result: ChatResult, words: str, reason: str | None
) -> FollowUp:
    """The model's words where they may be asked, else the listed ones with the reason."""
    fixed = msgspec.structs.replace(
        waiting,
        intent=listed.intent,
        text_zh=listed.text_zh,
        text_en=listed.text_en,
        fallback=str(reason or ""),
    )
    if reason is not None:
        return fixed
    return msgspec.structs.replace(
        fixed,
        origin=Origin.ADAPTIVE,
        text_zh=words,
        text_en=words,
        model=result.model,
        model_sha256=result.model_sha256,
        prompt_hash=prompt_hash(),
    )


def _listed(case: Case, reason: str) -> list[FollowUp]:
    return [msgspec.structs.replace(one, fallback=reason) for one in case.pending]


def _record(tx: Transaction, asked: FollowUp) -> None:
    details: dict[str, str | int] = {
        "question": asked.follows,
        "follow_up": asked.id,
        "origin": str(asked.origin),
        "intent": asked.intent,
        "model_sha256": asked.model_sha256,
        "prompt_hash": asked.prompt_hash,
        "fallback": asked.fallback,
    }
    ledger.record(tx, MACHINE, "interview.follow_up_asked", f"interview:{asked.interview_id}", details)
