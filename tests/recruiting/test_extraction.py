"""Facts come with their places; what must play no part is covered before anything else sees the text."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.recruiting.extraction.dates import find_periods, months_together
from appliance.recruiting.extraction.extract import Extractor
from appliance.recruiting.extraction.model import Degree, Period, ProtectedKind, Span
from appliance.recruiting.extraction.protected import MASK, find_protected, masked
from tests.recruiting.house import VOCABULARY
from tests.recruiting.samples import CHINESE, ENGLISH

EXTRACTOR = Extractor(VOCABULARY)
TODAY = date(2026, 11, 9)
NOW = 2026 * 12 + 10


def test_a_chinese_resume() -> None:
    facts = EXTRACTOR.extract(CHINESE, today=TODAY)
    assert facts.name and facts.name.value == "测试甲"
    assert facts.phone and facts.phone.value == "13800138000"
    assert facts.email and facts.email.value == "test.a@example.com"
    assert [(s.name, s.degree, s.major) for s in facts.schools] == [
        ("测试大学", Degree.bachelor, "计算机科学与技术")
    ]
    assert [(j.company, j.title) for j in facts.jobs] == [
        ("测试科技有限公司", "Java开发工程师"),
        ("样例软件股份有限公司", "初级开发工程师"),
    ]
    # July 2012 to November 2026; the months of 2015 in both jobs count once.
    assert facts.total_months == 173
    assert {"microservices", "Kubernetes", "Java", "Redis"} <= {skill.name for skill in facts.skills}
    assert [item.name for item in facts.certificates] == ["PMP"]
    assert [(item.name, item.level) for item in facts.languages] == [("English", 2)]


def test_an_english_resume() -> None:
    facts = EXTRACTOR.extract(ENGLISH, today=TODAY)
    assert facts.name and facts.name.value == "Test Person A"
    assert [(j.company, j.title) for j in facts.jobs] == [
        ("Example General Hospital", "Registered Nurse"),
        ("Sample Clinic", "Staff Nurse"),
    ]
    assert facts.schools[0].name == "Example University"
    assert facts.highest_degree() is not None and facts.highest_degree()[0] is Degree.bachelor  # type: ignore[index]
    assert [item.name for item in facts.certificates] == ["Nurse licence"]
    assert {skill.name: skill.months for skill in facts.skills}["intensive care"] == 102


def test_every_span_points_at_what_it_names() -> None:
    facts = EXTRACTOR.extract(CHINESE, today=TODAY)
    assert facts.name and CHINESE[facts.name.span.start : facts.name.span.end] == "测试甲"
    for school in facts.schools:
        assert CHINESE[school.span.start : school.span.end] == school.name
    for job in facts.jobs:
        assert job.company in CHINESE[job.heading.start : job.heading.end]
    for item in facts.certificates:
        assert CHINESE[item.span.start : item.span.end] == "PMP"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("姓名：测试丁  性别：女", "测试丁"),
        ("姓 名: 欧 阳 测\n", "欧阳测"),
        ("个人简历\n王测试\n求职意向：会计", "王测试"),
        ("王测试，男，1980年出生", "王测试"),
        ("阿依古丽·测试\n护士", "阿依古丽·测试"),
        ("RESUME\n\nTest Q. Person\nAccountant", "Test Q. Person"),
        ("Name: Sample Person\nObjective", "Sample Person"),
        ("高级工程师\n项目经理", None),
        ("Senior Software Engineer\nWork Experience", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    found = EXTRACTOR.extract(text, today=TODAY).name
    assert (found.value if found else None) == name


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("2019.03-2021.06", 28),
        ("2019年3月至2021年6月", 28),
        ("2019/03 – 2021/06", 28),
        ("Mar 2019 - June 2021", 28),
        ("03/2019 to 06/2021", 28),
        ("2018 - 2020", 24),
        ("2026.01-至今", 11),
        ("Jan. 2026 – Present", 11),
        ("2021.06-2019.03", None),
        ("138-0013-8000", None),
    ],
)
def test_periods_as_people_write_them(text: str, months: int | None) -> None:
    found = list(find_periods(text, NOW))
    assert [period.months for period in found] == ([] if months is None else [months])


@given(st.lists(st.tuples(st.integers(24000, 24300), st.integers(0, 60)), min_size=1, max_size=8))
def test_overlapping_jobs_count_each_month_once(jobs: list[tuple[int, int]]) -> None:
    periods = [Period(start=start, end=start + length, span=Span(0, 0)) for start, length in jobs]
    worked = {month for period in periods for month in range(period.start, period.end + 1)}
    assert months_together(periods) == len(worked)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("性别：女", ProtectedKind.sex),
        ("测试甲 | 男 | 本科", ProtectedKind.sex),
        ("Gender: Female", ProtectedKind.sex),
        ("年龄：35岁", ProtectedKind.age),
        ("Age: 35", ProtectedKind.age),
        ("出生年月：1990年5月", ProtectedKind.birth_date),
        ("1990年5月出生，", ProtectedKind.birth_date),
        ("Date of Birth: 3 May 1990", ProtectedKind.birth_date),
        ("民族：汉族", ProtectedKind.ethnicity),
        ("男，回族，本科", ProtectedKind.ethnicity),
        ("婚姻状况：已婚", ProtectedKind.marital_state),
        ("Marital status: single", ProtectedKind.marital_state),
        ("籍贯：江苏南京", ProtectedKind.native_place),
        ("政治面貌：中共党员", ProtectedKind.political),
        ("身份证 11010119900307123X", ProtectedKind.identity_number),
    ],
)
def test_protected_attributes_are_recognised(text: str, kind: ProtectedKind) -> None:
    assert kind in {item.kind for item in find_protected(text)}


@pytest.mark.parametrize(
    "text", ["男装销售主管", "熟悉汉语言文学", "女性健康科护理", "回访客户", "Gender studies lecturer"]
)
def test_words_that_only_look_protected_are_left_alone(text: str) -> None:
    assert find_protected(text) == []


@pytest.mark.parametrize("text", [CHINESE, ENGLISH], ids=["zh", "en"])
def test_masking_covers_person_and_protected_and_keeps_places(text: str) -> None:
    facts = EXTRACTOR.extract(text, today=TODAY)
    covered = masked(text, facts)
    assert len(covered) == len(text)
    gone = ["测试甲", "13800138000", "138 0013 8000", "test.a@", "汉族", "已婚", "南京", "1990"]
    gone += ["Test Person A", "test.person@", "138-0013", "3 May 1991"]
    assert not [word for word in gone if word in covered]
    assert MASK in covered
    for skill in facts.skills:
        for span in skill.mentions:
            assert covered[span.start : span.end] == text[span.start : span.end]
