"""A site in a process of its own, as `installer.py serve` runs it, for tests that speak HTTP to it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import httpx

REPOSITORY = Path(__file__).resolve().parents[1]
START = (
    "import sys; from pathlib import Path; from appliance.serve import main; "
    "sys.exit(main(Path(sys.argv[1]), 0, 0, True))"
)


class RunningSite:
    """One started site. Its temporary folder is its own, so that a test can look at every file it left there."""

    def __init__(self, folder: Path, command: str = START, **environment: str) -> None:
        self.data = folder / "data"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.log = folder / "log.jsonl"
        self._command = [sys.executable, "-c", command, str(self.data)]
        self.environment = {
            **os.environ,
            "MUSTER_PASSPHRASE": "a passphrase for tests",
            "TMPDIR": str(self.temporary),
            **environment,
        }
        self.url = self.terminal_url = self.token = ""
        self._browsers: list[httpx.Client] = []
        self.start()

    def start(self) -> None:
        """Start and wait for the line that says it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=REPOSITORY, env=self.environment, stdout=subprocess.PIPE, stderr=log
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self._reap()
            raise RuntimeError(f"the site did not start:\n{self.log.read_text()[-4000:]}")
        ready = json.loads(line)
        self.url, self.terminal_url, self.token = ready["url"], ready["terminal_url"], ready["admin_token"]

    def client(self, token: str | None = None) -> httpx.Client:
        """A client of the API with the console token (or another)."""
        headers = {"Authorization": f"Bearer {token or self.token}", "Accept-Language": "en"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def browser(self, language: str = "en") -> httpx.Client:
        """Somebody's browser, with cookies of its own; closed when the site is reaped."""
        headers = {"Origin": self.url, "Accept": "text/html", "Accept-Language": language}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60)
        self._browsers.append(client)
        return client

    def kill(self) -> None:
        """Pull the plug: SIGKILL, no goodbye."""
        self.process.kill()
        self._reap()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._reap()

    def _reap(self) -> int:
        for browser in self._browsers:
            browser.close()
        self._browsers.clear()
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def __enter__(self) -> "RunningSite":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.stop()
