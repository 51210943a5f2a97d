"""The bytes of resumes: encrypted into media.db under a key of the candidate's own, before their row is in core.db.

Two files cannot commit together. So the bytes come first, with a job that looks later whether anything refers to
them: after a power cut or a full disk between the two nothing is left behind.
"""

import hashlib
from contextlib import suppress
from datetime import timedelta

from msgspec import Struct

from appliance.kernel.blobs import BlobStore
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import StorageFull, StorageUnavailable
from appliance.kernel.jobs import JobContext, JobRegistry, enqueue
from appliance.kernel.keys import KeyRing
from appliance.recruiting import resume_store

SETTLE_FILE = "recruiting.settle_file"
"""Job kind, payload `KeptFile`, in media.db: erases bytes that no resume refers to."""

SETTLE_AFTER = timedelta(minutes=15)
"""Much longer than a request may take between its two files."""


class KeptFile(Struct, frozen=True):
    """Where the bytes lie in media.db; `sha256` is of the bytes as they were sent (hex)."""

    blob_id: str
    key_id: str
    sha256: str


class KeptFiles:
    """Keeps and lets go of resumes' bytes."""

    def __init__(self, databases: Databases, blobs: BlobStore, keys: KeyRing) -> None:
        self._core = databases.core
        self._media = databases.media
        self._blobs = blobs
        self._keys = keys

    def register(self, jobs: JobRegistry) -> None:
        """The job that looks after the bytes."""
        jobs.register(SETTLE_FILE, "media", self.settle)

    def keep(self, candidate_id: str, data: bytes) -> KeptFile:
        """The bytes, durable and sealed, with the job that looks after them."""
        subject = f"candidate:{candidate_id}"

        def work(tx: Transaction) -> KeptFile:
            key_id = self._keys.data_key_create(tx, "resume", subject)
            blob_id = self._blobs.create(tx, key_id, "application/octet-stream")
            self._blobs.append(tx, blob_id, 0, data)
            self._blobs.seal(tx, blob_id)
            kept = KeptFile(blob_id, key_id, hashlib.sha256(data).hexdigest())
            enqueue(tx, SETTLE_FILE, kept, run_at=tx.now + SETTLE_AFTER, subject=subject)
            return kept

        return self._media.write(work)

    def let_go(self, kept: KeptFile) -> None:
        """Erase bytes that came to nothing: now or, when the disk does not take even that, by the job."""
        with suppress(StorageFull, StorageUnavailable):
            self._media.write(lambda tx: self._erase(tx, kept))

    def settle(self, context: JobContext) -> None:
        """Erase the bytes unless a resume refers to them."""
        kept = context.decode(KeptFile)
        if not self._core.read(lambda tx: resume_store.refers_to(tx, kept.blob_id)):
            context.finish(lambda tx: self._erase(tx, kept))

    def _erase(self, tx: Transaction, kept: KeptFile) -> None:
        self._blobs.erase(tx, kept.blob_id)
        self._keys.destroy(tx, kept.key_id)
