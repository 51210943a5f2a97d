"""Recordings and uploaded files: encrypted pieces in media.db, appended while they arrive, read by range.

A blob's bytes are encrypted with its subject's own data key (AES-256-GCM, one nonce a piece, the blob's id and
the piece's start as associated data), inside a file that is encrypted already: destroying the data key erases the
blob wherever a copy of the file went.
"""

import secrets
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.kernel.clock import to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, NotFound, OffsetMismatch
from appliance.kernel.ids import new_id
from appliance.kernel.keys import NONCE_BYTES, KeyRing
from appliance.kernel.schema import BLOB, BLOB_CHUNK

PIECE_BYTES = 256 * 1024
"""Largest piece stored as one row: a range read decrypts whole pieces."""


_INFO = "SELECT id, key_id, content_type, size, sealed_at FROM blob WHERE id = ?"
_ADD_PIECE = "INSERT INTO blob_chunk (blob_id, start, size, data) VALUES (?, ?, ?, ?)"
_GROW = "UPDATE blob SET size = ? WHERE id = ?"


class BlobInfo(NamedTuple):
    """What is known of a blob without reading it; `size` in bytes, `sealed` when nothing more is appended."""

    id: str
    key_id: str
    content_type: str
    size: int
    sealed: bool


class BlobStore:
    """Blobs in the media file. Verbs that change take the caller's transaction on that file."""

    def __init__(self, media: Database, keys: KeyRing) -> None:
        self.media = media
        self._keys = keys

    def create(self, tx: Transaction, key_id: str, content_type: str) -> str:
        """An empty blob under the data key `key_id`; returns its id."""
        blob_id = new_id()
        tx.execute(
            sa.insert(BLOB),
            {"id": blob_id, "key_id": key_id, "content_type": content_type, "created_at": to_text(tx.now)},
        )
        return blob_id

    def append(self, tx: Transaction, blob_id: str, offset: int, data: bytes) -> int:
        """Add bytes at the end and return the new size.

        Raises `OffsetMismatch` (with the size so far) unless `offset` is the end, `Conflict` on a sealed blob.
        """
        info = self.info(tx, blob_id)
        if info.sealed:
            raise Conflict(N_("This recording is closed; nothing can be added to it."))
        if offset != info.size:
            raise OffsetMismatch(info.size)
        cipher = AESGCM(self._keys.data_key(tx, info.key_id))
        for start in range(0, len(data), PIECE_BYTES):
            piece = data[start : start + PIECE_BYTES]
            nonce = secrets.token_bytes(NONCE_BYTES)
            sealed = nonce + cipher.encrypt(nonce, piece, _associated(blob_id, offset + start))
            tx.run(_ADD_PIECE, (blob_id, offset + start, len(piece), sealed))
        size = offset + len(data)
        tx.run(_GROW, (size, blob_id))
        return size

    def seal(self, tx: Transaction, blob_id: str) -> None:
        """Close the blob: its size is final."""
        tx.execute(sa.update(BLOB).where(BLOB.c.id == blob_id).values(sealed_at=to_text(tx.now)))

    def info(self, tx: Transaction, blob_id: str) -> BlobInfo:
        """What is known of the blob; raises `NotFound`."""
        row = tx.run(_INFO, (blob_id,)).fetchone()
        if row is None:
            raise NotFound(N_("This recording does not exist, or it was erased."))
        found, key_id, content_type, size, sealed_at = row
        return BlobInfo(found, key_id, content_type, size, sealed_at is not None)

    def describe(self, blob_id: str) -> BlobInfo:
        """`info` for a caller without a transaction."""
        return self.media.read(lambda tx: self.info(tx, blob_id))

    def size(self, blob_id: str) -> int:
        """Bytes stored so far."""
        return self.describe(blob_id).size

    def read(self, blob_id: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end`, piece by piece as they are decrypted.

        Each piece is read in a snapshot of its own, so a slow reader holds no transaction open.
        """
        info = self.describe(blob_id)
        key = AESGCM(self._keys.data_key(self.media, info.key_id))
        stop = info.size if end is None else min(end, info.size)
        position = start
        while position < stop:
            begin, sealed = self._piece(blob_id, position)
            clear = key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _associated(blob_id, begin))
            yield clear[position - begin : stop - begin]
            position = begin + len(clear)

    def read_all(self, blob_id: str) -> bytes:
        """The whole blob in memory."""
        return b"".join(self.read(blob_id))

    def erase(self, tx: Transaction, blob_id: str) -> None:
        """Remove the rows (the pages are overwritten: secure_delete is on)."""
        tx.execute(sa.delete(BLOB_CHUNK).where(BLOB_CHUNK.c.blob_id == blob_id))
        tx.execute(sa.delete(BLOB).where(BLOB.c.id == blob_id))

    def _piece(self, blob_id: str, position: int) -> tuple[int, bytes]:
        """The piece that holds `position`: where it starts, and its sealed bytes."""

        def find(tx: Transaction) -> tuple[int, bytes]:
            chunk = BLOB_CHUNK.c
            row = tx.execute(
                sa.select(chunk.start, chunk.data)
                .where(chunk.blob_id == blob_id, chunk.start <= position)
                .order_by(chunk.start.desc())
                .limit(1)
            ).first()
            if row is None:
                raise NotFound(N_("This recording does not exist, or it was erased."))
            return row.start, row.data

        return self.media.read(find)


def _associated(blob_id: str, start: int) -> bytes:
    return f"{blob_id}:{start}".encode()
