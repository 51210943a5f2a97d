"""Erasure: two people, bytes that nobody reads again, a receipt that can be checked, pages that say so."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from appliance.identity.permissions import Role
from appliance.interviews import store as interview_store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.model import ANALYSE_ANSWER, ASSESS, InterviewState
from appliance.interviews.rights import erasure_store
from appliance.interviews.rights.model import (
    ERASE,
    PROPOSE_ERASURES,
    Erasure,
    ErasureState,
    Outcome,
    RequestKind,
)
from appliance.interviews.room.door import Key
from appliance.kernel import jobs
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Conflict, Forbidden, KeyDestroyed, NotFound
from appliance.kernel.schema import BLOB_CHUNK
from appliance.recruiting import store as recruiting_store
from appliance.recruiting.finding import RecruitingSearch
from appliance.recruiting.model import DecisionKind
from tests.fresh import fresh_keys
from tests.interviews.house import NAME
from tests.interviews.recorded import recording
from tests.interviews.rights_house import SPOKEN, RightsHouse

RECORDED = recording(video=None)
REASON = "A court asks for these papers, reference 12 of 2026."


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[RightsHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    yield RightsHouse(tmp_path, databases, keys, clock)
    databases.close()


def recorded(house: RightsHouse) -> tuple[str, Key]:
    """An interview with a recording and an analysis."""
    interview, key = house.entered(video=False)
    house.recorded(key, 0, RECORDED, "audio/webm")
    house.spoken(key, place=1)
    return interview.id, key


def erased(house: RightsHouse, key: Key) -> Erasure:
    """The whole way of a request for erasure."""
    asked = house.ask(key, RequestKind.ERASURE)
    proposed = house.erasures.propose(house.first, asked.id)
    house.erasures.confirm(house.second, proposed.id)
    assert house.work(ERASE) == 0
    return house.erasures.get(proposed.id)


# deciding


def test_nobody_erases_alone(house: RightsHouse) -> None:
    _, key = recorded(house)
    proposed = house.erasures.propose(house.first, house.ask(key, RequestKind.ERASURE).id)
    with pytest.raises(Forbidden):
        house.erasures.confirm(house.first, proposed.id)
    assert house.erasures.get(proposed.id).state is ErasureState.PROPOSED
    assert house.job_states(ERASE) == []


def test_an_erasure_is_proposed_once_and_decided_once(house: RightsHouse) -> None:
    _, key = recorded(house)
    asked = house.ask(key, RequestKind.ERASURE)
    proposed = house.erasures.propose(house.first, asked.id)
    with pytest.raises(Conflict):
        house.erasures.propose(house.second, asked.id)
    house.erasures.decline(house.second, proposed.id, REASON)
    with pytest.raises(Conflict):
        house.erasures.confirm(house.second, proposed.id)
    assert house.request(asked.id).open, "the person still has to be answered"


def test_a_legal_hold_stops_every_way_to_an_erasure(house: RightsHouse) -> None:
    _, key = recorded(house)
    asked = house.ask(key, RequestKind.ERASURE)
    proposed = house.erasures.propose(house.first, asked.id)
    house.erasures.place_hold(house.second, house.candidate_id, REASON)
    assert house.erasures.get(proposed.id).state is ErasureState.DECLINED
    with pytest.raises(Conflict):
        house.erasures.propose(house.first, asked.id)
    house.erasures.lift_hold(house.first, house.candidate_id)
    assert house.erasures.propose(house.first, asked.id).state is ErasureState.PROPOSED
    assert {"erasure.held", "erasure.hold_lifted"} <= set(house.actions())


# destroying


def test_after_an_erasure_no_byte_can_be_read(house: RightsHouse) -> None:
    interview_id, key = recorded(house)
    core, media = house.databases.core, house.databases.media
    interview = core.read(lambda tx: interview_store.interview(tx, interview_id))
    answers = core.read(lambda tx: interview_store.answers(tx, interview_id))
    assert interview is not None
    blob_id = next(one.blob_id for one in answers if one.blob_id)
    assert house.site.blobs.read_all(blob_id) == RECORDED
    erased(house, key)
    with pytest.raises(NotFound):
        house.site.blobs.read_all(blob_id)
    with pytest.raises(KeyDestroyed):
        house.site.keys.data_key(media, interview.key_id)
    assert media.read(lambda tx: tx.execute(sa.select(sa.func.count()).select_from(BLOB_CHUNK)).scalar()) == 0
    assert core.read(lambda tx: assessment_store.analyses(tx, interview_id)) == {}
    assert core.read(lambda tx: interview_store.answers(tx, interview_id)) == []


def test_the_name_and_the_words_are_nowhere_in_the_files(house: RightsHouse) -> None:
    _, key = recorded(house)
    house.own.ask(key, RequestKind.CORRECTION, "my words stay mine")
    assert found_anywhere(house, NAME) and found_anywhere(house, "my words stay mine")
    erased(house, key)
    for text in ("my words stay mine", "".join(SPOKEN)):
        assert found_anywhere(house, text) == [], text
    # The last letter still waits for the mail server, and it alone has the name.
    assert found_anywhere(house, NAME) == ["message"]


def test_no_table_names_the_person_but_those_that_say_so(house: RightsHouse) -> None:
    interview_id, key = recorded(house)
    ids = [house.candidate_id, interview_id]
    core = house.databases.core
    assert core.read(lambda tx: erasure_store.names_left(tx, ids))
    erased(house, key)
    assert core.read(lambda tx: erasure_store.names_left(tx, ids)) == {}


def test_a_table_that_somebody_adds_later_is_erased_too(house: RightsHouse) -> None:
    _, key = recorded(house)
    core = house.databases.core

    def add(tx: Transaction) -> None:
        tx.execute(sa.text("CREATE TABLE later_thought (candidate_id TEXT, note TEXT)"))
        values = {"one": house.candidate_id}
        tx.execute(sa.text("INSERT INTO later_thought VALUES (:one, 'secret'), ('another', 'kept')"), values)

    core.write(add)
    done = erased(house, key)
    left = core.read(lambda tx: [tuple(row) for row in tx.execute(sa.text("SELECT * FROM later_thought"))])
    assert left == [("another", "kept")]
    manifest = done.read_manifest()
    assert manifest is not None and manifest.rows["later_thought"] == 1


def test_the_receipt_can_be_checked_against_the_ledger(house: RightsHouse) -> None:
    _, key = recorded(house)
    done = erased(house, key)
    manifest = done.read_manifest()
    assert manifest is not None
    assert hashlib.sha256(done.manifest.encode()).hexdigest() == done.sha256
    assert len(manifest.files) == 2 and len(manifest.keys) == 1
    details = house.databases.core.read(
        lambda tx: recruiting_store.ledger_rows(tx, [f"erasure:{done.id}"])[0]["details"]
    )
    assert msgspec.json.decode(details)["sha256"] == done.sha256
    assert NAME not in details and house.ledgers_are_sound()
    page = house.client(Role.HR_MANAGER)
    pdf = page.get(f"/interviews/rights/erasures/{done.id}/receipt.pdf")
    assert pdf.content.startswith(b"%PDF")


def test_a_crash_between_the_two_files_is_taken_up_with_the_same_list(house: RightsHouse) -> None:
    _, key = recorded(house)
    proposed = house.erasures.propose(house.first, house.ask(key, RequestKind.ERASURE).id)
    house.erasures.confirm(house.second, proposed.id)
    core = house.databases.core
    job = jobs.lease(core, ERASE)
    assert job is not None
    jobs.put_back(job, timedelta(0), "the machine stopped", count=False)
    house.erasures.handle(_Interrupted(job))  # type: ignore[arg-type]
    half_done = house.erasures.get(proposed.id)
    assert half_done.state is ErasureState.CONFIRMED and half_done.manifest
    assert house.work(ERASE) == 0
    done = house.erasures.get(proposed.id).read_manifest()
    before = half_done.read_manifest()
    assert done is not None and before is not None
    assert (done.files, done.keys) == (before.files, before.keys)


def test_work_under_way_ends_cleanly(house: RightsHouse) -> None:
    _, key = recorded(house)
    core = house.databases.core
    running = jobs.lease(core, ANALYSE_ANSWER)
    assert running is not None
    proposed = house.erasures.propose(house.first, house.ask(key, RequestKind.ERASURE).id)
    house.erasures.confirm(house.second, proposed.id)
    with pytest.raises(jobs.LeaseLost):
        running.finish(lambda tx: None)
    house.work(ERASE)
    assert set(house.job_states(ANALYSE_ANSWER)) == {"done"}
    assert house.work(ASSESS) == 0


# afterwards


def test_every_page_that_showed_the_person_says_that_they_were_erased(house: RightsHouse) -> None:
    interview_id, key = recorded(house)
    done = erased(house, key)
    client = house.client(Role.HR_MANAGER)
    for path in (
        f"/interviews/{interview_id}",
        f"/interviews/{interview_id}/report",
        f"/interviews/{interview_id}/report.pdf",
        f"/interviews/{interview_id}/progress",
    ):
        answer = client.get(path)
        assert answer.status_code == 410, path
        assert "erased" in answer.text, path
    for path in ("/interviews", "/interviews/rights?show=all", f"/interviews/rights/erasures/{done.id}"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "Erased" in answer.text and NAME not in answer.text, path
    request = client.get(f"/interviews/rights/{done.request_id}")
    assert request.status_code == 200 and NAME not in request.text


def test_the_person_finds_their_receipt_behind_the_old_link(house: RightsHouse) -> None:
    _, key = recorded(house)
    done = erased(house, key)
    assert house.browser().get(f"/room/{key.token}").status_code == 410
    page = house.browser().get(f"/room/{key.token}/mine")
    assert page.status_code == 200
    assert done.receipt in page.text and done.sha256 in page.text
    again = house.browser().post(f"/room/{key.token}/mine/requests", data={"kind": "copy"})
    assert done.receipt in again.text and house.desk.counts()["open"] == 0
    [last] = [one for one in house.letters() if one.context["step"] == "erased"]
    assert last.context["receipt"] == done.receipt


def test_search_finds_nobody_and_the_candidate_s_page_is_gone(house: RightsHouse) -> None:
    _, key = recorded(house)
    reader = house.first
    search = RecruitingSearch(house.recruiting)
    assert len(search(reader, NAME)) == 1
    erased(house, key)
    assert search(reader, NAME) == []
    with pytest.raises(NotFound) as gone:
        house.recruiting.candidates.get(house.candidate_id)
    assert gone.value.code == "erased"


def test_open_requests_are_answered_by_the_erasure(house: RightsHouse) -> None:
    _, key = recorded(house)
    copy = house.ask(key, RequestKind.COPY)
    done = erased(house, key)
    assert house.request(copy.id).outcome is Outcome.GRANTED
    assert house.request(done.request_id).outcome is Outcome.GRANTED
    assert house.desk.counts()["open"] == 0


def test_the_room_takes_nothing_from_the_moment_two_people_agreed(house: RightsHouse) -> None:
    interview_id, key = recorded(house)
    proposed = house.erasures.propose(house.first, house.ask(key, RequestKind.ERASURE).id)
    house.erasures.confirm(house.second, proposed.id)
    interview = house.databases.core.read(lambda tx: interview_store.interview(tx, interview_id))
    assert interview is not None and interview.state is InterviewState.ERASED
    page = house.browser().get(f"/room/{key.token}/mine")
    assert page.status_code == 200


# kept long enough


def test_what_was_kept_long_enough_is_proposed_and_never_erased_by_itself(house: RightsHouse) -> None:
    rejected(house)
    house.clock.advance(timedelta(days=180))
    look(house)
    assert house.erasures.waiting() == [], "six months are not over"
    house.clock.advance(timedelta(days=5))
    look(house)
    [(proposed, name)] = house.erasures.waiting()
    assert (proposed.candidate_id, name) == (house.candidate_id, NAME)
    assert house.job_states(ERASE) == []
    house.retention.confirm(house.first, [proposed.id])
    house.work(ERASE)
    assert house.erasures.get(proposed.id).state is ErasureState.DONE


def test_a_hold_and_a_word_to_keep_are_respected_by_the_nightly_look(house: RightsHouse) -> None:
    rejected(house)
    house.clock.advance(timedelta(days=200))
    house.erasures.place_hold(house.first, house.candidate_id, REASON)
    look(house)
    assert house.erasures.waiting() == []
    house.erasures.lift_hold(house.first, house.candidate_id)
    look(house)
    [(proposed, _)] = house.erasures.waiting()
    house.erasures.decline(house.first, proposed.id, REASON)
    look(house)
    assert house.erasures.waiting() == []
    house.clock.advance(timedelta(days=91))
    look(house)
    assert len(house.erasures.waiting()) == 1


def test_the_nightly_look_has_a_next_one(house: RightsHouse) -> None:
    look(house)
    assert house.job_states(PROPOSE_ERASURES).count("ready") == 1


def test_a_batch_is_confirmed_whole_or_not_at_all(house: RightsHouse) -> None:
    rejected(house)
    house.clock.advance(timedelta(days=200))
    look(house)
    [(proposed, _)] = house.erasures.waiting()
    with pytest.raises(Conflict):
        house.retention.confirm(house.first, [proposed.id, "unknown"])
    assert house.erasures.get(proposed.id).state is ErasureState.PROPOSED


def rejected(house: RightsHouse) -> None:
    house.recruiting.pipeline.decide(
        house.first, house.candidate_id, DecisionKind.reject, "Another person fits better."
    )


def look(house: RightsHouse) -> None:
    """The look of the next day."""
    core = house.databases.core
    house.clock.advance(timedelta(days=1))
    core.write(lambda tx: house.retention.schedule(tx, house.clock.today()))
    while (job := jobs.lease(core, PROPOSE_ERASURES)) is not None:
        house.retention.handle(job)


class _Interrupted:
    """A job whose machine stops before the last step."""

    def __init__(self, job: jobs.JobContext) -> None:
        self._job = job

    def __getattr__(self, name: str) -> object:
        return getattr(self._job, name)

    def heartbeat(self, share: float) -> None:
        """The lease does not matter here."""

    def finish(self, work: object) -> None:
        """Not any more."""


def found_anywhere(house: RightsHouse, text: str) -> list[str]:
    """The tables of core.db and media.db that hold the text in any column."""
    found: set[str] = set()
    for file in (house.databases.core, house.databases.media):

        def look_through(tx: Transaction) -> None:
            for name in sa.inspect(tx.connection).get_table_names():
                for row in tx.execute(sa.text(f'SELECT * FROM "{name}"')):  # noqa: S608 - a table of this file
                    for value in row:
                        plain = value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value)
                        if text in plain:
                            found.add(name)

        file.read(look_through)
    return sorted(found)
