"""Every text of the room is there in Chinese."""

import ast
from pathlib import Path

import jinja2
import pytest
from jinja2.ext import extract_from_ast

import appliance
from appliance.kernel.i18n import read_texts

HERE = Path(appliance.__file__).parent
KNOWN = {message for path in (HERE / "locale" / "zh").glob("*.po") for _, message in read_texts(path)}
SOURCES = sorted((HERE / "recruiting").rglob("*.py"))
TEMPLATES = sorted((HERE / "templates" / "recruiting").glob("*.html"))


def messages_of(path: Path) -> set[str]:
    if path.suffix == ".html":
        tree = jinja2.Environment(autoescape=True).parse(path.read_text("utf-8"))
        found = [message for _, _, message in extract_from_ast(tree, gettext_functions=("_", "ngettext"))]
        return {
            str(m[0] if isinstance(m, tuple) else m) for m in found if (m[0] if isinstance(m, tuple) else m)
        }
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "N_" and isinstance(call.args[0], ast.Constant)
    }


@pytest.mark.parametrize("path", [*SOURCES, *TEMPLATES], ids=lambda path: path.name)
def test_every_message_has_a_chinese_text(path: Path) -> None:
    assert messages_of(path) - KNOWN == set()
