"""A stored message becomes a letter: text and HTML in the reader's language, with the calendar file."""

from datetime import date, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined, UndefinedError, select_autoescape

from appliance.notifications.calendar_file import calendar_file
from appliance.notifications.model import REQUIRED_CONTEXT, ContextValue, Message, Recipient, Template

LANGUAGES: Final = ("zh", "en")

_MOMENT: Final = {"zh": "yyyy年M月d日（EEEE）HH:mm", "en": "EEEE d MMMM yyyy, HH:mm"}
_DAY: Final = {"zh": "yyyy年M月d日（EEEE）", "en": "EEEE d MMMM yyyy"}
_EVENT: Final = {"zh": "线上面试：", "en": "Online interview: "}
_LOCALE: Final = {"zh": "zh_Hans_CN", "en": "en_GB"}


class IncompleteLetter(Exception):
    """The context misses something the template needs; ``str()`` is the name of the missing key."""


class BadAddress(Exception):
    """The recipient's address is not one a letter can go to; never carries the address."""


class Letters:
    """Writes letters from the templates in ``templates/notifications/mail``."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._environment = Environment(
            loader=PackageLoader("appliance", "templates/notifications/mail"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def write(self, message: Message, recipient: Recipient, sender: Recipient) -> EmailMessage:
        """The letter, with a Message-ID that stays the same when it has to be sent again.

        Raises ``IncompleteLetter`` and ``BadAddress``.
        """
        missing = REQUIRED_CONTEXT[message.template] - message.context.keys()
        if missing:
            raise IncompleteLetter(sorted(missing)[0])
        values = self._values(message, recipient)
        letter = EmailMessage(policy=SMTP)
        letter["From"] = _address(sender)
        letter["To"] = _address(recipient)
        letter["Message-ID"] = f"<{message.id}@{sender.address.rpartition('@')[2] or 'muster.local'}>"
        letter["Date"] = message.created_at
        letter["Auto-Submitted"] = "auto-generated"
        letter["Content-Language"] = message.language
        letter["Subject"] = " ".join(self._part(message, "txt", "subject", values).split())
        letter.set_content(self._part(message, "txt", "body", values).strip() + "\n")
        letter.add_alternative(self._whole(message, values), subtype="html")
        withdrawn = message.context.get("step") == "withdrawn" and "calendar_uid" in message.context
        if message.template is Template.INVITATION or withdrawn:
            self._attach_calendar(letter, message, sender, cancelled=withdrawn)
        return letter

    def read_over(self, message: Message) -> tuple[str, str]:
        """Subject and text of a letter to nobody yet. Raises ``IncompleteLetter``."""
        values = self._values(message, Recipient("", str(message.context.get("name", ""))))
        subject = " ".join(self._part(message, "txt", "subject", values).split())
        return subject, self._part(message, "txt", "body", values).strip()

    def _values(self, message: Message, recipient: Recipient) -> dict[str, object]:
        language = message.language
        values: dict[str, object] = {"language": language, "name": recipient.name, **message.context}
        for key, value in message.context.items():
            if key.endswith("_at") and isinstance(value, str):
                values[key] = self.moment(value, language)
            elif key.endswith("_on") and isinstance(value, str):
                values[key] = format_date(date.fromisoformat(value), _DAY[language], locale=_LOCALE[language])
        values["zone"] = self._zone.key
        return values

    def moment(self, iso: str, language: str) -> str:
        """An instant in ISO 8601 as the site's wall time, written for a reader."""
        local = _instant(iso).astimezone(self._zone)
        return format_datetime(local, _MOMENT[language], locale=_LOCALE[language])

    def _part(self, message: Message, extension: str, block: str, values: dict[str, object]) -> str:
        template = self._environment.get_template(f"{message.template.value}.{message.language}.{extension}")
        try:
            return "".join(template.blocks[block](template.new_context(values)))
        except UndefinedError as error:
            raise IncompleteLetter(str(error)) from error

    def _whole(self, message: Message, values: dict[str, object]) -> str:
        template = self._environment.get_template(f"{message.template.value}.{message.language}.html")
        try:
            return template.render(values)
        except UndefinedError as error:
            raise IncompleteLetter(str(error)) from error

    def _attach_calendar(
        self, letter: EmailMessage, message: Message, sender: Recipient, *, cancelled: bool
    ) -> None:
        context = message.context
        sequence = context.get("calendar_sequence", 0)
        link = context.get("link") or ""
        file = calendar_file(
            uid=str(context.get("calendar_uid") or f"{message.id}@muster"),
            sequence=sequence if isinstance(sequence, int) else 0,
            cancelled=cancelled,
            organizer=sender.address,
            made_at=message.created_at,
            begins_at=_instant(_text(context, "opens_at")),
            ends_at=_instant(_text(context, "closes_at")),
            summary=_EVENT[message.language] + _text(context, "post"),
            description=str(link),
            url=str(link),
        )
        letter.add_attachment(
            file, maintype="text", subtype="calendar", filename="interview.ics", params={"method": "PUBLISH"}
        )


def _instant(iso: str) -> datetime:
    moment = datetime.fromisoformat(iso)
    if moment.tzinfo is None:
        raise IncompleteLetter("offset of " + iso[:10])
    return moment


def _text(context: dict[str, ContextValue], key: str) -> str:
    value = context.get(key)
    if not isinstance(value, str):
        raise IncompleteLetter(key)
    return value


def _address(recipient: Recipient) -> Address:
    try:
        address = Address(
            display_name="".join(mark for mark in recipient.name if mark.isprintable()),
            addr_spec=recipient.address,
        )
    except (MessageError, ValueError, IndexError):
        # The parser's own text quotes the address.
        raise BadAddress from None
    if not address.username or not address.domain or any(mark.isspace() for mark in recipient.address):
        raise BadAddress
    return address
