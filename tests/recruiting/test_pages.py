"""The way of a candidate through pages and JSON, in both languages."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from appliance.kernel.actor import ANONYMOUS
from appliance.recruiting.model import CandidateFilter, CandidateState, DecisionKind
from appliance.recruiting.waiting import RecruitingCards
from tests.recruiting.house import HR, REASON, House
from tests.recruiting.samples import CHINESE, ENGLISH, pdf_of, png
from tests.recruiting.web import HR_ACTOR, SECOND, client


def apply(browser: TestClient[Litestar], slug: str, data: bytes, **fields: str) -> tuple[int, str]:
    form = {"email": "test.c@example.com", "agree": "1"} | fields
    answer = browser.post(
        f"/apply/{slug}", data=form, files={"file": ("resume.pdf", data, "application/pdf")}
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("tab", ["resume", "requirements", "interview", "offer", "timeline"])
def test_every_tab_of_a_candidate_shows(house: House, tab: str, language: str) -> None:
    candidate_id, _ = house.offered()
    with client(house, language=language) as browser:
        answer = browser.get(f"/candidates/{candidate_id}?tab={tab}")
        assert answer.status_code == 200
        assert "测试甲" in answer.text
        assert ("拟录用" in answer.text) == (language == "zh")


def test_the_resume_shows_its_evidence_and_covers_what_plays_no_part(house: House) -> None:
    candidate_id = house.screened()
    with client(house) as browser:
        text = browser.get(f"/candidates/{candidate_id}").text
    assert "<mark" in text and "微服务架构" in text
    assert not any(word in text for word in ("汉族", "已婚", "江苏南京", "1990年5月生"))


def test_the_board_finds_and_filters(house: House) -> None:
    candidate_id = house.screened()
    with client(house) as browser:
        assert "测试甲" in browser.get("/candidates?state=new").text
        browser.get(f"/candidates/{candidate_id}")
        assert "测试甲" not in browser.get("/candidates?state=new").text
        assert "测试甲" in browser.get("/candidates?state=waiting&order=score").text
        assert "测试甲" in browser.get("/candidates", params={"q": "测试"}).text
        assert "测试甲" not in browser.get("/candidates", params={"q": "100%"}).text
        assert browser.get("/candidates?state=nonsense&page_number=-3").status_code == 200


def test_an_opening_is_written_edited_published_and_closed(house: House) -> None:
    with client(house, language="zh") as browser:
        assert browser.get("/openings").status_code == browser.get("/openings/new").status_code == 200
        fields = {
            "post_id": house.post.id,
            "title_zh": "工程师",
            "description": "3年以上Java开发经验，35岁以下",
        }
        made = browser.post("/openings", data=fields, follow_redirects=False)
        assert made.status_code == 303
        path = made.headers["location"]
        page = browser.get(path).text
        assert "35岁以下" in page and "法律不允许" in page
        assert "3 年" in page
        row = {"kind-0": "skill", "terms-0": "Java, Go", "years-0": "2", "necessity-0": "nice"}
        browser.post(f"{path}/edit", data={**fields, "description": "写代码", **row})
        assert "Java 或 Go" in browser.get(path).text
        refused = browser.post(f"{path}/edit", data={**fields, **row, "years-0": "many"})
        assert refused.status_code == 422 and "第 1 行" in refused.text
        browser.post(f"{path}/state", data={"state": "open"})
        opening_id = path.rsplit("/", 1)[1]
        slug = house.recruiting.openings.get(opening_id).slug
        assert browser.get(f"/apply/{slug}").status_code == 200
        browser.post(f"{path}/state", data={"state": "closed"})
        assert browser.get(f"/apply/{slug}").status_code == 410
        assert browser.post("/openings/wording", data={"description": "限女性"}).text.count("<mark>") == 1


def test_each_uploaded_file_has_its_own_result(house: House) -> None:
    opening = house.opening()
    files = [
        ("files", ("a.pdf", pdf_of(CHINESE), "application/pdf")),
        ("files", ("b.pdf", png(), "application/pdf")),
        ("files", ("c.pdf", pdf_of(CHINESE), "application/pdf")),
    ]
    files[2] = ("files", ("c.txt", files[0][1][1], "text/plain"))
    with client(house) as browser:
        text = browser.post(f"/openings/{opening.id}/upload", files=files).text
    assert text.count("Open the candidate") == 2
    assert "Sent before" in text and "PNG picture" in text
    assert house.recruiting.candidates.counts()["all"] == 1


def test_anybody_can_apply_and_sees_no_navigation(house: House) -> None:
    opening = house.opening()
    with client(house, ANONYMOUS, "zh") as browser:
        page = browser.get(f"/apply/{opening.slug}").text
        assert "您的信息将如何处理" in page and "side-nav" not in page
        status, text = apply(browser, opening.slug, pdf_of(ENGLISH))
        assert status in (200, 201) and "您的简历已经收到" in text
        assert apply(browser, opening.slug, pdf_of(ENGLISH), agree="")[0] == 422
        assert apply(browser, opening.slug, pdf_of(ENGLISH), email="nobody")[0] == 422
        status, text = apply(browser, opening.slug, png())
        assert status == 422 and "PNG 图片" in text
        assert browser.get("/candidates", follow_redirects=False).status_code in (303, 401)
        assert browser.get("/apply/unknown").status_code == 404
    house.run_jobs()
    candidate = house.recruiting.candidates.board(_everybody()).items[0]
    assert candidate.email == "test.c@example.com" and candidate.name == "Test Person A"


def _everybody() -> CandidateFilter:

    return CandidateFilter()


def test_a_200_mb_upload_is_refused_before_it_is_read(house: House) -> None:
    opening = house.opening()
    read: list[int] = []

    def body() -> object:
        for _ in range(200):
            read.append(1)
            yield b"x" * 1024 * 1024

    headers = {"content-type": "multipart/form-data; boundary=b", "content-length": str(200 * 1024 * 1024)}
    with client(house) as browser:
        for path in (
            f"/openings/{opening.id}/upload",
            f"/apply/{opening.slug}",
            f"/api/v1/openings/{opening.id}/resumes",
        ):
            answer = browser.post(path, content=b"", headers=headers)
            assert answer.status_code == 413
            assert "MB" in answer.text
    assert read == []


def test_one_flooding_address_is_asked_to_wait(house: House) -> None:
    opening = house.opening()
    with client(house, ANONYMOUS) as browser:
        statuses = [apply(browser, opening.slug, pdf_of(f"{ENGLISH}\n{number}"))[0] for number in range(8)]
    assert statuses[-1] == 429


def test_the_original_is_saved_and_never_shown(house: House) -> None:
    received = house.receive(
        house.opening(), b"<html><body><script>alert(1)</script>Test Person E, nurse", "e.html"
    )
    with client(house) as browser:
        answer = browser.get(f"/resumes/{received.document_id}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


def test_what_a_candidate_wrote_is_never_markup(house: House) -> None:
    text = "<script>alert(1)</script> Test Person F\n<img src=x onerror=alert(1)>\nNurse for many years in this house"
    received = house.receive(house.opening(), text.encode())
    house.run_jobs()
    with client(house) as browser:
        page = browser.get(f"/candidates/{received.candidate_id}").text
    assert "<script>alert" not in page and "<img src=x" not in page


def test_deciding_offering_and_approving_by_pages(house: House) -> None:
    candidate_id = house.assessed()
    path = f"/candidates/{candidate_id}"
    with client(house) as browser:
        short = browser.post(f"{path}/decision", data={"decision": "offer", "reason": "yes"})
        assert short.status_code == 422 and "at least 10 characters" in short.text
        browser.post(f"{path}/decision", data={"decision": "offer", "reason": REASON})
        offer = {
            "monthly_wage": "15,000",
            "start_on": "2026-12-01",
            "contract_months": "12",
            "probation_months": "6",
        }
        refused = browser.post(f"{path}/offer", data=offer)
        assert refused.status_code == 422 and "at most 2 months" in refused.text
        browser.post(f"{path}/offer", data=offer | {"probation_months": "2"})
        waiting = house.recruiting.offers.waiting()[0][0]
        own = browser.post(f"/approvals/{waiting.id}/approval")
        assert own.status_code == 403 and "somebody else" in own.text
    with client(house, SECOND, "zh") as browser:
        assert "测试甲" in browser.get("/approvals").text
        browser.post(f"/approvals/{waiting.id}/approval")
    assert house.state(candidate_id) is CandidateState.hired


def test_the_whole_way_by_script(house: House) -> None:
    with client(house) as browser:
        opening = browser.post(
            "/api/v1/openings",
            json={
                "post_id": house.post.id,
                "description": "3年以上Java开发经验、熟悉微服务架构",
                "state": "open",
            },
        ).json()
        assert [item["terms"] for item in opening["requirements"]] == [["Java"], ["microservices"]]
        file = {"file": ("r.pdf", pdf_of(CHINESE), "application/pdf")}
        received = browser.post(f"/api/v1/openings/{opening['id']}/resumes", files=file).json()
        house.run_jobs()
        path = f"/api/v1/candidates/{received['candidate_id']}"
        detail = browser.get(path).json()
        assert detail["candidate"]["state"] == "screened"
        assert detail["screening"]["proposal"] == "invite"
        assert detail["screening"]["results"][0]["evidence"][0]["words"] == "Java"
        assert browser.get("/api/v1/candidates?state=screened").json()["total"] == 1
        early = browser.post(f"{path}/decision", json={"decision": "offer", "reason": REASON})
        assert early.status_code == 409
        problem = early.json()
        assert problem["code"] == "conflict" and "Screened" in problem["detail"]
        schema = browser.get("/schema/openapi.json").json()
        body = schema["paths"]["/api/v1/openings/{opening_id}/resumes"]["post"]["requestBody"]
        assert "multipart/form-data" in body["content"]


def test_cards_name_what_waits(house: House) -> None:
    cards = RecruitingCards(house.recruiting)
    assert cards(HR_ACTOR) == []
    house.offered()
    house.receive(house.opening(), pdf_of(ENGLISH, password="secret"), "locked.pdf")
    house.run_jobs()
    counts = {card.path: card.count for card in cards(SECOND)}
    assert counts == {"/candidates?state=new": 2, "/candidates?state=trouble": 1, "/approvals": 1}
    assert "/approvals" not in {card.path for card in cards(HR_ACTOR)}
    assert cards(HR) == []


def test_a_rejected_candidate_keeps_the_reason_for_whoever_asks(house: House) -> None:
    candidate_id = house.screened()
    house.recruiting.pipeline.decide(HR, candidate_id, DecisionKind.reject, REASON)
    with client(house) as browser:
        assert REASON in browser.get(f"/candidates/{candidate_id}?tab=timeline").text


def test_a_candidate_who_withdraws_by_page_or_script_is_out(house: House) -> None:
    first, second = house.screened(), house.screened()
    with client(house) as browser:
        browser.post(f"/candidates/{first}/withdrawal")
        assert browser.post(f"/api/v1/candidates/{second}/withdrawal").json()["state"] == "withdrawn"
        assert browser.post(f"/api/v1/candidates/{second}/withdrawal").status_code == 409
    assert house.state(first) is CandidateState.withdrawn
