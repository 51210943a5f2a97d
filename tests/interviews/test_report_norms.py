"""Places among others: only with enough people, only on the same scale, and norm files that are checked whole."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.identity.permissions import Role
from appliance.interviews.report.model import Quantile, TradeNorm
from appliance.interviews.report.norm_file import MOST_BYTES, read_norms
from appliance.interviews.report.norming import Norms
from appliance.interviews.report.norms import LEAST_PEOPLE, quantile_share, rank
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.errors import Invalid, Message
from tests.fresh import fresh_keys
from tests.interviews.assessed import AssessedHouse
from tests.interviews.reported import HR, assessed, beside
from tests.interviews.scripted import always
from tests.interviews.test_assessment import RelevantToAll

KNOWN = ("team_work", "learning")
TODAY = date(2026, 11, 25)
TOML = """
source = "Survey"
date = 2026-06-30
[[norm]]
competency = "team_work"
size = 1240
quantiles = { "10" = 2.0, "50" = 5.0, "90" = 8.0 }
"""
CSV = "competency,size,date,source,p10,p50,p90\nteam_work,1240,2026-06-30,Survey,2.0,5.0,8.0\n"


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    parts = always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    yield AssessedHouse(
        tmp_path, databases, keys, clock, RelevantToAll("", always({"4": 0.7, "5": 0.2, "3": 0.1}), parts)
    )
    databases.close()


def norms_of(house: AssessedHouse) -> Norms:
    service = house.site.services["report_norms"]
    assert isinstance(service, Norms)
    return service


def fault_of(filename: str, data: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        read_norms(filename, data, KNOWN, TODAY)
    message = refused.value.fields["file"]
    return message.text if isinstance(message, Message) else message


def test_toml_and_csv_say_the_same() -> None:
    expected = TradeNorm(
        competency_id="team_work",
        size=1240,
        as_of=date(2026, 6, 30),
        source="Survey",
        quantiles=(Quantile(10, 2.0), Quantile(50, 5.0), Quantile(90, 8.0)),
    )
    assert read_norms("norms.toml", TOML.encode(), KNOWN, TODAY) == (expected,)
    assert read_norms("NORMS.CSV", b"\xef\xbb\xbf" + CSV.encode(), KNOWN, TODAY) == (expected,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("team_work", "unknown_thing"), "the competency library has no"),
        (("1240", "19"), "size is a whole number"),
        (("1240", "1240.5"), "size is a whole number"),
        (("2026-06-30", "2027-06-30"), "date is a day that has been"),
        (("2026-06-30", "last June"), "date is a day that has been"),
        (("Survey", ""), "name the source"),
        (("2.0,5.0,8.0", "2.0,,8.0"), "at least %(least)d quantiles"),
        (("2.0,5.0,8.0", "5.0,2.0,8.0"), "scores must not fall"),
        (("2.0,5.0,8.0", "2.0,5.0,80"), "between 0 and 10"),
        (("2.0,5.0,8.0", "2.0,nan,8.0"), "between 0 and 10"),
        (("p10,p50", "p0,p50"), "named by a per cent"),
        (("size,date", "sice,date"), "lacks the column"),
        (("8.0\n", "8.0,9.0\n"), "more cells than columns"),
        (("8.0\n", "8.0\nteam_work,30,2026-06-30,Other,1,2,3\n"), "stands in the file twice"),
        ((CSV.partition("\n")[2], ""), "holds no norm"),
    ],
)
def test_a_faulty_file_is_refused_whole_with_its_place(change: tuple[str, str], said: str) -> None:
    assert said in fault_of("norms.csv", CSV.replace(*change).encode())


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("norms.xlsx", TOML.encode(), ".toml or a .csv"),
        ("norms.toml", b"\xff\xfe\x00", "not UTF-8"),
        ("norms.toml", b"[[norm", "not valid TOML"),
        ("norms.toml", b'norm = "x"', "heading of its own"),
        ("norms.toml", b'norm = "x', "not valid TOML"),
        ("norms.toml", TOML.replace("1240", "true").encode(), "size is a whole number"),
        ("norms.toml", TOML.replace("quantiles", "quantity").encode(), "quantiles"),
    ],
)
def test_what_is_no_norm_file_is_named(name: str, data: bytes, said: str) -> None:
    assert said in fault_of(name, data)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60), st.floats(0, 10), st.floats(0, 10))
def test_a_rank_is_a_share_and_never_falls_with_the_score(
    others: list[float], one: float, another: float
) -> None:
    low, high = sorted((one, another))
    assert 0.0 <= rank(low, others) <= rank(high, others) <= 1.0


@given(st.floats(0, 10), st.floats(0, 10))
def test_the_place_in_a_norm_never_falls_and_never_leaves_its_outermost_quantiles(
    one: float, another: float
) -> None:
    norm = read_norms("norms.toml", TOML.encode(), KNOWN, TODAY)[0]
    low, high = sorted((one, another))
    assert 0.1 <= quantile_share(low, norm) <= quantile_share(high, norm) <= 0.9


def test_between_two_quantiles_the_way_is_straight() -> None:
    norm = read_norms("norms.toml", TOML.encode(), KNOWN, TODAY)[0]
    assert quantile_share(3.5, norm) == pytest.approx(0.3)
    assert quantile_share(5.0, norm) == pytest.approx(0.5)


def test_a_place_is_shown_from_twenty_people_on_and_not_before(house: AssessedHouse) -> None:
    report = house.reports.open(HR, assessed(house))
    for number in range(LEAST_PEOPLE - 2):
        beside(house, report, 2.0 if number % 2 else 9.5)
    before = norms_of(house).places(report)[report.competencies[0].id].here
    assert (before.people, before.missing, before.place) == (LEAST_PEOPLE - 1, 1, None)
    beside(house, report, 2.0)
    here = norms_of(house).places(report)[report.competencies[0].id].here
    assert (here.people, here.missing) == (LEAST_PEOPLE, 0)
    assert here.place is not None
    # Ten lie below, nine above, and the score itself counts half.
    assert here.place.value == pytest.approx(10.5 / 20)
    assert here.place.low <= here.place.value <= here.place.high


def test_scores_of_another_scale_are_no_peers(house: AssessedHouse) -> None:
    report = house.reports.open(HR, assessed(house))
    beside(house, report, 2.0, scale="calibrated-1")
    beside(house, report, 2.0)
    here = norms_of(house).places(report)[report.competencies[0].id].here
    assert here.people == 2


def test_an_imported_norm_is_shown_with_its_size_and_date_until_it_is_removed(house: AssessedHouse) -> None:
    interview_id = assessed(house)
    competency = house.reports.open(HR, interview_id).competencies[0].id
    client = house.client(Role.HR_MANAGER)
    file = {"file": ("trade.toml", TOML.replace("team_work", competency).encode(), "application/toml")}
    assert client.post("/norms", files=file).status_code == 303
    page = client.get(f"/interviews/{interview_id}/report").text
    assert "Norm: 1,240 people, as of Tue 30 Jun 2026, Survey." in page
    pdf = client.get(f"/interviews/{interview_id}/report.pdf")
    assert pdf.status_code == 200
    again = client.post("/norms", files=file)
    assert again.status_code == 422 and "imported already" in again.text
    kept = norms_of(house).files()[0]
    assert client.post(f"/norms/{kept.id}/removal").status_code == 303
    assert "1,240" not in client.get(f"/interviews/{interview_id}/report").text
    assert client.post(f"/norms/{kept.id}/removal").status_code == 404
    assert {"norms.imported", "norms.removed"} <= set(house.actions())


def test_the_page_names_the_faulty_line_and_keeps_nothing(house: AssessedHouse) -> None:
    client = house.client(Role.HR_MANAGER, language="zh")
    file = {"file": ("trade.csv", CSV.replace("1240", "3").encode(), "text/csv")}
    refused = client.post("/norms", files=file)
    assert refused.status_code == 422 and "第 2 行：size 须为人数" in refused.text
    assert norms_of(house).files() == []
    assert client.post("/norms", files={"file": ("a.toml", b"#" * MOST_BYTES, "x")}).status_code == 413


def test_an_interviewer_has_no_business_with_norms(house: AssessedHouse) -> None:
    assert house.client(Role.INTERVIEWER).get("/norms").status_code == 403
