"""One candidate's whole way, walked through the public doors only: HTTP, SMTP, Chromium, the terminal's wire.

Each step is timed and says what it made. The walk stops at the first step that fails and names it.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from appliance.demo import cast, seed
from appliance.demo.mailbox import Mailbox, body_text
from appliance.demo.zk_terminal import ZkTerminal

ENGINE_WAIT_S = 600
STEP_WAIT_S = 90
POLL_S = 0.3
CARD = "20260001"
WAGE = Decimal("10000.00")


class StepFailed(Exception):
    """A step did not come to its end; the message says what was seen instead."""


@dataclass(frozen=True)
class Hands:
    """Who acts in the walk: one API client per person."""

    hr: httpx.Client
    second: httpx.Client
    payroll: httpx.Client

    def let_go(self) -> None:
        """Close their connections."""
        for client in (self.hr, self.second, self.payroll):
            client.close()


@dataclass
class Walk:
    """The walk so far: steps with seconds and ids, and the report's figures."""

    steps: list[dict[str, Any]] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    failed: str | None = None
    reason: str = ""
    seconds: float = 0.0


Interview = Callable[[str], Mapping[str, Any]]
"""Sits the interview behind a link in a real browser; returns what happened there."""


class Way:
    """The walk of one candidate through one running site."""

    def __init__(
        self,
        hands: Hands,
        mailbox: Mailbox,
        terminal: ZkTerminal,
        interview: Interview,
        zone: ZoneInfo,
        tell: Callable[[str], None],
    ) -> None:
        self._hands = hands
        self._mailbox = mailbox
        self._terminal = terminal
        self._interview = interview
        self._zone = zone
        self._tell = tell
        self._known: dict[str, str] = {}

    def walk(self) -> Walk:
        """Every step in order; never raises for a step that fails, but names it."""
        walked = Walk()
        began = time.monotonic()
        for step in self.steps:
            name = step.__name__
            self._tell(f"→ {name}")
            started = time.monotonic()
            try:
                made = dict(step(self))
            except (StepFailed, httpx.HTTPError, TimeoutError, OSError, KeyError) as error:
                walked.failed, walked.reason = name, f"{type(error).__name__}: {error}"
                break
            seconds = round(time.monotonic() - started, 2)
            walked.report |= made.pop("report", {})
            walked.steps.append({"step": name, "seconds": seconds, **made})
            self._tell(f"✓ {name}: {seconds:.1f} s")
        walked.seconds = round(time.monotonic() - began, 2)
        return walked

    def resume_received(self) -> Mapping[str, Any]:
        """HR sends a Word resume for the opening."""
        openings = self._get(self._hands.hr, "/openings")["items"]
        opening = next(item for item in openings if item["title_zh"] == cast.CANDIDATE_OPENING)
        files = {"file": ("resume.docx", seed.word(cast.CANDIDATE_RESUME), seed.DOCX)}
        made = self._post(self._hands.hr, f"/openings/{opening['id']}/resumes", files=files)
        self._known["candidate"] = made["candidate_id"]
        return {"opening_id": opening["id"], **made}

    def screened(self) -> Mapping[str, Any]:
        """The requirements are held against the resume; the machine proposes."""
        file = self._until(self._candidate, lambda seen: seen["candidate"]["state"] == "screened")
        candidate = file["candidate"]
        if candidate["name"] != cast.CANDIDATE_NAME or candidate["email"] != cast.CANDIDATE_EMAIL:
            raise StepFailed("name or e-mail were not read from the resume")
        return {key: candidate[key] for key in ("score", "proposal", "must_met", "must_total", "unknown")}

    def invited(self) -> Mapping[str, Any]:
        """HR invites; the letter with the link arrives over SMTP."""
        now = datetime.now(self._zone)
        window = {
            "window_start": (now - timedelta(minutes=5)).isoformat(),
            "window_end": (now + timedelta(days=3)).isoformat(),
            "language": "en",
        }
        path = f"/candidates/{self._known['candidate']}/invitation"
        made = self._post(self._hands.hr, path, json=window)
        self._known["interview"] = made["interview_id"]
        letter = self._mailbox.wait_for(cast.CANDIDATE_EMAIL, timeout_s=STEP_WAIT_S)
        found = re.search(r"https?://\S+/room/\S+", body_text(letter))
        if found is None or found.group(0).rstrip(".") != made["link"]:
            raise StepFailed("the letter does not carry the link")
        self._known["link"] = made["link"]
        return {"interview_id": made["interview_id"], "letter_bytes": len(letter.as_bytes())}

    def interviewed(self) -> Mapping[str, Any]:
        """The candidate answers in Chromium by video, by voice and in writing, and loses the network once."""
        seen = dict(self._interview(self._known["link"]))
        shown = self._interview_state()
        if shown["state"] not in {"finished", "assessed"}:
            raise StepFailed(f"the interview is {shown['state']} after the last answer")
        return {**seen, "stored_bytes": sum(answer["stored_bytes"] for answer in shown["answers"])}

    def assessed(self) -> Mapping[str, Any]:
        """Every answer is transcribed and rated, and the report is there."""
        self._until(self._interview_state, lambda seen: seen["state"] == "assessed", ENGINE_WAIT_S)
        report = self._get(self._hands.hr, f"/interviews/{self._known['interview']}/report")
        return {"report": report_figures(report)}

    def decided(self) -> Mapping[str, Any]:
        """A person decides, with a reason."""
        decision = {
            "decision": "offer",
            "reason": "Clear examples with results; all must-have requirements met.",
        }
        made = self._post(self._hands.hr, f"/candidates/{self._known['candidate']}/decision", json=decision)
        return {"state": made["state"]}

    def offered(self) -> Mapping[str, Any]:
        """The offer is written and waits for a second person; its maker cannot approve it."""
        terms = {
            "monthly_wage": str(WAGE),
            "start_on": datetime.now(self._zone).date().isoformat(),
            "contract_months": 36,
            "probation_months": 3,
            "card_number": CARD,
        }
        made = self._post(self._hands.hr, f"/candidates/{self._known['candidate']}/offer", json=terms)
        self._known["offer"] = made["id"]
        refused = self._hands.hr.post(f"/api/v1/offers/{made['id']}/approval")
        if refused.status_code != httpx.codes.FORBIDDEN:
            raise StepFailed(f"the maker's own approval was answered with {refused.status_code}")
        return {"offer_id": made["id"]}

    def approved(self) -> Mapping[str, Any]:
        """A second person approves: the candidate is hired and an employee file opens by itself."""
        self._post(self._hands.second, f"/offers/{self._known['offer']}/approval")
        employee = self._until(self._employee, lambda seen: bool(seen))
        self._known |= {"employee": employee["id"], "number": employee["number"]}
        return {"employee_id": employee["id"], "number": employee["number"], "state": employee["state"]}

    def provisioned(self) -> Mapping[str, Any]:
        """The terminal receives name and card, and acknowledges; the newcomer gets a letter."""
        user = self._terminal.wait_for_user(self._known["number"], within_s=STEP_WAIT_S)
        if user.name != cast.CANDIDATE_NAME or user.card != CARD:
            raise StepFailed("the terminal was sent another name or card")
        self._mailbox.wait_for(cast.CANDIDATE_EMAIL, count=2, timeout_s=STEP_WAIT_S)
        return {"terminal": self._terminal.serial, "users": len(self._terminal.users)}

    def first_punch(self) -> Mapping[str, Any]:
        """The newcomer shows the card at the terminal; the employee becomes active."""
        at = datetime.now(self._zone).replace(tzinfo=None, microsecond=0)
        self._terminal.punch(self._known["number"], at, verify=4)
        self._terminal.settle()
        employee = self._until(self._employee, lambda seen: seen["state"] == "active")
        return {"punched_at_local": at.isoformat(), "state": employee["state"]}

    def paid(self) -> Mapping[str, Any]:
        """The pay record is open with the probation step and shows this month's prorated pay."""
        path = f"/payroll/records/{self._known['employee']}"
        record = self._until(lambda: self._find(self._hands.payroll, path), lambda seen: bool(seen))
        return {"report": {"pay": pay_figures(record)}}

    steps = (
        resume_received,
        screened,
        invited,
        interviewed,
        assessed,
        decided,
        offered,
        approved,
        provisioned,
        first_punch,
        paid,
    )

    # what the steps look at

    def _candidate(self) -> dict[str, Any]:
        return self._get(self._hands.hr, f"/candidates/{self._known['candidate']}")

    def _interview_state(self) -> dict[str, Any]:
        return self._get(self._hands.hr, f"/interviews/{self._known['interview']}")

    def _employee(self) -> dict[str, Any]:
        found = self._get(self._hands.hr, "/employees", q=cast.CANDIDATE_EMAIL)["items"]
        return found[0] if found else {}

    def _until(
        self,
        look: Callable[[], dict[str, Any]],
        done: Callable[[dict[str, Any]], bool],
        wait_s: float = STEP_WAIT_S,
    ) -> dict[str, Any]:
        end = time.monotonic() + wait_s
        while True:
            seen = look()
            if done(seen):
                return seen
            if time.monotonic() > end:
                raise StepFailed(
                    f"nothing more happened within {wait_s:.0f} s; last state: {_state_of(seen)}"
                )
            time.sleep(POLL_S)

    def _get(self, who: httpx.Client, path: str, **query: str) -> dict[str, Any]:
        return _answer(who.get(f"/api/v1{path}", params=query))

    def _find(self, who: httpx.Client, path: str) -> dict[str, Any]:
        response = who.get(f"/api/v1{path}")
        return {} if response.status_code == httpx.codes.NOT_FOUND else _answer(response)

    def _post(self, who: httpx.Client, path: str, **content: Any) -> dict[str, Any]:
        return _answer(who.post(f"/api/v1{path}", **content))


