"""The post's public page: what the work is, what happens with the data, and sending a resume. No account, no
navigation; works on a phone."""

from litestar import Controller, Response, get, post

from appliance.identity.permissions import public
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.forms import MEGABYTE
from appliance.kernel.web import Form, FromPath, NamedDependency, WebRequest, form_body, page
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.door import ApplicationDoor
from appliance.recruiting.model import Opening, Source
from appliance.recruiting.service import Recruiting

RESUME_BYTES = 11 * MEGABYTE


class PublicPages(Controller):
    """Looking at an opening and applying for it."""

    path = "/apply"
    include_in_schema = False

    @get("/{slug:str}", guards=[public()], sync_to_thread=True)
    def show(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], slug: FromPath[str]
    ) -> Response[str]:
        """The opening with its form."""
        return _show(request, recruiting.openings.public(slug), Form({}), None)

    @post(
        "/{slug:str}", guards=[public()], sync_to_thread=True, dependencies={"form": form_body(RESUME_BYTES)}
    )
    def apply(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        application_door: NamedDependency[ApplicationDoor],
        slug: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """Take the resume; the applicant sees at once whether it came and whether it is of a kind that is read."""
        opening = recruiting.openings.public(slug)
        try:
            if not form.flag("agree"):
                raise Invalid({"agree": N_("Please read the notice and tick the box.")})
            email = form.text("email", required=True, max_length=200)
            file = form.file("file")
            application_door.pass_through(request.client.host if request.client else "", opening.id)
            incoming = IncomingFile(file.filename, file.content_type, file.data)
            received = recruiting.applications.receive_resume(
                request.user, opening.id, incoming, source=Source.public, email=email
            )
        except Invalid as invalid:
            return _show(request, opening, form, invalid)
        return page(request, "recruiting/applied.html", opening=opening, duplicate=received.duplicate)


def _show(request: WebRequest, opening: Opening, form: Form, invalid: Invalid | None) -> Response[str]:
    return page(
        request,
        "recruiting/apply.html",
        status=422 if invalid else 200,
        opening=opening,
        form=form,
        invalid=invalid or Invalid(),
    )
