"""Keys of the site: one sealed master key that wraps a raw key per file and per person's recordings.

The master key exists in clear only in memory. On disk it stands in `keys.json`, sealed under a key derived from
the site's passphrase (Argon2id, RFC 9106); the file keys stand beside it, each wrapped by the master key
(AES-256-GCM, the purpose as associated data, so that wrapped keys cannot change places). Keys of interviews and
candidates are wrapped the same way and kept in media.db: to destroy one is to erase what it encrypted.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.kernel.clock import to_text
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import KeyDestroyed, WrongKey
from appliance.kernel.ids import new_id
from appliance.kernel.schema import WRAPPED_KEY

KEY_BYTES = 32
NONCE_BYTES = 12
_WRAPPED = "SELECT wrapped FROM wrapped_key WHERE id = ?"
ARGON2 = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 2}
"""RFC 9106 section 4, second recommended option (64 MiB): fits an appliance that also holds models."""


def wrap(key: bytes, secret: bytes, purpose: str) -> bytes:
    """Encrypt `secret` under `key`; `purpose` must be the same when it is unwrapped. Nonce, then ciphertext."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, purpose.encode())


def unwrap(key: bytes, wrapped: bytes, purpose: str) -> bytes:
    """The secret that `wrap` enclosed; `InvalidTag` when key, purpose or bytes differ."""
    return AESGCM(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], purpose.encode())


class KeyRing:
    """The opened keys of a site. Made by `create` on a new data folder, by `unseal` on an existing one."""

    def __init__(self, path: Path, document: dict[str, Any], master: bytes) -> None:
        self._path = path
        self._document = document
        self._master = master

    @classmethod
    def create(cls, path: Path, passphrase: str) -> "KeyRing":
        """A new random master key, sealed with the passphrase and written to `path` (mode 600)."""
        salt, master = secrets.token_bytes(16), secrets.token_bytes(KEY_BYTES)
        document = {
            "version": 1,
            "kdf": {"name": "argon2id", "salt": _text(salt), **ARGON2},
            "master": _text(wrap(_derive(passphrase, salt, ARGON2), master, "master")),
            "files": {},
        }
        ring = cls(path, document, master)
        ring._save()
        return ring

    @classmethod
    def unseal(cls, path: Path, passphrase: str) -> "KeyRing":
        """Open the sealed keys. Raises `WrongKey` when the passphrase does not fit; nothing is changed."""
        document = json.loads(path.read_text("utf-8"))
        kdf = document["kdf"]
        cost = {name: int(kdf[name]) for name in ARGON2}
        try:
            key = _derive(passphrase, b64decode(kdf["salt"]), cost)
            master = unwrap(key, b64decode(document["master"]), "master")
        except InvalidTag:
            raise WrongKey(path.name) from None
        return cls(path, document, master)

    def file_key(self, name: str) -> bytes:
        """The raw key of the file `name`, made at its first opening."""
        wrapped = self._document["files"].get(name)
        if wrapped is None:
            key = secrets.token_bytes(KEY_BYTES)
            self._document["files"][name] = _text(wrap(self._master, key, f"file:{name}"))
            self._save()
            return key
        try:
            return unwrap(self._master, b64decode(wrapped), f"file:{name}")
        except InvalidTag:
            raise WrongKey(f"{name}.db") from None

    def data_key_create(self, tx: Transaction, purpose: str, subject: str) -> str:
        """A new key for one subject's data (an interview, a candidate's files); returns its id."""
        key_id = new_id()
        wrapped = wrap(self._master, secrets.token_bytes(KEY_BYTES), f"data:{key_id}")
        tx.execute(
            sa.insert(WRAPPED_KEY),
            {
                "id": key_id,
                "purpose": purpose,
                "subject": subject,
                "wrapped": wrapped,
                "created_at": to_text(tx.now),
            },
        )
        return key_id

    def data_key(self, source: Transaction | Database, key_id: str) -> bytes:
        """The raw data key. Raises `KeyDestroyed` after an erasure."""
        if isinstance(source, Database):
            return source.read(lambda tx: self.data_key(tx, key_id))
        row = source.run(_WRAPPED, (key_id,)).fetchone()
        if row is None or row[0] is None:
            raise KeyDestroyed()
        return unwrap(self._master, row[0], f"data:{key_id}")

    def destroy(self, tx: Transaction, key_id: str) -> None:
        """Forget the wrapped key for ever; what it encrypted cannot be read again, in backups made later too."""
        tx.execute(
            sa.update(WRAPPED_KEY)
            .where(WRAPPED_KEY.c.id == key_id)
            .values(wrapped=None, destroyed_at=to_text(tx.now))
        )

    def _save(self) -> None:
        """Write the sealed keys whole or not at all: a torn key file would lose the site."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self._document, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _derive(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return hash_secret_raw(passphrase.encode(), salt, hash_len=KEY_BYTES, type=Type.ID, **cost)


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
