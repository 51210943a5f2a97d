"""What every resume reader takes and gives, and the ways in which reading can fail."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field

MAX_FILE_BYTES = 10 * 1024 * 1024
"""Largest resume accepted at the door."""
MAX_PAGES = 40
MAX_TEXT_CHARS = 200_000
"""More than forty full pages of English hold."""
MAX_LINE_CHARS = 1_000
"""Longest line that leaves a reader: the rules look at lines, and some of them look again from every letter."""
MIN_TEXT_CHARS = 20
"""Below this a file has no text worth the name (a scan with a stray character)."""


class Problem(StrEnum):
    """Why a file could not be read. Messages with the way out are in ``recruiting.reading_messages``."""

    corrupt = "corrupt"
    password = "password"
    bomb = "bomb"
    entities = "entities"
    empty = "empty"
    no_text = "no_text"
    picture = "picture"
    old_word = "old_word"
    unsupported = "unsupported"
    too_large = "too_large"
    too_many_pages = "too_many_pages"
    too_slow = "too_slow"
    too_much_memory = "too_much_memory"
    reader_failed = "reader_failed"


class Unreadable(Exception):
    """A file that a reader refuses; ``found`` names what the bytes are ("PNG picture"), never their content."""

    def __init__(self, problem: Problem, found: str = "") -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.found = found


class HiddenReason(StrEnum):
    """Why a reader of the printed page would not see a piece of text."""

    same_colour = "same_colour"
    tiny = "tiny"
    off_page = "off_page"
    covered = "covered"
    invisible = "invisible"


class HiddenText(Struct, frozen=True):
    """Text that was in the file but not on the page; excluded from all else. ``page`` counts from 1 (0: the
    format has no pages); ``text`` is cut to 200 characters."""

    reason: HiddenReason
    text: str
    page: int = 0


class ReadWarning(StrEnum):
    """What HR should know about a file that could be read."""

    hidden_text = "hidden_text"
    several_columns = "several_columns"
    text_under_scan = "text_under_scan"
    pages_without_text = "pages_without_text"
    guessed_encoding = "guessed_encoding"
    text_cut = "text_cut"


class ResumeText(Struct, frozen=True, kw_only=True):
    """A resume as plain text in reading order.

    Lines end with ``\\n``, cells of a table row are separated by ``\\t``, paragraphs by an empty line. All spans
    of the extraction are character offsets into ``text``.
    """

    format: str
    text: str
    pages: int = 0
    hidden: list[HiddenText] = field(default_factory=list)
    warnings: list[ReadWarning] = field(default_factory=list)
    has_photo: bool = False


class ResumeReader(Protocol):
    """A reader for one format."""

    format: str

    def score(self, data: bytes) -> float:
        """How surely ``data`` is of this format, 0 (not at all) to 1, by its content alone."""
        ...

    def read(self, data: bytes) -> ResumeText:
        """The text of ``data``; raises ``Unreadable``."""
        ...
