"""A ZKTeco PUSH terminal in software: real HTTP over a socket, written from the protocol alone.

It holds users and punches in memory, does what it is told, answers it, and is as strict as firmware: a reply
without an exact Content-Length, in another type or in chunks is a broken server. Used by the demo and by
tests; it shares no code with the appliance's side of the wire, so that both cannot be wrong in the same way.
"""

import socket
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic, sleep
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field

AGENT: Final = "iClock Proxy/1.09"
ROWS_A_POST: Final = 100


class ServerBroken(Exception):
    """The reply is one that a terminal's firmware cannot read."""


class Refused(Exception):
    """The server answered with another status than 200; the terminal keeps its data."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the server answered {status}")
        self.status = status


class TerminalUser(Struct):
    """A person in the terminal's memory."""

    pin: str
    name: str
    card: str = ""
    photo: bytes = b""


class Reply(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ZkTerminal:
    """One terminal. ``encoding`` is what its screen reads names in (GBK when its language is Chinese)."""

    def __init__(
        self,
        host: str,
        port: int,
        serial: str,
        *,
        language: str = "83",
        encoding: str = "gb18030",
        push_version: str = "2.4.1",
        firmware: str = "Ver 8.0.4.2-20200702",
        timeout_s: float = 30.0,
    ) -> None:
        self.host, self.port, self.serial = host, port, serial
        self.language, self.encoding, self.push_version = language, encoding, push_version
        self.firmware, self.timeout_s = firmware, timeout_s
        self.users: dict[str, TerminalUser] = {}
        self.options: dict[str, str] = {}
        self.waiting: list[str] = []
        self.uploaded: list[str] = []
        self.executed: list[tuple[str, str]] = []
        self.server_time: datetime | None = None
        self._answers: list[str] = []

    # --- what people do at it ----------------------------------------------------------------------------

    def punch(self, pin: str, at_local: datetime, *, status: int = 0, verify: int = 15) -> None:
        """Somebody shows their face (verify 15) at wall time ``at_local``; kept until the server has it."""
        self.waiting.append(f"{pin}\t{at_local:%Y-%m-%d %H:%M:%S}\t{status}\t{verify}\t0\t0\t0")

    # --- what it does by itself --------------------------------------------------------------------------

    def handshake(self) -> dict[str, str]:
        """Ask for the options. Raises ``Refused`` while nobody has approved the terminal."""
        query = f"options=all&pushver={self.push_version}&language={self.language}&DeviceType=att"
        lines = self._ok(self._request("GET", f"/iclock/cdata?{query}")).decode("ascii").split("\n")
        if lines[0] != f"GET OPTION FROM: {self.serial}":
            raise ServerBroken(f"the handshake begins with {lines[0][:40]!r}")
        self.options = dict(line.split("=", 1) for line in lines[1:] if "=" in line)
        return self.options

    def upload(self) -> int:
        """Send the punches the server does not have yet; returns how many it took now."""
        sent = 0
        while self.waiting:
            rows = self.waiting[:ROWS_A_POST]
            body = "".join(row + "\n" for row in rows).encode("ascii")
            reply = self._ok(self._request("POST", "/iclock/cdata?table=ATTLOG&Stamp=9999", body))
            if not reply.startswith(b"OK"):
                raise ServerBroken("punches were not acknowledged with OK")
            counted = reply.removeprefix(b"OK").lstrip(b": ")
            if counted and int(counted) != len(rows):
                raise ServerBroken(f"{len(rows)} punches were sent and {int(counted)} acknowledged")
            del self.waiting[: len(rows)]
            self.uploaded += rows
            sent += len(rows)
        return sent

    def poll(self) -> int:
        """Fetch commands, do them, answer them; returns how many there were."""
        information = f"{self.firmware},{len(self.users)},0,{len(self.uploaded)},192.0.2.1,10,7,15,0,111"
        reply = self._ok(self._request("GET", f"/iclock/getrequest?INFO={quote(information)}"))
        if reply == b"OK":
            return 0
        lines = reply.split(b"\n")
        if lines[-1] != b"":
            raise ServerBroken("the last command has no line end")
        for line in lines[:-1]:
            self._answers.append(self._execute(line))
        count = len(self._answers)
        self._answer()
        return count

    def _answer(self) -> None:
        body = "\n".join(self._answers).encode("ascii")
        if self._ok(self._request("POST", "/iclock/devicecmd", body)) != b"OK":
            raise ServerBroken("results were not acknowledged with OK")
        self._answers.clear()

    def settle(self) -> None:
        """Handshake where needed, upload, and do commands until the server has no more."""
        if not self.options:
            self.handshake()
        self.upload()
        while self.poll():
            pass

    def wait_for_user(self, pin: str, *, within_s: float = 30.0, pause_s: float = 0.2) -> TerminalUser:
        """Poll until a person has arrived. Raises ``TimeoutError`` naming the PIN."""
        until = monotonic() + within_s
        while monotonic() < until:
            self.settle()
            if pin in self.users:
                return self.users[pin]
            sleep(pause_s)
        raise TimeoutError(f"terminal {self.serial} was not sent PIN {pin} within {within_s:.0f} s")

    # --- commands ----------------------------------------------------------------------------------------

    def _execute(self, line: bytes) -> str:
        head, number, order = (line.split(b":", 2) + [b"", b""])[:3]
        if head != b"C" or not number:
            raise ServerBroken("a command line does not begin with C:<id>:")
        identifier = number.decode("ascii")
        words, values = self._split(order)
        self.executed.append((identifier, words))
        code = self._do(words, values)
        first = words.split(" ")[0]
        return f"ID={identifier}&Return={code}&CMD={first}"

    def _split(self, order: bytes) -> tuple[str, dict[str, bytes]]:
        """``DATA UPDATE USERINFO PIN=1 TAB Name=x`` into its words and its fields."""
        first, *rest = order.split(b"\t")
        words: list[str] = []
        parts = first.split(b" ")
        while parts and b"=" not in parts[0]:
            words.append(parts.pop(0).decode("ascii"))
        fields = [b" ".join(parts), *rest] if parts else rest
        return " ".join(words), {
            part.partition(b"=")[0].decode("ascii"): part.partition(b"=")[2] for part in fields
        }

    def _do(self, words: str, values: dict[str, bytes]) -> int:
        pin = values.get("PIN", b"").decode("ascii")
        match words:
            case "DATA UPDATE USERINFO" if pin:
                known = self.users.get(pin, TerminalUser(pin, ""))
                known.name = values.get("Name", b"").decode(self.encoding, errors="replace")
                known.card = values.get("Card", b"").decode("ascii")
                self.users[pin] = known
                return 0
            case "DATA UPDATE BIOPHOTO":
                return self._take_photo(pin, values)
            case "DATA DELETE USERINFO":
                return 0 if self.users.pop(pin, None) is not None else -10
            case "DATA QUERY ATTLOG":
                start, end = (values.get(name, b"").decode("ascii") for name in ("StartTime", "EndTime"))
                again = [row for row in self.uploaded if start <= row.split("\t")[1] <= end]
                self.waiting += again
                self.uploaded = [row for row in self.uploaded if row not in again]
                return 0
            case "CHECK" | "REBOOT":
                self.options = {}
                return 0
            case "INFO" | "DATA QUERY USERINFO" | "VERIFY SUM ATTLOG":
                return 0
        return -1002

    def _take_photo(self, pin: str, values: dict[str, bytes]) -> int:
        if pin not in self.users:
            return -10
        content = values.get("Content", b"")
        if values.get("Size") != str(len(content)).encode("ascii"):
            return -2
        try:
            self.users[pin].photo = b64decode(content, validate=True)
        except Base64Error:
            return -6
        return 0

    # --- HTTP, as firmware speaks it ---------------------------------------------------------------------

    def _ok(self, reply: Reply) -> bytes:
        if reply.status != 200:
            raise Refused(reply.status)
        return reply.body

    def _request(self, method: str, target: str, body: bytes | None = None) -> Reply:
        """One request on a connection of its own. Raises ``OSError`` or ``ServerBroken``."""
        path, _, query = target.partition("?")
        serial = f"SN={self.serial}"
        lines = [
            f"{method} {path}?{serial}{'&' + query if query else ''} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"User-Agent: {AGENT}",
            "Connection: close",
            "Accept: */*",
        ]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
        with socket.create_connection((self.host, self.port), timeout=self.timeout_s) as connection:
            connection.sendall(head + (body or b""))
            reply = _read_reply(connection)
        if "date" in reply.headers:
            self.server_time = parsedate_to_datetime(reply.headers["date"])
        return reply


class _Received(Struct):
    data: bytearray = field(default_factory=bytearray)


def _read_reply(connection: socket.socket) -> Reply:
    received = _Received()
    while b"\r\n\r\n" not in received.data:
        _more(connection, received)
    head, _, rest = bytes(received.data).partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    if "transfer-encoding" in headers or "content-encoding" in headers:
        raise ServerBroken("the reply is chunked or compressed")
    if not headers.get("content-length", "").isdigit():
        raise ServerBroken("the reply has no Content-Length")
    if not headers.get("content-type", "").startswith("text/plain"):
        raise ServerBroken("the reply is not text/plain")
    length = int(headers["content-length"])
    received.data = bytearray(rest)
    while len(received.data) < length:
        _more(connection, received)
    if len(received.data) > length:
        raise ServerBroken("the reply is longer than its Content-Length")
    return Reply(int(status_line.split(" ")[1]), headers, bytes(received.data))


def _more(connection: socket.socket, received: _Received) -> None:
    piece = connection.recv(65_536)
    if not piece:
        raise ServerBroken("the connection ended before the reply was complete")
    received.data += piece