def _answer(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        raise StepFailed(
            f"{response.request.method} was answered {response.status_code}: {response.text[:300]}"
        )
    answer: dict[str, Any] = response.json()
    return answer


def _state_of(seen: Mapping[str, Any]) -> str:
    inner = seen.get("candidate", seen)
    return str(inner.get("state", "unknown")) if isinstance(inner, dict) else "unknown"


def report_figures(report: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a report, without a word of what was said."""
    return {
        "match": report["match"],
        "covered": report["covered"],
        "validated": report["validated"],
        "competencies": {
            one["id"]: {"level": one["level"], "score": one["score"], "needs_person": one["needs_person"]}
            for one in report["competencies"]
        },
        "answers": len(report["answers"]),
        "sentences": sum(len(answer["sentences"]) for answer in report["answers"]),
        "quotes": sum(len(one["quotes"]) for one in report["competencies"]),
        "model_calls": report["made"]["calls"],
        "model_seconds": report["made"]["seconds"],
    }


def pay_figures(record: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a pay record: wage steps, and this month's prorated gross with the rule that made it."""
    return {
        "segments": [
            {key: segment[key] for key in ("kind", "from_on", "until_on", "monthly_wage")}
            for segment in record["segments"]
        ],
        "month": record["pay"]["month"],
        "gross": record["pay"]["gross"]["value"],
        "rule": record["pay"]["gross"]["rule"],
    }
