"""The background side of a letter: one attempt a run, back-off between, the dead letter at the end."""

from appliance.kernel.jobs import JobContext, Permanent, RetryLater
from appliance.notifications.service import MailJob, Notifications
from appliance.notifications.smtp import Outcome

_FIRST_WAIT_S = 15
_LONGEST_WAIT_S = 3600


def wait_before(attempt: int) -> int:
    """Seconds until the next attempt: 15, 30, 60 ... at most an hour."""
    return int(min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (attempt - 1)))


class SendMail:
    """Handler of ``notifications.mail``."""

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications

    def __call__(self, job: JobContext) -> None:
        """Sent: done. Refused or given up: written on the message, then a dead letter that IT sees."""
        message_id = job.decode(MailJob).message_id
        result = self._notifications.attempt(message_id)
        trouble = result.delivery.trouble.value
        if result.settle is None:
            raise RetryLater(wait_before(result.number), trouble)
        if result.delivery.outcome is Outcome.TAKEN:
            job.finish(result.settle)
            return
        self._notifications.settle(result.settle)
        raise Permanent(trouble)
