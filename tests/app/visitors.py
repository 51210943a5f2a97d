"""What HR and a candidate do at a started site, over HTTP alone: an opening, a resume, an invitation, the room."""

import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.recruiting.samples import CHINESE, docx_of
from tests.running import RunningSite

WAIT_S = 60.0
VIDEO = "video/webm;codecs=vp8,opus"
JSON = "application/json"


class Hr:
    """Whoever holds the console token."""

    def __init__(self, site: RunningSite) -> None:
        self.site = site
        self.opening_id = ""

    def open_post(self) -> str:
        """A department with one post and a published opening for it; the opening's id."""
        department = self.post("/departments", {"code": "IT", "name_zh": "信息部", "name_en": "IT"})
        titles = {"title_zh": "测试开发工程师", "title_en": "Test developer"}
        opened = self.post("/posts", {"department_id": department["id"], "wage_floor": "9000.00", **titles})
        wish = {"post_id": opened["id"], "description": "3年以上Java开发经验", "state": "open", **titles}
        self.opening_id = self.post("/openings", wish)["id"]
        return self.opening_id

    def send_resume(
        self, data: bytes, filename: str, content_type: str = "application/pdf", language: str = "en"
    ) -> httpx.Response:
        """The answer to an upload."""
        with self.site.client() as client:
            return client.post(
                f"/api/v1/openings/{self.opening_id}/resumes",
                files={"file": (filename, data, content_type)},
                headers={"Accept-Language": language},
            )

    def screened(self) -> str:
        """A candidate whose resume was read and screened; the candidate's id."""
        sent = self.send_resume(docx_of(f"{CHINESE}\n{uuid.uuid4()}"), "resume.docx")
        assert sent.status_code == 201, sent.text
        candidate_id: str = sent.json()["candidate_id"]
        self.wait_until(candidate_id, "screened")
        return candidate_id

    def wait_until(self, candidate_id: str, state: str) -> dict[str, Any]:
        """Look until the candidate is in this state."""
        end = time.monotonic() + WAIT_S
        while True:
            candidate: dict[str, Any] = self.get(f"/candidates/{candidate_id}")["candidate"]
            if candidate["state"] == state:
                return candidate
            assert time.monotonic() < end, f"the candidate is {candidate['state']}: {candidate['problem']}"
            time.sleep(0.1)

    def wait_for_problem(self, candidate_id: str, language: str) -> str:
        """Look until the resume was found unreadable; why, in a language."""
        end = time.monotonic() + WAIT_S
        with self.site.client() as client:
            while True:
                answer = client.get(
                    f"/api/v1/candidates/{candidate_id}", headers={"Accept-Language": language}
                )
                problem = _taken(answer)["candidate"]["problem"]
                if problem:
                    return str(problem)
                assert time.monotonic() < end, "the resume's trouble was never told"
                time.sleep(0.1)

    def invite(
        self,
        candidate_id: str,
        *,
        lasts: timedelta = timedelta(days=1),
        now: datetime | None = None,
        interviewers: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The invitation: open since an hour, for `lasts`; with the accounts that may see the recordings."""
        start = (now or datetime.now(UTC)) - timedelta(hours=1)
        window = {
            "window_start": start.isoformat(),
            "window_end": (start + timedelta(hours=1) + lasts).isoformat(),
        }
        wish = {**window, "language": "en", "interviewers": list(interviewers)}
        return self.post(f"/candidates/{candidate_id}/invitation", wish)

    def get(self, path: str) -> dict[str, Any]:
        """What the API answers; every refusal is a failure of the test."""
        with self.site.client() as client:
            return _taken(client.get(f"/api/v1{path}"))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The same for a verb."""
        with self.site.client() as client:
            return _taken(client.post(f"/api/v1{path}", json=body))


class Visitor:
    """A candidate's browser in the room behind a link."""

    def __init__(self, site: RunningSite, link: str, language: str = "en") -> None:
        self.path = "/room/" + link.rsplit("/", 1)[1]
        self.client = site.browser(language)

    def page(self) -> httpx.Response:
        """What the link shows."""
        return self.client.get(self.path)

    def enter(self) -> list[dict[str, Any]]:
        """Consent to voice and video; the questions."""
        self.client.post(f"{self.path}/consent", data={"voice": "1", "video": "1"})
        questions: list[dict[str, Any]] = self.ask("GET", "/state").raise_for_status().json()["questions"]
        return questions

    def begin(self, question_id: str, content_type: str = VIDEO) -> str:
        """A new recorded segment; its id."""
        segment = str(uuid.uuid4())
        body = {"id": segment, "content_type": content_type}
        self.ask("POST", f"/answers/{question_id}/recordings", json=body).raise_for_status()
        return segment

    def send(self, segment: str, offset: int | str, data: bytes, language: str = "en") -> httpx.Response:
        """One piece at an offset."""
        headers = {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(offset),
            "Recorded-Ms": "1000",
            "Accept-Language": language,
        }
        return self.ask("PATCH", f"/recordings/{segment}", content=data, headers=headers)

    def stored(self, segment: str) -> int:
        """How many bytes the site says it has."""
        answer = self.ask("HEAD", f"/recordings/{segment}").raise_for_status()
        return int(answer.headers["Upload-Offset"])

    def hand_in(self, question_id: str, segment: str, size: int) -> httpx.Response:
        """Hand in a recorded answer."""
        body = {"segments": [{"id": segment, "size": size}]}
        return self.ask("POST", f"/answers/{question_id}/submit", json=body)

    def ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Anything below the link, as the room's script asks for it."""
        headers = {"Accept": JSON} | content.pop("headers", {})
        return self.client.request(method, self.path + path, headers=headers, **content)


def refused(response: httpx.Response, status: int, code: str) -> str:
    """The detail of a problem that must be this one, for a script, with a language said."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert response.headers["content-language"] in {"zh", "en"}
    assert problem["title"] and problem["detail"] and "%(" not in problem["detail"]
    fields = " ".join(one["message"] for one in problem.get("errors", ()))
    return f"{problem['detail']} {fields}".strip()


def is_chinese(text: str) -> bool:
    """Whether a message is written for a Chinese reader."""
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def _taken(response: httpx.Response) -> dict[str, Any]:
    assert not response.is_error, response.text
    answer: dict[str, Any] = response.json()
    return answer
