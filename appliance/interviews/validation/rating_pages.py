"""The raters' pages: what to rate, and one answer at a time."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.interviews.report.words import clock_of
from appliance.interviews.validation.model import LEVEL_COUNT
from appliance.interviews.validation.ratings import LONGEST_NOTE, BlindRatings
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    WebRequest,
    form_body,
    page,
    redirect,
)

RATE = [requires(Permission.INTERVIEWS_RATE)]
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}
UNRATABLE = "none"


@get("/ratings", guards=RATE, **HIDDEN)
def listed(
    request: WebRequest,
    blind_ratings: NamedDependency[BlindRatings],
    validation_rubrics: NamedDependency[RubricLibrary],
) -> Response[str]:
    """What this account is asked to rate, with its own ratings."""
    found = blind_ratings.listed(request.user)
    return page(
        request,
        "interviews/validation/ratings.html",
        found=found,
        done=sum(one.rating is not None for one in found),
        competencies=validation_rubrics.competencies,
    )


@get("/ratings/{item_id:str}", guards=RATE, **HIDDEN)
def show(
    request: WebRequest,
    item_id: FromPath[str],
    blind_ratings: NamedDependency[BlindRatings],
    saved: FromQuery[str] = "",
) -> Response[str]:
    """One answer and the five anchors; nothing of the machine, nothing of the other rater."""
    return _sheet(request, item_id, blind_ratings, saved=bool(saved))


@post("/ratings/{item_id:str}", guards=RATE, dependencies={"form": form_body()}, **HIDDEN)
def give(
    request: WebRequest,
    item_id: FromPath[str],
    form: NamedDependency[Form],
    blind_ratings: NamedDependency[BlindRatings],
) -> Response[str]:
    """Keep the rating and go on to the next answer."""
    try:
        following = blind_ratings.give(
            request.user, item_id, _level(form), form.text("note", max_length=LONGEST_NOTE)
        )
    except Invalid as invalid:
        return _sheet(request, item_id, blind_ratings, invalid=invalid, form=form)
    return redirect(f"/ratings/{following}?saved=1" if following else "/ratings")


def _level(form: Form) -> int | None:
    chosen = form.text("level")
    if chosen == UNRATABLE:
        return None
    if chosen not in {str(level) for level in range(1, LEVEL_COUNT + 1)}:
        raise Invalid({"level": N_("Choose one of the five levels, or “cannot be rated”.")})
    return int(chosen)


def _sheet(
    request: WebRequest,
    item_id: str,
    ratings: BlindRatings,
    *,
    saved: bool = False,
    invalid: Invalid | None = None,
    form: Form | None = None,
) -> Response[str]:
    sheet = ratings.open(request.user, item_id)
    chosen, note = "", ""
    if form is not None:
        chosen, note = form.text("level"), form.secret("note")
    elif sheet.rating is not None:
        chosen = UNRATABLE if sheet.rating.level is None else str(sheet.rating.level)
        note = sheet.rating.note
    return page(
        request,
        "interviews/validation/rating.html",
        status=422 if invalid else 200,
        sheet=sheet,
        chosen=chosen,
        note=note,
        saved=saved,
        most=LONGEST_NOTE,
        clock_of=clock_of,
        invalid=invalid or Invalid(),
    )


HANDLERS: list[Any] = [listed, show, give]
