"""The load generator of `installer.py bench rooms`, a process of its own: rooms that upload, people who browse.

Reads one `Order` from stdin. Writes "started" when every room has begun its recording and the measuring begins,
"ended" when its time is over, then one `Load`.
"""

import asyncio
import hashlib
import random
import ssl
import sys
import time
import uuid
from base64 import b64encode
from collections import Counter
from collections.abc import Coroutine, Sequence
from urllib.parse import urlencode, urlsplit

import msgspec
import uvloop

from appliance.serve import allow_open_files
from tests.bench.rooms_client import Answer, Away, Connection
from tests.bench.rooms_model import BYTES_PER_SECOND, Load, Order, Sent

VIDEO = "video/webm;codecs=vp8,opus"
WEBM_HEAD = bytes.fromhex(
    "1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581021853806701ffffffffffffff"
)
"""An EBML header of a live WebM stream and the beginning of its segment; what follows is noise, because nobody plays
these recordings and every room must have bytes of its own."""
BACKOFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""As `static/room/uploader.js` waits."""
LOSES_NETWORK_EVERY_S = 60.0
OUTAGE_S = (0.5, 3.0)
THINKS_S = (0.5, 2.5)
ENTERING = 24
"""Rooms that are entered at once before the measuring: candidates do not all click in one second."""
NOISE_BYTES = 8 << 20
OK, ELSEWHERE = 200, 409
BUSY = frozenset({429, 503, 507})
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
PLAYER = "recording"
PLAYED_BYTES = 256 * 1024


class Refused(Exception):  # noqa: N818 - an answer that says no
    """An answer that the room does not know how to bear; its text is a kind for the figures."""


class Figures:
    """What all rooms and people write their observations into."""

    def __init__(self) -> None:
        self.ack_ms: list[float] = []
        self.page_ms: dict[str, list[float]] = {}
        self.errors: Counter[str] = Counter()
        self.reconnects = 0
        self.waited = 0
        self.late_pieces = 0


class Room:
    """One candidate who records one long answer."""

    def __init__(
        self, connection: Connection, token: str, order: Order, noise: memoryview, figures: Figures
    ) -> None:
        self._connection = connection
        self._path = f"/room/{token}"
        self._order = order
        self._noise = noise
        self._figures = figures
        self._chance = random.Random(f"{order.seed}:{token}")
        self._question = ""
        self._segment = str(uuid.uuid4())
        self._offset = 0
        self._chunks = 0
        self._digest = hashlib.sha256()
        self._network_back = 0.0

    async def enter(self) -> None:
        """From the link to a begun recording, as the room's page does it."""
        page = await self._connection.ask("GET", self._path, {"Accept": "text/html"})
        if page.status == ELSEWHERE:  # this candidate was here before, on another device
            await self._must("POST", "/device", FORM, b"", 303)
        elif page.status == OK:
            await self._must("POST", "/consent", FORM, urlencode({"voice": "1", "video": "1"}).encode(), 303)
        else:
            raise Refused(f"enter_{page.status}")
        answer = await self._must("GET", "/state", JSON, b"", OK)
        state = msgspec.json.decode(answer.body)
        self._question = next(one["id"] for one in state["questions"] if one["kind"] == "video")
        wish = msgspec.json.encode({"id": self._segment, "content_type": VIDEO, "take": 1})
        await self._must("POST", f"/answers/{self._question}/recordings", JSON, wish, 201)

    async def record(self, begin: float) -> Sent:
        """Upload from the instant `begin` on, a piece as soon as the recorder has one; then hand the answer in."""
        step = self._order.piece_s
        begin += self._chance.uniform(0, step)
        lose_at = begin + self._chance.expovariate(1 / LOSES_NETWORK_EVERY_S)
        for number in range(max(1, int(self._order.seconds / step))):
            # The recorder goes on while a piece is on its way: a room that was held up finds several ready.
            due = begin + (number + 1 + self._chance.uniform(-0.1, 0.1)) * step
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            losing = time.perf_counter() > lose_at
            if losing:
                lose_at = time.perf_counter() + self._chance.expovariate(1 / LOSES_NETWORK_EVERY_S)
            await self._deliver(due, self._piece(number), losing=losing)
            self._figures.late_pieces += time.perf_counter() > begin + self._order.seconds + 2 * step
        return await self._hand_in()

    def _piece(self, number: int) -> bytes:
        """The next piece: a variable rate as an encoder has, 0.5 Mbit/s on the whole."""
        size = int(BYTES_PER_SECOND * self._order.piece_s * self._chance.uniform(0.7, 1.3))
        start = self._chance.randrange(len(self._noise) - size)
        piece = bytes(self._noise[start : start + size])
        return WEBM_HEAD + piece if number == 0 else piece

    async def _deliver(self, due: float, piece: bytes, *, losing: bool) -> None:
        """Send one piece until it is acknowledged, whatever happens in between."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(self._offset),
            "Upload-Checksum": "sha256 " + b64encode(hashlib.sha256(piece).digest()).decode(),
            "Recorded-Ms": "1000",
        }
        path = f"{self._path}/recordings/{self._segment}"
        if losing:
            await self._connection.break_off(
                "PATCH", path, headers, piece, self._chance.choice((0.0, 0.5, 1.0))
            )
            await self._be_away()
        end = self._offset + len(piece)
        failures = 0
        stored = await self._resume() if losing else self._offset
        while stored != end:
            if stored != self._offset:
                raise Refused("wrong_offset")
            answer = await self._try("PATCH", path, headers, piece)
            if answer is None:
                stored = await self._resume()
                continue
            if answer.status in BUSY:
                self._figures.waited += 1
                await asyncio.sleep(
                    BACKOFF_S[min(failures, len(BACKOFF_S) - 1)] * self._chance.uniform(0.8, 1.2)
                )
                failures += 1
                continue
            if answer.status not in {204, 409}:
                raise Refused(f"append_{answer.status}")
            stored = int(answer.headers.get("upload-offset", "-1"))
        self._offset = end
        self._chunks += 1
        self._digest.update(piece)
        if not losing:
            self._figures.ack_ms.append((time.perf_counter() - max(due, self._network_back)) * 1000)

    async def _be_away(self) -> None:
        self._figures.reconnects += 1
        await asyncio.sleep(self._chance.uniform(*OUTAGE_S))
        self._network_back = time.perf_counter()

    async def _resume(self) -> int:
        """Where the site says that it stands, after a lost connection."""
        for wait in (*BACKOFF_S, *BACKOFF_S):
            answer = await self._try("HEAD", f"{self._path}/recordings/{self._segment}", {}, b"")
            if answer is not None and answer.status == 200:
                return int(answer.headers["upload-offset"])
            if answer is not None and answer.status not in BUSY:
                raise Refused(f"offset_{answer.status}")
            await asyncio.sleep(wait)
        raise Refused("offset_away")

    async def _hand_in(self) -> Sent:
        digest = self._digest.hexdigest()
        body = msgspec.json.encode({"segments": [{"id": self._segment, "size": self._offset}]})
        handed_in = False
        for wait in BACKOFF_S if self._order.hand_in else ():
            answer = await self._try("POST", f"{self._path}/answers/{self._question}/submit", JSON, body)
            if answer is not None and answer.status == 200:
                handed_in = True
                break
            if answer is not None and answer.status not in BUSY:
                self._figures.errors[f"submit_{answer.status}"] += 1
                break
            await asyncio.sleep(wait)
        self._connection.drop()
        return Sent(
            recording_id=self._segment,
            size=self._offset,
            chunks=self._chunks,
            sha256=digest,
            handed_in=handed_in,
        )

    async def _try(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer | None:
        try:
            return await self._connection.ask(method, path, headers, body)
        except Away as away:
            self._figures.errors[f"away_{away}"] += 1
            return None

    async def _must(
        self, method: str, path: str, headers: dict[str, str], body: bytes, status: int
    ) -> Answer:
        answer = await self._connection.ask(method, self._path + path, headers, body)
        if answer.status != status:
            raise Refused(f"enter_{answer.status}")
        return answer


class Person:
    """Somebody of HR who opens one page after the other."""

    def __init__(self, connection: Connection, number: int, order: Order, figures: Figures) -> None:
        self._connection = connection
        self._order = order
        self._figures = figures
        self._chance = random.Random(f"{order.seed}:person {number}")

    async def sign_in(self) -> None:
        """Through the sign-in page's form."""
        form = urlencode({"login": self._order.login, "password": self._order.password}).encode()
        answer = await self._connection.ask("POST", "/login", FORM, form)
        if answer.status != 303:
            raise Refused(f"sign_in_{answer.status}")

    async def browse(self, until: float) -> None:
        """Look at a page, think, look at the next."""
        words = list(self._order.pages)
        place = self._chance.randrange(len(words))
        await asyncio.sleep(self._chance.uniform(0, THINKS_S[1]))
        while time.perf_counter() < until:
            word = words[place % len(words)]
            place += 1
            await self._open(word)
            await asyncio.sleep(self._chance.uniform(*THINKS_S))
        self._connection.drop()

    async def _open(self, word: str) -> None:
        headers = {"Accept": "text/html", "Accept-Language": "zh"}
        if word == PLAYER:
            headers["Range"] = f"bytes=0-{PLAYED_BYTES - 1}"
        began = time.perf_counter()
        try:
            answer = await self._connection.ask("GET", self._order.pages[word], headers)
        except Away as away:
            self._figures.errors[f"page_away_{away}"] += 1
            return
        if answer.status != (206 if word == PLAYER else 200):
            self._figures.errors[f"page_{word}_{answer.status}"] += 1
            return
        self._figures.page_ms.setdefault(word, []).append((time.perf_counter() - began) * 1000)


