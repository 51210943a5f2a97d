"""The words by which resumes and job texts are read, from ``config/recruiting/*.toml``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

CONFIG_DIR = Path(__file__).resolve().parents[3] / "config" / "recruiting"


class TermEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A skill or certificate as written in the TOML file."""

    name: str
    zh: str = ""
    aliases: list[str] = []
    exact: list[str] = []
    implied_by: list[str] = []


class LanguageEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A language and the words of its levels, from low to high."""

    name: str
    zh: str = ""
    aliases: list[str] = []
    levels: list[list[str]] = []


class GroundEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ground on which a job text must not discriminate; both patterns are regular expressions."""

    name: str
    law: str
    pattern: str
    allowed: str = ""


class PeopleEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that tell names, schools, firms and posts apart."""

    surnames: str
    compound_surnames: list[str]
    not_names: list[str]
    organisation_endings: list[str]
    school_endings: list[str]
    title_endings: list[str]
    english_titles: list[str]
    english_organisations: list[str]
    english_not_names: list[str]


class _SkillFile(Struct, forbid_unknown_fields=True):
    skill: list[TermEntry]


class _CertificateFile(Struct, forbid_unknown_fields=True):
    certificate: list[TermEntry]
    language: list[LanguageEntry]


class _WordingFile(Struct, forbid_unknown_fields=True):
    ground: list[GroundEntry]


@dataclass(frozen=True)
class Mention:
    """A term found in a text."""

    name: str
    start: int
    end: int


class Terms:
    """Canonical names found through all their spellings; longer spellings win over shorter ones inside them."""

    def __init__(self, entries: Iterable[TermEntry]) -> None:
        self.entries = {entry.name: entry for entry in entries}
        self._loose: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        for entry in self.entries.values():
            exact = set(entry.exact)
            for spelling in (entry.name, entry.zh, *entry.aliases):
                if not spelling:
                    continue
                if len(spelling) == 1 or spelling in exact:
                    # "C" or "R" alone is too little to be sure of; their longer spellings are listed.
                    continue
                self._loose.setdefault(spelling.lower(), entry.name)
            for spelling in exact:
                self._loose.pop(spelling.lower(), None)
                self._exact[spelling] = entry.name
        self._loose_pattern = _pattern(self._loose, re.IGNORECASE)
        self._exact_pattern = _pattern(self._exact, re.NOFLAG)

    def find(self, text: str) -> list[Mention]:
        """All mentions in order of place, none inside another."""
        found = [
            Mention(self._loose[match.group().lower()], match.start(), match.end())
            for match in self._loose_pattern.finditer(text)
        ]
        taken = {position for mention in found for position in range(mention.start, mention.end)}
        for match in self._exact_pattern.finditer(text):
            if match.start() not in taken:
                found.append(Mention(self._exact[match.group()], match.start(), match.end()))
        return sorted(found, key=lambda mention: mention.start)

    def named(self, spelling: str) -> str | None:
        """The canonical name of a spelling typed alone; None for one that is not in the list."""
        return self._exact.get(spelling) or self._loose.get(spelling.lower())

    def implying(self, name: str) -> frozenset[str]:
        """All names whose mention is evidence for ``name``, itself included."""
        reached: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in reached:
                continue
            reached.add(current)
            if current in self.entries:
                waiting.extend(self.entries[current].implied_by)
        return frozenset(reached)


def _pattern(spellings: Iterable[str], flags: re.RegexFlag) -> re.Pattern[str]:
    ordered = sorted(spellings, key=len, reverse=True)
    parts = []
    for spelling in ordered:
        head = r"(?<![A-Za-z0-9_])" if spelling[0].isascii() and spelling[0].isalnum() else ""
        last = spelling[-1]
        tail = r"(?![A-Za-z0-9_+#])" if last.isascii() and (last.isalnum() or last in "+#") else ""
        parts.append(head + re.escape(spelling) + tail)
    return re.compile("|".join(parts) or r"(?!)", flags)


@dataclass(frozen=True)
class Vocabulary:
    """All word lists of the room."""

    skills: Terms
    certificates: Terms
    languages: tuple[LanguageEntry, ...]
    grounds: tuple[GroundEntry, ...]
    people: PeopleEntry

    def shown(self, name: str, language: str) -> str:
        """A canonical name as readers of that language call it."""
        if language != "zh":
            return name
        entry = self.skills.entries.get(name) or self.certificates.entries.get(name)
        spoken = next((each.zh for each in self.languages if each.name == name), "")
        return (entry.zh if entry else spoken) or name

    def canonical(self, term: str) -> str:
        """The name by which resumes are searched for a term that a person typed; the term where none is known."""
        for each in self.languages:
            if term.lower() in {spelling.lower() for spelling in (each.name, each.zh, *each.aliases)}:
                return each.name
        return self.skills.named(term) or self.certificates.named(term) or term

    @staticmethod
    def load(folder: Path = CONFIG_DIR) -> "Vocabulary":
        """Reads the four TOML files of ``folder``; raises ``msgspec.ValidationError`` naming what is wrong."""
        certificates = msgspec.toml.decode((folder / "certificates.toml").read_bytes(), type=_CertificateFile)
        return Vocabulary(
            skills=Terms(msgspec.toml.decode((folder / "skills.toml").read_bytes(), type=_SkillFile).skill),
            certificates=Terms(certificates.certificate),
            languages=tuple(certificates.language),
            grounds=tuple(
                msgspec.toml.decode((folder / "wording.toml").read_bytes(), type=_WordingFile).ground
            ),
            people=msgspec.toml.decode((folder / "people.toml").read_bytes(), type=PeopleEntry),
        )
