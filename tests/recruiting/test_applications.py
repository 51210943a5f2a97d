"""Resumes come in once, are kept encrypted, and are screened again when what is asked for changes."""

import pytest
import sqlalchemy as sa

from appliance.kernel.blobs import BlobStore
from appliance.kernel.errors import Conflict, Invalid, StorageFull, TooManyAttempts
from appliance.kernel.jobs import lease
from appliance.kernel.schema import BLOB
from appliance.recruiting import resume_store
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.door import PER_ADDRESS, WINDOW, ApplicationDoor
from appliance.recruiting.kept_files import SETTLE_AFTER, SETTLE_FILE
from appliance.recruiting.model import CandidateState, OpeningDraft, OpeningState, Source
from tests.recruiting.house import CANDIDATE, HR, House
from tests.recruiting.samples import CHINESE, ENGLISH, docx_of, pdf_of


def test_the_same_file_for_the_same_opening_counts_once(house: House) -> None:
    opening = house.opening()
    first, again = house.receive(opening), house.receive(opening, filename="another name.txt")
    assert again.duplicate and again.candidate_id == first.candidate_id
    elsewhere = house.receive(house.opening())
    assert not elsewhere.duplicate
    assert house.recruiting.candidates.counts()["all"] == 2


def test_the_file_comes_back_byte_for_byte_and_the_look_is_noted(house: House) -> None:
    data = pdf_of(ENGLISH)
    received = house.receive(house.opening(), data, "resume.pdf")
    document, original = house.recruiting.applications.original(HR, received.document_id)
    assert original == data
    assert document.filename == "resume.pdf"
    assert "resume.opened" in house.actions(received.candidate_id)


@pytest.mark.parametrize("made", [pdf_of, docx_of], ids=["pdf", "docx"])
def test_nothing_of_a_resume_stands_on_the_disk_in_clear(house: House, made: object) -> None:
    house.receive(house.opening(), made(CHINESE))  # type: ignore[operator]
    house.run_jobs()
    for path in house.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for word in ("测试甲", "test.a@example.com", "%PDF", "word/document.xml"):
                assert word.encode() not in data, path.name


def test_reading_fills_what_nobody_entered(house: House) -> None:
    opening = house.opening()
    file = IncomingFile("r.txt", "text/plain", CHINESE.encode())
    received = house.recruiting.applications.receive_resume(
        CANDIDATE, opening.id, file, source=Source.public, email="Other@Example.com"
    )
    house.run_jobs()
    candidate = house.recruiting.candidates.get(received.candidate_id)
    assert (candidate.name, candidate.email, candidate.phone) == (
        "测试甲",
        "other@example.com",
        "13800138000",
    )


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@example.com", "a@example.com, b@example.com"])
def test_an_address_that_is_none_is_refused(house: House, email: str) -> None:
    opening = house.opening()
    file = IncomingFile("r.txt", "text/plain", CHINESE.encode())
    with pytest.raises(Invalid) as refused:
        house.recruiting.applications.receive_resume(
            CANDIDATE, opening.id, file, source=Source.public, email=email
        )
    assert set(refused.value.fields) == {"email"}


def test_a_closed_opening_takes_no_resume(house: House) -> None:
    opening = house.opening()
    house.recruiting.openings.move(HR, opening.id, OpeningState.closed)
    with pytest.raises(Conflict):
        house.receive(opening)
    assert house.recruiting.candidates.counts()["all"] == 0


def test_new_requirements_screen_those_who_wait_again_and_back(house: House) -> None:
    opening = house.opening()
    received = house.receive(opening)
    house.run_jobs()
    assert house.recruiting.candidates.get(received.candidate_id).score == 100
    for description, score in (("CPA证书", 0.0), ("3年以上Java开发经验、熟悉微服务架构", 100.0)):
        house.recruiting.openings.change(
            HR, opening.id, OpeningDraft(post_id=house.post.id, title_zh="工程师", description=description)
        )
        house.run_jobs()
        candidate = house.recruiting.candidates.get(received.candidate_id)
        assert (candidate.score, candidate.state) == (score, CandidateState.screened)


def test_a_job_that_runs_twice_changes_nothing_the_second_time(house: House) -> None:
    candidate_id = house.screened()
    before = house.actions(candidate_id)
    assert house.run_jobs() == 0
    assert house.actions(candidate_id) == before


def test_an_opening_without_requirements_is_not_published(house: House) -> None:
    drafted = house.recruiting.openings.draft(
        HR, OpeningDraft(post_id=house.post.id, description="欢迎加入。")
    )
    with pytest.raises(Invalid):
        house.recruiting.openings.move(HR, drafted.id, OpeningState.open)


def test_one_address_applies_only_so_often(house: House) -> None:
    door = ApplicationDoor(house.clock)
    for _ in range(PER_ADDRESS):
        door.pass_through("10.0.0.9", "opening")
    with pytest.raises(TooManyAttempts) as refused:
        door.pass_through("10.0.0.9", "opening")
    assert 0 < refused.value.retry_after_s <= WINDOW.total_seconds() + 1
    door.pass_through("10.0.0.10", "opening")
    house.clock.advance(WINDOW)
    door.pass_through("10.0.0.9", "opening")


def test_bytes_that_no_resume_came_to_refer_to_are_erased_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full between the two files, and again when the bytes were to be let go."""
    opening, kept = house.opening(), house.receive(house.opening())

    def full(*_: object) -> None:
        raise StorageFull("media")

    with monkeypatch.context() as disk:
        disk.setattr(resume_store, "add", full)
        disk.setattr(BlobStore, "erase", full)
        with pytest.raises(StorageFull):
            house.receive(opening, docx_of(ENGLISH))
    assert blobs(house) == 2
    house.clock.advance(SETTLE_AFTER)
    while (job := lease(house.databases.media, SETTLE_FILE)) is not None:
        house.recruiting.files.settle(job)
        if not job.finished:
            job.finish(lambda tx: None)
    assert blobs(house) == 1
    assert house.recruiting.applications.original(HR, kept.document_id)[1] == CHINESE.encode()


def blobs(house: House) -> int:
    return house.databases.media.read(
        lambda tx: int(tx.execute(sa.select(sa.func.count()).select_from(BLOB)).scalar_one())
    )
