"""One candidate's whole way on real parts, and what it leaves on the disk: nothing that can be read."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from appliance.audit.ledger import verify
from appliance.demo import cast, seed
from appliance.demo.mailbox import Mailbox
from appliance.demo.run import open_site, walk_once
from appliance.demo.way import Walk, Way
from appliance.kernel.clock import SystemClock
from appliance.kernel.databases import PROFILES
from appliance.kernel.db import Database
from appliance.unsealing import open_keys
from tests.inference.engines import RealEngines

pytestmark = [pytest.mark.inference, pytest.mark.browser, pytest.mark.timeout(1500)]

SIGNATURES = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF",
    b"\x42\x82\x84webm",
    b"\x89PNG\r\n\x1a\n",
    b"%PDF-1.",
    b"word/document.xml",
)
"""Long enough not to turn up by chance in encrypted bytes."""


class Walked:
    """The walk, and the two folders that the site wrote to."""

    def __init__(self, walk: Walk, data: Path, temporary: Path) -> None:
        self.walk = walk
        self.data = data
        self.temporary = temporary


@pytest.fixture(scope="module")
def walked(real_engines: RealEngines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """The demo's walk with a temporary folder of its own."""
    data, temporary = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setenv("MUSTER_PASSPHRASE", "a passphrase for tests")
        patch.setattr(tempfile, "tempdir", None)
        mailbox = Mailbox()
        mailbox.start()
        try:
            appliance = open_site(data, real_engines.engines, mailbox, 0, 0)
            seed.seed(appliance)
            yield Walked(walk_once(appliance, mailbox), data, temporary)
        finally:
            mailbox.stop()


def test_every_step_of_the_way_comes_to_its_end(walked: Walked) -> None:
    assert (walked.walk.failed, walked.walk.reason) == (None, "")
    assert [step["step"] for step in walked.walk.steps] == [step.__name__ for step in Way.steps]


def test_the_report_rests_on_what_was_said(walked: Walked) -> None:
    assert walked.walk.report["answers"] == 3
    assert walked.walk.report["quotes"] >= 1
    assert walked.walk.report["validated"] is False


def test_the_room_asked_for_nothing_outside_of_the_machine(walked: Walked) -> None:
    (interview,) = [step for step in walked.walk.steps if step["step"] == "interviewed"]
    assert interview["outside_requests"] == 0
    assert interview["requests"] > 20


def test_no_file_holds_a_name_a_word_or_a_picture_in_clear(walked: Walked) -> None:
    words = [cast.CANDIDATE_NAME, cast.CANDIDATE_EMAIL, cast.TYPED_ANSWER[:40], cast.SPOKEN_ANSWERS[0][:25]]
    words += [colleague.name for colleague in cast.COLLEAGUES] + ["SQLite format 3", "card system"]
    needles = [word.encode() for word in words] + [word.encode("utf-16-le") for word in words]
    needles += SIGNATURES
    files = [
        path for folder in (walked.data, walked.temporary) for path in folder.rglob("*") if path.is_file()
    ]
    assert {path.name for path in files} >= {"core.db", "attendance.db", "media.db", "keys.json"}
    found = [(path.name, needle) for path in files for needle in needles if needle in path.read_bytes()]
    assert found == []


def test_the_ledger_of_the_way_is_sound_and_names_every_hand(walked: Walked) -> None:
    keys = open_keys(walked.data, create=False)
    for name, profile in PROFILES.items():
        path = walked.data / f"{name}.db"
        database = Database(name, path, keys.file_key(name), SystemClock(ZoneInfo("UTC")), profile)
        try:
            assert verify(database).broken_at is None
        finally:
            database.close()
