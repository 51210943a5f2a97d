"""Pay figures in the reader's language, for JSON and for the page."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from appliance.kernel.i18n import Translator
from appliance.payroll.figures import Figure, Source, Unit
from appliance.payroll.model import MonthPay, PayRecord, SegmentKind, WageSegment


class FigureView(Struct, frozen=True):
    """A figure with its explanation; ``value`` is null when ``not_computed`` says why. Yuan are decimal
    strings.
    """

    key: str
    label: str
    unit: Unit
    value: Decimal | None
    rule: str
    not_computed: str
    to_confirm: bool
    sources: list[Source]
    inputs: "list[FigureView]"


class SegmentView(Struct, frozen=True):
    """A wage that holds from a day until a day (both inclusive; null: until changed)."""

    from_on: date
    until_on: date | None
    monthly_wage: Decimal
    kind: SegmentKind
    basis: FigureView


class MonthView(Struct, frozen=True):
    """A month's pay."""

    month: str
    gross: FigureView
    contributions: list[FigureView]
    tax: FigureView
    net: FigureView


class RecordView(Struct, frozen=True):
    """A pay record with its wage segments and one month."""

    id: str
    employee_id: str
    number: str
    name: str
    scope: str
    starts_on: date
    closed_on: date | None
    segments: list[SegmentView]
    pay: MonthView


def figure_view(figure: Figure, translator: Translator) -> FigureView:
    """The figure as a reader of this language sees it."""
    return FigureView(
        key=figure.key,
        label=translator.say(figure.label),
        unit=figure.unit,
        value=figure.value,
        rule="" if figure.rule is None else translator.say(figure.rule),
        not_computed="" if figure.missing is None else translator.say(figure.missing),
        to_confirm=figure.to_confirm,
        sources=list(figure.sources),
        inputs=[figure_view(part, translator) for part in figure.inputs],
    )


def segment_view(segment: WageSegment, translator: Translator) -> SegmentView:
    """The segment as a reader of this language sees it."""
    basis = figure_view(segment.basis, translator)
    return SegmentView(segment.from_on, segment.until_on, segment.monthly_wage, segment.kind, basis)


def month_view(pay: MonthPay, translator: Translator) -> MonthView:
    """The month as a reader of this language sees it."""
    return MonthView(
        month=f"{pay.year}-{pay.month:02d}",
        gross=figure_view(pay.gross, translator),
        contributions=[figure_view(line, translator) for line in pay.contributions],
        tax=figure_view(pay.tax, translator),
        net=figure_view(pay.net, translator),
    )


def record_view(
    record: PayRecord, number: str, name: str, pay: MonthPay, translator: Translator
) -> RecordView:
    """The record as a reader of this language sees it."""
    return RecordView(
        id=record.id,
        employee_id=record.employee_id,
        number=number,
        name=name,
        scope=record.scope,
        starts_on=record.starts_on,
        closed_on=record.closed_on,
        segments=[segment_view(segment, translator) for segment in record.segments],
        pay=month_view(pay, translator),
    )
