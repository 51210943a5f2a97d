"""Hangs up the validation: the raters' desk, HR's pages, and what waits for whom on the first page."""

from collections.abc import Iterable
from contextlib import suppress

from litestar import Router

from appliance.identity.permissions import Permission
from appliance.identity.service import Identity
from appliance.interviews.plans.rubrics import RubricLibrary
from appliance.interviews.validation import impact_pages, pages, rating_pages
from appliance.interviews.validation.rater_choice import RaterChoice
from appliance.interviews.validation.ratings import BlindRatings
from appliance.interviews.validation.service import Validation
from appliance.kernel.actor import Actor
from appliance.kernel.db import Transaction
from appliance.kernel.errors import N_, NotFound
from appliance.kernel.navigation import NavItem, Urgency, WaitingCard
from appliance.kernel.site import Site
from appliance.recruiting.pipeline import Pipeline


def wire_validation(site: Site, rubrics: RubricLibrary, pipeline: Pipeline) -> BlindRatings:
    """Register the services and their routes."""
    core = site.databases.core
    identity = site.services["identity"]
    assert isinstance(identity, Identity), "identity is wired first"
    ratings = BlindRatings(core, rubrics, site.clock)
    validation = Validation(core, site.clock, rubrics, Decided(pipeline))
    for name, service in (
        ("blind_ratings", ratings),
        ("interview_validation", validation),
        ("rater_choice", RaterChoice(identity)),
        ("validation_rubrics", rubrics),
    ):
        site.provide(name, service)
    parts = (rating_pages, pages, impact_pages)
    # One router: Litestar registers handlers that share a path wrongly when they come one by one.
    site.route(Router("/", route_handlers=[handler for part in parts for handler in part.HANDLERS]))
    rate, manage = Permission.INTERVIEWS_RATE, Permission.INTERVIEWS_MANAGE
    site.navigation(NavItem("recruiting", N_("Blind ratings"), "/ratings", rate, "list-numbers", 36))
    site.navigation(NavItem("insight", N_("Score validation"), "/validation", manage, "scale", 20))
    site.waiting_card(RatingsWait(ratings, validation))
    return ratings


class Decided:
    """The `Outcomes` of a site: a person's decision for an offer or a second round is a selection."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def selected(self, tx: Transaction, candidate_ids: Iterable[str]) -> dict[str, bool | None]:
        found: dict[str, bool | None] = {}
        for candidate_id in candidate_ids:
            with suppress(NotFound):
                found[candidate_id] = self._pipeline.taken_further(tx, candidate_id)
        return found


class RatingsWait:
    """Answers that wait for this person's rating; for HR: the monthly sample, and drift that crossed its limits."""

    def __init__(self, ratings: BlindRatings, validation: Validation) -> None:
        self._ratings = ratings
        self._validation = validation

    def __call__(self, actor: Actor) -> list[WaitingCard]:
        cards: list[WaitingCard] = []
        if actor.may(Permission.INTERVIEWS_RATE):
            cards += self._to_rate(actor)
        if actor.may(Permission.INTERVIEWS_MANAGE):
            cards += self._for_hr()
        return cards

    def _to_rate(self, actor: Actor) -> list[WaitingCard]:
        count = self._ratings.waiting(actor)
        if not count:
            return []
        late = self._ratings.is_late(actor)
        text = N_("The day by which you were asked to be done has passed.") if late else ""
        urgency = Urgency.NOW if late else Urgency.SOON
        return [WaitingCard(N_("Answers to rate blind"), count, "/ratings", "list-numbers", text, urgency)]

    def _for_hr(self) -> list[WaitingCard]:
        cards = []
        alarms = self._validation.drift_alarms()
        if alarms:
            text = N_("The machine no longer scores as it did when it was validated.")
            title = N_("Scores have drifted")
            cards.append(WaitingCard(title, alarms, "/validation#drift", "chart-line", text, Urgency.NOW))
        if self._validation.month_without_sample():
            title = N_("Monthly sample to draw")
            cards.append(WaitingCard(title, 1, "/validation/draw?kind=drift", "chart-line"))
        return cards
