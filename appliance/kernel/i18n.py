"""Two languages from the first page: catalogues read at start, the reader's language per request, formats.

Source strings are English msgids in `_()`, `N_()`, `ngettext()`, `pgettext()` (Python and templates); the
Chinese texts are `appliance/locale/zh/<room>.po`, read with Babel at start: there is nothing to compile.
A template hears its own room's texts first, then everybody's, so "Waiting" may be 排队中 for jobs and 待发送
for mail; `pgettext("short context", "Open")` is for two meanings inside one room.

Places are named: `_("%(count)d of %(total)d", count=1, total=2)`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent

from appliance.kernel.errors import N_, Message

__all__ = ["LANGUAGES", "Catalogue", "Message", "N_", "Translator", "_", "current", "ngettext", "pgettext"]

LANGUAGES: Mapping[str, str] = {"zh": "中文", "en": "English"}
DEFAULT_LANGUAGE = "zh"
JUST_NOW = timedelta(seconds=45)
_LOCALES = {"zh": Locale("zh", "CN", script="Hans"), "en": Locale("en", "GB")}


Texts = Mapping[tuple[str, str], tuple[str, ...]]
"""(context, msgid) to the text of each plural form."""


class Translated(Protocol):
    """Anything that carries a msgid and its values: a `Message`, or a MusterError."""

    @property
    def message(self) -> str: ...

    @property
    def params(self) -> Mapping[str, object]: ...


class Translator:
    """One language: texts and formats. Among the rooms' texts the first room's win for everybody."""

    def __init__(self, language: str, rooms: Mapping[str, Texts], room: str = "") -> None:
        self.language = language
        self.locale = _LOCALES[language]
        self._own = rooms.get(room, {})
        self._all: dict[tuple[str, str], tuple[str, ...]] = {}
        for texts in reversed(list(rooms.values())):
            self._all.update(texts)
        self._scoped = {} if room else {name: Translator(language, rooms, name) for name in rooms}

    def in_room(self, room: str) -> "Translator":
        """The same language as that room speaks it."""
        return self._scoped.get(room, self)

    def gettext(self, message: str, /, **params: object) -> str:
        """The text of a msgid, with its places filled."""
        return _fill(self._find("", message) or message, params)

    def pgettext(self, context: str, message: str, /, **params: object) -> str:
        """The text of a msgid that means different things in different contexts."""
        return _fill(self._find(context, message) or message, params)

    def ngettext(self, one: str, many: str, num: int, /, **params: object) -> str:
        """The text for a count; the place %(num)d is filled with it."""
        text = self._find("", one) or (one if num == 1 else many)
        return _fill(text, {"num": num} | params)

    def say(self, message: "str | Message | Translated") -> str:
        """The text of a message that was made before its reader's language was known."""
        if isinstance(message, str):
            return self.gettext(message) if message else ""
        if isinstance(message, Message):
            return self.gettext(message.text, **_spoken(self, message.params))
        return self.gettext(message.message, **_spoken(self, message.params))

    def day(self, value: date | None, zone: ZoneInfo | None = None) -> str:
        """A calendar day with its weekday; an instant is first taken to the zone."""
        if value is None:
            return "—"
        if isinstance(value, datetime) and zone is not None:
            value = value.astimezone(zone)
        pattern = "y年M月d日 EEE" if self.language == "zh" else "EEE d MMM y"
        return format_date(value, pattern, locale=self.locale)

    def month(self, value: str) -> str:
        """A month written as 2026-11."""
        pattern = "y年M月" if self.language == "zh" else "MMMM y"
        return format_date(date.fromisoformat(f"{value}-01"), pattern, locale=self.locale)

    def moment(self, value: datetime | None, zone: ZoneInfo) -> str:
        """An instant in the site's zone, to the minute, with its weekday."""
        if value is None:
            return "—"
        pattern = "y年M月d日 EEE HH:mm" if self.language == "zh" else "EEE d MMM y, HH:mm"
        return format_datetime(value.astimezone(zone), pattern, locale=self.locale)

    def ago(self, value: datetime, now: datetime) -> str:
        """How long before (or after) now, in the largest fitting unit."""
        if abs(value - now) < JUST_NOW:
            return self.gettext(N_("just now"))
        return format_timedelta(value - now, add_direction=True, locale=self.locale)

    def number(self, value: int | float | Decimal | None, digits: int | None = None) -> str:
        """A number with thousands separators, `digits` after the point when given."""
        if value is None:
            return "—"
        pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self.locale)

    def percent(self, value: float | Decimal | None, digits: int = 0) -> str:
        """A share (0.25) as per cent."""
        if value is None:
            return "—"
        return format_percent(
            value, format="0" + ("." + "0" * digits if digits else "") + "%", locale=self.locale
        )

    def money(self, value: Decimal | None) -> str:
        """An amount in yuan, always with fen."""
        if value is None:
            return "—"
        return format_currency(value, "CNY", format="¤#,##0.00", locale=_LOCALES["zh"])

    @contextmanager
    def active(self) -> Iterator["Translator"]:
        """Make `_()` speak this language inside the block (a request, one mail)."""
        token = _ACTIVE.set(self)
        try:
            yield self
        finally:
            _ACTIVE.reset(token)

    def activate(self) -> None:
        """Make `_()` speak this language from here on in this context (one request)."""
        _ACTIVE.set(self)

    def _find(self, context: str, message: str) -> str:
        forms = self._own.get((context, message)) or self._all.get((context, message))
        return forms[0] if forms else ""


