"""What goes on in the demo's lobby while somebody looks around: letters arrive, people punch."""

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from appliance.demo.mailbox import Mailbox, body_text
from appliance.demo.zk_terminal import Refused, ServerBroken, ZkTerminal

PAUSE_S = 2.0
CARD = 4
"""ZKTeco's verify code for a card."""


class Lobby:
    """Polls for commands like a terminal does; whoever arrives in its memory punches once, a moment later."""

    def __init__(
        self, terminal: ZkTerminal, mailbox: Mailbox, zone: ZoneInfo, tell: Callable[[str], None]
    ) -> None:
        self._terminal = terminal
        self._mailbox = mailbox
        self._zone = zone
        self._tell = tell
        self._punched: set[str] = set()
        self._letters = 0

    def open(self) -> None:
        """Go on until the process ends."""
        while True:
            try:
                self._terminal.settle()
                self._punch_newcomers()
            except (OSError, Refused, ServerBroken):
                # The site is going up or down; a terminal tries again later, and so does this one.
                time.sleep(PAUSE_S)
            self._show_letters()
            time.sleep(PAUSE_S)

    def _punch_newcomers(self) -> None:
        at = datetime.now(self._zone).replace(tzinfo=None, microsecond=0)
        for pin in sorted(set(self._terminal.users) - self._punched):
            self._terminal.punch(pin, at, verify=CARD)
            self._punched.add(pin)

    def _show_letters(self) -> None:
        letters = self._mailbox.all_letters()
        for letter in letters[self._letters :]:
            self._tell(f"\n✉ {letter['To']}: {letter['Subject']}\n{body_text(letter)}")
        self._letters = len(letters)
