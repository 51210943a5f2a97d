"""What a started site answers to hostile and unlucky input: refused by name, in the reader's language, whole."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.visitors import VIDEO, Hr, Visitor, is_chinese, refused
from tests.interviews.recorded import pieces, recording
from tests.machine_clock import SET_BY_TEST, set_clock
from tests.recruiting.samples import ENGLISH, bomb, docx_of, entity_bomb, pdf_of, png
from tests.running import RunningSite

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(scope="module")
def wrong_by(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """By how many seconds the site's clock is wrong."""
    file = tmp_path_factory.mktemp("clock") / "wrong-by"
    set_clock(file, 0)
    return file


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, wrong_by: Path) -> Iterator[RunningSite]:
    running = RunningSite(tmp_path_factory.mktemp("site"), SET_BY_TEST, MUSTER_TEST_CLOCK=str(wrong_by))
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def hr(site: RunningSite) -> Hr:
    found = Hr(site)
    found.open_post()
    return found


@pytest.fixture(scope="module")
def candidate_id(hr: Hr) -> str:
    return hr.screened()


@pytest.fixture(scope="module")
def webm() -> bytes:
    return recording(1.0)


def candidates(hr: Hr) -> int:
    total: int = hr.get("/candidates")["total"]
    return total


# resumes


@pytest.mark.parametrize(
    ("data", "filename", "told"),
    [
        (b"", "resume.pdf", "Choose a file"),
        (b"   \n", "resume.txt", "empty"),
        (png(), "resume.pdf", "PNG picture"),
        (b"Rar!\x1a\x07\x00" + b"x" * 99, "resume.docx", "RAR archive"),
        (b"\x00\x01\x02\x03" * 500, "resume.docx", "no resume format"),
        (b"MZ" + os.urandom(2000), "resume.pdf", "no resume format"),
    ],
    ids=["empty", "blank", "png", "rar", "binary", "program"],
)
def test_what_is_surely_no_resume_is_refused_at_the_door_in_both_languages(
    hr: Hr, data: bytes, filename: str, told: str
) -> None:
    before = candidates(hr)
    english = refused(hr.send_resume(data, filename), 422, "invalid")
    chinese = refused(hr.send_resume(data, filename, language="zh"), 422, "invalid")
    assert told in english
    assert is_chinese(chinese) and not is_chinese(english)
    assert candidates(hr) == before


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (pdf_of(ENGLISH)[:600], "cut.pdf"),
        (b"%PDF-1.7\n" + os.urandom(4000), "noise.pdf"),
        (pdf_of(ENGLISH, password="secret"), "locked.pdf"),
        (docx_of(ENGLISH)[:-400], "cut.docx"),
        (bomb(), "bomb.docx"),
        (entity_bomb(), "laughs.docx"),
    ],
    ids=["cut-pdf", "noise", "password", "cut-docx", "zip-bomb", "entity-bomb"],
)
def test_a_file_that_cannot_be_read_is_kept_and_listed_with_its_reason(
    hr: Hr, data: bytes, filename: str
) -> None:
    sent = hr.send_resume(data, filename)
    if sent.status_code == 422:
        assert is_chinese(refused(hr.send_resume(data, filename, language="zh"), 422, "invalid"))
        return
    assert sent.status_code == 201, sent.text
    english = hr.wait_for_problem(sent.json()["candidate_id"], "en")
    chinese = hr.wait_for_problem(sent.json()["candidate_id"], "zh")
    assert not is_chinese(english) and is_chinese(chinese)


