"""People rate blind; what they rate decides what a score may claim."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from appliance.identity.model import Account
from appliance.identity.permissions import Role
from appliance.interviews import store as interview_store
from appliance.interviews.model import AnswerKind
from appliance.interviews.scoring.levels import PersonReason
from appliance.interviews.validation import calibrator_store, store
from appliance.interviews.validation.model import (
    BandName,
    GateState,
    Instrument,
    Item,
    Rating,
    Round,
    RoundKind,
    WhyNot,
)
from appliance.interviews.validation.ratings import BlindRatings, may_see_scores
from appliance.interviews.validation.sample import Wish, ask
from appliance.interviews.validation.scores import calibrated, validity
from appliance.interviews.validation.service import Validation
from appliance.kernel.actor import Actor, ActorKind
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.db import Transaction
from appliance.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from appliance.kernel.ids import new_id
from appliance.recruiting import store as recruiting_store
from appliance.recruiting.model import CandidateState
from tests.fresh import fresh_keys
from tests.identity.house import PASSWORD
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.recorded import recording
from tests.interviews.scripted import ScriptedLlm, always

HR = Actor("account-hr", ActorKind.PERSON, frozenset({"interviews.read", "interviews.manage"}), "account 2")
FIRST, SECOND, THIRD = (
    Actor(f"rater-{name}", ActorKind.PERSON, frozenset({"interviews.rate"}), f"rater {name}")
    for name in "abc"
)
USED = Instrument("rubric", "prompts", "model")


class AnyQuestion(ScriptedLlm):
    """Takes every answer for one to its own question."""

    def _topic(self, text: str) -> dict[str, float]:
        return {number: 0.9 if number == "1" else 0.1 / 3 for number in "1234"}


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    llm = AnyQuestion("", always({"4": 0.7, "5": 0.2, "3": 0.1}))
    llm.relevance = 0.9
    yield AssessedHouse(tmp_path, databases, keys, clock, llm)
    databases.close()


@pytest.fixture
def desk(house: AssessedHouse) -> BlindRatings:
    return house._service("blind_ratings", BlindRatings)


@pytest.fixture
def validation(house: AssessedHouse) -> Validation:
    return house._service("interview_validation", Validation)


def assessed(house: AssessedHouse) -> str:
    """An interview of three written answers with its report."""
    interview_id = house.finished(*[CONCRETE["zh"]] * 3)
    house.work_through()
    return interview_id


def wish(house: AssessedHouse, *raters: Actor, size: int = 20, **more: object) -> Wish:
    due = house.clock.today() + timedelta(days=7)
    return Wish(size=size, raters=tuple(one.id for one in raters), due_on=due, **more)  # type: ignore[arg-type]


def rate_all(desk: BlindRatings, rater: Actor, level: int) -> list[str]:
    ids = [one.item_id for one in desk.listed(rater)]
    for item_id in ids:
        desk.give(rater, item_id, level)
    return ids


def may_see(house: AssessedHouse, interview_id: str, rater: Actor) -> bool:
    return house.databases.core.read(lambda tx: may_see_scores(tx, interview_id, rater.id))


# drawing and rating


def test_every_drawn_answer_goes_to_two_people_and_none_is_drawn_twice(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    assessed(house)
    left = validation.left_to_draw()
    drawn = validation.draw(HR, wish(house, FIRST, SECOND, THIRD))
    assert drawn.items == left > 0
    shares = [len(desk.listed(one)) for one in (FIRST, SECOND, THIRD)]
    assert sum(shares) == 2 * drawn.items
    assert max(shares) - min(shares) <= 1
    assert validation.left_to_draw() == 0
    with pytest.raises(Invalid) as refused:
        validation.draw(HR, wish(house, FIRST, SECOND))
    assert "size" in refused.value.fields


def test_who_is_asked_sees_the_scores_only_after_rating_everything(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    interview_id = assessed(house)
    assert may_see(house, interview_id, FIRST)
    validation.draw(HR, wish(house, FIRST, SECOND))
    assert not may_see(house, interview_id, FIRST)
    ids = [one.item_id for one in desk.listed(FIRST)]
    for item_id in ids[:-1]:
        desk.give(FIRST, item_id, 3)
    assert not may_see(house, interview_id, FIRST)
    desk.give(FIRST, ids[-1], None, "The sound breaks off.")
    assert may_see(house, interview_id, FIRST)
    assert not may_see(house, interview_id, SECOND)


def test_who_has_read_the_scores_is_not_asked(house: AssessedHouse, validation: Validation) -> None:
    interview_id = assessed(house)
    house.reports.open(msgspec.structs.replace(HR, id=FIRST.id), interview_id)
    with pytest.raises(Invalid) as refused:
        validation.draw(HR, wish(house, FIRST, SECOND))
    assert "raters" in refused.value.fields
    assert validation.rounds() == []
    assert validation.draw(HR, wish(house, FIRST, SECOND, THIRD)).items > 0


def test_a_rating_can_be_changed_until_both_are_in_and_the_former_is_kept(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    assessed(house)
    validation.draw(HR, wish(house, FIRST, SECOND))
    item_id = desk.listed(FIRST)[0].item_id
    desk.give(FIRST, item_id, 2, "At first hearing.")
    desk.give(FIRST, item_id, 4)
    desk.give(SECOND, item_id, 3)
    with pytest.raises(Conflict, match="final"):
        desk.give(FIRST, item_id, 5)
    read = house.databases.core.read
    now = read(lambda tx: store.rating_of(tx, item_id, FIRST.id))
    before = read(lambda tx: store.former_ratings(tx, item_id, FIRST.id))
    assert now is not None
    assert (now.level, [(one.level, one.note) for one in before]) == (4, [(2, "At first hearing.")])
    assert desk.open(FIRST, item_id).final


def test_wrong_ratings_are_refused_with_the_field(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    assessed(house)
    validation.draw(HR, wish(house, FIRST, SECOND))
    item_id = desk.listed(FIRST)[0].item_id
    for level, note, field in ((6, "", "level"), (0, "", "level"), (None, " ", "note")):
        with pytest.raises(Invalid) as refused:
            desk.give(FIRST, item_id, level, note)
        assert list(refused.value.fields) == [field]
    with pytest.raises(Forbidden):
        desk.open(THIRD, item_id)
    with pytest.raises(NotFound):
        desk.give(FIRST, "nothing", 3)
    assert desk.listed(FIRST)[0].rating is None


@pytest.mark.parametrize(
    ("change", "field"),
    [({"size": 4}, "size"), ({"size": 501}, "size"), ({"raters": ("one", "one")}, "raters"),
     ({"due_on": date(2026, 11, 23)}, "due_on")],
)  # fmt: skip
def test_a_drawing_that_cannot_be_is_refused_with_the_field(
    house: AssessedHouse, validation: Validation, change: dict[str, object], field: str
) -> None:
    assessed(house)
    wanted = msgspec.structs.replace(wish(house, FIRST, SECOND), **change)
    with pytest.raises(Invalid) as refused:
        validation.draw(HR, wanted)
    assert list(refused.value.fields) == [field]
    assert validation.rounds() == []


def test_a_withdrawn_drawing_asks_nobody(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    interview_id = assessed(house)
    round_id = validation.draw(HR, wish(house, FIRST, SECOND)).round_id
    item_id = desk.listed(FIRST)[0].item_id
    validation.withdraw(HR, round_id)
    assert desk.listed(FIRST) == []
    assert may_see(house, interview_id, FIRST)
    with pytest.raises(NotFound):
        desk.give(FIRST, item_id, 3)


def test_one_person_can_be_asked_about_a_whole_interview_before_seeing_its_scores(
    house: AssessedHouse, desk: BlindRatings
) -> None:
    interview_id = assessed(house)
    due, rubrics = house.clock.today(), desk._rubrics
    write = house.databases.core.write
    asked = write(lambda tx: ask(tx, HR, interview_id, FIRST.id, due, rubrics))
    assert asked == len(desk.listed(FIRST)) > 0
    assert write(lambda tx: ask(tx, HR, interview_id, FIRST.id, due, rubrics)) == 0
    rate_all(desk, FIRST, 3)
    assert may_see(house, interview_id, FIRST)


def test_an_erased_interview_leaves_no_rating(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    interview_id = assessed(house)
    validation.draw(HR, wish(house, FIRST, SECOND))
    rate_all(desk, FIRST, 3)
    house.databases.core.write(lambda tx: store.erase(tx, interview_id))
    assert desk.listed(FIRST) == []
    assert house.databases.core.read(store.drawn_already) == set()


# pages


def signed_in(house: AssessedHouse, account: Account, language: str = "en") -> TestClient[Litestar]:
    client = TestClient(house.app(), base_url="http://testserver.local", raise_server_exceptions=False)
    client.headers.update(
        {"accept": "text/html", "origin": "http://testserver.local", "accept-language": language}
    )
    client.cookies.set("muster_session", house.identity.sessions.sign_in(account.login, PASSWORD).token)
    return client


def test_the_rating_page_shows_the_answer_and_nothing_of_machine_or_other_rater(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    assessed(house)
    first, second = (
        house.account(Role.INTERVIEWER, login="first"),
        house.account(Role.INTERVIEWER, login="second"),
    )
    actors = [
        Actor(one.id, ActorKind.PERSON, frozenset({"interviews.rate"}), one.login) for one in (first, second)
    ]
    validation.draw(HR, wish(house, *actors))
    item_id = desk.listed(actors[0])[0].item_id
    browser = signed_in(house, first)
    before = browser.get(f"/ratings/{item_id}").text
    assert CONCRETE["zh"].split("。")[0] in before
    assert before.count('name="level"') == 6
    desk.give(actors[1], item_id, 5, "A note of the other rater.")
    after = browser.get(f"/ratings/{item_id}").text
    plain = [re.sub(r'nonce="[^"]*"', "", page) for page in (before, after)]
    assert plain[0] == plain[1], "what the other rater did changes nothing on the page"
    machine = house.databases.core.read(lambda tx: store.item_of(tx, item_id))
    assert machine is not None and machine.machine_level is not None
    assert f"{machine.machine_level:.1f}" not in re.sub(r'(href|src)="[^"]*"', "", after)
    assert (
        signed_in(house, house.account(Role.INTERVIEWER, login="third"))
        .get(f"/ratings/{item_id}")
        .status_code
        == 403
    )
    assert browser.get("/validation", follow_redirects=False).status_code == 403


def test_a_rating_is_given_on_the_page_and_goes_on_to_the_next_answer(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    assessed(house)
    account = house.account(Role.INTERVIEWER)
    actor = Actor(account.id, ActorKind.PERSON, frozenset({"interviews.rate"}), account.login)
    validation.draw(HR, wish(house, actor, SECOND))
    first, *others = [one.item_id for one in desk.listed(actor)]
    browser = signed_in(house, account)
    refused = browser.post(f"/ratings/{first}", data={"note": "kept"})
    assert refused.status_code == 422
    assert "Choose one of the five levels" in refused.text
    assert ">kept</textarea>" in refused.text
    given = browser.post(f"/ratings/{first}", data={"level": "4"}, follow_redirects=False)
    assert given.headers["location"] in {f"/ratings/{other}?saved=1" for other in others}
    assert "1 of" in browser.get("/ratings").text
    assert "answer.rated" in house.actions()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hr_sees_the_pages_before_and_after_anybody_rated(
    house: AssessedHouse, validation: Validation, language: str
) -> None:
    browser = house.client(Role.HR_MANAGER, language=language)
    for path in ("/validation", "/validation/draw", "/validation/groups", "/ratings"):
        assert browser.get(path).status_code == 200
    house.databases.core.write(lambda tx: rated_stratum(tx, 40))
    validation.put_in_force(HR, "team_work", "zh")
    page = browser.get("/validation").text
    assert ("Validated here" if language == "en" else "已在本单位验证") in page


# calibrators, gate and what a score may claim


def rated_stratum(
    tx: Transaction,
    answers: int,
    *,
    noise: int = 0,
    kind: RoundKind = RoundKind.VALIDATION,
    shift: float = 0.0,
) -> None:
    """Answers of as many candidates, rated by two people who differ by a level on every fourth; the machine's level
    bends away from theirs and, with `noise`, is off by so many levels on every third."""
    made = Round(id=new_id(), kind=kind, drawn_at=tx.now, drawn_by=HR.id, due_on=date(2026, 12, 1), seed=1)
    store.add_round(tx, made)
    for number in range(answers):
        level = number % 5 + 1
        other = level if number % 4 else max(level - 1, 1)
        wrong = noise * (1 if number % 2 else -1) if number % 3 == 0 else 0
        machine = min(max(2.0 + 0.5 * level + wrong + shift, 1.0), 5.0)
        item = Item(
            id=new_id(),
            round_id=made.id,
            interview_id=f"interview-{number}",
            candidate_id=f"candidate-{number}",
            answer_id=f"answer-{made.id}-{number}",
            competency_id="team_work",
            language="zh",
            machine_level=machine,
            length_units=50 + number * 7 % 40,
            instrument=USED,
        )
        store.add_item(tx, item, (FIRST.id, SECOND.id))
        for rater, given in ((FIRST, level), (SECOND, other)):
            store.give(tx, Rating(item_id=item.id, rater_id=rater.id, level=given, note="", given_at=tx.now))


def test_too_few_ratings_make_no_calibrator(house: AssessedHouse, validation: Validation) -> None:
    house.databases.core.write(lambda tx: rated_stratum(tx, 19))
    with pytest.raises(Conflict, match="calibrator needs"):
        validation.put_in_force(HR, "team_work", "zh")
    with pytest.raises(Conflict):
        validation.put_in_force(HR, "no_such_thing", "en")
    assert house.databases.core.read(calibrator_store.active_calibrators) == []


def test_a_machine_that_agrees_as_raters_do_is_validated_for_its_own_instrument_alone(
    house: AssessedHouse, validation: Validation
) -> None:
    core = house.databases.core
    before = core.read(lambda tx: validity(tx, "team_work", "zh"))
    assert (before.state, before.reason) == (GateState.NOT_VALIDATED, WhyNot.NO_RATINGS)
    core.write(lambda tx: rated_stratum(tx, 40))
    made = validation.put_in_force(HR, "team_work", "zh")
    assert made.gate.state is GateState.VALIDATED
    assert made.gate.gap is not None
    assert made.gate.gap <= 0.05
    now = core.read(lambda tx: validity(tx, "team_work", "zh", USED))
    assert (now.state, now.answers, now.since) == (GateState.VALIDATED, 40, made.fitted_at)
    other = core.read(lambda tx: validity(tx, "team_work", "zh", Instrument("rubric", "prompts", "another")))
    assert (other.state, other.reason) == (GateState.NOT_VALIDATED, WhyNot.INSTRUMENT_CHANGED)
    assert core.read(lambda tx: validity(tx, "team_work", "en")).state is GateState.NOT_VALIDATED
    low = core.read(lambda tx: calibrated(tx, "team_work", "zh", 2.5))
    high = core.read(lambda tx: calibrated(tx, "team_work", "zh", 4.5))
    assert low is not None and high is not None
    assert low.value < 1.5 and high.value > 8.5
    assert low.low <= low.value <= low.high
    assert core.read(lambda tx: calibrated(tx, "team_work", "zh", 4.5, Instrument("a", "b", "c"))) is None


def test_a_machine_below_the_raters_is_advisory_and_its_bad_band_goes_to_a_person(
    house: AssessedHouse, validation: Validation
) -> None:
    house.databases.core.write(lambda tx: rated_stratum(tx, 60, noise=2))
    made = validation.put_in_force(HR, "team_work", "zh")
    assert (made.gate.state, made.gate.reason) == (GateState.ADVISORY, WhyNot.BELOW_RATERS)
    assert made.gate.gap is not None and made.gate.gap > 0.05
    assert made.unreliable
    inside = {BandName.LOW: 1.5, BandName.MIDDLE: 3.0, BandName.HIGH: 4.5}[made.unreliable[0]]
    found = house.databases.core.read(lambda tx: calibrated(tx, "team_work", "zh", inside))
    assert found is not None
    assert found.needs_person


def test_below_thirty_answers_a_calibrator_is_advisory(house: AssessedHouse, validation: Validation) -> None:
    house.databases.core.write(lambda tx: rated_stratum(tx, 25))
    gate = validation.put_in_force(HR, "team_work", "zh").gate
    assert (gate.state, gate.reason, gate.answers) == (GateState.ADVISORY, WhyNot.TOO_FEW, 25)


def test_versions_are_kept_and_one_is_in_force(house: AssessedHouse, validation: Validation) -> None:
    core = house.databases.core
    core.write(lambda tx: rated_stratum(tx, 30))
    first = validation.put_in_force(HR, "team_work", "zh")
    core.write(lambda tx: rated_stratum(tx, 30))
    second = validation.put_in_force(HR, "team_work", "zh")
    assert (first.number, second.number) == (1, 2)
    assert first.hash != second.hash
    assert [one.id for one in core.read(calibrator_store.active_calibrators)] == [second.id]
    validation.take_out_of_force(HR, "team_work", "zh")
    assert core.read(lambda tx: validity(tx, "team_work", "zh")).state is GateState.NOT_VALIDATED
    with pytest.raises(NotFound):
        validation.take_out_of_force(HR, "team_work", "zh")
    assert house.actions().count("calibrator.in_force") == 2


def test_reports_use_the_calibrator_in_force_and_say_so(house: AssessedHouse, validation: Validation) -> None:
    first = assessed(house)
    report = house.reports.open(HR, first)
    shown = next(one for one in report.competencies if one.score is not None)
    assert shown.validity is not None
    assert (shown.validity.state, report.validated) == (GateState.NOT_VALIDATED, False)
    read_with = Instrument(shown.rubric_hash, report.made.prompt_hash, report.made.language_model_hashes[0])
    core = house.databases.core

    def rate(tx: Transaction) -> None:
        rated_stratum(tx, 40)
        mine = moved_to(shown.id, read_with)
        tx.execute(mine)

    core.write(rate)
    made = validation.put_in_force(HR, shown.id, "zh")
    core.write(lambda tx: invitable(tx, house))
    again = house.reports.open(HR, assessed(house)).competency(shown.id)
    assert again is not None and again.validity is not None and again.score is not None
    assert (again.validity.state, again.validity.calibrator_hash) == (GateState.VALIDATED, made.hash)
    assert again.mean_level == shown.mean_level
    assert again.score != shown.score
    assert again.level == min(max(round(again.score.value / 2.5) + 1, 1), 5)


def test_a_band_that_is_unreliable_shows_no_number_in_the_report(
    house: AssessedHouse, validation: Validation
) -> None:
    report = house.reports.open(HR, assessed(house))
    shown = next(one for one in report.competencies if one.score is not None)
    read_with = Instrument(shown.rubric_hash, report.made.prompt_hash, report.made.language_model_hashes[0])

    def rate(tx: Transaction) -> None:
        rated_stratum(tx, 60, noise=2)
        tx.execute(moved_to(shown.id, read_with))

    house.databases.core.write(rate)
    made = validation.put_in_force(HR, shown.id, "zh")
    assert BandName.HIGH in made.unreliable
    house.databases.core.write(lambda tx: invitable(tx, house))
    again = house.reports.open(HR, assessed(house)).competency(shown.id)
    assert again is not None
    assert (again.score, again.level) == (None, None)
    assert PersonReason.UNRELIABLE_BAND in again.needs_person


def moved_to(competency_id: str, instrument: Instrument) -> sa.Update:
    values = {"competency_id": competency_id, "instrument": msgspec.json.encode(instrument).decode()}
    return sa.update(store.ITEM).values(values)


def invitable(tx: Transaction, house: AssessedHouse) -> None:
    recruiting_store.change(tx, house.candidate_id, state=CandidateState.screened)


def test_answers_are_compared_by_language_and_small_groups_are_not_shown(
    house: AssessedHouse, validation: Validation
) -> None:
    core = house.databases.core
    core.write(lambda tx: rated_stratum(tx, 40))

    def declare(tx: Transaction) -> None:
        for number in range(40):
            group = "few" if number < 9 else "many"
            calibrator_store.declare(tx, f"candidate-{number}", {"group": group}, HR.id)

    core.write(declare)
    overview = validation.overview()
    assert overview is validation.overview(), "nothing is computed twice"
    cut = {value: comparison for _attribute, value, comparison in overview.groups}
    assert (cut["few"].suppressed, cut["few"].answers, cut["few"].human) == (True, 9, None)
    assert not cut["many"].suppressed
    everything = overview.everything
    assert (
        everything.human is not None and everything.calibrated is not None and everything.length is not None
    )
    kappas = [one.qwk.value for one in (everything.human, everything.calibrated, everything.length)]
    assert kappas[0] is not None and kappas[1] is not None and kappas[2] is not None
    assert kappas[2] < 0.3 < kappas[1], "length says nothing here and the calibrated machine does"


def test_the_monthly_sample_is_asked_for_and_a_shift_raises_an_alarm(
    house: AssessedHouse, validation: Validation, clock: FixedClock
) -> None:
    core = house.databases.core
    core.write(lambda tx: rated_stratum(tx, 60))
    validation.put_in_force(HR, "team_work", "zh")
    assert not validation.month_without_sample(), "the month of the validation needs none"
    clock.advance(timedelta(days=31))
    assert validation.month_without_sample()
    core.write(lambda tx: rated_stratum(tx, 15, kind=RoundKind.DRIFT))
    assert not validation.month_without_sample()
    assert validation.drift_alarms() == 0
    clock.advance(timedelta(days=31))
    core.write(lambda tx: rated_stratum(tx, 15, kind=RoundKind.DRIFT, shift=0.9))
    assert validation.drift_alarms() == 1
    steady, shifted = validation.overview().drift
    assert (steady.alarm, shifted.alarm) == (False, True)
    assert shifted.points > 1.0
    page = house.client(Role.HR_MANAGER).get("/validation").text
    assert "drift-alarm" in page
    assert "Scores have drifted" in house.client(Role.HR_MANAGER).get("/").text


def test_text_answers_are_not_called_recorded(
    house: AssessedHouse, desk: BlindRatings, validation: Validation
) -> None:
    assessed(house)
    validation.draw(HR, wish(house, FIRST, SECOND))
    sheet = desk.open(FIRST, desk.listed(FIRST)[0].item_id)
    assert sheet.answer.kind is AnswerKind.TEXT
    assert not sheet.recorded


def test_who_is_asked_may_play_the_recording_and_nobody_else(house: AssessedHouse) -> None:
    interview, key = house.entered()
    house.recorded(key, 0, recording(0.5), "video/webm;codecs=vp8,opus")
    asked, other = (
        house.account(Role.INTERVIEWER, login="asked"),
        house.account(Role.INTERVIEWER, login="other"),
    )
    core = house.databases.core
    answer = core.read(lambda tx: interview_store.answers(tx, interview.id))[0]

    def assign(tx: Transaction) -> None:
        rated_stratum(tx, 1)
        mine = sa.update(store.ASSIGNMENT).where(store.ASSIGNMENT.c.rater_id == FIRST.id)
        tx.execute(mine.values(rater_id=asked.id))
        tx.execute(sa.update(store.ITEM).values(answer_id=answer.id, interview_id=interview.id))

    core.write(assign)
    assert signed_in(house, asked).get(f"/recordings/{answer.id}").status_code == 200
    assert signed_in(house, other).get(f"/recordings/{answer.id}").status_code == 403
    item_id = core.read(lambda tx: store.assigned_to(tx, asked.id))[0][0].id
    page = signed_in(house, asked).get(f"/ratings/{item_id}").text
    assert f'src="/recordings/{answer.id}"' in page


def test_groups_are_declared_by_table_and_an_impact_report_can_be_taken_away(
    house: AssessedHouse, validation: Validation
) -> None:
    assessed(house)
    browser = house.client(Role.HR_MANAGER)
    table = browser.get("/validation/groups.csv").text.lstrip("\ufeff")
    assert house.candidate_id in table
    filled = table.replace(f"{house.candidate_id},,", f"{house.candidate_id},f,20-29")
    kept = browser.post("/validation/groups", data={"table": filled})
    assert kept.headers["location"] == "/validation/groups?declared=1"
    wrong = browser.post("/validation/groups", data={"table": "candidate,sex\nnobody,f"})
    assert wrong.status_code == 422
    assert "Line 2 names a candidate who is not here" in wrong.text
    made = browser.post("/validation/impact").headers["location"]
    assert "valid until" in browser.get(made).text
    as_json = browser.get(f"{made}/json").json()
    assert (as_json["candidates"], as_json["undeclared"]) == (1, 0)
    assert all(cell["suppressed"] for cell in as_json["cells"])
    assert as_json["hash"] in browser.get(f"{made}/csv").text
    actions = house.actions()
    assert actions.count("impact.opened") == 3
    assert {"groups.read", "groups.declared", "impact.made"} <= set(actions)
    assert house.client(Role.RECRUITER).get("/validation/groups.csv").status_code == 403
    assert house.client(Role.INTERVIEWER).get(made).status_code == 403
