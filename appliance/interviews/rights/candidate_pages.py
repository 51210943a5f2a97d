"""The candidate's own page behind their link, and the page that gives a copy once."""

from typing import Any

from litestar import Response, get, post

from appliance.audit.words import ACTION_LABELS
from appliance.identity.permissions import invitation_link
from appliance.interviews.invitations.links import LinkUnknown, OtherDevice
from appliance.interviews.model import InterviewState
from appliance.interviews.rights.copies import Bundle, Copies, LinkOver, WrongCode
from appliance.interviews.rights.model import KIND_LABELS, STATE_LABELS, RequestKind
from appliance.interviews.rights.own_page import OwnPages
from appliance.interviews.rights.showing import PARTY_LABELS
from appliance.interviews.room.pages import key_of
from appliance.kernel.errors import N_, Conflict, Gone, Invalid, MusterError, NotFound
from appliance.kernel.web import (
    HTML,
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Web,
    WebRequest,
    form_body,
    redirect,
    translator_of,
)

GUARDS = [invitation_link()]
HIDDEN: dict[str, Any] = {"sync_to_thread": True, "include_in_schema": False, "guards": GUARDS}
FORM_BYTES = 128 * 1024
"""An answer's text and its field names."""

PRIVATE = {"Cache-Control": "no-store"}
LANGUAGES = ("zh", "en")


@get("/room/{token:str}/mine", **HIDDEN)
def mine(
    request: WebRequest,
    token: FromPath[str],
    rights_own_pages: NamedDependency[OwnPages],
    asked: FromQuery[str] = "",
    again: FromQuery[bool] = False,
    language: FromQuery[str] = "",
) -> Response[str]:
    """Where things stand, what is kept, what was said, what may be asked for."""
    return _mine(request, token, rights_own_pages, asked=asked, again=again, language=language)


@post("/room/{token:str}/mine/requests", dependencies={"form": form_body(FORM_BYTES)}, **HIDDEN)
def ask(
    request: WebRequest,
    token: FromPath[str],
    rights_own_pages: NamedDependency[OwnPages],
    form: NamedDependency[Form],
) -> Response[str]:
    """Ask for something, and read what happens now and until when."""
    try:
        kind = _kind(form)
        _, new = rights_own_pages.ask(key_of(request, token), kind, form.text("words"))
    except LinkUnknown as closed:
        return _closed(request, closed)
    except Gone:
        return redirect(f"/room/{token}/mine")
    except Invalid as invalid:
        return _mine(request, token, rights_own_pages, status=422, invalid=invalid, form=form)
    return redirect(f"/room/{token}/mine?asked={kind.value}" + ("" if new else "&again=true"))


@post(
    "/room/{token:str}/mine/answers/{answer_id:str}",
    dependencies={"form": form_body(FORM_BYTES)},
    **HIDDEN,
)
def correct(
    request: WebRequest,
    token: FromPath[str],
    answer_id: FromPath[str],
    rights_own_pages: NamedDependency[OwnPages],
    form: NamedDependency[Form],
) -> Response[str]:
    """Correct what was written down, once an answer; nothing typed is lost on a refusal."""
    try:
        text = form.text("text", max_length=FORM_BYTES)
        rights_own_pages.correct(key_of(request, token), answer_id, text)
    except LinkUnknown as closed:
        return _closed(request, closed)
    except (Invalid, Conflict, NotFound, OtherDevice) as refused:
        typed = {answer_id: form.text("text", max_length=FORM_BYTES)}
        return _mine(
            request, token, rights_own_pages, status=refused.status, refused={answer_id: refused}, typed=typed
        )
    return redirect(f"/room/{token}/mine?asked=corrected#answer-{answer_id}")


