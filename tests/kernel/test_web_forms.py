"""Forms and uploads are read in memory, within their limit, and anything broken is refused with words."""

import asyncio
import tempfile
from decimal import Decimal
from typing import Any, NoReturn, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request, post

from appliance.identity.permissions import public
from appliance.kernel.errors import Invalid, TooLarge
from appliance.kernel.forms import Form, form_body, raw_body, read_body
from appliance.kernel.web import NamedDependency
from tests.identity.conftest import clock, empty_site, house
from tests.identity.house import House

__all__ = ["clock", "empty_site", "house"]

LIMIT = 200_000


@post("/forms", guards=[public()], dependencies={"form": form_body(LIMIT)}, sync_to_thread=True)
def take_form(form: NamedDependency[Form]) -> dict[str, Any]:
    files = {name: [[file.filename, len(file.data)] for file in found] for name, found in form.files.items()}
    return {"values": dict(form.values), "files": files}


@post("/bytes", guards=[public()], dependencies={"payload": raw_body(1000)}, sync_to_thread=True)
def take_bytes(payload: NamedDependency[bytes]) -> dict[str, int]:
    return {"size": len(payload)}


@pytest.fixture
def forms_house(house: House) -> House:
    house.extra += [take_form, take_bytes]
    return house


def test_fields_and_files_arrive_as_sent(forms_house: House) -> None:
    with forms_house.client() as browser:
        answer = browser.post(
            "/forms",
            data={"name": ["甲", "乙"], "note": "a & b"},
            files={"resume": ("测试甲 简历.pdf", b"%PDF" + b"x" * 5000, "application/pdf")},
        ).json()
    assert answer["values"] == {"name": ["甲", "乙"], "note": ["a & b"]}
    assert answer["files"] == {"resume": [["测试甲 简历.pdf", 5004]]}


def test_a_file_name_is_only_a_name(forms_house: House) -> None:
    with forms_house.client() as browser:
        answer = browser.post("/forms", files={"resume": ("../../etc/C:\\evil.pdf", b"x")}).json()
    assert answer["files"]["resume"][0][0] == "evil.pdf"


def test_no_upload_touches_a_temporary_file(forms_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_options: Any) -> NoReturn:
        raise AssertionError("a temporary file was opened")

    names = (
        "SpooledTemporaryFile",
        "TemporaryFile",
        "NamedTemporaryFile",
        "mkstemp",
        "_TemporaryFileWrapper",
    )
    with forms_house.client() as browser:
        for name in names:
            monkeypatch.setattr(tempfile, name, refuse)
        answer = browser.post("/forms", files={"resume": ("a.pdf", b"x" * 150_000)})
    assert answer.status_code == 201 and answer.json()["files"]["resume"] == [["a.pdf", 150_000]]


@pytest.mark.parametrize(("language", "words"), [("zh", "太大"), ("en", "too large")])
def test_too_large_is_refused_with_the_limit_in_the_readers_language(
    forms_house: House, language: str, words: str
) -> None:
    with forms_house.client(language=language) as browser:
        answer = browser.post("/forms", files={"resume": ("a.pdf", b"x" * (LIMIT + 1))})
        assert answer.status_code == 413
        assert words in answer.text and "195 kB" in answer.text


class Connection:
    """The few parts of a request that reading a body needs, counting how much was taken."""

    def __init__(self, chunks: list[bytes], length: int | None = None) -> None:
        self.chunks = chunks
        self.taken = 0
        self.lost_after = len(chunks)
        self.headers = {} if length is None else {"content-length": str(length)}

    async def receive(self) -> dict[str, Any]:
        if self.taken == self.lost_after:
            return {"type": "http.disconnect"}
        chunk = self.chunks[self.taken]
        self.taken += 1
        return {"type": "http.request", "body": chunk, "more_body": self.taken < len(self.chunks)}


def test_an_announced_excess_is_refused_before_a_byte_is_read() -> None:
    connection = Connection([b"x" * 10] * 100, length=1000)
    with pytest.raises(TooLarge):
        read(connection, 999)
    assert connection.taken == 0


def test_an_unannounced_excess_is_refused_at_the_limit() -> None:
    connection = Connection([b"x" * 10] * 100)
    with pytest.raises(TooLarge):
        read(connection, 55)
    assert connection.taken == 6


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    assert read(Connection([b"x" * 10] * 5), 50) == b"x" * 50


def test_a_lost_connection_is_no_shorter_body() -> None:
    connection = Connection([b"x" * 10] * 5)
    connection.lost_after = 2
    with pytest.raises(Invalid):
        read(connection, 50)


def read(connection: Connection, limit: int) -> bytes:
    request: Any = connection
    return asyncio.run(read_body(cast("Request[Any, Any, Any]", request), max_bytes=limit))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--wrong\r\n\r\n",
        b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\nnever ends',
        b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\xfe\r\n--edge--\r\n',
    ],
)
def test_a_broken_multipart_body_is_refused_with_words(forms_house: House, body: bytes) -> None:
    with forms_house.client() as browser:
        answer = browser.post(
            "/forms", content=body, headers={"content-type": "multipart/form-data; boundary=edge"}
        )
        assert answer.status_code == 422 and "could not be read" in answer.text


def test_another_kind_of_content_is_refused(forms_house: House) -> None:
    with forms_house.client() as browser:
        assert browser.post("/forms", content=b"{}", headers={"content-type": "text/xml"}).status_code == 415


def test_bare_bytes_have_their_own_limit(forms_house: House) -> None:
    with forms_house.client() as browser:
        assert browser.post("/bytes", content=b"x" * 1000).json() == {"size": 1000}
        assert browser.post("/bytes", content=b"x" * 1001).status_code == 413


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_amount_is_a_finite_number_or_refused(amount: Decimal) -> None:
    form = Form({"wage": [str(amount)]})
    if amount.is_finite():
        assert form.decimal("wage") == amount
    else:
        with pytest.raises(Invalid):
            form.decimal("wage")


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_refused_with_its_field(text: str) -> None:
    form = Form({"count": [text]})
    try:
        assert isinstance(form.integer("count"), int)
    except Invalid as invalid:
        assert set(invalid.fields) == {"count"}


def test_a_missing_field_says_so_beside_itself() -> None:
    with pytest.raises(Invalid) as refused:
        Form({"name": ["  "]}).text("name", required=True)
    assert set(refused.value.fields) == {"name"}
