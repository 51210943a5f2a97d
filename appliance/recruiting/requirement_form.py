"""Requirements as rows of a form: ``kind-0``, ``terms-0`` and so on, a row without a kind being none."""

from collections.abc import Callable

from msgspec import Struct

from appliance.kernel.errors import N_, Invalid, Message
from appliance.kernel.web import Form
from appliance.recruiting.model import Opening
from appliance.recruiting.screening.requirements import Necessity, Requirement, RequirementKind

BLANK_ROWS = 3
Spelling = Callable[[str], str]
MAX_ROWS = 80


class RequirementRow(Struct, frozen=True):
    """One row as it is shown."""

    kind: str = ""
    terms: str = ""
    years: str = ""
    level: str = "0"
    necessity: str = "must"
    text: str = ""


def requirement_rows(opening: Opening | None, form: Form, shown: Spelling) -> list[RequirementRow]:
    """What was sent when a form comes back, else what the opening has; some blank rows at the end."""
    rows = _sent_rows(form) or [_row(item, shown) for item in (opening.requirements if opening else [])]
    return [*rows, *(RequirementRow() for _ in range(BLANK_ROWS))]


def requirements_of(form: Form, canonical: Spelling) -> list[Requirement]:
    """The requirements of a form. Raises ``Invalid`` for the field ``requirements``, naming the row."""
    found: list[Requirement] = []
    for number, row in enumerate(_sent_rows(form), start=1):
        try:
            kind = RequirementKind(row.kind)
            years = float(row.years or 0)
            level = int(row.level or 0)
            necessity = Necessity(row.necessity)
        except ValueError:
            text = N_("Row %(number)d cannot be read: years are a number such as 3.")
            raise Invalid({"requirements": Message(text, {"number": number})}) from None
        terms = [
            canonical(term.strip())
            for term in row.terms.replace("，", ",").replace("、", ",").split(",")
            if term.strip()
        ]
        needs_terms = kind in (RequirementKind.skill, RequirementKind.certificate, RequirementKind.language)
        if (
            (needs_terms and not terms)
            or (kind is RequirementKind.degree and not 1 <= level <= 7)
            or years != years
        ):
            text = N_("Row %(number)d is not complete.")
            raise Invalid({"requirements": Message(text, {"number": number})})
        found.append(
            Requirement(
                kind=kind,
                text=row.text or ", ".join(terms),
                terms=terms if needs_terms else [],
                years=years,
                level=level,
                necessity=necessity,
            )
        )
    return found


def _sent_rows(form: Form) -> list[RequirementRow]:
    rows: list[RequirementRow] = []
    for number in range(MAX_ROWS):
        kind = form.text(f"kind-{number}")
        if kind and not form.flag(f"remove-{number}"):
            rows.append(
                RequirementRow(
                    kind=kind,
                    terms=form.text(f"terms-{number}", max_length=400),
                    years=form.text(f"years-{number}"),
                    level=form.text(f"level-{number}") or "0",
                    necessity=form.text(f"necessity-{number}") or "must",
                    text=form.text(f"text-{number}", max_length=1_000),
                )
            )
    return rows


def _row(item: Requirement, shown: Spelling) -> RequirementRow:
    return RequirementRow(
        kind=item.kind.value,
        terms=", ".join(shown(term) for term in item.terms),
        years=f"{item.years:g}" if item.years else "",
        level=str(item.level),
        necessity=item.necessity.value,
        text=item.text,
    )