@get("/room/{token:str}/mine/explanation.pdf", **HIDDEN)
def explanation(
    request: WebRequest, token: FromPath[str], rights_own_pages: NamedDependency[OwnPages]
) -> Response[bytes]:
    """The letter that explains the assessment."""
    pdf = rights_own_pages.explanation(key_of(request, token))
    headers = PRIVATE | {"Content-Disposition": 'attachment; filename="explanation.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@get("/room/copy/{token:str}", **HIDDEN)
def copy_door(
    request: WebRequest, token: FromPath[str], rights_copies: NamedDependency[Copies]
) -> Response[str]:
    """Asks for the code that the person was told."""
    try:
        return _copy_page(request, rights_copies.look(token), token)
    except LinkOver as over:
        return _closed(request, over)


@post("/room/copy/{token:str}", dependencies={"form": form_body()}, **HIDDEN)
def fetch_copy(
    request: WebRequest,
    token: FromPath[str],
    rights_copies: NamedDependency[Copies],
    form: NamedDependency[Form],
) -> Response[Any]:
    """The copy, once."""
    try:
        archive = rights_copies.fetch(
            token, form.text("code", max_length=40), lambda bundle: readable(request, bundle)
        )
    except (WrongCode, Invalid) as wrong:
        return _copy_page(request, rights_copies.look(token), token, status=wrong.status, wrong=wrong)
    except (LinkOver, NotFound) as over:
        return _closed(request, over)
    headers = PRIVATE | {"Content-Disposition": 'attachment; filename="my-data.zip"'}
    return Response(archive, media_type="application/zip", headers=headers)


def readable(request: WebRequest, bundle: Bundle) -> str:
    """The bundle as a page that opens without this appliance."""
    return _text(
        request,
        "interviews/rights/copy_index.html",
        bundle.language,
        bundle=bundle,
        kinds=KIND_LABELS,
        acts=ACTION_LABELS,
        parties=PARTY_LABELS,
    )


def _kind(form: Form) -> RequestKind:
    try:
        return RequestKind(form.text("kind"))
    except ValueError:
        raise Invalid({"kind": N_("Choose what you would like to ask for.")}) from None


def _mine(
    request: WebRequest,
    token: str,
    pages: OwnPages,
    *,
    status: int = 200,
    asked: str = "",
    again: bool = False,
    language: str = "",
    invalid: Invalid | None = None,
    form: Form | None = None,
    refused: dict[str, MusterError] | None = None,
    typed: dict[str, str] | None = None,
) -> Response[str]:
    try:
        own = pages.look(key_of(request, token))
    except LinkUnknown as closed:
        return _closed(request, closed)
    reading = language if language in LANGUAGES else own.interview.language
    name = "erased" if own.interview.state is InterviewState.ERASED else "mine"
    text = _text(
        request,
        f"interviews/rights/{name}.html",
        reading,
        base=f"/room/{token}",
        own=own,
        kinds=RequestKind,
        kind_labels=KIND_LABELS,
        state_labels=STATE_LABELS,
        asked=asked,
        again=again,
        invalid=invalid or Invalid(),
        wished=form.text("kind") if form else "",
        words=form.text("words", max_length=FORM_BYTES) if form else "",
        refused=refused or {},
        typed=typed or {},
    )
    return Response(text, status_code=status, media_type=HTML, headers=PRIVATE)


def _copy_page(
    request: WebRequest, language: str, token: str, *, status: int = 200, wrong: MusterError | None = None
) -> Response[str]:
    text = _text(
        request,
        "interviews/rights/copy_door.html",
        language,
        base="",
        action=f"/room/copy/{token}",
        wrong=wrong,
    )
    return Response(text, status_code=status, media_type=HTML, headers=PRIVATE)


def _closed(request: WebRequest, closed: MusterError) -> Response[str]:
    text = _text(
        request,
        "interviews/rights/closed.html",
        translator_of(request).language,
        base="",
        closed=closed,
    )
    return Response(text, status_code=closed.status, media_type=HTML, headers=PRIVATE)


def _text(request: WebRequest, template: str, language: str, **context: Any) -> str:
    """A page in the candidate's language, which is the interview's and not the browser's."""
    web: Web = request.app.state.web
    translator = web.catalogue.translator(language)
    with translator.active():
        return web.environment.get_template(template).render(
            language=translator.language, site_name=web.site_name, **context
        )


HANDLERS: list[Any] = [mine, ask, correct, explanation, copy_door, fetch_copy]
