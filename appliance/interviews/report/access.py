"""Who may read a report, by which way, and who sees its scores.

Recruiting and the auditor read every report, interviewers those of the interviews that name them, and
everybody else only what was shared with their account and has not ended. Who is asked to rate the answers
sees no score before the own rating: people follow a machine that they have seen first.
"""

from appliance.interviews import store as interview_store
from appliance.interviews.report import store
from appliance.kernel.actor import Actor
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, Forbidden, Gone

RECRUITING = "recruiting"
AUDIT = "audit"
INTERVIEWER = "interviewer"
SHARE = "share"


def way_in(tx: Transaction, actor: Actor, interview_id: str) -> str:
    """By which way the actor reads this report: `recruiting`, `audit`, `interviewer`, or `share:ID`. Raises
    `Gone` when a share has ended, else `Forbidden`."""
    if actor.may("interviews.manage"):
        return RECRUITING
    if actor.may("audit.read"):
        return AUDIT
    if interview_store.is_interviewer(tx, interview_id, actor.id):
        return INTERVIEWER
    share = store.open_share(tx, interview_id, actor.id)
    if share is not None:
        return f"{SHARE}:{share.id}"
    if store.was_shared(tx, interview_id, actor.id):
        raise Gone(
            N_(
                "This report was shared with you for a limited time, which is over. Ask recruiting to share "
                "it again."
            )
        )
    raise Forbidden(N_("Reports are open to recruiting and to the interviewers named on the interview."))


def may_play(tx: Transaction, actor: Actor, interview_id: str) -> bool:
    """Whether an account without a right to all recordings may play those of this interview: it is named on
    the interview, or its report is shared with it now."""
    if interview_store.is_interviewer(tx, interview_id, actor.id):
        return True
    return store.open_share(tx, interview_id, actor.id) is not None
