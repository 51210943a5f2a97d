"""Hangs up what happens after an answer is handed in: analysis, assessment, report."""

from pathlib import Path

from litestar import Router

from appliance.interviews.analysis import policy_pages
from appliance.interviews.analysis.analyst import Analyst
from appliance.interviews.analysis.policy import ObservationPolicies, ObservationPolicy
from appliance.interviews.assessment.assessor import Assessor, Reports
from appliance.interviews.model import ANALYSE_ANSWER, ASSESS
from appliance.interviews.plans.rubrics import load_rubrics
from appliance.interviews.report import pages as report_pages
from appliance.interviews.scoring.levels import GatePolicy
from appliance.kernel.site import Site
from appliance.recruiting.service import Recruiting

RUBRICS = Path(__file__).resolve().parents[3] / "config" / "rubrics"


def wire_assessment(site: Site, recruiting: Recruiting) -> Reports:
    """Register the two jobs and the report's routes."""
    core, rubrics = site.databases.core, load_rubrics(RUBRICS)
    observations = ObservationPolicies(
        core, site.clock, site.settings.jurisdiction, ObservationPolicy(site.settings.observations)
    )
    analyst = Analyst(core, site.blobs, site.engines, rubrics, GatePolicy(), observations)
    assessor = Assessor(core, rubrics, recruiting.pipeline, observations)
    reports = Reports(core)
    site.jobs.register(ANALYSE_ANSWER, "core", analyst.analyse, concurrency=site.engines.answers_at_once)
    site.jobs.register(ASSESS, "core", assessor.handle)
    site.provide("interview_reports", reports)
    site.provide("observation_policies", observations)
    site.route(*report_pages.HANDLERS)
    # One router: Litestar registers handlers that share a path wrongly when they come one by one.
    site.route(Router("/", route_handlers=policy_pages.HANDLERS))
    return reports
