"""The site's policy on observations: not measured, shown, or counted on a recorded legal basis.

As shipped, observations are shown and never counted. Counting them is a decision that a named person answers for,
with the law it rests on; where the law of the site forbids it, it is refused, and a site whose jurisdiction
changes afterwards falls back to showing.
"""

import hashlib
from datetime import date
from enum import StrEnum

from msgspec import Struct

from appliance.audit.ledger import record
from appliance.interviews.analysis import store
from appliance.interviews.analysis.store import PolicyRow
from appliance.kernel.actor import Actor
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Invalid, Message

EU = (
    "EU AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"  # codes of ISO 3166
)
EU_AND_EEA = frozenset([*EU.split(), "IS", "LI", "NO"])
"""Regulation (EU) 2024/1689, Article 5(1)(f): no inferring of emotions of people at the workplace, which takes in
recruiting. The EEA states take the regulation over."""

SHORTEST_BASIS = 20
LONGEST_BASIS = 2000


class ObservationPolicy(StrEnum):
    """What the site does with what is seen and heard beside the words."""

    OFF = "off"
    OBSERVE = "observe"
    SCORE = "score"


class LegalBasis(Struct, frozen=True, kw_only=True):
    """Who answers for counting observations, on what ground, and since when it holds."""

    person: str
    text: str
    day: date


class Standing(Struct, frozen=True, kw_only=True):
    """The policy in force. `decided` is the decision it comes from, None where the site's settings say it;
    `overruled` is true where a decision to count no longer holds under the site's jurisdiction."""

    policy: ObservationPolicy
    jurisdiction: str
    decided: PolicyRow | None = None
    overruled: bool = False

    @property
    def measures(self) -> bool:
        """Whether pictures and the way of speaking are looked at."""
        return self.policy is not ObservationPolicy.OFF

    @property
    def may_count(self) -> bool:
        """Whether the jurisdiction allows counting."""
        return not counting_forbidden(self.jurisdiction)

    @property
    def reads_expressions(self) -> bool:
        """Whether facial expression may be measured at all: where inferring emotions is banned it is not."""
        return self.measures and self.may_count


def counting_forbidden(jurisdiction: str) -> bool:
    """Whether the law there forbids inferring emotions in hiring: a member of the EU or EEA, or a part of one
    (`DE-BY`)."""
    return jurisdiction.strip().upper().split("-")[0] in EU_AND_EEA


class ObservationPolicies:
    """Tells and changes the policy."""

    def __init__(self, core: Database, clock: Clock, jurisdiction: str, shipped: ObservationPolicy) -> None:
        self._core = core
        self._clock = clock
        self._jurisdiction = jurisdiction
        self._shipped = shipped

    def standing(self) -> Standing:
        """The policy in force."""
        return self._core.read(self.standing_in)

    def standing_in(self, tx: Transaction) -> Standing:
        """The same, inside a transaction."""
        newest = next(iter(store.policy_rows(tx, 1)), None)
        if newest is None:
            return Standing(policy=self._shipped, jurisdiction=self._jurisdiction)
        policy = ObservationPolicy(newest.policy)
        elsewhere = newest.jurisdiction != self._jurisdiction or counting_forbidden(self._jurisdiction)
        if policy is ObservationPolicy.SCORE and elsewhere:
            return Standing(
                policy=ObservationPolicy.OBSERVE,
                jurisdiction=self._jurisdiction,
                decided=newest,
                overruled=True,
            )
        return Standing(policy=policy, jurisdiction=self._jurisdiction, decided=newest)

    def history(self) -> list[PolicyRow]:
        """The decisions, newest first."""
        return self._core.read(store.policy_rows)

    def decide(self, actor: Actor, policy: ObservationPolicy, basis: LegalBasis | None = None) -> Standing:
        """Set the policy, with its ledger row. Counting needs a legal basis and a jurisdiction that allows it.

        Raises `Invalid` with the fields that are missing, or `policy` where it is forbidden here.
        """
        if policy is ObservationPolicy.SCORE:
            self._refuse_unfounded(basis)
        else:
            basis = None

        def work(tx: Transaction) -> Standing:
            row = PolicyRow(
                policy=policy,
                jurisdiction=self._jurisdiction,
                basis_person=basis.person if basis else "",
                basis_text=basis.text if basis else "",
                basis_day=basis.day.isoformat() if basis else None,
                decided_by=actor.id,
                decided_by_label=actor.label,
                decided_at=tx.now,
            )
            store.add_policy(tx, row)
            details = {
                "policy": str(policy),
                "jurisdiction": self._jurisdiction,
                "basis_day": row.basis_day,
                # The ledger is never erased: it proves the text and the name, the table shows them.
                "basis_sha256": _sha256(basis) if basis else None,
            }
            record(tx, actor, "interview.observation_policy_set", "site:observations", details)
            return self.standing_in(tx)

        return self._core.write(work)

    def _refuse_unfounded(self, basis: LegalBasis | None) -> None:
        if counting_forbidden(self._jurisdiction):
            why = Message(
                N_(
                    "Counting observations is not allowed under this site's jurisdiction (%(jurisdiction)s): "
                    "inferring emotions of applicants is banned there. They can be shown, or left out."
                ),
                {"jurisdiction": self._jurisdiction},
            )
            raise Invalid(fields={"policy": why})
        fields = {}
        if basis is None or not basis.person.strip():
            fields["basis_person"] = Message(N_("Name the person who answers for it."))
        if basis is None or len(basis.text.strip()) < SHORTEST_BASIS:
            fields["basis_text"] = Message(
                N_("Say which law or agreement allows it, in at least %(least)d characters."),
                {"least": SHORTEST_BASIS},
            )
        if basis is None or basis.day > self._clock.today():
            fields["basis_day"] = Message(N_("The day since when it holds, today or earlier."))
        if fields:
            raise Invalid(fields=fields)


def _sha256(basis: LegalBasis) -> str:
    """Hash of person, text and day, a line each."""
    lines = f"{basis.person}\n{basis.text}\n{basis.day.isoformat()}"
    return hashlib.sha256(lines.encode()).hexdigest()
