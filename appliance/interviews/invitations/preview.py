"""The invitation as a candidate will read it, before it is sent."""

import msgspec

from appliance.notifications.model import ContextValue
from appliance.notifications.service import Notifications


class ReadLetter(msgspec.Struct, frozen=True):
    """A letter's subject and text."""

    language: str
    subject: str
    text: str


class LetterPreview:
    """Writes letters that nobody is sent."""

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications

    def __call__(self, language: str, context: dict[str, ContextValue]) -> ReadLetter:
        """The invitation in a language."""
        subject, text = self._notifications.read_over("invitation", language, context)
        return ReadLetter(language, subject, text)
