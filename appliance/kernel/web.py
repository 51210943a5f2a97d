"""Pages: templates in the reader's language with navigation and theme, fragments for htmx, redirects, paging.

Handlers parse, call one verb and render:

    @get("/openings/{opening_id:str}", guards=[requires(Permission.OPENINGS_READ)], sync_to_thread=True)
    def show(
        self, request: WebRequest, openings: NamedDependency[Openings], opening_id: FromPath[str],
        page_number: FromQuery[int] = 1,
    ) -> Response[str]:
        return page(request, "recruiting/opening.html", opening=openings.get(opening_id))

Parameters say where they come from (Litestar warns about bare ones, and warnings are errors in tests).

Forms: `kernel.forms` (re-exported here). Errors raised by a verb become pages by themselves
(`kernel.problems`); a form that shows its errors beside the fields catches `Invalid` and renders again:

    except Invalid as invalid:
        return page(request, "recruiting/opening_form.html", status=422, form=form, invalid=invalid)
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote

import jinja2
import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from markupsafe import Markup

from appliance.kernel import i18n
from appliance.kernel.actor import ANONYMOUS, Actor
from appliance.kernel.clock import Clock, from_text
from appliance.kernel.errors import Invalid, Message, MusterError
from appliance.kernel.forms import Form, UploadedFile, form_body, raw_body, read_body, read_form
from appliance.kernel.i18n import Catalogue, Translator, choose_language
from appliance.kernel.naming import Names, party_name
from appliance.kernel.navigation import (
    NavGroup,
    NavItem,
    Searches,
    SearchHit,
    Urgency,
    WaitingCard,
    WaitingCards,
    sections_for,
)

__all__ = [
    "AuthKind",
    "AuthToken",
    "Form",
    "FromPath",
    "FromQuery",
    "JSONBody",
    "NavGroup",
    "NamedDependency",
    "NavItem",
    "Page",
    "PageNumber",
    "PageSize",
    "Paging",
    "SearchHit",
    "Searches",
    "UploadedFile",
    "Urgency",
    "WaitingCard",
    "WaitingCards",
    "Web",
    "WebRequest",
    "actor_of",
    "form_body",
    "fragment",
    "is_htmx",
    "page",
    "raw_body",
    "read_body",
    "read_form",
    "redirect",
    "translator_of",
]

T = TypeVar("T")
HTML = "text/html"
LANGUAGE_COOKIE = "lang"
THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
LAST_PAGE = 100_000
"""No list is longer, and no number that somebody types grows beyond what SQLite counts with."""
PageNumber = Annotated[int, QueryParameter(name="page", ge=1, le=LAST_PAGE, description="From 1.")]
PageSize = Annotated[int, QueryParameter(name="size", ge=1, le=500, description="Rows a page.")]
"""Of the lists of the JSON API."""
ADDRESS_LETTERS = "/?#[]@!$&'()*+,;=:%"
"""What stands in an address as it is (RFC 3986 section 2.2), and the sign of what is escaped already."""


class AuthKind(StrEnum):
    """How a request proved who it is."""

    NONE = "none"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a kind, no secret


class AuthToken(msgspec.Struct, frozen=True):
    """How this request proved who it is, and the account's own settings.

    `id` names the session or token row and is no secret; `login` is shown in the corner of the page.
    """

    kind: AuthKind = AuthKind.NONE
    id: str = ""
    account_id: str = ""
    login: str = ""
    language: str = ""
    theme: str = ""


WebRequest = Request[Actor, AuthToken, State]
Connection = ASGIConnection[Any, Any, Any, Any]
NOBODY = AuthToken()


class Paging(msgspec.Struct, frozen=True):
    """Which page of a list: `number` from 1, `size` rows."""

    number: int = 1
    size: int = 25

    @property
    def offset(self) -> int:
        return (min(max(1, self.number), LAST_PAGE) - 1) * self.size


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list: `total` counts all rows, `page` is from 1."""

    items: Sequence[T]
    total: int
    page: int = 1
    size: int = 25

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return 0 if not self.total else (self.page - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.total, self.page * self.size)


