"""`installer.py bench rooms`: candidates who upload while HR browses, through TLS, against the real site.

Three processes: this one, which starts the site (`rooms_site`) and the load (`rooms_load`), watches both, stops the
site and then reads every recording back from its files. Every room is invited through the API, consents and records
through the room's own addresses, loses its network now and then and goes on where the site says it stands. Pieces are
as long as the room's recorder makes them, 0.5 Mbit/s on the whole.

Prints one JSON object. Times in milliseconds: `ack_*` from the instant at which the recorder had a piece, or the
network was back, to its acknowledgement; `hr_*` whole pages. CPU shares count cores: 1.0 is one core kept busy.
`lost` counts acknowledged pieces of recordings whose stored bytes are not what was sent.
"""

import hashlib
import json
import os
import secrets
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import msgspec
import sqlalchemy as sa

from appliance.demo.mailbox import Mailbox
from appliance.interviews.recordings.store import RECORDING
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import SystemClock
from appliance.kernel.databases import Databases
from appliance.unsealing import VARIABLE, open_keys
from tests.bench.rooms_certificate import make_certificate
from tests.bench.rooms_model import FURNISHED_INVITATIONS, Load, Order, Sent, SiteReady, piece_seconds
from tests.bench.rooms_watch import Spent, Watch
from tests.running import REPOSITORY

