"""What the resume says that an answer can be held against; nothing protected is among it."""

from msgspec import Struct

from appliance.recruiting.extraction.model import Degree, Extraction, Job

MONTHS_A_YEAR = 12


class Stay(Struct, frozen=True):
    """One post of the resume: calendar years of its beginning and end, both None without dates; `end_year` is
    None for a present post."""

    employer: str
    title: str
    start_year: int | None = None
    end_year: int | None = None
    years: float | None = None


class ResumeFacts(Struct, frozen=True):
    """What is known: `years` of experience (None when they could not be counted), employers, posts, and the
    highest degree."""

    years: float | None
    employers: tuple[str, ...]
    stays: tuple[Stay, ...] = ()
    degree: Degree | None = None


def resume_facts(extraction: Extraction | None) -> ResumeFacts | None:
    """The facts of a resume; None without a resume that could be read."""
    if extraction is None:
        return None
    months = extraction.total_months
    highest = extraction.highest_degree()
    return ResumeFacts(
        years=months / MONTHS_A_YEAR if months is not None else None,
        employers=tuple(job.company for job in extraction.jobs if job.company),
        stays=tuple(_stay(job) for job in extraction.jobs if job.company),
        degree=highest[0] if highest is not None else None,
    )


def _stay(job: Job) -> Stay:
    period = job.period
    if period is None:
        return Stay(job.company, job.title)
    return Stay(
        job.company,
        job.title,
        start_year=period.start // MONTHS_A_YEAR,
        end_year=None if period.current else period.end // MONTHS_A_YEAR,
        years=period.months / MONTHS_A_YEAR,
    )