def test_an_upload_that_lies_about_its_form_is_refused(hr: Hr, site: RunningSite) -> None:
    path = f"/api/v1/openings/{hr.opening_id}/resumes"
    with site.client() as client:
        other = client.post(path, content=b"{}", headers={"Content-Type": "application/json"})
        refused(other, 415, "unsupported")
        broken = {"Content-Type": "multipart/form-data; boundary=b"}
        refused(client.post(path, content=b"--b\r\nno headers here", headers=broken), 422, "invalid")
        refused(
            client.post(path, content=b"", headers={"Content-Type": "multipart/form-data"}), 422, "invalid"
        )
        many = b"".join(b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n' for _ in range(600))
        refused(client.post(path, content=many + b"--b--\r\n", headers=broken), 413, "too_large")


def test_a_file_name_is_only_a_name(hr: Hr, site: RunningSite) -> None:
    name = '../../etc/passwd\r\nX-Evil: 1";.docx'
    sent = hr.send_resume(docx_of(f"{ENGLISH}{uuid.uuid4()}"), name)
    assert sent.status_code in {201, 422}, sent.text


def test_a_json_body_that_is_none_is_a_problem_and_not_a_fault(hr: Hr, site: RunningSite) -> None:
    with site.client() as client:
        headers = {"Content-Type": "application/json"}
        for body in (b"{", b"[]", b"\xff\xfe", b"null", b'{"code": 1}', b"[" * 100_000):
            refused(client.post("/api/v1/departments", content=body, headers=headers), 422, "invalid")
        big = b'{"code": "' + b"x" * 2_000_000 + b'"}'
        assert client.post("/api/v1/departments", content=big, headers=headers).status_code == 413


# links


def test_an_unknown_link_says_what_to_do(site: RunningSite) -> None:
    link = f"{site.url}/room/{'A' * 43}"
    english, chinese = Visitor(site, link).page(), Visitor(site, link, "zh").page()
    assert english.status_code == chinese.status_code == 404
    assert "copy it whole" in english.text
    assert is_chinese(chinese.text) and "copy it whole" not in chinese.text
    refused(Visitor(site, link).ask("GET", "/state"), 404, "link_unknown")


@pytest.mark.parametrize("token", ["%0d%0aSet-Cookie:%20evil=1", "%00", "..%2f..", "%e4%b8%ad", "x" * 3000])
def test_a_link_of_hostile_letters_is_only_unknown(site: RunningSite, token: str) -> None:
    browser = site.browser()
    assert browser.get(f"/room/{token}").status_code == 404
    answer = browser.post(f"/room/{token}/person")
    assert answer.status_code in {303, 404}, answer.text
    assert "evil" not in answer.headers.get("set-cookie", "")


def test_a_link_replaced_by_a_newer_one_is_withdrawn_with_a_way_out(
    hr: Hr, site: RunningSite, candidate_id: str
) -> None:
    first, second = hr.invite(candidate_id)["link"], hr.invite(candidate_id)["link"]
    english, chinese = Visitor(site, first).page(), Visitor(site, first, "zh").page()
    assert english.status_code == chinese.status_code == 410
    assert "newer letter" in english.text
    assert is_chinese(chinese.text)
    refused(Visitor(site, first).ask("GET", "/state"), 410, "link_revoked")
    assert Visitor(site, second).page().status_code == 200


# pieces of a recording


class Speaking:
    """A candidate who has begun to answer the first question."""

    def __init__(self, site: RunningSite, link: str) -> None:
        self.visitor = Visitor(site, link)
        self.question = self.visitor.enter()[0]["id"]
        self.segment = self.visitor.begin(self.question)


@pytest.fixture(scope="module")
def speaking(hr: Hr, site: RunningSite) -> Speaking:
    return Speaking(site, hr.invite(hr.screened())["link"])


def test_pieces_in_any_order_and_twice_end_as_what_was_sent(speaking: Speaking, webm: bytes) -> None:
    visitor, segment = speaking.visitor, speaking.segment
    first, second, third = pieces(webm, 3)
    early = visitor.send(segment, len(first), second)
    refused(early, 409, "offset_mismatch")
    assert early.headers["upload-offset"] == "0"
    assert visitor.send(segment, 0, first).status_code == 204
    assert visitor.send(segment, 0, first).headers["upload-offset"] == str(len(first))
    assert visitor.send(segment, len(first), second).status_code == 204
    gap = visitor.send(segment, len(webm) + 5, third)
    assert "continues at byte" in refused(gap, 409, "offset_mismatch")
    other = visitor.send(segment, 0, bytes(reversed(first)), language="zh")
    assert is_chinese(refused(other, 409, "offset_mismatch"))
    assert visitor.stored(segment) == len(first) + len(second)
    refused(visitor.hand_in(speaking.question, segment, len(webm)), 409, "incomplete")
    assert visitor.send(segment, len(first) + len(second), third).status_code == 204
    assert visitor.stored(segment) == len(webm)


@pytest.mark.parametrize("offset", ["", "-1", "1.5", "ten", "\u00b2", "9" * 30, "0x10"])
def test_an_offset_that_is_no_number_is_refused(speaking: Speaking, offset: str) -> None:
    headers: list[tuple[bytes, bytes]] = [(b"Upload-Offset", offset.encode("latin-1"))]
    visitor = speaking.visitor
    answer = visitor.client.patch(
        f"{visitor.path}/recordings/{speaking.segment}",
        content=b"x",
        headers=[
            (b"Accept", b"application/json"),
            (b"Content-Type", b"application/offset+octet-stream"),
            *headers,
        ],
    )
    refused(answer, 422, "invalid")


def test_a_piece_over_the_limit_and_an_empty_one_are_refused(speaking: Speaking) -> None:
    before = speaking.visitor.stored(speaking.segment)
    big = speaking.visitor.send(speaking.segment, before, bytes((4 << 20) + 1), language="zh")
    assert "4" in refused(big, 413, "too_large")
    refused(speaking.visitor.send(speaking.segment, before, b""), 422, "invalid")
    assert speaking.visitor.stored(speaking.segment) == before


def test_a_recording_of_another_candidate_is_not_there(hr: Hr, site: RunningSite, speaking: Speaking) -> None:
    other = Speaking(site, hr.invite(hr.screened())["link"])
    refused(other.visitor.send(speaking.segment, 0, b"x"), 404, "not_found")
    assert other.visitor.ask("HEAD", f"/recordings/{speaking.segment}").status_code == 404
    taken = other.visitor.ask(
        "POST",
        f"/answers/{other.question}/recordings",
        json={"id": speaking.segment, "content_type": VIDEO},
    )
    refused(taken, 409, "conflict")


def test_after_handing_in_nothing_more_is_taken_and_after_the_end_the_link_is_used(
    hr: Hr, site: RunningSite, webm: bytes
) -> None:
    candidate = Speaking(site, hr.invite(hr.screened())["link"])
    visitor, segment = candidate.visitor, candidate.segment
    assert visitor.send(segment, 0, webm).status_code == 204
    assert visitor.hand_in(candidate.question, segment, len(webm)).status_code == 200
    late = visitor.send(segment, len(webm), b"more", language="zh")
    assert is_chinese(refused(late, 409, "conflict"))
    assert visitor.send(segment, 0, webm).headers["upload-offset"] == str(len(webm)), "sent again is as sent"
    again = visitor.ask(
        "POST",
        f"/answers/{candidate.question}/recordings",
        json={"id": str(uuid.uuid4()), "content_type": VIDEO},
    )
    refused(again, 409, "conflict")
    for question in visitor.ask("GET", "/state").json()["questions"][1:]:
        assert visitor.ask("POST", f"/answers/{question['id']}/submit", json={"skip": True}).is_success
    assert visitor.ask("POST", "/finish").status_code == 204
    refused(visitor.ask("GET", "/state"), 410, "link_finished")
    refused(visitor.send(segment, 0, webm), 410, "link_finished")
    assert "What comes next" in visitor.page().text


# the machine's clock


def test_an_expired_link_offers_another_time(hr: Hr, site: RunningSite, wrong_by: Path) -> None:
    """The last test with this site: its time never goes back again."""
    link = hr.invite(hr.screened(), lasts=timedelta(hours=1))["link"]
    set_clock(wrong_by, 86_400)
    try:
        english, chinese = Visitor(site, link).page(), Visitor(site, link, "zh").page()
        asked = Visitor(site, link).ask("GET", "/state")
    finally:
        set_clock(wrong_by, 0)
    assert english.status_code == chinese.status_code == 410
    assert "ask for a new time" in english.text
    assert is_chinese(chinese.text)
    refused(asked, 410, "link_expired")


def ledger(hr: Hr) -> list[dict[str, Any]]:
    """The newest rows of the ledger of core.db."""
    rows: list[dict[str, Any]] = hr.get("/audit?size=200")["items"]
    return rows


@pytest.mark.slow
def test_a_clock_that_was_wrong_by_hours_while_the_site_was_down_harms_no_order(tmp_path: Path) -> None:
    """Three hours ahead at the first start, right at the second: sessions, jobs and the ledger go on."""
    wrong_by = tmp_path / "wrong-by"
    set_clock(wrong_by, 10_800)
    with RunningSite(tmp_path, SET_BY_TEST, MUSTER_TEST_CLOCK=str(wrong_by)) as running:
        hr = Hr(running)
        hr.open_post()
        ahead = datetime.now(UTC) + timedelta(hours=3)
        link = hr.invite(hr.screened(), now=ahead)["link"]
        session = signed_in(running)
        running.stop()
        set_clock(wrong_by, 0)
        running.start()
        browser = running.browser()
        browser.cookies.update(session)
        assert browser.get("/").status_code == 200
        visitor = Visitor(running, link)
        assert visitor.enter()
        assert hr.screened(), "jobs are leased and done"
        at = [row["at"] for row in reversed(ledger(hr))]
        assert at == sorted(at)
        assert len(at) > 10
        told = httpx.get(f"{running.url}/metrics").text
        behind = next(line for line in told.splitlines() if line.startswith("muster_clock_behind_seconds "))
        assert 3600 < float(behind.split()[1]) <= 10_800


def signed_in(site: RunningSite) -> dict[str, str]:
    """The cookies of an HR manager with a session."""
    account = {
        "login": "test-hr",
        "password": "a long password for tests",
        "roles": ["hr_manager"],
        "temporary_password": False,
    }
    with site.client() as client:
        assert client.post("/api/v1/accounts", json=account).status_code == 201
    browser = site.browser()
    form = {"login": account["login"], "password": account["password"]}
    entered = browser.post("/login", data=form)
    assert entered.status_code == 303, entered.text
    return dict(browser.cookies)
