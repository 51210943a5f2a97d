"""`installer.py serve`: one line when ready, the same data after a restart, a clean end."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from appliance.audit import cli as audit_cli
from appliance.kernel.keys import KeyRing
from tests.app.visitors import Hr, Visitor
from tests.running import REPOSITORY, START, RunningSite


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    running = RunningSite(tmp_path_factory.mktemp("site"))
    yield running
    running.stop()


def test_the_token_of_the_ready_line_opens_the_api(site: RunningSite) -> None:
    with site.client() as client:
        assert client.get("/api/v1/departments").status_code == 200
    assert httpx.get(f"{site.url}/api/v1/departments").status_code == 401


def test_the_api_describes_itself_as_openapi_3_1(site: RunningSite) -> None:
    document = httpx.get(f"{site.url}/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operations = [
        operation
        for path in document["paths"].values()
        for verb, operation in path.items()
        if verb != "parameters"
    ]
    assert len(operations) > 40
    assert [operation["operationId"] for operation in operations if not operation.get("summary")] == []


def test_both_ports_listen_on_loopback_alone(site: RunningSite) -> None:
    assert site.url.startswith("http://127.0.0.1:") and site.terminal_url.startswith("http://127.0.0.1:")
    assert httpx.get(f"{site.terminal_url}/login").status_code == 404


def test_an_error_is_told_in_the_readers_language(site: RunningSite) -> None:
    def told(language: str) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {site.token}", "Accept-Language": language}
        answer = httpx.get(f"{site.url}/api/v1/employees/nobody", headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        body: dict[str, object] = answer.json()
        return body

    chinese, english = told("zh"), told("en")
    assert chinese["code"] == english["code"] == "not_found"
    assert chinese["detail"] != english["detail"]


@pytest.mark.slow
def test_data_token_and_ledger_survive_a_restart_and_sigterm_ends_cleanly(tmp_path: Path) -> None:
    with RunningSite(tmp_path) as running:
        first = running.token
        with running.client() as client:
            made = client.post(
                "/api/v1/departments", json={"code": "NS", "name_zh": "护理部", "name_en": "Nursing"}
            )
            assert made.status_code == 201
        assert running.stop() == 0
        running.start()
        with running.client() as client:
            assert [row["code"] for row in client.get("/api/v1/departments").json()["items"]] == ["NS"]
        # The token of the start before was revoked.
        with running.client(first) as stale:
            assert stale.get("/api/v1/departments").status_code == 401
        assert running.stop() == 0
    verified = subprocess.run(
        [sys.executable, "installer.py", "audit", "verify", "--data", str(running.data)],
        cwd=REPOSITORY,
        env=running.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.count(": sound,") == 3


def test_the_site_runs_where_every_warning_is_an_error(tmp_path: Path) -> None:
    with RunningSite(tmp_path, PYTHONWARNINGS="error") as running:
        hr = Hr(running)
        hr.open_post()
        visitor = Visitor(running, hr.invite(hr.screened())["link"])
        assert visitor.page().status_code == 200 and visitor.enter()
        with running.client() as client:
            for path in ("/", "/candidates", "/interviews", "/employees", "/jobs", "/audit", "/metrics"):
                assert client.get(path).status_code == 200, path
        assert running.stop() == 0
        assert '"level": "error"' not in running.log.read_text()


@pytest.mark.slow
def test_a_wrong_passphrase_is_one_clear_line_and_touches_nothing(tmp_path: Path) -> None:
    with RunningSite(tmp_path) as running:
        running.stop()
    before = {path.name: path.read_bytes() for path in running.data.iterdir() if path.is_file()}
    refused = subprocess.run(
        [sys.executable, "-c", START, str(running.data)],
        cwd=REPOSITORY,
        env={**running.environment, "MUSTER_PASSPHRASE": "another one"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "keys.json" in refused.stderr and "passphrase" in refused.stderr
    assert "Traceback" not in refused.stderr and refused.stdout == ""
    assert {path.name: path.read_bytes() for path in running.data.iterdir() if path.is_file()} == before


@pytest.mark.slow
def test_data_without_its_key_file_is_refused_untouched(tmp_path: Path) -> None:
    with RunningSite(tmp_path) as running:
        running.stop()
    (running.data / "keys.json").unlink()
    refused = subprocess.run(
        [sys.executable, "-c", START, str(running.data)],
        cwd=REPOSITORY,
        env=running.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "keys.json" in refused.stderr
    assert not (running.data / "keys.json").exists()


@pytest.mark.slow
def test_a_site_killed_while_eight_callers_write_keeps_all_that_it_acknowledged_once(tmp_path: Path) -> None:
    chance = random.Random(8)
    acknowledged: list[str] = []
    with RunningSite(tmp_path) as running:
        for round_number in range(6):
            writers = [
                threading.Thread(
                    target=write_until_it_dies, args=(running, f"{round_number}-{number}", acknowledged)
                )
                for number in range(8)
            ]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.3, 1.2))
            running.kill()
            for writer in writers:
                writer.join()
            running.start()
        with running.client() as client:
            kept = [row["code"] for row in client.get("/api/v1/departments").json()["items"]]
        assert len(acknowledged) > 50
        assert set(acknowledged) <= set(kept)
        assert len(set(kept)) == len(kept)
        assert running.stop() == 0
    keys = KeyRing.unseal(running.data / "keys.json", running.environment["MUSTER_PASSPHRASE"])
    assert audit_cli.verify(running.data, keys) == 0


def write_until_it_dies(site: RunningSite, name: str, acknowledged: list[str]) -> None:
    """Open departments one after the other until the connection breaks; note those that were acknowledged."""
    with site.client() as client:
        for number in range(10_000):
            code = f"D{name}-{number}"
            try:
                answer = client.post(
                    "/api/v1/departments", json={"code": code, "name_zh": code, "name_en": ""}
                )
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                acknowledged.append(code)


def test_a_body_of_200_megabytes_is_refused_before_it_is_read(site: RunningSite) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(200):
            sent += 1
            yield b"x" * 1_000_000

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(200_000_000)}
    with site.client() as client:
        try:
            answer = client.post("/api/v1/openings/none/resumes", content=body(), headers=headers)
        except httpx.TransportError:
            answer = None
    assert answer is None or answer.status_code == 413
    assert sent < 200