async def carry_out(order: Order) -> Load:
    """Do all that the order asks for; a room that fails is counted, and what it had sent is still told."""
    allow_open_files()
    figures = Figures()
    noise = memoryview(random.Random(order.seed).randbytes(NOISE_BYTES))
    rooms = [Room(_connection(order), token, order, noise, figures) for token in order.tokens]
    people = [Person(_connection(order), number, order, figures) for number in range(order.people)]
    await _at_most(ENTERING, [room.enter() for room in rooms])
    await _at_most(1, [person.sign_in() for person in people])
    begin = time.perf_counter()
    _say("started")
    browsing = [asyncio.create_task(person.browse(begin + order.seconds)) for person in people]
    recording = [asyncio.create_task(room.record(begin)) for room in rooms]
    await asyncio.sleep(order.seconds)
    _say("ended")
    results = await asyncio.gather(*recording, return_exceptions=True)
    await asyncio.gather(*browsing)
    for failed in results:
        if isinstance(failed, BaseException):
            figures.errors[str(failed) if isinstance(failed, Refused) else type(failed).__name__] += 1
    return Load(
        sent=[one for one in results if isinstance(one, Sent)],
        ack_ms=figures.ack_ms,
        page_ms=figures.page_ms,
        errors=dict(figures.errors),
        reconnects=figures.reconnects,
        waited=figures.waited,
        late_pieces=figures.late_pieces,
    )


async def _at_most(many: int, begun: Sequence[Coroutine[None, None, None]]) -> None:
    """All of these, so many at once."""
    gate = asyncio.Semaphore(many)

    async def one(task: Coroutine[None, None, None]) -> None:
        async with gate:
            await task

    await asyncio.gather(*(one(task) for task in begun))


def _connection(order: Order) -> Connection:
    address = urlsplit(order.url)
    assert address.hostname is not None and address.port is not None
    trust = ssl.create_default_context(cafile=order.certificate) if order.certificate else None
    return Connection(address.hostname, address.port, trust)


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    wanted = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    _say(msgspec.json.encode(uvloop.run(carry_out(wanted))).decode())
