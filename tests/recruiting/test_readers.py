"""Resumes are read by their content, in the order a person reads, without what a person does not see."""

import re

import pytest

from appliance.recruiting.resumes.document import HiddenReason, ReadWarning
from appliance.recruiting.resumes.registry import choose
from appliance.recruiting.resumes.registry import read as read_resume
from appliance.recruiting.resumes.sandbox import read_in_sandbox
from tests.recruiting.samples import (
    CHINESE,
    ENGLISH,
    docx_of,
    docx_with_hidden_text,
    docx_with_text_box,
    pdf_of,
    two_columns,
    with_hidden_text,
)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("text", [CHINESE, ENGLISH], ids=["zh", "en"])
@pytest.mark.parametrize(("made", "format_name"), [(pdf_of, "pdf"), (docx_of, "docx")])
def test_a_resume_comes_out_with_the_words_that_went_in(text: str, made: object, format_name: str) -> None:
    read = read_in_sandbox(made(text))  # type: ignore[operator]
    assert read.format == format_name
    assert squeezed(read.text) == squeezed(text)
    assert read.hidden == []


@pytest.mark.parametrize(
    ("data", "format_name"),
    [
        (pdf_of(ENGLISH), "pdf"),
        (docx_of(ENGLISH), "docx"),
        (ENGLISH.encode(), "text"),
        (CHINESE.encode("gb18030"), "text"),
        (CHINESE.encode("utf-16"), "text"),
        (b"<!doctype html><html><body><p>hello</p></body></html>", "html"),
    ],
)
def test_the_reader_is_chosen_by_content(data: bytes, format_name: str) -> None:
    assert choose(data).format == format_name


def test_columns_are_read_one_after_the_other() -> None:
    left = ["教育背景", "2010.09-2014.06", "测试大学", "计算机科学 本科", "语言", "英语六级"]
    right = [
        "工作经历",
        "2014.07-2018.06 测试科技有限公司",
        "负责微服务架构",
        "2018.07-至今 测试银行",
        "负责平台",
        "项目",
    ]
    read = read_in_sandbox(two_columns(left, right, "测试乙 个人简历"))
    lines = [line for line in read.text.split("\n") if line]
    assert lines == ["测试乙 个人简历", *left, *right]
    assert ReadWarning.several_columns in read.warnings


def test_rows_of_a_table_with_dates_stay_rows() -> None:
    rows = [
        "2010.09-2014.06\t测试大学\t计算机",
        "2014.09-2016.06\t样例大学\t软件工程",
        "2016.09-2018.06\t示例大学\t数学",
    ]
    read = read_in_sandbox(pdf_of("\n".join(rows)))
    assert [line for line in read.text.split("\n") if line] == rows


def test_hidden_text_in_a_pdf_is_found_left_out_and_reported() -> None:
    read = read_in_sandbox(with_hidden_text())
    assert "honest words" in read.text
    assert "Shown on a dark bar" in read.text
    for word in ("WHITE", "TINY", "OUTSIDE", "UNPAINTED", "COVERED"):
        assert word not in read.text
    found = {item.reason: item.text for item in read.hidden}
    assert found[HiddenReason.same_colour].startswith("WHITE")
    assert found[HiddenReason.tiny].startswith("TINY")
    assert found[HiddenReason.off_page].startswith("OUTSIDE")
    assert found[HiddenReason.invisible].startswith("UNPAINTED")
    assert found[HiddenReason.covered].startswith("COVERED")
    assert ReadWarning.hidden_text in read.warnings


def test_hidden_text_in_a_docx_is_found_left_out_and_reported() -> None:
    read = read_in_sandbox(docx_with_hidden_text())
    assert "plain words" in read.text
    assert {item.reason: item.text for item in read.hidden} == {
        HiddenReason.same_colour: "WHITE words",
        HiddenReason.invisible: "VANISHED words",
        HiddenReason.tiny: "TINY words",
    }


def test_a_text_box_is_read_once() -> None:
    read = read_in_sandbox(docx_with_text_box("Test Person D in a text box, nurse"))
    assert read.text.count("in a text box") == 1


def test_hidden_elements_of_html_are_left_out() -> None:
    page = (
        "<html><head><style>p{}</style><script>steal()</script></head><body><h1>测试丙</h1><table><tr><td>2010-2014"
        "</td><td>测试大学</td></tr></table><p style='color:#fff'>WHITE</p><p style='display:none'>GONE</p>"
        "<p>护士长，多年临床护理经验，带教新人</p></body></html>"
    )
    read = read_resume(page.encode())
    assert "2010-2014\t测试大学" in read.text
    assert not any(word in read.text for word in ("WHITE", "GONE", "steal"))
    assert {item.reason for item in read.hidden} == {HiddenReason.same_colour, HiddenReason.invisible}
