"""Blind rating: an anchored level for one answer on one competency, from what the candidate said alone.

Who is asked sees nothing of the machine and nothing of the other rater, and sees the interview's scores only after
rating all of it: people follow a machine that they have seen first. A rating can be changed until everybody asked
has rated; each change keeps the former one. After that it is final.
"""

from collections.abc import Collection
from datetime import date

from msgspec import Struct

from appliance.audit import ledger
from appliance.interviews import store as interview_store
from appliance.interviews.analysis.transcript import Sentence
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.model import Answer, AnswerKind, Question
from appliance.interviews.plans.rubrics import Competency, RubricLibrary
from appliance.interviews.validation import store
from appliance.interviews.validation.model import LEVEL_COUNT, Item, Rating, Round
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Forbidden, Invalid, NotFound

LONGEST_NOTE = 1000
ERASED = N_(
    "This answer is no longer here: it was erased at the candidate's wish, or nobody asks for it any more."
)


class Listed(Struct, frozen=True):
    """One line of what an account is asked to rate."""

    item_id: str
    competency_id: str
    question: Question | None
    due_on: date
    rating: Rating | None


class Sheet(Struct, frozen=True, kw_only=True):
    """What a rater sees of one item. `place` counts from 1 among `of`; `final` when nobody may change it;
    `following` is the next item without a rating, if any."""

    item_id: str
    answer: Answer
    question: Question
    sentences: tuple[Sentence, ...]
    competency: Competency
    language: str
    rating: Rating | None
    former: int
    final: bool
    place: int
    of: int
    done: int
    due_on: date
    following: str

    @property
    def recorded(self) -> bool:
        """Whether there is something to play."""
        return self.answer.kind is not AnswerKind.TEXT and bool(self.answer.segments)


class BlindRatings:
    """The desk of the raters."""

    def __init__(self, core: Database, rubrics: RubricLibrary, clock: Clock) -> None:
        self._core = core
        self._clock = clock
        self._rubrics = rubrics

    def may_see_scores(self, tx: Transaction, interview_id: str, account_id: str) -> bool:
        """See the function of this name."""
        return may_see_scores(tx, interview_id, account_id)

    def listed(self, actor: Actor) -> list[Listed]:
        """Everything the account is asked to rate, what is open first."""

        def work(tx: Transaction) -> list[Listed]:
            found = [self._line(tx, *one) for one in store.assigned_to(tx, actor.id)]
            return sorted(found, key=lambda one: one.rating is not None)

        return self._core.read(work)

    def waiting(self, actor: Actor) -> int:
        """How many items wait for the account."""
        return self._core.read(lambda tx: store.waits_for(tx, actor.id))

    def is_late(self, actor: Actor) -> bool:
        """Whether something that waits for the account was due before today."""
        today = self._clock.today()
        return any(
            rating is None and asked_in.due_on < today
            for _item, asked_in, rating in self._core.read(lambda tx: store.assigned_to(tx, actor.id))
        )

    def open(self, actor: Actor, item_id: str) -> Sheet:
        """One item, with a ledger row. Raises `NotFound`, and `Forbidden` for somebody who was not asked."""

        def work(tx: Transaction) -> Sheet:
            sheet = self._sheet(tx, actor, item_id)
            details = {"answer": sheet.answer.id, "competency": sheet.competency.id}
            ledger.record(tx, actor, "rating.opened", f"rating_item:{item_id}", details)
            return sheet

        return self._core.write(work)

    def give(self, actor: Actor, item_id: str, level: int | None, note: str = "") -> str:
        """Rate: a level from 1 to 5, or None for "cannot be rated", which needs a note. Returns the id of the next
        item without a rating, or "". Raises `Invalid`, `NotFound`, `Forbidden`, `Conflict` once it is final."""
        if level is not None and not 1 <= level <= LEVEL_COUNT:
            raise Invalid({"level": N_("Choose one of the five levels, or “cannot be rated”.")})
        if level is None and not note.strip():
            raise Invalid({"note": N_("Say in a few words why this answer cannot be rated.")})

        def work(tx: Transaction) -> str:
            item = _asked(tx, actor, item_id)
            former = store.rating_of(tx, item_id, actor.id)
            if former is not None and _is_final(tx, item_id):
                raise Conflict(
                    N_(
                        "Everybody who was asked has rated this answer, so the ratings are final. Nothing was changed."
                    )
                )
            if former is None or (former.level, former.note) != (level, note.strip()):
                given = Rating(
                    item_id=item_id, rater_id=actor.id, level=level, note=note.strip(), given_at=tx.now
                )
                store.give(tx, given)
                # The level itself stays out of the ledger: another rater may be reading it.
                details: dict[str, ledger.Scalar] = {
                    "answer": item.answer_id,
                    "changed": former is not None,
                    "ratable": level is not None,
                }
                ledger.record(tx, actor, "answer.rated", f"rating_item:{item_id}", details)
            return _following(tx, actor, item_id)

        return self._core.write(work)

    def _line(self, tx: Transaction, item: Item, asked_in: Round, rating: Rating | None) -> Listed:
        answer = interview_store.answer(tx, item.answer_id)
        question = _question(tx, answer) if answer else None
        return Listed(item.id, item.competency_id, question, asked_in.due_on, rating)

    def _sheet(self, tx: Transaction, actor: Actor, item_id: str) -> Sheet:
        item = _asked(tx, actor, item_id)
        answer = interview_store.answer(tx, item.answer_id)
        question = _question(tx, answer) if answer else None
        if answer is None or question is None:
            raise NotFound(ERASED)
        analysis = assessment_store.analyses(tx, item.interview_id).get(answer.id)
        assigned = store.assigned_to(tx, actor.id)
        places = [one.id for one, _round, _rating in assigned]
        asked_in = store.round_of(tx, item.round_id)
        assert asked_in is not None, "an item always has its round"
        rating = store.rating_of(tx, item_id, actor.id)
        return Sheet(
            item_id=item_id,
            answer=answer,
            question=question,
            sentences=analysis.sentences if analysis else (),
            competency=self._rubrics.competency(item.competency_id),
            language=item.language,
            rating=rating,
            former=len(store.former_ratings(tx, item_id, actor.id)),
            final=rating is not None and _is_final(tx, item_id),
            place=places.index(item_id) + 1,
            of=len(places),
            done=sum(one is not None for _item, _round, one in assigned),
            due_on=asked_in.due_on,
            following=_following(tx, actor, item_id),
        )


