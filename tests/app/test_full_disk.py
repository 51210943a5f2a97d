"""A disk that is full: said plainly, nothing half-written, and everything goes on once there is room.

The data folder lies on a small tmpfs of its own, so this needs root; the filler is an ordinary file on it.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa

from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import SystemClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.keys import KeyRing
from appliance.kernel.schema import BLOB, BLOB_CHUNK
from tests.app.visitors import Hr, Visitor, is_chinese, refused
from tests.interviews.recorded import recording
from tests.recruiting.samples import CHINESE, docx_of
from tests.running import REPOSITORY, RunningSite

DISK = "12m"
PASSPHRASE = "a passphrase for tests"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose `data` is a disk of 12 MB."""
    disk = tmp_path / "data"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {made.stderr.decode().strip()}")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


class Filler:
    """A file that takes what room is left."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"

    def leave(self, free: int) -> None:
        """Fill the disk but for so many bytes."""
        self._file.unlink(missing_ok=True)
        there = os.statvfs(self._file.parent)
        size = there.f_bavail * there.f_frsize - free
        with self._file.open("wb") as file:
            file.write(b"\0" * max(0, size))

    def remove(self) -> None:
        self._file.unlink()


def sent_resume(hr: Hr, data: bytes, language: str) -> httpx.Response:
    return hr.send_resume(data, "resume.docx", language=language)


def large_resume() -> bytes:
    """A resume of some hundred kilobytes that nothing can make smaller."""
    return docx_of(f"{CHINESE}\n{os.urandom(200_000).hex()}")


@pytest.mark.slow
def test_a_full_disk_refuses_plainly_keeps_everything_whole_and_is_forgotten_with_room(folder: Path) -> None:
    webm = recording(2.0)
    with RunningSite(folder) as site:
        hr, filler = Hr(site), Filler(site.data)
        hr.open_post()
        visitor = Visitor(site, hr.invite(hr.screened())["link"])
        question = visitor.enter()[0]["id"]
        segment = visitor.begin(question)
        stored = len(webm) // 2
        assert visitor.send(segment, 0, webm[:stored]).status_code == 204
        resume, before = large_resume(), hr.get("/candidates")["total"]

        filler.leave(0)
        english = refused(sent_resume(hr, resume, "en"), 507, "storage_full")
        chinese = refused(sent_resume(hr, resume, "zh"), 507, "storage_full")
        assert "disk" in english and is_chinese(chinese)
        piece = visitor.send(segment, stored, bytes(2 << 20))
        assert piece.headers["retry-after"]
        refused(piece, 507, "storage_full")
        assert is_chinese(
            refused(visitor.send(segment, stored, webm[stored:] * 40, "zh"), 507, "storage_full")
        )
        assert visitor.stored(segment) == stored
        assert hr.get("/candidates")["total"] == before
        assert httpx.get(f"{site.url}/healthz").status_code == 200

        filler.remove()
        received = sent_resume(hr, resume, "en")
        assert received.status_code == 201, received.text
        assert not received.json()["duplicate"]
        hr.wait_until(received.json()["candidate_id"], "screened")
        assert visitor.send(segment, stored, webm[stored:]).status_code == 204
        assert visitor.hand_in(question, segment, len(webm)).status_code == 200
        assert site.stop() == 0
    assert_whole(site)
    assert webm in stored_blobs(site)


@pytest.mark.slow
def test_wherever_between_the_files_the_room_ends_nothing_is_half_written(folder: Path) -> None:
    """The resume's bytes lie in one file and its row in another: the disk may be full between the two."""
    with RunningSite(folder) as site:
        hr, filler = Hr(site), Filler(site.data)
        hr.open_post()
        acknowledged = []
        for free in range(0, 700_000, 50_000):
            filler.leave(free)
            resume = docx_of(f"{CHINESE}\n{uuid.uuid4()}\n{os.urandom(60_000).hex()}")
            answer = sent_resume(hr, resume, "en")
            if answer.status_code == 201:
                acknowledged.append(resume)
            else:
                refused(answer, 507, "storage_full")
        filler.remove()
        assert hr.get("/candidates")["total"] == len(acknowledged)
        assert site.stop() == 0
    assert_whole(site)
    kept = stored_blobs(site)
    assert all(resume in kept for resume in acknowledged)


@pytest.mark.slow
def test_a_site_that_cannot_start_on_a_full_disk_says_so_in_one_line(folder: Path) -> None:
    with RunningSite(folder) as site:
        site.stop()
        Filler(site.data).leave(0)
        with pytest.raises(RuntimeError) as refused_start:
            site.start()
    assert "The disk under the data file" in str(refused_start.value)
    assert "Traceback" not in str(refused_start.value)


def opened(site: RunningSite) -> tuple[Databases, KeyRing]:
    keys = KeyRing.unseal(site.data / "keys.json", PASSPHRASE)
    return Databases.open(site.data, keys, SystemClock(ZoneInfo("Asia/Shanghai"))), keys


def stored_blobs(site: RunningSite) -> list[bytes]:
    """The bytes of every blob."""
    databases, keys = opened(site)
    try:
        store = BlobStore(databases.media, keys)
        ids = databases.media.read(lambda tx: tx.execute(sa.select(BLOB.c.id)).scalars().all())
        return [store.read_all(blob_id) for blob_id in ids]
    finally:
        databases.close()


def assert_whole(site: RunningSite) -> None:
    """Each file is sound, each blob as long as its pieces, each ledger unbroken."""
    databases, _ = opened(site)
    try:
        for database in databases:
            database.read(assert_sound)
        databases.media.read(assert_sizes)
    finally:
        databases.close()
    verified = subprocess.run(
        [sys.executable, "installer.py", "audit", "verify", "--data", str(site.data)],
        cwd=REPOSITORY,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert verified.stdout.count(": sound,") == 3


def assert_sound(tx: Transaction) -> None:
    assert tx.dbapi.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert tx.dbapi.execute("PRAGMA foreign_key_check").fetchall() == []


def assert_sizes(tx: Transaction) -> None:
    pieces = sa.select(sa.func.coalesce(sa.func.sum(BLOB_CHUNK.c.size), 0)).where(
        BLOB_CHUNK.c.blob_id == BLOB.c.id
    )
    rows = tx.execute(sa.select(BLOB.c.id, BLOB.c.size, pieces.scalar_subquery().label("held"))).all()
    assert [row.id for row in rows if row.size != row.held] == []
