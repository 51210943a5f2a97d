"""The wire of recordings speaks tus 1.0.0: offsets, checksums, versions, and a clear word for what is refused."""

import uuid
from base64 import b64encode
from hashlib import sha1, sha256

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.interviews.house import House, token_of
from tests.interviews.recorded import recording

VIDEO = "video/webm;codecs=vp8,opus"
JSON = {"accept": "application/json"}
PIECE = JSON | {"content-type": "application/offset+octet-stream", "tus-resumable": "1.0.0"}


class Wire(msgspec.Struct, frozen=True):
    """A candidate's browser that has begun a segment of the first question."""

    client: TestClient[Litestar]
    base: str
    question: str
    where: str


@pytest.fixture(scope="module")
def webm() -> bytes:
    return recording(1.0)


@pytest.fixture
def wire(house: House) -> Wire:
    client = house.browser()
    base = f"/room/{token_of(house.invite())}"
    client.post(f"{base}/consent", data={"voice": "1", "video": "1"})
    question = client.get(f"{base}/state", headers=JSON).json()["questions"][0]["id"]
    made = client.post(
        f"{base}/answers/{question}/recordings",
        json={"id": str(uuid.uuid4()), "content_type": VIDEO},
        headers=JSON,
    )
    assert made.status_code == 201
    assert made.headers["tus-resumable"] == "1.0.0"
    return Wire(client, base, question, made.headers["location"])


def test_the_wire_speaks_offsets(wire: Wire, webm: bytes) -> None:
    client, where = wire.client, wire.where
    sent = client.patch(
        where, content=webm[:400], headers=PIECE | {"upload-offset": "0", "recorded-ms": "900"}
    )
    assert (sent.status_code, sent.headers["upload-offset"]) == (204, "400")
    again = client.patch(where, content=webm[:400], headers=PIECE | {"upload-offset": "0"})
    assert (again.status_code, again.headers["upload-offset"]) == (204, "400")
    early = client.patch(where, content=webm[900:], headers=PIECE | {"upload-offset": "900"})
    assert (early.status_code, early.headers["upload-offset"]) == (409, "400")
    assert early.json()["code"] == "offset_mismatch"
    wrong = client.patch(where, content=b"x", headers=PIECE | {"upload-offset": "many"})
    assert wrong.status_code == 422
    huge = client.patch(where, content=bytes((4 << 20) + 1), headers=PIECE | {"upload-offset": "400"})
    assert huge.status_code == 413
    assert {one.headers["tus-resumable"] for one in (sent, again, early, wrong, huge)} == {"1.0.0"}
    client.patch(where, content=webm[400:], headers=PIECE | {"upload-offset": "400"})
    handed = client.post(
        f"{wire.base}/answers/{wire.question}/submit",
        json={"segments": [{"id": where.rsplit("/", 1)[1], "size": len(webm)}]},
        headers=JSON,
    )
    assert handed.json() == {"state": "submitted"}


def test_the_length_is_deferred_until_the_answer_is_handed_in(wire: Wire, webm: bytes) -> None:
    begun = wire.client.head(wire.where)
    assert (begun.headers["upload-offset"], begun.headers["upload-defer-length"]) == ("0", "1")
    assert begun.headers["cache-control"] == "no-store"
    wire.client.patch(wire.where, content=webm, headers=PIECE | {"upload-offset": "0"})
    segment = {"id": wire.where.rsplit("/", 1)[1], "size": len(webm)}
    wire.client.post(
        f"{wire.base}/answers/{wire.question}/submit", json={"segments": [segment]}, headers=JSON
    )
    ended = wire.client.head(wire.where)
    assert ended.headers["upload-length"] == ended.headers["upload-offset"] == str(len(webm))
    assert "upload-defer-length" not in ended.headers


def test_options_announce_what_is_spoken(wire: Wire) -> None:
    told = wire.client.options(wire.where)
    assert told.status_code == 204
    assert told.headers["tus-version"] == told.headers["tus-resumable"] == "1.0.0"
    assert told.headers["tus-extension"] == "checksum"
    assert set(told.headers["tus-checksum-algorithm"].split(",")) == {"sha1", "sha256"}


