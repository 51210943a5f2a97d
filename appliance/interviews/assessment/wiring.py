"""Hangs up what happens after an answer is handed in: analysis, assessment, report."""

from pathlib import Path

from appliance.interviews.analysis.analyst import Analyst
from appliance.interviews.assessment.assessor import Assessor, Reports
from appliance.interviews.model import ANALYSE_ANSWER, ASSESS
from appliance.interviews.plans.rubrics import load_rubrics
from appliance.interviews.report import pages as report_pages
from appliance.interviews.scoring.levels import GatePolicy
from appliance.interviews.validation.wiring import wire_validation
from appliance.kernel.site import Site
from appliance.recruiting.service import Recruiting

RUBRICS = Path(__file__).resolve().parents[3] / "config" / "rubrics"
ANALYSES_AT_ONCE = 2
"""One is decoded and heard while another is read by the language model."""


def wire_assessment(site: Site, recruiting: Recruiting) -> Reports:
    """Register the two jobs and the report's routes."""
    core, rubrics = site.databases.core, load_rubrics(RUBRICS)
    analyst = Analyst(core, site.blobs, site.engines, rubrics, GatePolicy())
    assessor = Assessor(core, rubrics, recruiting.pipeline)
    wire_validation(site, rubrics, recruiting.pipeline)
    reports = Reports(core)
    site.jobs.register(ANALYSE_ANSWER, "core", analyst.analyse, concurrency=ANALYSES_AT_ONCE)
    site.jobs.register(ASSESS, "core", assessor.handle)
    site.provide("interview_reports", reports)
    site.route(*report_pages.HANDLERS)
    return reports