class Web:
    """Renders templates; made once by the composition root and kept at `app.state.web`."""

    def __init__(
        self,
        *,
        templates: Path,
        static: Path,
        vendor: Path | None,
        catalogue: Catalogue,
        clock: Clock,
        navigation: Sequence[NavItem] = (),
        waiting: Sequence[WaitingCards] = (),
        searches: Sequence[Searches] = (),
        names: Sequence[Names] = (),
        site_name: str = "",
    ) -> None:
        self.catalogue = catalogue
        self.clock = clock
        self.navigation = navigation
        self.waiting = waiting
        self.searches = searches
        self.names = names
        self.site_name = site_name
        self.static = static
        self.vendor = vendor
        self._assets: dict[str, str] = {}
        self.environment = self._environment(templates)

    def asset_url(self, name: str) -> str:
        """The address of a static file with a piece of its hash: kept until the file changes."""
        if name not in self._assets:
            path = self._asset_path(name)
            known = path is not None and path.is_file()
            version = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if known and path else ""
            self._assets[name] = f"/static/{name}?v={version}" if version else ""
        return self._assets[name]

    def render(self, request: WebRequest, template: str, context: dict[str, Any]) -> str:
        """The template's text in the reader's language."""
        translator = translator_of(request)
        with translator.active():
            shared = self._context(request, translator)
            return self.environment.get_template(template).render(shared | context)

    def _asset_path(self, name: str) -> Path | None:
        if name.startswith("vendor/"):
            return self.vendor / name.removeprefix("vendor/") if self.vendor is not None else None
        return self.static / name

    def _environment(self, templates: Path) -> jinja2.Environment:
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        zone = self.clock.zone
        environment.globals.update(
            _=_gettext,
            ngettext=_ngettext,
            pgettext=_pgettext,
            N_=i18n.N_,
            asset=self.asset_url,
            say=_say,
        )
        environment.filters.update(
            who=lambda label: party_name(label, self.names, i18n.current().gettext),
            month=lambda value: i18n.current().month(value),
            day=lambda value: i18n.current().day(_date(value), zone),
            moment=lambda value: i18n.current().moment(_instant(value), zone),
            clock_time=lambda value: "—" if value is None else f"{_instant(value).astimezone(zone):%H:%M}",
            ago=lambda value: i18n.current().ago(_instant(value), self.clock.now()),
            money=lambda value: i18n.current().money(_amount(value)),
            number=lambda value, digits=None: i18n.current().number(value, digits),
            percent=lambda value, digits=0: i18n.current().percent(value, digits),
            say=_say,
            lines=_lines,
        )
        return environment

    def _context(self, request: WebRequest, translator: Translator) -> dict[str, Any]:
        actor, auth = actor_of(request), auth_of(request)
        path = request.url.path
        return {
            "request": request,
            "actor": actor,
            "auth": auth,
            "language": translator.language,
            "languages": i18n.LANGUAGES,
            "theme": _theme(request, auth),
            "navigation": sections_for(list(self.navigation), actor, path, translator.gettext),
            "path": path,
            "query": request.url.query,
            "today": self.clock.today(),
            "now": self.clock.now(),
            "site_name": self.site_name,
            "htmx": is_htmx(request),
            "invalid": Invalid(),
        }


def page(request: WebRequest, template: str, /, *, status: int = 200, **context: Any) -> Response[str]:
    """A whole page. The context also holds actor, auth, language, theme, navigation, path, now and today."""
    return _response(request, template, status, context)


def fragment(request: WebRequest, template: str, /, *, status: int = 200, **context: Any) -> Response[str]:
    """A piece of a page for htmx; the template does not extend `base.html`."""
    return _response(request, template, status, context)


def redirect(path: str) -> Response[str]:
    """See the other page (303), so that loading it again does not send the form twice. `path` is local; what no
    address may hold (a line break, a Chinese letter) is escaped, what is escaped already stays."""
    location = quote(path, safe=ADDRESS_LETTERS)
    return Response("", status_code=303, headers={"Location": location}, media_type=HTML)


def is_htmx(request: WebRequest) -> bool:
    """Whether htmx asks for a fragment."""
    return request.headers.get("hx-request") == "true"


def actor_of(request: WebRequest) -> Actor:
    """Who acts; the anonymous actor also where no route (and so no authentication) was reached."""
    user = request.scope.get("user")
    return user if isinstance(user, Actor) else ANONYMOUS


def auth_of(request: Connection) -> AuthToken:
    """How the request proved who it is."""
    auth = request.scope.get("auth")
    return auth if isinstance(auth, AuthToken) else NOBODY


def translator_of(request: Connection) -> Translator:
    """The reader's language: cookie, else the account's, else the browser's, else Chinese."""
    web: Web = request.app.state.web
    return web.catalogue.translator(
        choose_language(
            request.cookies.get(LANGUAGE_COOKIE),
            auth_of(request).language,
            accept=request.headers.get("accept-language", ""),
        )
    )


def _response(request: WebRequest, template: str, status: int, context: dict[str, Any]) -> Response[str]:
    web: Web = request.app.state.web
    content = web.render(request, template, context)
    return Response(content, status_code=status, media_type=HTML, headers={"Vary": "Cookie, Accept-Language"})


def _room(context: jinja2.runtime.Context) -> Translator:
    """The reader's language as the template's room speaks it: `audit/jobs.html` is audit's."""
    return i18n.current().in_room((context.name or "").partition("/")[0])


@jinja2.pass_context
def _gettext(context: jinja2.runtime.Context, message: str, /, **params: object) -> str:
    return _room(context).gettext(message, **params)


@jinja2.pass_context
def _pgettext(context: jinja2.runtime.Context, meaning: str, message: str, /, **params: object) -> str:
    return _room(context).pgettext(meaning, message, **params)


@jinja2.pass_context
def _ngettext(context: jinja2.runtime.Context, one: str, many: str, num: int, /, **params: object) -> str:
    return _room(context).ngettext(one, many, num, **params)


@jinja2.pass_context
def _say(context: jinja2.runtime.Context, message: str | Message | MusterError) -> str:
    return _room(context).say(message)


def _theme(request: WebRequest, auth: AuthToken) -> str:
    wish = request.cookies.get(THEME_COOKIE) or auth.theme
    return wish if wish in THEMES else THEMES[0]


def _instant(value: datetime | str) -> datetime:
    return from_text(value) if isinstance(value, str) else value


def _date(value: date | str | None) -> date | None:
    if isinstance(value, str):
        return from_text(value) if "T" in value else date.fromisoformat(value)
    return value


def _amount(value: Decimal | str | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _lines(text: str) -> Markup:
    """Text as typed, its line breaks kept, everything else escaped."""
    return Markup("<br>").join(text.splitlines())
