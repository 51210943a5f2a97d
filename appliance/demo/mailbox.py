"""The demo's mail server: receives the letters that the appliance really sends, and keeps them in memory."""

import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """An SMTP server on loopback; `letters` hold what arrived, newest last."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._letters: list[EmailMessage] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    @property
    def port(self) -> int:
        port: int = self._controller.port
        return port

    def start(self) -> None:
        """Begin to receive."""
        self._controller.start()

    def stop(self) -> None:
        """Stop receiving; what arrived is forgotten with the process."""
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        letter = message_from_bytes(envelope.content, policy=policy.default)
        with self._arrived:
            self._letters.append(letter)
            self._arrived.notify_all()
        return "250 Message accepted"

    def letters_to(self, address: str) -> list[EmailMessage]:
        """The letters to one address, oldest first."""
        with self._arrived:
            return [letter for letter in self._letters if address in str(letter["To"])]

    def all_letters(self) -> list[EmailMessage]:
        """Every letter, oldest first."""
        with self._arrived:
            return list(self._letters)

    def wait_for(self, address: str, *, count: int = 1, timeout_s: float = 60) -> EmailMessage:
        """The `count`-th letter to the address; raises `TimeoutError` when it does not come."""
        end = time.monotonic() + timeout_s
        with self._arrived:
            while True:
                mine = [letter for letter in self._letters if address in str(letter["To"])]
                if len(mine) >= count:
                    return mine[count - 1]
                if not self._arrived.wait(max(0.0, end - time.monotonic())):
                    raise TimeoutError(f"no letter number {count} came within {timeout_s:.0f} s")


def body_text(letter: EmailMessage) -> str:
    """The plain text of a letter."""
    part = letter.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part is not None else ""


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
