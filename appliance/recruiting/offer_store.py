"""Offers in core.db."""

from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.people.money import fen_count, from_fen
from appliance.recruiting.model import Offer, OfferState, OfferTerms
from appliance.recruiting.tables import OFFER


def add(tx: Transaction, offer: Offer) -> None:
    """Stores a new offer."""
    tx.execute(
        insert(OFFER).values(
            id=offer.id,
            candidate_id=offer.candidate_id,
            state=offer.state.value,
            monthly_wage_fen=fen_count(offer.terms.monthly_wage),
            start_on=offer.terms.start_on.isoformat(),
            contract_months=offer.terms.contract_months,
            probation_months=offer.terms.probation_months,
            card_number=offer.terms.card_number,
            made_by=offer.made_by,
            made_label=offer.made_label,
            made_at=to_text(offer.made_at),
        )
    )


def answer(tx: Transaction, offer_id: str, state: OfferState, by: str, label: str, reason: str = "") -> None:
    """Keeps the second person's word."""
    tx.execute(
        update(OFFER)
        .where(OFFER.c.id == offer_id)
        .values(
            state=state.value,
            answered_by=by,
            answered_label=label,
            answered_at=to_text(tx.now),
            return_reason=reason,
        )
    )


def void_waiting(tx: Transaction, candidate_id: str) -> None:
    """An offer that still waits falls when its candidate leaves the pipeline or it is written anew."""
    tx.execute(
        update(OFFER)
        .where(OFFER.c.candidate_id == candidate_id, OFFER.c.state == OfferState.waiting.value)
        .values(state=OfferState.void.value)
    )


def find(tx: Transaction, offer_id: str) -> Offer | None:
    """The offer, or None."""
    row = tx.execute(select(OFFER).where(OFFER.c.id == offer_id)).mappings().first()
    return _offer(row) if row else None


def of_candidate(tx: Transaction, candidate_id: str) -> list[Offer]:
    """A candidate's offers, newest first."""
    query = (
        select(OFFER)
        .where(OFFER.c.candidate_id == candidate_id)
        .order_by(OFFER.c.made_at.desc(), OFFER.c.id.desc())
    )
    return [_offer(row) for row in tx.execute(query).mappings()]


def waiting(tx: Transaction) -> list[Offer]:
    """Offers that wait for a second person, oldest first."""
    query = (
        select(OFFER).where(OFFER.c.state == OfferState.waiting.value).order_by(OFFER.c.made_at, OFFER.c.id)
    )
    return [_offer(row) for row in tx.execute(query).mappings()]


def _offer(row: Any) -> Offer:
    return Offer(
        id=row["id"],
        candidate_id=row["candidate_id"],
        state=OfferState(row["state"]),
        terms=OfferTerms(
            monthly_wage=from_fen(row["monthly_wage_fen"]),
            start_on=date.fromisoformat(row["start_on"]),
            contract_months=row["contract_months"],
            probation_months=row["probation_months"],
            card_number=row["card_number"],
        ),
        made_by=row["made_by"],
        made_label=row["made_label"],
        made_at=from_text(row["made_at"]),
        answered_by=row["answered_by"],
        answered_label=row["answered_label"],
        answered_at=from_text(row["answered_at"]) if row["answered_at"] else None,
        return_reason=row["return_reason"],
    )
