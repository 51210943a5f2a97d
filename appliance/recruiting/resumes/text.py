"""Plain text in the encodings that Chinese and English offices produce."""

from appliance.recruiting.resumes.characters import plain, tidy
from appliance.recruiting.resumes.document import (
    MAX_TEXT_CHARS,
    MIN_TEXT_CHARS,
    Problem,
    ReadWarning,
    ResumeText,
    Unreadable,
)

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode(data: bytes) -> tuple[str, bool] | None:
    """The text and whether its encoding was a guess; None for bytes that are no text."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), False
            except UnicodeDecodeError:
                return None
    if b"\x00" in data:
        return None
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return (text, True) if _looks_written(text) else None


def _looks_written(text: str) -> bool:
    """Binary data decoded as GB 18030 gives private-use and rare characters; written Chinese does not."""
    usual = sum(
        1
        for c in text
        if c.isascii() or "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef"
    )
    return usual >= 0.95 * len(text)


def _printable(text: str) -> bool:
    controls = sum(1 for c in text if c < " " and c not in "\t\r\n\f")
    return controls <= 0.01 * max(1, len(text))


def finished(format_name: str, text: str, warnings: list[ReadWarning]) -> ResumeText:
    """A ``ResumeText`` of tidied text; raises ``Unreadable(no_text)`` when there is none to speak of."""
    text = tidy(plain(text))
    if len(text.strip()) < MIN_TEXT_CHARS:
        raise Unreadable(Problem.no_text)
    if len(text) > MAX_TEXT_CHARS:
        text, warnings = text[:MAX_TEXT_CHARS], [*warnings, ReadWarning.text_cut]
    return ResumeText(format=format_name, text=text, warnings=warnings)


class TextReader:
    """Anything that decodes to printable text; the least sure of all readers."""

    format = "text"

    def score(self, data: bytes) -> float:
        if data.startswith((b"%PDF-", b"PK\x03\x04")):
            return 0.0
        decoded = decode(data)
        return 0.2 if decoded is not None and _printable(decoded[0]) else 0.0

    def read(self, data: bytes) -> ResumeText:
        decoded = decode(data)
        if decoded is None:
            raise Unreadable(Problem.unsupported, "binary data")
        text, guessed = decoded
        return finished(self.format, text, [ReadWarning.guessed_encoding] if guessed else [])
