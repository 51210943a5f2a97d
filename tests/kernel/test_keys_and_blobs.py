"""Keys open only with their passphrase; blobs come back byte for byte, by range, until their key is destroyed."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.kernel.blobs import PIECE_BYTES, BlobStore
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Conflict, KeyDestroyed, NotFound, OffsetMismatch, WrongKey
from appliance.kernel.keys import KeyRing


def store(
    databases: Databases, keys: KeyRing, data: bytes, step: int = 100_000
) -> tuple[BlobStore, str, str]:
    blobs = BlobStore(databases.media, keys)

    def fill(tx: Transaction) -> tuple[str, str]:
        key_id = keys.data_key_create(tx, "interview", "interview:1")
        blob_id = blobs.create(tx, key_id, "video/webm")
        for start in range(0, len(data), step):
            blobs.append(tx, blob_id, start, data[start : start + step])
        return key_id, blob_id

    key_id, blob_id = databases.media.write(fill)
    return blobs, key_id, blob_id


def test_the_passphrase_opens_the_same_keys_again(keys: KeyRing, tmp_path: Path) -> None:
    key = keys.file_key("core")
    assert len(key) == 32
    assert KeyRing.unseal(tmp_path / "keys.json", "correct horse").file_key("core") == key


def test_a_wrong_passphrase_is_a_clear_error_and_the_sealed_keys_stay(keys: KeyRing, tmp_path: Path) -> None:
    before = (tmp_path / "keys.json").read_bytes()
    with pytest.raises(WrongKey):
        KeyRing.unseal(tmp_path / "keys.json", "wrong horse")
    assert (tmp_path / "keys.json").read_bytes() == before


def test_no_key_stands_in_clear_in_the_key_file(keys: KeyRing, tmp_path: Path) -> None:
    import base64

    key = keys.file_key("core")
    text = (tmp_path / "keys.json").read_text()
    assert (
        key.hex() not in text and base64.b64encode(key).decode() not in text and "correct horse" not in text
    )
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_wrapped_file_keys_cannot_change_places(keys: KeyRing, tmp_path: Path) -> None:
    for name in ("core", "media"):
        keys.file_key(name)
    path = tmp_path / "keys.json"
    document = json.loads(path.read_text())
    files = document["files"]
    files["core"], files["media"] = files["media"], files["core"]
    path.write_text(json.dumps(document))
    with pytest.raises(WrongKey):
        KeyRing.unseal(path, "correct horse").file_key("core")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(min_size=1, max_size=3000), cut=st.tuples(st.integers(0, 3000), st.integers(0, 3000)))
def test_any_range_of_a_blob_is_those_bytes(
    databases: Databases, keys: KeyRing, data: bytes, cut: tuple[int, int]
) -> None:
    start, end = min(cut), max(cut)
    blobs, _, blob_id = store(databases, keys, data, step=700)
    assert b"".join(blobs.read(blob_id, start, end)) == data[start:end]


def test_a_large_blob_is_stored_in_pieces_and_read_whole(databases: Databases, keys: KeyRing) -> None:
    data = bytes(range(256)) * (PIECE_BYTES // 128)
    blobs, _, blob_id = store(databases, keys, data, step=len(data))
    assert blobs.read_all(blob_id) == data
    assert blobs.size(blob_id) == len(data)


def test_bytes_for_another_place_than_the_end_are_refused_with_the_place(
    databases: Databases, keys: KeyRing
) -> None:
    blobs, _, blob_id = store(databases, keys, b"12345")
    with pytest.raises(OffsetMismatch) as caught:
        databases.media.write(lambda tx: blobs.append(tx, blob_id, 3, b"x"))
    assert (caught.value.expected, caught.value.headers) == (5, {"Upload-Offset": "5"})
    assert blobs.read_all(blob_id) == b"12345"


def test_a_sealed_blob_takes_nothing_more(databases: Databases, keys: KeyRing) -> None:
    blobs, _, blob_id = store(databases, keys, b"12345")
    databases.media.write(lambda tx: blobs.seal(tx, blob_id))
    with pytest.raises(Conflict):
        databases.media.write(lambda tx: blobs.append(tx, blob_id, 5, b"x"))


def test_destroying_the_key_makes_the_recording_unreadable_for_ever(
    databases: Databases, keys: KeyRing
) -> None:
    blobs, key_id, blob_id = store(databases, keys, b"12345")
    databases.media.write(lambda tx: keys.destroy(tx, key_id))
    with pytest.raises(KeyDestroyed):
        blobs.read_all(blob_id)
    databases.media.write(lambda tx: blobs.erase(tx, blob_id))
    with pytest.raises(NotFound):
        blobs.describe(blob_id)
