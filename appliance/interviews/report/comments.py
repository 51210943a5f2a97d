"""Comments on a report and on a quote of it: signed, dated, changed by their author alone, never gone
silently."""

from appliance.audit.ledger import Scalar, record
from appliance.interviews.report import store
from appliance.interviews.report.access import AUDIT, way_in
from appliance.interviews.report.model import Comment, Wording
from appliance.interviews.report.reading import written
from appliance.interviews.report.report import Report
from appliance.interviews.validation.ratings import may_see_scores
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Forbidden, Invalid, Message, NotFound
from appliance.kernel.ids import new_id

LONGEST_TEXT = 2000


class Comments:
    """Verbs of commenting."""

    def __init__(self, core: Database) -> None:
        self._core = core

    def of(self, actor: Actor, interview_id: str) -> list[Comment]:
        """All comments, oldest first; none for somebody who has to rate the answers first, whom they would
        lead. Raises like a report's opening."""

        def work(tx: Transaction) -> list[Comment]:
            way_in(tx, actor, interview_id)
            if not may_see_scores(tx, interview_id, actor.id):
                return []
            return store.comments(tx, interview_id)

        return self._core.read(work)

    def write(
        self, actor: Actor, interview_id: str, text: str, *, answer_id: str = "", sentence: int = 0
    ) -> Comment:
        """A new comment on the report, or on a sentence of an answer. Raises `Invalid`, `NotFound` for a
        sentence that the report does not hold, and what `written` raises."""
        wording = _checked(text)

        def work(tx: Transaction) -> Comment:
            self._refuse_readers(tx, actor, interview_id)
            _refuse_unknown(written(tx, interview_id), answer_id, sentence)
            comment = Comment(
                id=new_id(),
                interview_id=interview_id,
                answer_id=answer_id,
                sentence=sentence,
                author_id=actor.id,
                author_label=actor.label,
                written_at=tx.now,
                wordings=(Wording(wording, tx.now),),
            )
            store.add_comment(tx, comment)
            _note(tx, actor, "report.comment_written", comment)
            return comment

        return self._core.write(work)

    def reword(self, actor: Actor, interview_id: str, comment_id: str, text: str) -> None:
        """Another wording by the author; the earlier ones stay readable. Raises `Invalid`, `NotFound`,
        `Forbidden`, `Conflict` for a comment taken back."""
        wording = _checked(text)

        def work(tx: Transaction) -> None:
            comment = self._own(tx, actor, interview_id, comment_id)
            if comment.text != wording:
                store.reword(tx, comment.id, (*comment.wordings, Wording(wording, tx.now)))
                _note(tx, actor, "report.comment_changed", comment)

        self._core.write(work)

    def withdraw(self, actor: Actor, interview_id: str, comment_id: str) -> None:
        """The author takes it back: it stays as a mark, its wordings one click away."""

        def work(tx: Transaction) -> None:
            comment = self._own(tx, actor, interview_id, comment_id)
            store.withdraw_comment(tx, comment.id)
            _note(tx, actor, "report.comment_withdrawn", comment)

        self._core.write(work)

    def _own(self, tx: Transaction, actor: Actor, interview_id: str, comment_id: str) -> Comment:
        self._refuse_readers(tx, actor, interview_id)
        comment = store.comment(tx, comment_id)
        if comment is None or comment.interview_id != interview_id:
            raise NotFound(N_("There is no such comment on this report."))
        if comment.author_id != actor.id:
            raise Forbidden(N_("Only its author can change a comment. You can write one of your own."))
        if comment.withdrawn_at is not None:
            raise Conflict(N_("This comment was taken back. You can write a new one."))
        return comment

    def _refuse_readers(self, tx: Transaction, actor: Actor, interview_id: str) -> None:
        if way_in(tx, actor, interview_id) == AUDIT:
            raise Forbidden(
                N_("An auditor reads reports and changes nothing, so there are no comments to write.")
            )
        if not may_see_scores(tx, interview_id, actor.id):
            raise Conflict(N_("Please rate the answers first; then you can comment."))


def _checked(text: str) -> str:
    wording = text.strip()
    if not wording:
        raise Invalid({"text": N_("Write what you want to note.")})
    if len(wording) > LONGEST_TEXT:
        raise Invalid({"text": Message(N_("At most %(limit)d characters."), {"limit": LONGEST_TEXT})})
    return wording


def _refuse_unknown(report: Report, answer_id: str, sentence: int) -> None:
    if not answer_id:
        return
    answer = next((one for one in report.answers if one.answer_id == answer_id), None)
    if answer is None or all(one.number != sentence for one in answer.sentences):
        raise NotFound(N_("The report has no such sentence to comment on."))


def _note(tx: Transaction, actor: Actor, action: str, comment: Comment) -> None:
    details: dict[str, Scalar] = {
        "comment": comment.id,
        "answer": comment.answer_id,
        "sentence": comment.sentence,
    }
    record(tx, actor, action, f"interview:{comment.interview_id}", details)
