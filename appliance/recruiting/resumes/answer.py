"""What the reading process answers."""

from msgspec import Struct

from appliance.recruiting.resumes.document import Problem, ResumeText


class Refusal(Struct, frozen=True):
    """Why the file could not be read, and what the bytes were."""

    problem: Problem
    found: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """Exactly one of the two is set."""

    text: ResumeText | None = None
    refusal: Refusal | None = None
