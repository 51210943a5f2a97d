"""The assessed house with the rights desk: colleagues who decide, a candidate who asks."""

import uuid
from pathlib import Path

from appliance.audit.ledger import verify
from appliance.identity.permissions import Role
from appliance.interviews import store as interview_store
from appliance.interviews.analysis.observations import Observations
from appliance.interviews.analysis.transcript import sentences_of_words
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import AnswerAnalysis, SpeechUse, Stage
from appliance.interviews.model import Answer, AnswerKind, AnswerState
from appliance.interviews.rights import store as rights_store
from appliance.interviews.rights.copies import Copies
from appliance.interviews.rights.desk import RightsDesk
from appliance.interviews.rights.letters import ExplanationLetter
from appliance.interviews.rights.model import RequestKind, RightsRequest
from appliance.interviews.rights.own_page import OwnPages
from appliance.interviews.rights.retention import Retention
from appliance.interviews.rights.wiring import wire_rights
from appliance.interviews.room.door import Key
from appliance.interviews.scoring.reading import Reading
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.keys import KeyRing
from appliance.notifications.model import Message
from appliance.notifications.store import page as messages
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.service import Recruiting
from inference.engines import Unavailable
from inference.ports import Llm, Speech, Word
from tests.interviews.assessed import AssessedHouse

SPOKEN = ("去年", "夜班", "缺人", "我", "和", "李", "护士", "长", "商量", "换班", "最后", "零", "差错", "。")
"""What the recogniser wrote for a spoken answer, a word each half second."""


class RightsHouse(AssessedHouse):
    """Two colleagues with accounts, and the desk's services."""

    def __init__(
        self,
        folder: Path,
        databases: Databases,
        keys: KeyRing,
        clock: FixedClock,
        llm: Llm | None = None,
        speech: Speech | None = None,
        explanation: ExplanationLetter | None = None,
    ) -> None:
        super().__init__(folder, databases, keys, clock, llm or Unavailable(), speech)
        self.recruiting = Recruiting.build(databases, self.site.blobs, keys, clock, Vocabulary.load())
        self.erasures = wire_rights(self.site, self.recruiting, explanation)
        self.desk = self._service("rights_desk", RightsDesk)
        self.own = self._service("rights_own_pages", OwnPages)
        self.copies = self._service("rights_copies", Copies)
        self.retention = self._service("rights_retention", Retention)
        self.first = self._colleague("first")
        self.second = self._colleague("second")

    def spoken(self, key: Key, words: tuple[str, ...] = SPOKEN, *, place: int = 0) -> Answer:
        """A recorded answer, handed in, and analysed as if the recogniser had written these words."""
        question = self.room.look(key).plan.questions[place]
        segment = str(uuid.uuid4())
        self.recordings.create(key, question.id, segment, "audio/webm", 1)
        answer = self.room.look(key).answer_to(question.id)
        assert answer is not None
        self.databases.core.write(lambda tx: self._analysed(tx, answer, question.id, words))
        return answer

    def ask(self, key: Key, kind: RequestKind, words: str = "") -> RightsRequest:
        """The candidate asks on their own page."""
        return self.own.ask(key, kind, words)[0]

    def request(self, request_id: str) -> RightsRequest:
        """The request as it is stored now."""
        found = self.databases.core.read(lambda tx: rights_store.request(tx, request_id))
        assert found is not None
        return found

    def letters(self) -> list[Message]:
        """Letters of requests that wait to be sent, newest first."""
        found, _ = self.databases.core.read(
            lambda tx: messages(tx, state=None, template=None, offset=0, limit=100)
        )
        return [one for one in found if one.template == "rights_request"]

    def ledgers_are_sound(self) -> bool:
        """Whether the chains of core.db and media.db hold."""
        return all(verify(file).broken_at is None for file in (self.databases.core, self.databases.media))

    def _colleague(self, login: str) -> Actor:
        account = self.account(Role.HR_MANAGER, login=login)
        return Actor(
            account.id,
            ActorKind.PERSON,
            frozenset({"interviews.manage", "candidates.read"}),
            f"account {login}",
        )

    def _analysed(self, tx: Transaction, answer: Answer, question_id: str, words: tuple[str, ...]) -> None:
        heard = tuple(Word(text, 0.5 * place, 0.5 * place + 0.4, 0.9) for place, text in enumerate(words))
        analysis = AnswerAnalysis(
            answer_id=answer.id,
            question_id=question_id,
            kind=AnswerKind.VOICE,
            language="zh",
            sentences=tuple(sentences_of_words(heard)),
            words=heard,
            duration_s=0.5 * len(words),
            observations=Observations(),
            reading=Reading(
                needs_person=None,
                units=len(words),
                relevance=None,
                evidence=(),
                levels=(),
                manipulation=(),
                engine=None,
            ),
            speech=SpeechUse(model="m", model_sha256="", language="zh", word_probability=0.9),
            seconds={},
        )
        assessment_store.begin(tx, answer.id, answer.interview_id, answer.take)
        assessment_store.complete(tx, analysis, Stage.DONE)
        interview_store.update_answer(
            tx, answer.id, kind=AnswerKind.VOICE, state=AnswerState.ANALYSED, submitted_at=tx.now
        )