def may_see_scores(tx: Transaction, interview_id: str, account_id: str) -> bool:
    """False while the account is asked to rate answers of this interview and has not rated all of them."""
    return store.waits_for(tx, account_id, interview_id) == 0


def may_play(tx: Transaction, answer_id: str, account_id: str) -> bool:
    """Whether the account may play this answer because it is asked to rate it."""
    return store.is_rater_of(tx, answer_id, account_id)


def erase_ratings(tx: Transaction, candidate_id: str, ids: Collection[str]) -> None:
    """Remove what people gave for the interviews among `ids`; rows that name candidate or interview themselves go
    with the erasure's own sweep."""
    for interview_id in ids:
        store.erase(tx, interview_id)


def _asked(tx: Transaction, actor: Actor, item_id: str) -> Item:
    item = store.item_of(tx, item_id)
    if item is None:
        raise NotFound(ERASED)
    if actor.id not in store.raters_of(tx, item_id):
        raise Forbidden(N_("Only the people who were asked to rate this answer can open it here."))
    asked_in = store.round_of(tx, item.round_id)
    if asked_in is None or asked_in.withdrawn_at is not None:
        raise NotFound(ERASED)
    return item


def _is_final(tx: Transaction, item_id: str) -> bool:
    return store.rated_by(tx, item_id) >= len(store.raters_of(tx, item_id))


def _following(tx: Transaction, actor: Actor, item_id: str) -> str:
    """The next item without a rating after this one, going round."""
    assigned = store.assigned_to(tx, actor.id)
    here = next((place for place, one in enumerate(assigned) if one[0].id == item_id), 0)
    onward = [*assigned[here + 1 :], *assigned[:here]]
    return next((item.id for item, _round, rating in onward if rating is None), "")


def _question(tx: Transaction, answer: Answer) -> Question | None:
    interview = interview_store.interview(tx, answer.interview_id)
    return interview_store.question_of(tx, interview, answer.question_id) if interview else None
