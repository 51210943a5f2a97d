"""What is known about a candidate from the resume. Every span is a character range of the resume's text."""

from enum import IntEnum, StrEnum

from msgspec import Struct, field


class Span(Struct, frozen=True):
    """Characters ``start`` up to, not including, ``end``."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share a character."""
        return self.start < other.end and other.start < self.end


class Fact(Struct, frozen=True):
    """A value as normalised and where it stands."""

    value: str
    span: Span


class Degree(IntEnum):
    """Levels of education, ordered."""

    middle_school = 1
    high_school = 2
    secondary_vocational = 3
    associate = 4
    bachelor = 5
    master = 6
    doctor = 7


class Period(Struct, frozen=True):
    """From ``start`` to ``end`` inclusive, as months counted from year 0 (``year * 12 + month - 1``). ``end`` of
    a current post is the month of reading; ``years_only`` marks dates given without months."""

    start: int
    end: int
    span: Span
    current: bool = False
    years_only: bool = False

    @property
    def months(self) -> int:
        """Length in months; years alone are counted as full years between them."""
        return max(0, self.end - self.start + (0 if self.years_only else 1))


class School(Struct, frozen=True, kw_only=True):
    """One stay at a school."""

    name: str
    span: Span
    degree: Degree | None = None
    degree_text: str = ""
    major: str = ""
    period: Period | None = None


class Job(Struct, frozen=True, kw_only=True):
    """One post held; ``span`` covers its heading and what is told under it."""

    company: str
    title: str
    span: Span
    heading: Span
    period: Period | None = None


class Skill(Struct, frozen=True, kw_only=True):
    """A skill by its canonical name. ``months`` of experience: stated, or of the jobs that name it with overlaps
    counted once; None when no dated job names it."""

    name: str
    mentions: list[Span]
    months: int | None = None
    stated: bool = False


class Certificate(Struct, frozen=True):
    """A certificate or licence by its canonical name."""

    name: str
    span: Span


class Language(Struct, frozen=True):
    """A language; ``level`` counts from 0 (named only) up through the levels of config/recruiting."""

    name: str
    level: int
    span: Span


class ProtectedKind(StrEnum):
    """Attributes that must not play a part (Employment Promotion Law art. 3; PIPL art. 28)."""

    sex = "sex"
    age = "age"
    birth_date = "birth_date"
    ethnicity = "ethnicity"
    marital_state = "marital_state"
    native_place = "native_place"
    nationality = "nationality"
    political = "political"
    religion = "religion"
    health = "health"
    identity_number = "identity_number"
    photo = "photo"


class Protected(Struct, frozen=True):
    """A protected attribute's place; its value is not kept apart. A photo has the empty span 0 to 0."""

    kind: ProtectedKind
    span: Span


class Extraction(Struct, frozen=True, kw_only=True):
    """All facts of one resume. ``total_months`` counts overlapping jobs once; with no dated job it is what the
    candidate states (``total_stated``), else None."""

    language: str
    name: Fact | None = None
    phone: Fact | None = None
    email: Fact | None = None
    schools: list[School] = field(default_factory=list)
    degrees: list[tuple[Degree, Span]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    total_months: int | None = None
    total_stated: bool = False
    skills: list[Skill] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    languages: list[Language] = field(default_factory=list)
    protected: list[Protected] = field(default_factory=list)

    def highest_degree(self) -> tuple[Degree, Span] | None:
        """The highest level found anywhere, with its place."""
        return max(self.degrees, key=lambda found: found[0], default=None)