ACK_P99_MS = 1000.0
PAGE_P95_MS = 500.0
PEOPLE = 6
STEP_SECONDS = 20.0
STEPS = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Of the wished rooms, until one step fails; then the middle between the last two is tried as well."""
STOP_WITHIN_S = 60
LETTERS_WITHIN_S = 120


class Site:
    """The started site and how to reach it."""

    def __init__(self, folder: Path, candidates: int) -> None:
        self.data = folder / "data"
        self.certificate, key = make_certificate(folder)
        self.mailbox = Mailbox()
        self.mailbox.start()
        self.environment = {**os.environ, VARIABLE: secrets.token_urlsafe(24)}
        command = [sys.executable, "-m", "tests.bench.rooms_site", str(self.data), str(candidates)]
        self._log = (folder / "site.log.jsonl").open("ab")
        self.process = subprocess.Popen(
            [*command, str(self.certificate), str(key), str(self.mailbox.port)],
            cwd=REPOSITORY,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the site did not start:\n" + (folder / "site.log.jsonl").read_text()[-4000:])
        self.ready = msgspec.json.decode(line, type=SiteReady)
        self._uninvited = list(self.ready.candidates)
        self._invited = FURNISHED_INVITATIONS

    def invite(self, count: int) -> list[str]:
        """The link tokens of so many further candidates (none: an empty list)."""
        count = max(0, count)
        chosen, self._uninvited = self._uninvited[:count], self._uninvited[count:]
        now = datetime.now(UTC)
        window = {
            "window_start": (now - timedelta(hours=1)).isoformat(),
            "window_end": (now + timedelta(hours=6)).isoformat(),
        }
        headers = {"Authorization": f"Bearer {self.ready.admin_token}"}
        tokens: list[str] = []
        with httpx.Client(
            base_url=self.ready.url, headers=headers, verify=self._trust(), timeout=60
        ) as client:
            for candidate_id in chosen:
                made = client.post(f"/api/v1/candidates/{candidate_id}/invitation", json=window)
                made.raise_for_status()
                tokens.append(str(made.json()["link"]).rsplit("/", 1)[1])
        self._invited += count
        self._letters_out()
        return tokens

    def _letters_out(self) -> None:
        """Wait for the invitations' letters: they went out long before anybody records."""
        end = time.monotonic() + LETTERS_WITHIN_S + self._invited
        while len(self.mailbox.all_letters()) < self._invited and time.monotonic() < end:
            time.sleep(0.1)

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(STOP_WITHIN_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()
        self.mailbox.stop()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One run of so many rooms."""

    rooms: int
    load: Load
    spent: Spent

    @property
    def ack_p99(self) -> float:
        return quantile(self.load.ack_ms, 0.99)

    @property
    def page_p95(self) -> float:
        return quantile([one for each in self.load.page_ms.values() for one in each], 0.95)

    @property
    def holds(self) -> bool:
        """Whether everything was as good as it has to be: no room failed or waited, both times kept."""
        whole = len(self.load.sent) == self.rooms and not self.load.errors and not self.load.waited
        return whole and self.ack_p99 <= ACK_P99_MS and self.page_p95 <= PAGE_P95_MS


def main(
    rooms: int = 300, seconds: float = 180.0, *, find_knee: bool = False, folder: Path | None = None
) -> dict[str, object]:
    """Run the bench in `folder` (default: a new folder beside the current one, so on a real disk) and print it."""
    steps = [max(1, round(rooms * one)) for one in STEPS] if find_knee else []
    candidates = rooms + max(steps, default=0)
    with tempfile.TemporaryDirectory(dir=folder or Path.cwd(), prefix=".bench-") as place:
        site = Site(Path(place), candidates)
        try:
            outcome = measure(site, site.invite(rooms), seconds, hand_in=True)
            climbed = climb(site, steps) if find_knee else []
        finally:
            site.stop()
        everything = [one for each in (outcome, *climbed) for one in each.load.sent]
        lost = read_back(site, everything)
    result = figures(outcome, seconds) | {"recordings_checked": len(everything), "lost": lost} | knee(climbed)
    sys.stdout.write(json.dumps(result) + "\n")
    return result


def measure(site: Site, tokens: Sequence[str], seconds: float, *, hand_in: bool) -> Outcome:
    """Let the candidates behind these links record for so long."""
    rooms = len(tokens)
    tell(f"{rooms} rooms for {seconds:g} s")
    ready = site.ready
    order = Order(
        url=ready.url,
        certificate=str(site.certificate),
        tokens=list(tokens),
        seconds=seconds,
        piece_s=piece_seconds(),
        people=PEOPLE,
        login=ready.login,
        password=ready.password,
        pages=ready.pages,
        seed=rooms,
        hand_in=hand_in,
    )
    command = [sys.executable, "-m", "tests.bench.rooms_load"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as load:
        assert load.stdin is not None and load.stdout is not None
        load.stdin.write(msgspec.json.encode(order))
        load.stdin.close()
        watch = Watch(site.process.pid, load.pid, site.data / "media.db-wal")
        expect(load, "started")
        watch.begin()
        expect(load, "ended")
        spent = watch.end()
        seen = msgspec.json.decode(load.stdout.readline(), type=Load)
    return Outcome(rooms=rooms, load=seen, spent=spent)


def expect(load: "subprocess.Popen[bytes]", word: str) -> None:
    """The generator's next word; raises `RuntimeError` when it ended instead."""
    assert load.stdout is not None
    line = load.stdout.readline().decode().strip()
    if line != word:
        raise RuntimeError(f"the load generator said {line[:200]!r} where it should have said {word!r}")


def climb(site: Site, steps: Sequence[int]) -> list[Outcome]:
    """More and more rooms until a step does not hold; then the middle between the last that held and that one."""
    outcomes: list[Outcome] = []
    tokens: list[str] = []

    def step(rooms: int) -> Outcome:
        tokens.extend(site.invite(rooms - len(tokens)))
        outcomes.append(measure(site, tokens[:rooms], STEP_SECONDS, hand_in=False))
        return outcomes[-1]

    for rooms in steps:
        if not step(rooms).holds:
            below = max((one.rooms for one in outcomes if one.holds), default=0)
            if (below + rooms) // 2 > below:
                step((below + rooms) // 2)
            break
    return outcomes


def read_back(site: Site, sent: Sequence[Sent]) -> int:
    """Open the stopped site's files and compare every recording with what its room sent; lost pieces."""
    tell(f"reading {len(sent)} recordings back")
    previous = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = site.environment[VARIABLE]
    try:
        keys = open_keys(site.data, create=False)
    finally:
        if previous is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = previous
    databases = Databases.open(site.data, keys, SystemClock(ZoneInfo("UTC")))
    try:
        blobs = BlobStore(databases.media, keys)
        query = sa.select(RECORDING.c.id, RECORDING.c.blob_id)
        blob_of = {row.id: row.blob_id for row in databases.media.read(lambda tx: tx.execute(query).all())}
        return sum(one.chunks for one in sent if not _same(blobs, blob_of.get(one.recording_id), one))
    finally:
        databases.close()


def _same(blobs: BlobStore, blob_id: str | None, sent: Sent) -> bool:
    digest, size = hashlib.sha256(), 0
    for piece in blobs.read(blob_id) if blob_id else ():
        digest.update(piece)
        size += len(piece)
    return (size, digest.hexdigest()) == (sent.size, sent.sha256)


def figures(outcome: Outcome, seconds: float) -> dict[str, object]:
    """The flat figures of one run."""
    load, spent = outcome.load, outcome.spent
    pages = [one for each in load.page_ms.values() for one in each]
    return {
        "rooms": outcome.rooms,
        "seconds": seconds,
        "piece_s": piece_seconds(),
        "chunks": sum(one.chunks for one in load.sent),
        "megabytes": round(sum(one.size for one in load.sent) / 1e6, 1),
        "ack_p50_ms": quantile(load.ack_ms, 0.5),
        "ack_p99_ms": outcome.ack_p99,
        "hr_pages": len(pages),
        "hr_p50_ms": quantile(pages, 0.5),
        "hr_p95_ms": outcome.page_p95,
        "hr_p95_ms_by_page": {word: quantile(each, 0.95) for word, each in sorted(load.page_ms.items())},
        "memory_peak_mib": spent.memory_peak_mib,
        "wal_peak_mib": spent.wal_peak_mib,
        "cpu_site": spent.site_cpu,
        "cpu_site_busiest_thread": spent.busiest_thread_cpu,
        "cpu_load_generator": spent.load_cpu,
        "cpu_idle": spent.idle,
        "disk_wait": spent.waiting_for_disk,
        "handed_in": sum(one.handed_in for one in load.sent),
        "reconnects": load.reconnects,
        "asked_to_wait": load.waited,
        "late_pieces": load.late_pieces,
        "errors": load.errors,
    }


def knee(climbed: Sequence[Outcome]) -> dict[str, object]:
    """The most rooms that held, and what limits them; null when it was not looked for or lies above every step."""
    steps = [
        {
            "rooms": one.rooms,
            "holds": one.holds,
            "ack_p99_ms": one.ack_p99,
            "hr_p95_ms": one.page_p95,
            "cpu_site": one.spent.site_cpu,
            "cpu_load_generator": one.spent.load_cpu,
            "asked_to_wait": one.load.waited,
            "errors": one.load.errors,
        }
        for one in climbed
    ]
    failed = [one for one in climbed if not one.holds]
    if not failed:
        limit = "none of the steps was too much" if climbed else "not looked for"
        return {"knee_rooms": None, "knee_limit": limit, "knee_steps": steps}
    most = max((one.rooms for one in climbed if one.holds), default=0)
    return {
        "knee_rooms": most,
        "knee_limit": limit_of(min(failed, key=lambda one: one.rooms).spent),
        "knee_steps": steps,
    }


def limit_of(spent: Spent) -> str:
    """What was used up where the rooms no longer held."""
    shares = f"site {spent.site_cpu:.2f}, load generator {spent.load_cpu:.2f} of {os.cpu_count()} cores"
    if spent.idle + spent.waiting_for_disk < 0.1:
        return f"the machine's cores ({shares})"
    if spent.waiting_for_disk > 0.25:
        return f"the disk: {spent.waiting_for_disk:.0%} of the time is spent waiting for it ({shares})"
    return f"the site's one Python interpreter, which works on one core at a time ({shares})"


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share lies; 0 when there is none."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1) if ordered else 0.0


def tell(text: str) -> None:
    """Progress for whoever waits, beside the one line of the result."""
    sys.stderr.write(f"-> {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
