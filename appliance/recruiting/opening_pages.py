"""Pages of openings: the list, writing one, its requirements, uploading resumes for it."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Struct

from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import Invalid, Message
from appliance.kernel.forms import MEGABYTE
from appliance.kernel.web import (
    Form,
    FromPath,
    NamedDependency,
    WebRequest,
    form_body,
    fragment,
    page,
    redirect,
    translator_of,
)
from appliance.people.service import People
from appliance.recruiting.applications import IncomingFile
from appliance.recruiting.model import Opening, OpeningDraft, OpeningState, Source
from appliance.recruiting.requirement_form import Spelling, requirement_rows, requirements_of
from appliance.recruiting.service import Recruiting
from appliance.recruiting.showing import (
    DEGREE_LABELS,
    GROUND_LABELS,
    KIND_LABELS,
    NECESSITY_LABELS,
    OPENING_LABELS,
)

UPLOAD_BYTES = 64 * MEGABYTE
MAX_FILES = 40
READ = [requires(Permission.OPENINGS_READ)]
WRITE = [requires(Permission.OPENINGS_WRITE)]
LABELS: Mapping[str, Any] = {
    "opening_labels": OPENING_LABELS,
    "kind_labels": KIND_LABELS,
    "necessity_labels": NECESSITY_LABELS,
    "degree_labels": DEGREE_LABELS,
    "ground_labels": GROUND_LABELS,
}


class FileResult(Struct, frozen=True):
    """What became of one uploaded file."""

    filename: str
    candidate_id: str = ""
    duplicate: bool = False
    message: str | Message = ""


class OpeningPages(Controller):
    """The list and the life of one opening."""

    path = "/openings"
    include_in_schema = False

    @get("/", guards=READ, sync_to_thread=True)
    def openings(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        in_state: Annotated[OpeningState | None, QueryParameter(name="state")] = None,
    ) -> Response[str]:
        """Openings, all or of one state, with how many candidates they have."""
        openings = recruiting.openings.listed()
        return page(
            request,
            "recruiting/openings.html",
            openings=[each for each in openings if in_state in (None, each.state)],
            in_state=in_state,
            by_state=Counter(each.state for each in openings),
            counts=recruiting.openings.counts(),
            **LABELS,
        )

    @get("/new", guards=WRITE, sync_to_thread=True)
    def new(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], people: NamedDependency[People]
    ) -> Response[str]:
        """An empty form."""
        return _form_page(request, recruiting, people, None, Form({}), Invalid(), 200)

    @post("/", guards=WRITE, sync_to_thread=True, dependencies={"form": form_body()})
    def create(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        people: NamedDependency[People],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """A draft; its requirements are read from the description."""
        try:
            opening = recruiting.openings.draft(request.user, _draft(form, None))
        except Invalid as invalid:
            return _form_page(request, recruiting, people, None, form, invalid, 422)
        return redirect(f"/openings/{opening.id}")

    @get("/{opening_id:str}", guards=READ, sync_to_thread=True)
    def show(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], opening_id: FromPath[str]
    ) -> Response[str]:
        """One opening: text, wording, requirements, candidates, public address."""
        opening = recruiting.openings.get(opening_id)
        return page(
            request,
            "recruiting/opening.html",
            opening=opening,
            counts=recruiting.openings.counts().get(opening_id, {}),
            wording=recruiting.openings.wording(opening.description),
            term=recruiting.vocabulary.shown,
            **LABELS,
        )

    @get("/{opening_id:str}/edit", guards=WRITE, sync_to_thread=True)
    def edit(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        people: NamedDependency[People],
        opening_id: FromPath[str],
    ) -> Response[str]:
        """The form with what there is."""
        opening = recruiting.openings.get(opening_id)
        return _form_page(request, recruiting, people, opening, Form({}), Invalid(), 200)

    @post("/{opening_id:str}/edit", guards=WRITE, sync_to_thread=True, dependencies={"form": form_body()})
    def change(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        people: NamedDependency[People],
        opening_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """Keep changes; with the button "read again" the requirements come from the text anew."""
        try:
            draft = _draft(form, None if form.flag("read_again") else recruiting.vocabulary.canonical)
            recruiting.openings.change(request.user, opening_id, draft)
        except Invalid as invalid:
            opening = recruiting.openings.get(opening_id)
            return _form_page(request, recruiting, people, opening, form, invalid, 422)
        return redirect(f"/openings/{opening_id}" + ("/edit" if form.flag("read_again") else ""))

    @post("/{opening_id:str}/state", guards=WRITE, sync_to_thread=True, dependencies={"form": form_body()})
    def move(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        opening_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """Publish or close."""
        wish = OpeningState.open if form.text("state") == "open" else OpeningState.closed
        recruiting.openings.move(request.user, opening_id, wish)
        return redirect(f"/openings/{opening_id}")

    @post("/wording", guards=WRITE, sync_to_thread=True, dependencies={"form": form_body()})
    def wording(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], form: NamedDependency[Form]
    ) -> Response[str]:
        """What the text asks for and which words the law does not allow, while it is written."""
        text = form.text("description", max_length=20_000)
        return fragment(
            request,
            "recruiting/_wording.html",
            wording=recruiting.openings.wording(text),
            found=recruiting.openings.read_requirements(text),
            term=recruiting.vocabulary.shown,
            **LABELS,
        )

    @get("/{opening_id:str}/upload", guards=[requires(Permission.CANDIDATES_WRITE)], sync_to_thread=True)
    def upload_form(
        self, request: WebRequest, recruiting: NamedDependency[Recruiting], opening_id: FromPath[str]
    ) -> Response[str]:
        """Where files are dropped."""
        opening = recruiting.openings.get(opening_id)
        return page(request, "recruiting/upload.html", opening=opening, results=[], max_files=MAX_FILES)

    @post(
        "/{opening_id:str}/upload",
        guards=[requires(Permission.CANDIDATES_WRITE)],
        sync_to_thread=True,
        dependencies={"form": form_body(UPLOAD_BYTES)},
    )
    def upload(
        self,
        request: WebRequest,
        recruiting: NamedDependency[Recruiting],
        opening_id: FromPath[str],
        form: NamedDependency[Form],
    ) -> Response[str]:
        """Each file by itself: one bad file does not hold back the others."""
        opening = recruiting.openings.get(opening_id)
        files = form.all_files("files")
        results = []
        for file in files[:MAX_FILES]:
            incoming = IncomingFile(file.filename, file.content_type, file.data)
            try:
                received = recruiting.applications.receive_resume(
                    request.user, opening_id, incoming, source=Source.hr
                )
            except Invalid as invalid:
                message = invalid.fields.get("file", Message(invalid.message, invalid.params))
                results.append(FileResult(file.filename, message=message))
            else:
                results.append(FileResult(file.filename, received.candidate_id, received.duplicate))
        return page(request, "recruiting/upload.html", opening=opening, results=results, max_files=MAX_FILES)


def _draft(form: Form, canonical: Spelling | None) -> OpeningDraft:
    return OpeningDraft(
        post_id=form.text("post_id", required=True),
        title_zh=form.text("title_zh"),
        title_en=form.text("title_en"),
        description=form.text("description", max_length=20_000),
        requirements=requirements_of(form, canonical) if canonical else None,
    )


def _form_page(
    request: WebRequest,
    recruiting: Recruiting,
    people: People,
    opening: Opening | None,
    form: Form,
    invalid: Invalid,
    status: int,
) -> Response[str]:
    language = translator_of(request).language
    return page(
        request,
        "recruiting/opening_form.html",
        status=status,
        opening=opening,
        form=form,
        posts=people.structure.posts(),
        departments={department.id: department for department in people.structure.departments()},
        rows=requirement_rows(opening, form, lambda term: recruiting.vocabulary.shown(term, language)),
        invalid=invalid,
        **LABELS,
    )
