"""A real SMTP server on loopback that keeps what it takes and can refuse."""

import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    """A port on loopback that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class MailHouse:
    """The server. ``refuse`` is the reply to RCPT (None: taken), ``busy`` the reply to DATA."""

    def __init__(self, port: int | None = None) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse: str | None = None
        self.busy: str | None = None
        self._controller = Controller(self, hostname="127.0.0.1", port=port or free_port(), ready_timeout=10)

    @property
    def port(self) -> int:
        return int(self._controller.port)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.refuse is not None:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.busy is not None:
            return self.busy
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def __enter__(self) -> "MailHouse":
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()