def test_another_version_is_refused_before_anything_is_stored(wire: Wire, webm: bytes) -> None:
    headers = PIECE | {"tus-resumable": "2.0.0", "upload-offset": "0"}
    refused = wire.client.patch(wire.where, content=webm, headers=headers)
    assert (refused.status_code, refused.headers["tus-version"]) == (412, "1.0.0")
    assert wire.client.head(wire.where, headers={"tus-resumable": "0.2.2"}).status_code == 412
    assert wire.client.head(wire.where).headers["upload-offset"] == "0"


@pytest.mark.parametrize("kind", ["", "application/octet-stream", "video/webm"])
def test_a_piece_under_another_name_is_refused(wire: Wire, webm: bytes, kind: str) -> None:
    headers = PIECE | {"content-type": kind, "upload-offset": "0"}
    assert wire.client.patch(wire.where, content=webm, headers=headers).status_code == 415
    assert wire.client.head(wire.where).headers["upload-offset"] == "0"


def told(algorithm: str, data: bytes) -> str:
    digest = {"sha1": sha1(data, usedforsecurity=False), "sha256": sha256(data)}[algorithm].digest()
    return f"{algorithm} {b64encode(digest).decode()}"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_tampered_piece_is_refused_and_the_true_one_taken_afterwards(
    wire: Wire, webm: bytes, algorithm: str
) -> None:
    headers = PIECE | {"upload-offset": "0", "upload-checksum": told(algorithm, webm[:500])}
    tampered = wire.client.patch(wire.where, content=webm[:499] + b"?", headers=headers)
    assert (tampered.status_code, tampered.json()["code"]) == (460, "checksum_mismatch")
    assert wire.client.head(wire.where).headers["upload-offset"] == "0"
    assert wire.client.patch(wire.where, content=webm[:500], headers=headers).status_code == 204


@pytest.mark.parametrize(
    "checksum", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256", "sha1\t", "everything is fine"]
)
def test_a_checksum_that_cannot_be_checked_is_no_checksum(wire: Wire, webm: bytes, checksum: str) -> None:
    headers = PIECE | {"upload-offset": "0", "upload-checksum": checksum}
    refused = wire.client.patch(wire.where, content=webm, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "upload-checksum")


def test_a_replay_after_the_end_adds_nothing_and_other_bytes_are_refused(wire: Wire, webm: bytes) -> None:
    wire.client.patch(wire.where, content=webm, headers=PIECE | {"upload-offset": "0"})
    segment = {"id": wire.where.rsplit("/", 1)[1], "size": len(webm)}
    wire.client.post(
        f"{wire.base}/answers/{wire.question}/submit", json={"segments": [segment]}, headers=JSON
    )
    replayed = wire.client.patch(wire.where, content=webm, headers=PIECE | {"upload-offset": "0"})
    assert (replayed.status_code, replayed.headers["upload-offset"]) == (204, str(len(webm)))
    other = wire.client.patch(
        wire.where, content=b"x" * 50, headers=PIECE | {"upload-offset": str(len(webm))}
    )
    assert (other.status_code, other.json()["code"]) == (409, "conflict")


def test_a_page_with_a_wild_clock_does_not_take_the_candidates_time_away(wire: Wire, webm: bytes) -> None:
    headers = PIECE | {"upload-offset": "0", "recorded-ms": "999999999999999"}
    assert wire.client.patch(wire.where, content=webm, headers=headers).status_code == 204
    question = wire.client.get(f"{wire.base}/state", headers=JSON).json()["questions"][0]
    assert question["answer"]["segments"][0]["recorded_ms"] == question["answer_s"] * 1000


def test_a_piece_for_a_recording_that_nobody_began_is_not_found(wire: Wire, webm: bytes) -> None:
    where = f"{wire.base}/recordings/{uuid.uuid4()}"
    lost = wire.client.patch(where, content=webm, headers=PIECE | {"upload-offset": "0"})
    assert (lost.status_code, lost.headers["tus-resumable"]) == (404, "1.0.0")
    assert wire.client.head(where).status_code == 404
