"""Puts the room together and hangs it into the site."""

from appliance.identity.permissions import Permission
from appliance.kernel.errors import N_
from appliance.kernel.navigation import NavItem
from appliance.kernel.site import Site
from appliance.people.service import People
from appliance.recruiting.api import CandidateApi, OfferApi, OpeningApi
from appliance.recruiting.door import ApplicationDoor
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.finding import RecruitingSearch
from appliance.recruiting.jobs import ResumeWork
from appliance.recruiting.offer_pages import ApprovalPages
from appliance.recruiting.opening_pages import OpeningPages
from appliance.recruiting.pages import CandidatePages, ResumePages
from appliance.recruiting.public_pages import PublicPages
from appliance.recruiting.service import Recruiting
from appliance.recruiting.waiting import RecruitingCards


def wire(site: Site, people: People) -> Recruiting:
    """Build the service, register its jobs, pages and interface."""
    vocabulary = Vocabulary.load()
    recruiting = Recruiting.build(site.databases, site.blobs, site.keys, site.clock, vocabulary)
    work = ResumeWork(site.databases.core, site.blobs, site.clock, vocabulary, recruiting.pipeline)
    work.register(site.jobs)
    recruiting.files.register(site.jobs)
    site.provide("recruiting", recruiting)
    site.provide("application_door", ApplicationDoor(site.clock))
    site.route(OpeningPages, CandidatePages, ResumePages, ApprovalPages, PublicPages)
    site.route(OpeningApi, CandidateApi, OfferApi)
    site.waiting_card(RecruitingCards(recruiting))
    site.search(RecruitingSearch(recruiting))
    _navigation(site)
    return recruiting


def _navigation(site: Site) -> None:
    for label, path, permission, icon, order in (
        (N_("Candidates"), "/candidates", Permission.CANDIDATES_READ, "users", 10),
        (N_("Openings"), "/openings", Permission.OPENINGS_READ, "briefcase", 20),
        (N_("Offers to approve"), "/approvals", Permission.OFFERS_READ, "file-certificate", 40),
    ):
        site.navigation(NavItem("recruiting", label, path, permission.value, icon, order))
