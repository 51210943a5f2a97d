"""A file that cannot be read says why and what to do, in both languages, and harms nobody."""

import os
from datetime import date
from pathlib import Path

import pytest

import appliance
from appliance.kernel.i18n import Catalogue
from appliance.recruiting.extraction.extract import Extractor
from appliance.recruiting.extraction.protected import masked
from appliance.recruiting.reading_messages import PROBLEM_MESSAGES, problem_message
from appliance.recruiting.resumes.document import (
    MAX_FILE_BYTES,
    MAX_LINE_CHARS,
    MAX_TEXT_CHARS,
    Problem,
    ReadWarning,
    ResumeText,
    Unreadable,
)
from appliance.recruiting.resumes.registry import bounded
from appliance.recruiting.resumes.sandbox import read_in_sandbox
from tests.recruiting.house import VOCABULARY, House
from tests.recruiting.samples import (
    ENGLISH,
    bomb,
    docx_of,
    entity_bomb,
    lying_bomb,
    pdf_of,
    png,
    scan,
)

CATALOGUE = Catalogue.load(Path(appliance.__file__).parent / "locale")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.empty),
        (b"\n\n   \t", Problem.empty),
        (pdf_of(ENGLISH)[:600], Problem.corrupt),
        (b"%PDF-1.7\n" + os.urandom(4000), Problem.corrupt),
        (pdf_of(ENGLISH, password="secret"), Problem.password),
        (scan(), Problem.no_text),
        (png(), Problem.picture),
        (docx_of(ENGLISH)[:-400], Problem.corrupt),
        (bomb(), Problem.bomb),
        (lying_bomb(), Problem.corrupt),
        (entity_bomb(), Problem.entities),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, Problem.old_word),
        (b"Rar!\x1a\x07\x00" + b"x" * 99, Problem.unsupported),
        (b"\x00\x01\x02\x03" * 500, Problem.unsupported),
        (b"%PDF-1.4 " + b"x" * MAX_FILE_BYTES, Problem.too_large),
    ],
    ids=lambda value: value.value if isinstance(value, Problem) else None,
)
def test_each_bad_file_is_named_for_what_it_is(data: bytes, problem: Problem) -> None:
    with pytest.raises(Unreadable) as refused:
        read_in_sandbox(data)
    assert refused.value.problem is problem


def test_a_file_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(Unreadable) as refused:
        read_in_sandbox(pdf_of(ENGLISH), wall_seconds=0.01)
    assert refused.value.problem is Problem.too_slow


def test_a_text_without_end_and_line_breaks_leaves_the_reader_within_bounds() -> None:
    """The rules that follow run inside the appliance: from every letter some of them look to the line's end."""
    read = read_in_sandbox(b"EDUCATION\n" + b"A" * 1_000_000)
    assert len(read.text) <= MAX_TEXT_CHARS * 1.01
    assert max(map(len, read.text.split("\n"))) <= MAX_LINE_CHARS
    assert ReadWarning.text_cut in read.warnings


@pytest.mark.timeout(60)
@pytest.mark.parametrize("letters", ["A", "a@", "大学"])
def test_no_text_keeps_the_rules_busy_for_long(letters: str) -> None:
    """Without the bounds the first of these took ten minutes."""
    text = "EDUCATION\n" + letters * (MAX_TEXT_CHARS // len(letters))
    read = bounded(ResumeText(format="text", text=text))
    facts = Extractor(VOCABULARY).extract(read.text, today=date(2026, 11, 23))
    assert len(masked(read.text, facts)) == len(read.text)


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_is_told_in_both_languages(problem: Problem) -> None:
    message = problem_message(problem, "PNG picture")
    english, chinese = (CATALOGUE.translator(code).say(message) for code in ("en", "zh"))
    assert english and chinese and english != chinese
    assert "%(" not in english + chinese
    assert PROBLEM_MESSAGES[problem]


def test_a_picture_named_pdf_is_refused_at_the_door_and_nothing_is_kept(house: House) -> None:
    from appliance.kernel.errors import Invalid

    opening = house.opening()
    with pytest.raises(Invalid) as refused:
        house.receive(opening, png(), "resume.pdf")
    english = CATALOGUE.translator("en").say(refused.value.fields["file"])
    assert "PNG picture" in english
    assert house.recruiting.candidates.counts()["all"] == 0


def test_a_locked_file_is_a_listed_failure_and_text_typed_in_mends_it(house: House) -> None:
    received = house.receive(house.opening(), pdf_of(ENGLISH, password="secret"), "resume.pdf")
    house.run_jobs()
    listed = house.recruiting.candidates.get(received.candidate_id)
    assert listed.fault is Problem.password
    assert house.recruiting.candidates.counts()["trouble"] == 1
    from tests.recruiting.house import HR

    house.recruiting.applications.type_resume(HR, received.candidate_id, ENGLISH)
    house.run_jobs()
    mended = house.recruiting.candidates.get(received.candidate_id)
    assert mended.fault is None
    assert mended.name == "Test Person A"
    assert mended.state.value == "screened"
