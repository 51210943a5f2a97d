"""Every text that the appliance shows, found in its sources.

python -m tests.kernel.texts            untranslated texts, as .po entries, by room
python -m tests.kernel.texts recruiting  only that room's
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.extract import extract_from_file

import appliance
from appliance.kernel.i18n import read_texts

HERE = Path(appliance.__file__).parent
LOCALE = HERE / "locale"
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
FOREIGN = ("install", "migrations")
"""The installer speaks English on IT's console, before there is a reader's language."""


class Text(NamedTuple):
    """A msgid where it stands; `plural` is empty for most."""

    room: str
    context: str
    singular: str
    plural: str
    place: str


def texts() -> Iterator[Text]:
    """All msgids of Python files and templates."""
    for path in sorted(HERE.rglob("*.py")):
        room = path.relative_to(HERE).parts[0] if path.parent != HERE else "kernel"
        if room not in FOREIGN:
            yield from _found(path, room, "python")
    for path in sorted((HERE / "templates").rglob("*.html")):
        parts = path.relative_to(HERE / "templates").parts
        room = parts[0] if len(parts) > 1 and parts[0] != "errors" else "kernel"
        yield from _found(path, room, "jinja2.ext:babel_extract")


def chinese() -> dict[tuple[str, str], tuple[str, ...]]:
    """All translated texts by (context, msgid)."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in sorted((LOCALE / "zh").glob("*.po")):
        found.update(read_texts(path))
    return found


def missing(room: str = "") -> list[Text]:
    """Texts without a Chinese one, each msgid once."""
    known = chinese()
    lacking: dict[tuple[str, str], Text] = {}
    for text in texts():
        key = (text.context, text.singular)
        if key not in known and (not room or text.room == room):
            lacking.setdefault(key, text)
    return list(lacking.values())


def _found(path: Path, room: str, method: str) -> Iterator[Text]:
    for line, message, _comments, context in extract_from_file(method, path, keywords=KEYWORDS):
        singular, plural = message if isinstance(message, tuple) else (message, "")
        yield Text(room, context or "", singular, plural, f"{path.relative_to(HERE)}:{line}")


def _entry(text: Text) -> str:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    lines = [f"#: {text.place}"]
    if text.context:
        lines.append(f"msgctxt {quoted(text.context)}")
    lines.append(f"msgid {quoted(text.singular)}")
    lines += [f"msgid_plural {quoted(text.plural)}", 'msgstr[0] ""'] if text.plural else ['msgstr ""']
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for lacking in missing(sys.argv[1] if len(sys.argv) > 1 else ""):
        sys.stdout.write(_entry(lacking) + "\n")
