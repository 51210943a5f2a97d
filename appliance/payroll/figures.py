"""A figure that opens into what made it: its inputs, the rule, and the notice the rule comes from."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from appliance.kernel.errors import Message


class Unit(StrEnum):
    """What a figure counts."""

    YUAN = "yuan"
    DAYS = "days"
    MONTHS = "months"
    SHARE = "share"
    """A part of one: 0.08 is 8 %."""


class Source(Struct, frozen=True):
    """The law or notice behind a value. ``confirm``: the site still has to check it against its own copy."""

    title: str
    article: str = ""
    url: str = ""
    scope: str = ""
    effective_from: date | None = None
    effective_until: date | None = None
    confirm: bool = False


class Figure(Struct, frozen=True):
    """One number with its explanation. ``value`` is None when it cannot be computed; ``missing`` says why."""

    key: str
    label: Message
    unit: Unit
    value: Decimal | None
    rule: Message | None = None
    sources: tuple[Source, ...] = ()
    inputs: tuple["Figure", ...] = ()
    missing: Message | None = None

    @property
    def to_confirm(self) -> bool:
        """Whether a value that the site has to confirm takes part in this figure, however deep."""
        return any(source.confirm for source in self.sources) or any(part.to_confirm for part in self.inputs)


def not_computed(key: str, label: Message, reason: Message, inputs: tuple[Figure, ...] = ()) -> Figure:
    """A figure that says why it is not there."""
    return Figure(key, label, Unit.YUAN, None, missing=reason, inputs=inputs)
