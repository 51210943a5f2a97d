"""The explanation to a candidate: plain, whole, in both languages, and without anybody else in it."""

import io
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest

from appliance.identity.permissions import Role
from appliance.interviews.report.comments import Comments
from appliance.interviews.report.letter import Letters
from appliance.interviews.report.reading import NotWritten
from appliance.kernel.clock import FixedClock
from appliance.kernel.databases import Databases
from tests.fresh import fresh_keys
from tests.interviews.assessed import CONCRETE, AssessedHouse
from tests.interviews.house import NAME
from tests.interviews.reported import HR, assessed, beside
from tests.interviews.scripted import always
from tests.interviews.test_assessment import RelevantToAll

NOTE = "内部批注不外传"


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
def letters(house: AssessedHouse) -> Letters:
    service = house.site.services["interview_letters"]
    assert isinstance(service, Letters)
    return service


def text_of(pdf: bytes) -> str:
    """All words of a PDF without blanks and line ends."""
    with pypdfium2.PdfDocument(io.BytesIO(pdf)) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def test_the_letter_says_what_was_asked_and_said_and_what_the_levels_mean(
    house: AssessedHouse, letters: Letters
) -> None:
    interview_id = assessed(house, CONCRETE["zh"], CONCRETE["zh"], "还行吧。")
    report = house.reports.open(HR, interview_id)
    letter = house.databases.core.read(lambda tx: letters.letter(tx, interview_id, "zh"))
    assert letter.name == NAME
    assert [one.question for one in letter.asked] == [one.question.zh for one in report.answers]
    assert "".join(text for _at, text in letter.asked[0].said) == CONCRETE["zh"]
    assert letter.asked[2].note.startswith("回答太短")
    levels = [one.level for one in letter.competencies]
    assert levels == [4, 4, None], "what the machine could not rate has no level"
    assert all(len(one.levels) == 5 and one.meaning for one in letter.competencies)


@pytest.mark.parametrize(("language", "decides"), [("zh", "谁来决定"), ("en", "Whodecides")])
def test_the_printed_letter_is_whole_and_holds_no_note_and_nobody_else(
    house: AssessedHouse, letters: Letters, language: str, decides: str
) -> None:
    interview_id = assessed(house)
    beside(house, house.reports.open(HR, interview_id), 5.0, name="旁人乙")
    comments = house.site.services["report_comments"]
    assert isinstance(comments, Comments)
    comments.write(HR, interview_id, NOTE)
    pdf = house.databases.core.read(lambda tx: letters.explanation(tx, interview_id, language))
    text = text_of(pdf)
    assert decides in text and NAME in text
    assert CONCRETE["zh"][:20] in text, "the candidate's own words are there in any language"
    assert NOTE not in text and "旁人乙" not in text


def test_hostile_words_stay_words_in_the_letter(house: AssessedHouse, letters: Letters) -> None:
    interview_id = assessed(house, '#panic("x") $y$ *z* ' + CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    pdf = house.databases.core.read(lambda tx: letters.explanation(tx, interview_id, "zh"))
    assert '#panic("x")$y$*z*' in text_of(pdf)


def test_there_is_no_letter_before_the_report(house: AssessedHouse, letters: Letters) -> None:
    interview_id = house.finished(CONCRETE["zh"], CONCRETE["zh"], CONCRETE["zh"])
    with pytest.raises(NotWritten):
        house.databases.core.read(lambda tx: letters.explanation(tx, interview_id, "zh"))


def test_hr_reads_and_prints_it_in_both_languages_and_the_ledger_knows(house: AssessedHouse) -> None:
    interview_id = assessed(house)
    client = house.client(Role.HR_MANAGER, language="zh")
    assert "这封信用平实的话" in client.get(f"/interviews/{interview_id}/explanation").text
    for language in ("zh", "en"):
        printed = client.get(f"/interviews/{interview_id}/explanation.pdf?language={language}")
        assert printed.content[:5] == b"%PDF-"
        assert f"-{language}.pdf" in printed.headers["content-disposition"]
    assert house.actions().count("explanation.printed") == 2
    assert house.client(Role.INTERVIEWER).get(f"/interviews/{interview_id}/explanation").status_code == 403
