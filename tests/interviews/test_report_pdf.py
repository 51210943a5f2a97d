"""The printed report says what the page says."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from appliance.identity.permissions import Role
from appliance.interviews.report.pdf import Heading, report_pdf
from appliance.interviews.report.report import (
    Contradiction,
    ContradictionKind,
    Quote,
    Report,
    without_scores,
)
from appliance.interviews.report.typesetting import TEMPLATES
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from appliance.kernel.i18n import Catalogue
from tests.fresh import fresh_keys
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.reported import HR, assessed
from tests.interviews.scripted import always
from tests.interviews.test_assessment import RelevantToAll
from tests.interviews.test_report_letter import text_of

HEADING = Heading(name="测试甲", post="病房护士", written_at="2026-11-23")
CATALOGUE = Catalogue.load(TEMPLATES.parents[1] / "locale")


@pytest.fixture
def house(tmp_path: Path, clock: FixedClock) -> Iterator[AssessedHouse]:
    keys = fresh_keys(tmp_path)
    databases = Databases.open(tmp_path, keys, clock)
    parts = always({"0": 0.22, "1": 0.27, "2": 0.26, "3": 0.25})
    yield AssessedHouse(
        tmp_path, databases, keys, clock, RelevantToAll("", always({"4": 0.7, "5": 0.2, "3": 0.1}), parts)
    )
    databases.close()


@pytest.fixture
def report(house: AssessedHouse) -> Report:
    return house.reports.open(HR, assessed(house, CONCRETE["zh"], CONCRETE["zh"], "还行吧。"))


def printed(house: AssessedHouse, report: Report, language: str) -> str:
    translator = CATALOGUE.translator(language)
    return text_of(report_pdf(report, HEADING, translator, house.site.settings.font_dirs))


@pytest.mark.parametrize(("language", "label"), [("zh", "未经本单位验证"), ("en", "Notvalidatedhere")])
def test_paper_holds_all_anchors_the_whole_hashes_and_the_label(
    house: AssessedHouse, report: Report, language: str, label: str
) -> None:
    text = printed(house, report, language)
    assert text.count(label) >= 3
    for one in report.competencies:
        for anchor in one.anchors:
            words = anchor.zh if language == "zh" else anchor.en
            assert "".join(words.split()) in text
    assert report.made.rubric_hash in text and report.made.prompt_hash in text
    too_short = "回答太短" if language == "zh" else "tooshorttoberated"
    assert too_short in text, "what a person must rate stands there with its reason"


def test_a_degree_of_the_resume_is_said_in_the_readers_language(house: AssessedHouse, report: Report) -> None:
    quote = Quote(answer_id="a", sentence=1, text="我是硕士毕业的。", start_s=None, part=None)
    found = Contradiction(ContradictionKind.DEGREE, "硕士", "associate", quote)
    asked = msgspec.structs.replace(report, contradictions=(found,))
    assert "Associatedegree" in printed(house, asked, "en")
    assert "大专" in printed(house, asked, "zh")


def test_paper_for_somebody_who_has_to_rate_first_holds_no_score(
    house: AssessedHouse, report: Report
) -> None:
    text = printed(house, without_scores(report), "zh")
    assert "请您先评分" in text and CONCRETE["zh"][:15] in text
    assert "7.7" not in text and "达到" not in text and report.competencies[0].anchors[3].zh not in text


def test_an_interview_with_a_reason_in_every_answer_still_prints(house: AssessedHouse) -> None:
    interview_id = assessed(house, "好。", "还行。", "嗯。")
    client = house.client(Role.HR_MANAGER, language="zh")
    assert client.get(f"/interviews/{interview_id}/report.pdf").status_code == 200
    page = client.get(f"/interviews/{interview_id}/report").text
    assert "不显示匹配度" in page
