"""The lowest lawful wage on probation, as an explained figure (劳动合同法 art. 20)."""

from decimal import Decimal

from appliance.kernel.errors import N_, Message
from appliance.payroll.figures import Figure, Unit
from appliance.payroll.rulebook import Rule, rule_figure
from appliance.people.money import to_fen


def probation_wage(
    *,
    wage: Decimal,
    agreed_share: Decimal,
    share_floor: Rule[Decimal],
    lowest_of_post: Decimal | None,
    minimum_wage: Rule[Decimal] | None,
) -> Figure:
    """The monthly wage on probation in yuan, rounded half up to the fen at the share.

    The highest of: the agreed share of the wage (never below the law's 80 %), the lowest pay of the same
    post, the local minimum wage. It does not exceed the agreed wage, except where the minimum wage does. An
    unknown minimum wage is left out and said in the figure.
    """
    share = max(agreed_share, share_floor.value)
    step = to_fen(wage * share)
    inputs = [
        Figure(
            "agreed_share",
            Message(N_("Agreed share of the wage")),
            Unit.YUAN,
            step,
            rule=Message(
                N_("Wage %(wage)s x %(share)s, at least the law's share"), {"wage": wage, "share": share}
            ),
            inputs=(
                Figure("wage", Message(N_("Agreed monthly wage")), Unit.YUAN, wage),
                Figure("share", Message(N_("Agreed share on probation")), Unit.SHARE, agreed_share),
                rule_figure("probation_wage_floor", share_floor, Unit.SHARE),
            ),
        )
    ]
    capped = step
    if lowest_of_post is not None:
        inputs.append(
            Figure(
                "lowest_of_post",
                Message(N_("Lowest pay of the same post")),
                Unit.YUAN,
                to_fen(lowest_of_post),
            )
        )
        capped = min(max(step, to_fen(lowest_of_post)), max(step, to_fen(wage)))
    inputs.append(_minimum(minimum_wage))
    value = capped if minimum_wage is None else max(capped, to_fen(minimum_wage.value))
    return Figure(
        "probation_wage",
        Message(N_("Monthly wage on probation")),
        Unit.YUAN,
        value,
        rule=Message(
            N_("The highest of the agreed share, the lowest pay of the same post and the local minimum wage")
        ),
        sources=(share_floor.source,),
        inputs=tuple(inputs),
    )


def _minimum(minimum_wage: Rule[Decimal] | None) -> Figure:
    if minimum_wage is None:
        return Figure(
            "minimum_wage",
            Message(N_("Local minimum wage")),
            Unit.YUAN,
            None,
            missing=Message(N_("The local minimum wage of this day is not in the rules; check it by hand.")),
        )
    return rule_figure("minimum_wage", minimum_wage, Unit.YUAN)
