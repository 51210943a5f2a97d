"""Pages on paper: typst in memory, data in as JSON, PDF bytes out; no file of it touches a disk.

The candidate's words travel as data and never as markup, so that nothing they said can become a typst
command.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import typst

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "interviews"


def typeset(template: str, content: Mapping[str, object], font_dirs: Sequence[Path]) -> bytes:
    """The PDF of a template of this room (`report.typ`) with its content. Fonts come from `font_dirs` (Debian:
    fonts-noto-cjk)."""
    fonts = typst.Fonts(font_paths=[str(folder) for folder in font_dirs], include_system_fonts=False)
    return typst.compile(
        (TEMPLATES / template).read_bytes(),
        font_paths=fonts,
        sys_inputs={"content": msgspec.json.encode(content).decode()},
        format="pdf",
    )