class Catalogue:
    """All languages of the appliance, read once at start."""

    def __init__(self, chinese: Mapping[str, Texts]) -> None:
        self._translators = {"zh": Translator("zh", chinese), "en": Translator("en", {})}

    @classmethod
    def load(cls, folder: Path) -> "Catalogue":
        """Read `<folder>/zh/<room>.po`, the kernel's first. Fuzzy entries are drafts and are left out."""
        paths = sorted((folder / "zh").glob("*.po"), key=lambda path: (path.stem != "kernel", path.stem))
        return cls({path.stem: read_texts(path) for path in paths})

    def translator(self, language: str) -> Translator:
        """The translator of a language; Chinese for one that the appliance does not speak."""
        return self._translators.get(language, self._translators[DEFAULT_LANGUAGE])


def read_texts(path: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """The texts of one .po file by (context, msgid)."""
    with path.open("rb") as file:
        catalog = read_po(file, locale="zh_CN", abort_invalid=True)
    texts: dict[tuple[str, str], tuple[str, ...]] = {}
    for entry in catalog:
        if not entry.id or entry.fuzzy:
            continue
        identifier = entry.id if isinstance(entry.id, str) else entry.id[0]
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if all(forms) and forms:
            texts[(entry.context or "", identifier)] = forms
    return texts


def choose_language(*wishes: str | None, accept: str = "") -> str:
    """The first wish that the appliance speaks (cookie, account), else the browser's order, else Chinese."""
    for wish in wishes:
        if wish and wish in LANGUAGES:
            return wish
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.split(",")[:20]):
        tag, _semicolon, rest = part.strip().partition(";")
        quality = rest.strip().removeprefix("q=") if rest else "1"
        try:
            ranked.append((-float(quality), place, tag.split("-")[0].lower()))
        except ValueError:
            continue
    for negative, _place, tag in sorted(ranked):
        if tag in LANGUAGES and negative < 0:
            return tag
    return DEFAULT_LANGUAGE


def current() -> Translator:
    """The translator of this request (plain English source texts outside of one)."""
    return _ACTIVE.get()


def _(message: str, /, **params: object) -> str:
    """The reader's text of a msgid."""
    return _ACTIVE.get().gettext(message, **params)


def pgettext(context: str, message: str, /, **params: object) -> str:
    """The reader's text of a msgid in its context."""
    return _ACTIVE.get().pgettext(context, message, **params)


def ngettext(one: str, many: str, num: int, /, **params: object) -> str:
    """The reader's text for a count."""
    return _ACTIVE.get().ngettext(one, many, num, **params)


def _fill(text: str, params: Mapping[str, object]) -> str:
    """Fill named places; a text without values stays as it is, so that a bare per cent sign is allowed."""
    return text % params if params else text


def _spoken(translator: Translator, params: Mapping[str, object]) -> dict[str, object]:
    return {name: _spoken_value(translator, value) for name, value in params.items()}


def _spoken_value(translator: Translator, value: object) -> object:
    if isinstance(value, Message):
        return translator.say(value)
    return translator.day(value) if type(value) is date else value


_SOURCE = Translator("en", {})
# The reader's language travels with the request (also into its worker thread), not with the module.
_ACTIVE: ContextVar[Translator] = ContextVar("translator", default=_SOURCE)
