"""Hangs up what happens after an answer is handed in: analysis, assessment, report."""

from pathlib import Path

from litestar import Router

from appliance.interviews.analysis import policy_pages
from appliance.interviews.analysis.analyst import Analyst
from appliance.interviews.analysis.policy import ObservationPolicies, ObservationPolicy
from appliance.interviews.assessment.assessor import Assessor
from appliance.interviews.follow_ups.model import MAKE_FOLLOW_UPS
from appliance.interviews.follow_ups.service import FollowUpMaker
from appliance.interviews.model import ANALYSE_ANSWER, ASSESS
from appliance.interviews.plans.rubrics import load_rubrics
from appliance.interviews.report.reading import Reports
from appliance.interviews.report.wiring import wire_report
from appliance.interviews.scoring.levels import GatePolicy
from appliance.interviews.validation.wiring import wire_validation
from appliance.kernel.site import Site
from appliance.recruiting.service import Recruiting

RUBRICS = Path(__file__).resolve().parents[3] / "config" / "rubrics"

FOLLOW_UPS_AT_ONCE = 8
"""Each has a candidate who waits for seconds; the engine batches them."""


def wire_assessment(site: Site, recruiting: Recruiting) -> Reports:
    """Register the two jobs and everything that reads what they write."""
    core, rubrics = site.databases.core, load_rubrics(RUBRICS)
    observations = ObservationPolicies(
        core, site.clock, site.settings.jurisdiction, ObservationPolicy(site.settings.observations)
    )
    analyst = Analyst(core, site.blobs, site.engines, rubrics, GatePolicy(), observations)
    assessor = Assessor(core, rubrics, recruiting.pipeline, observations)
    wire_validation(site, rubrics, recruiting.pipeline)
    maker = FollowUpMaker(core, site.blobs, site.engines, rubrics)
    site.jobs.register(ANALYSE_ANSWER, "core", analyst.analyse, concurrency=site.engines.answers_at_once)
    site.jobs.register(MAKE_FOLLOW_UPS, "core", maker.make, concurrency=FOLLOW_UPS_AT_ONCE)
    site.jobs.register(ASSESS, "core", assessor.handle)
    site.provide("observation_policies", observations)
    # One router: Litestar registers handlers that share a path wrongly when they come one by one.
    site.route(Router("/", route_handlers=policy_pages.HANDLERS))
    return wire_report(site, recruiting, rubrics)
