"""HR's pages of the validation: agreement and what is in force, and drawing a sample."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.interviews.validation.agreement import Reason
from appliance.interviews.validation.chart import drift_svg
from appliance.interviews.validation.comparison import SMALL_CELL
from appliance.interviews.validation.fitting import FEWEST
from appliance.interviews.validation.gate import FEWEST_FOR_GATE, GAP_ALLOWED
from appliance.interviews.validation.model import BandName, GateState, RoundKind
from appliance.interviews.validation.rater_choice import RaterChoice
from appliance.interviews.validation.sample import Wish, advice
from appliance.interviews.validation.scores import WHY_WORDS
from appliance.interviews.validation.service import Validation
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.site import Site
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    WebRequest,
    form_body,
    page,
    redirect,
    translator_of,
)

MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
APPROVE = [requires(Permission.OFFERS_APPROVE)]
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}
DAYS_TO_RATE = 14

GATES: Mapping[GateState, tuple[str, str]] = {
    GateState.NOT_VALIDATED: (N_("Not validated here"), "warn"),
    GateState.ADVISORY: (N_("Advisory only"), "warn"),
    GateState.VALIDATED: (N_("Validated here"), "good"),
}
BANDS: Mapping[BandName, str] = {
    BandName.LOW: N_("low levels"),
    BandName.MIDDLE: N_("middle levels"),
    BandName.HIGH: N_("high levels"),
}
KINDS: Mapping[RoundKind, str] = {
    RoundKind.VALIDATION: N_("Validation"),
    RoundKind.DRIFT: N_("Monthly sample"),
    RoundKind.ASKED: N_("One interview"),
}
MISSING: Mapping[Reason, str] = {
    Reason.TOO_FEW: N_("too few answers"),
    Reason.CONSTANT: N_("all alike"),
    Reason.INTERVAL_TOO_FEW: N_("too few answers for an interval"),
}
WORDS: Mapping[str, Any] = {
    "gates": GATES,
    "bands": BANDS,
    "round_kinds": KINDS,
    "missing": MISSING,
    "why_words": WHY_WORDS,
    "fewest": FEWEST,
    "fewest_for_gate": FEWEST_FOR_GATE,
    "gap_allowed": GAP_ALLOWED,
    "small_cell": SMALL_CELL,
}


@get("/validation", guards=MANAGE, **HIDDEN)
def show(
    request: WebRequest,
    interview_validation: NamedDependency[Validation],
    validation_rubrics: NamedDependency[RubricLibrary],
    drawn: FromQuery[int] = 0,
    not_blind: FromQuery[int] = 0,
) -> Response[str]:
    """Agreement in every cut, what is in force, drift, drawings and impact reports."""
    overview = interview_validation.overview()
    return page(
        request,
        "interviews/validation/overview.html",
        overview=overview,
        rounds=interview_validation.rounds(),
        impacts=interview_validation.impacts(),
        drift_due=interview_validation.month_without_sample(),
        competencies=validation_rubrics.competencies,
        chart=drift_svg(overview.drift, translator_of(request).gettext(N_("Control chart of drift"))),
        may_approve=request.user.may(Permission.OFFERS_APPROVE),
        drawn=drawn,
        not_blind=not_blind,
        **WORDS,
    )


@get("/validation/draw", guards=MANAGE, **HIDDEN)
def draw_form(
    request: WebRequest,
    interview_validation: NamedDependency[Validation],
    validation_rubrics: NamedDependency[RubricLibrary],
    rater_choice: NamedDependency[RaterChoice],
    kind: FromQuery[str] = "",
) -> Response[str]:
    """The form of a drawing, filled with what fits most."""
    site: Site = request.app.state.site
    chosen = RoundKind.DRIFT if kind == RoundKind.DRIFT else RoundKind.VALIDATION
    values = {
        "kind": chosen.value,
        "size": "20" if chosen is RoundKind.DRIFT else "50",
        "due_on": (site.clock.today() + timedelta(days=DAYS_TO_RATE)).isoformat(),
    }
    return _draw_page(request, interview_validation, validation_rubrics, rater_choice, values)


@post("/validation/draw", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def draw(
    request: WebRequest,
    form: NamedDependency[Form],
    interview_validation: NamedDependency[Validation],
    validation_rubrics: NamedDependency[RubricLibrary],
    rater_choice: NamedDependency[RaterChoice],
) -> Response[str]:
    """Draw and ask the raters."""
    values = {name: form.text(name) for name in ("kind", "size", "due_on")}
    try:
        drawn = interview_validation.draw(request.user, _wish(form, rater_choice))
    except Invalid as invalid:
        return _draw_page(
            request,
            interview_validation,
            validation_rubrics,
            rater_choice,
            values,
            raters=form.texts("raters"),
            chosen=form.texts("competencies"),
            invalid=invalid,
        )
    return redirect(f"/validation?drawn={drawn.items}&not_blind={drawn.not_blind}#drawings")


@post("/validation/rounds/{round_id:str}/withdrawal", guards=MANAGE, **HIDDEN)
def withdraw(
    request: WebRequest, round_id: FromPath[str], interview_validation: NamedDependency[Validation]
) -> Response[str]:
    """Ask nobody any more about this drawing."""
    interview_validation.withdraw(request.user, round_id)
    return redirect("/validation#drawings")


@post("/validation/calibrators/{competency_id:str}/{language:str}", guards=APPROVE, **HIDDEN)
def put_in_force(
    request: WebRequest,
    competency_id: FromPath[str],
    language: FromPath[str],
    interview_validation: NamedDependency[Validation],
) -> Response[str]:
    """Fit a calibrator and put it in force with its gate."""
    interview_validation.put_in_force(request.user, competency_id, language)
    return redirect("/validation#competencies")


@post("/validation/calibrators/{competency_id:str}/{language:str}/withdrawal", guards=APPROVE, **HIDDEN)
def take_out_of_force(
    request: WebRequest,
    competency_id: FromPath[str],
    language: FromPath[str],
    interview_validation: NamedDependency[Validation],
) -> Response[str]:
    """Back to "not validated here"."""
    interview_validation.take_out_of_force(request.user, competency_id, language)
    return redirect("/validation#competencies")


def _wish(form: Form, choice: RaterChoice) -> Wish:
    known = {account_id for account_id, _name in choice()}
    return Wish(
        kind=RoundKind.DRIFT if form.text("kind") == RoundKind.DRIFT else RoundKind.VALIDATION,
        size=form.integer("size"),
        raters=tuple(one for one in dict.fromkeys(form.texts("raters")) if one in known),
        due_on=form.day("due_on"),
        competencies=tuple(form.texts("competencies")),
    )


def _draw_page(
    request: WebRequest,
    validation: Validation,
    rubrics: RubricLibrary,
    choice: RaterChoice,
    values: Mapping[str, str],
    *,
    raters: list[str] | None = None,
    chosen: list[str] | None = None,
    invalid: Invalid | None = None,
) -> Response[str]:
    return page(
        request,
        "interviews/validation/draw.html",
        status=422 if invalid else 200,
        values=values,
        people=choice(),
        raters=raters or [],
        chosen=chosen or [],
        competencies=rubrics.competencies,
        left=validation.left_to_draw(),
        advice=advice(),
        invalid=invalid or Invalid(),
        **WORDS,
    )


HANDLERS: list[Any] = [show, draw_form, draw, withdraw, put_in_force, take_out_of_force]
