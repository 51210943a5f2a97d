"""HR's pages of inviting many at once: choose, read the letter, send, and see how it went with each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.invitations.batches import Batches
from appliance.interviews.invitations.desk import RecruitingDesk
from appliance.interviews.invitations.model import MOST_AT_ONCE, OUTCOMES, OWN_LANGUAGE, BatchLine, Outcome
from appliance.interviews.invitations.preview import LetterPreview, ReadLetter
from appliance.interviews.invitations.service import LANGUAGES, Invitations, InvitationWish
from appliance.kernel.clock import Clock
from appliance.kernel.errors import Invalid
from appliance.kernel.site import Site
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    WebRequest,
    form_body,
    fragment,
    page,
    redirect,
    translator_of,
)

MANAGE = [requires(Permission.INTERVIEWS_MANAGE)]
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}
FIELDS = ("window_start", "window_end", "language")


@get("/interviews/invitations", guards=MANAGE, **HIDDEN)
def choose(
    request: WebRequest,
    interview_batches: NamedDependency[Batches],
    interview_desk: NamedDependency[RecruitingDesk],
    opening: FromQuery[str] = "",
) -> Response[str]:
    """Whom to invite of an opening, and the last batches."""
    site: Site = request.app.state.site
    start = datetime.combine(site.clock.today(), datetime.min.time()) + timedelta(days=1, hours=8)
    values = {
        "window_start": start.isoformat(timespec="minutes"),
        "window_end": (start + timedelta(days=7, hours=12)).isoformat(timespec="minutes"),
        "language": OWN_LANGUAGE,
    }
    return _choice(request, interview_batches, interview_desk, opening, values)


@post("/interviews/invitations/preview", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def preview(
    request: WebRequest,
    form: NamedDependency[Form],
    interview_batches: NamedDependency[Batches],
    interview_desk: NamedDependency[RecruitingDesk],
    interview_invitations: NamedDependency[Invitations],
    interview_letter_preview: NamedDependency[LetterPreview],
) -> Response[str]:
    """What would come of each, and the letter in both languages; nothing is sent yet."""
    site: Site = request.app.state.site
    opening, chosen = form.text("opening"), form.texts("candidates")
    try:
        wish = _wish(form, site.clock)
        lines = interview_batches.foreseen(opening, chosen, wish)
    except Invalid as invalid:
        return _again(request, form, interview_batches, interview_desk, invalid)
    ready = [one for one in lines if one.outcome is Outcome.WAITING]
    letters = _letters(request, interview_invitations, interview_letter_preview, ready, wish)
    return page(
        request,
        "interviews/invite_batch_preview.html",
        opening=opening,
        title=interview_desk.titles(translator_of(request).language).get(opening, ""),
        values={name: form.text(name) for name in FIELDS},
        wish=wish,
        ready=ready,
        others=interview_batches.named_lines([one for one in lines if one.outcome is not Outcome.WAITING]),
        letters=letters,
        outcomes=OUTCOMES,
    )


@post("/interviews/invitations", guards=MANAGE, dependencies={"form": form_body()}, **HIDDEN)
def send(
    request: WebRequest,
    form: NamedDependency[Form],
    interview_batches: NamedDependency[Batches],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """Ask for the invitations and show how far they are."""
    site: Site = request.app.state.site
    try:
        wish = _wish(form, site.clock)
        batch = interview_batches.start(request.user, form.text("opening"), form.texts("candidates"), wish)
    except Invalid as invalid:
        return _again(request, form, interview_batches, interview_desk, invalid)
    return redirect(f"/interviews/invitations/{batch.id}")


@get("/interviews/invitations/{batch_id:str}", guards=MANAGE, **HIDDEN)
def show(
    request: WebRequest,
    batch_id: FromPath[str],
    interview_batches: NamedDependency[Batches],
    interview_desk: NamedDependency[RecruitingDesk],
) -> Response[str]:
    """How far a batch is; the page looks again by itself until everybody is settled."""
    progress = interview_batches.progress(batch_id)
    again = request.headers.get("hx-target") == "batch-progress"
    renders, template = (fragment, "batch_lines") if again else (page, "batch")
    titles = interview_desk.titles(translator_of(request).language)
    return renders(
        request,
        f"interviews/invite_{template}.html",
        progress=progress,
        counts=[(one, progress.count(one)) for one in OUTCOMES if progress.count(one)],
        title=titles.get(progress.batch.opening_id, ""),
        outcomes=OUTCOMES,
    )


def _choice(
    request: WebRequest,
    batches: Batches,
    desk: RecruitingDesk,
    opening: str,
    values: Mapping[str, str],
    *,
    chosen: Sequence[str] = (),
    invalid: Invalid | None = None,
) -> Response[str]:
    titles = desk.titles(translator_of(request).language)
    known = opening if opening in titles else ""
    candidates, total = desk.waiting_for_invitation(known, MOST_AT_ONCE) if known else ([], 0)
    return page(
        request,
        "interviews/invite_batch_choose.html",
        status=422 if invalid else 200,
        opening=known,
        titles=titles,
        candidates=candidates,
        total=total,
        limit=MOST_AT_ONCE,
        values=values,
        chosen=frozenset(chosen),
        batches=batches.newest(),
        invalid=invalid or Invalid(),
    )


def _again(
    request: WebRequest, form: Form, batches: Batches, desk: RecruitingDesk, invalid: Invalid
) -> Response[str]:
    values = {name: form.text(name) for name in FIELDS}
    chosen = form.texts("candidates")
    return _choice(request, batches, desk, form.text("opening"), values, chosen=chosen, invalid=invalid)


def _letters(
    request: WebRequest,
    invitations: Invitations,
    write: LetterPreview,
    ready: Sequence[BatchLine],
    wish: InvitationWish,
) -> list[ReadLetter]:
    if not ready:
        return []
    languages = LANGUAGES if wish.language == OWN_LANGUAGE else (wish.language,)
    first = ready[0].candidate_id
    return [write(one, invitations.sample(request.user, first, wish, one)) for one in languages]


def _wish(form: Form, clock: Clock) -> InvitationWish:
    return InvitationWish(
        window_start=form.local_moment("window_start").replace(tzinfo=clock.zone),
        window_end=form.local_moment("window_end").replace(tzinfo=clock.zone),
        language=form.text("language", default=OWN_LANGUAGE),
    )


HANDLERS: list[Any] = [choose, preview, send, show]
