"""What an answer and a resume say differently is a question to ask; everything else is left alone."""

import pytest

from appliance.interviews.assessment.contradictions import find_contradictions
from appliance.interviews.assessment.resume_facts import ResumeFacts, Stay, resume_facts
from appliance.interviews.plans.rubrics import Language
from appliance.interviews.report.report import ContradictionKind, Quote
from appliance.recruiting.extraction.model import Degree, Extraction, Job, Period, School, Span

HOSPITAL = Stay("江州市第二人民医院", "护士", start_year=2018, end_year=2023, years=5.0)
BANK = Stay("中国青禾银行股份有限公司", "客户经理", start_year=2015, end_year=2018, years=3.0)
RESUME = ResumeFacts(8.0, (HOSPITAL.employer, BANK.employer), (HOSPITAL, BANK), Degree.associate)
ENGLISH = ResumeFacts(
    8.0, ("Greenfield Hospital",), (Stay("Greenfield Hospital", "Nurse", 2018, 2023, 5.0),), Degree.bachelor
)


def kinds(text: str, language: Language = "zh", resume: ResumeFacts | None = None) -> list[ContradictionKind]:
    said = [Quote(answer_id="answer-1", sentence=1, text=text, start_s=3.0, part=None)]
    found = find_contradictions(said, resume or (RESUME if language == "zh" else ENGLISH), language)
    assert all(one.quote.text == text for one in found)
    return [one.kind for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我在江州市第二人民医院工作了九年。", [ContradictionKind.YEARS_THERE]),
        ("我在江州市第二人民医院工作了五年。", []),
        # Five years at one employer of two is no contradiction of eight years in all.
        ("我在青禾银行工作了三年。", []),
        ("我在青禾银行工作了八年。", [ContradictionKind.YEARS_THERE]),
        ("我工作了十五年。", [ContradictionKind.YEARS]),
        # Years with an employer that the resume does not list: the employer is the question.
        ("我在丙丁诊所工作了十五年。", [ContradictionKind.EMPLOYER]),
        ("我做了三年级的班主任。", []),
    ],
)
def test_years_are_held_against_the_right_stay(text: str, found: list[ContradictionKind]) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我当时是护士长。", [ContradictionKind.TITLE]),
        ("我在那里担任护士。", []),
        ("我曾经是高级客户经理。", [ContradictionKind.TITLE]),
        ("我当时是一名病房护士。", []),
        ("我们护士长当时是这样说的。", []),
        ("后来他担任主任。", []),
    ],
)
def test_a_higher_post_than_the_resume_lists_is_asked_about(
    text: str, found: list[ContradictionKind]
) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我2012年到2016年在江州市第二人民医院。", [ContradictionKind.DATE]),
        ("我二零一二年入职江州市第二人民医院。", [ContradictionKind.DATE]),
        ("我2018年到2023年在江州市第二人民医院。", []),
        ("我2017年12月入职江州市第二人民医院。", []),
        ("2012年到2016年江州市第二人民医院扩建。", []),
        ("我2012年到2016年在别处。", []),
    ],
)
def test_dates_are_held_against_the_stay_that_the_sentence_names(
    text: str, found: list[ContradictionKind]
) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我是硕士毕业的。", [ContradictionKind.DEGREE]),
        ("我大专毕业以后就进了医院。", []),
        ("我带过一个硕士研究生实习。", []),
        ("我的领导是博士学历。", []),
    ],
)
def test_a_higher_degree_than_the_resume_has_is_asked_about(
    text: str, found: list[ContradictionKind]
) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I worked at Greenfield Hospital for nine years.", [ContradictionKind.YEARS_THERE]),
        ("I joined Greenfield Hospital in 2012.", [ContradictionKind.DATE]),
        ("I was the head nurse there.", [ContradictionKind.TITLE]),
        ("I was a nurse on the ward.", []),
        ("I have a master's degree.", [ContradictionKind.DEGREE]),
        ("I have a bachelor's degree.", []),
        ("She joined Greenfield Hospital in 2012.", []),
    ],
)
def test_english_answers_are_read_by_the_same_rules(text: str, found: list[ContradictionKind]) -> None:
    assert kinds(text, "en") == found


def test_the_same_thing_said_twice_is_asked_once() -> None:
    said = [
        Quote(answer_id="answer-1", sentence=number, text="我当时是护士长。", start_s=None, part=None)
        for number in (1, 2)
    ]
    (found,) = find_contradictions(said, RESUME, "zh")
    assert found.quote.sentence == 1


def test_a_resume_that_says_nothing_contradicts_nothing() -> None:
    empty = ResumeFacts(None, ())
    for text in ("我当时是护士长。", "我是硕士毕业的。", "我在丙丁诊所工作了十五年。"):
        assert kinds(text, resume=empty) == []


def test_the_facts_come_from_the_extraction_and_hold_nothing_protected() -> None:
    span = Span(0, 1)
    period = Period(2018 * 12 + 6, 2023 * 12 + 4, span)
    extraction = Extraction(
        language="zh",
        schools=[School(name="江州卫生职业学院", span=span, degree=Degree.associate)],
        degrees=[(Degree.associate, span)],
        jobs=[Job(company="甲医院", title="护士", span=span, heading=span, period=period)],
        total_months=59,
    )
    facts = resume_facts(extraction)
    assert facts is not None
    assert facts.stays == (Stay("甲医院", "护士", 2018, 2023, 59 / 12),)
    assert (facts.degree, facts.employers) == (Degree.associate, ("甲医院",))
    assert resume_facts(None) is None
