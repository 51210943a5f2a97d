"""The jobs board and the ledger as their readers use them."""

import csv
import io

import msgspec
import pytest

from appliance.audit.ledger import record
from appliance.identity.permissions import Permission, Role
from appliance.kernel.actor import MACHINE
from appliance.kernel.jobs import JobState, bury, enqueue, lease
from tests.identity.house import House

FILES = ("core", "attendance", "media")


class Work(msgspec.Struct):
    """A job's payload."""

    number: int = 1


def dead_job(house: House, database: str) -> str:
    """A job of that file which waits for a person."""
    file = house.databases.named(database)
    job_id = file.write(lambda tx: enqueue(tx, f"{database}.work", Work(), subject=f"thing:{database}"))
    job = lease(file, f"{database}.work")
    assert job is not None
    bury(job, "the engine refused it")
    return job_id


def test_jobs_of_all_files_stand_on_one_board(house: House) -> None:
    for database in FILES:
        dead_job(house, database)
    with house.client(Role.IT) as browser:
        shown = browser.get("/jobs?state=dead").text
        assert all(f"{database}.work" in shown for database in FILES)
        assert shown.count("Try again") == 3 and "the engine refused it" in shown
        assert "Background work that needs a person" in browser.get("/").text


def test_a_dead_job_gets_a_fresh_start_once(house: House) -> None:
    job_id = dead_job(house, "media")
    with house.client(Role.IT) as browser:
        assert browser.post(f"/jobs/{job_id}/retry").status_code == 303
        assert house.audit.job(job_id).state is JobState.READY
        again = browser.post(f"/jobs/{job_id}/retry")
        assert again.status_code == 409 and "does not wait" in again.text
    rows = house.databases.media.read(lambda tx: tx.dbapi.execute("SELECT action FROM audit").fetchall())
    assert [row[0] for row in rows] == ["job.retried"]


def test_the_board_filters_by_state_and_kind_and_pages(house: House) -> None:
    for number in range(30):
        house.databases.core.write(lambda tx, number=number: enqueue(tx, "mail.send", Work(number)))  # type: ignore[misc]
    dead_job(house, "core")
    assert house.audit.jobs(JobState.READY).total == 30
    assert house.audit.jobs(JobState.READY, "core.work").total == 0
    with house.client(Role.IT) as browser:
        shown = browser.get("/jobs?state=ready&page_number=2").text
        assert "26 to 30 of 30" in shown and shown.count('id="job-') == 5


def test_a_running_job_shows_its_progress_and_asks_again(house: House) -> None:
    core = house.databases.core
    core.write(lambda tx: enqueue(tx, "speech.transcribe", Work()))
    job = lease(core, "speech.transcribe")
    assert job is not None
    job.heartbeat(0.4, "Running")
    with house.client(Role.IT) as browser:
        row = browser.get(f"/jobs/{job.id}/row").text
        assert 'value="40"' in row and "hx-get" in row and "<html" not in row


def test_scripts_see_the_same_jobs(house: House) -> None:
    job_id = dead_job(house, "attendance")
    with house.client() as script:
        headers = house.bearer(Permission.JOBS_READ, Permission.JOBS_MANAGE)
        listed = script.get("/api/v1/jobs?state=dead", headers=headers).json()
        assert [(job["id"], job["database"]) for job in listed["items"]] == [(job_id, "attendance")]
        assert script.post(f"/api/v1/jobs/{job_id}/retry", headers=headers).json()["state"] == "ready"
        assert script.get("/api/v1/jobs/unknown", headers=headers).status_code == 404


def fill(house: House) -> None:
    for database in FILES:
        file = house.databases.named(database)
        for number in range(3):
            subject = f"candidate:{number}"
            file.write(lambda tx, subject=subject: record(tx, MACHINE, "candidate.seen", subject))  # type: ignore[misc]


def test_the_ledger_is_searched_over_all_files(house: House) -> None:
    fill(house)
    with house.client(Role.AUDITOR) as browser:
        shown = browser.get("/audit?subject=candidate:1").text
        assert shown.count('data-label="When"') == 3
        nothing = browser.get("/audit?action=candidate.seen&since=2026-11-24").text
        assert "No row fits" in nothing
        assert (
            browser.get("/audit?action=candidate.seen&until=2026-11-23").text.count('data-label="When"') == 9
        )


def test_a_day_that_is_none_is_said_beside_its_field(house: House) -> None:
    with house.client(Role.AUDITOR) as browser:
        answer = browser.get("/audit?since=yesterday")
        assert answer.status_code == 422 and "Choose a day" in answer.text


def test_verification_finds_a_changed_row_and_names_it(house: House) -> None:
    fill(house)
    with house.client(Role.AUDITOR) as browser:
        assert "Every chain is whole" in browser.post("/audit/verification").text
        change = "UPDATE audit SET subject = 'candidate:9' WHERE seq = 2"
        house.databases.attendance.write(lambda tx: tx.dbapi.execute(change))
        found = browser.post("/audit/verification").text
        assert "Broken at row 2" in found and "A chain does not fit" in found
    assert house.actions().count("ledger.verified") == 2


def test_the_export_is_a_csv_that_runs_nothing_in_a_spreadsheet(house: House) -> None:
    house.databases.core.write(lambda tx: record(tx, MACHINE, "=1+1", "candidate:1", {"state": "screened"}))
    with house.client(Role.AUDITOR) as browser:
        answer = browser.get("/audit/export.csv?subject=candidate:1")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["action"] for row in rows] == ["'=1+1"]
    assert "attachment" in answer.headers["content-disposition"]
    assert house.actions()[-1] == "ledger.exported"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_whole_in_both_languages(house: House, language: str) -> None:
    fill(house)
    dead_job(house, "core")
    with house.client(Role.AUDITOR, Role.IT, language=language) as browser:
        for path in ("/jobs", "/audit", "/", "/accounts", "/account"):
            shown = browser.get(path)
            assert shown.status_code == 200
            assert ("Ledger" in shown.text) == (language == "en") and ("台账" in shown.text) == (
                language == "zh"
            )
