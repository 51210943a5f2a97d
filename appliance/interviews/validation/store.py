"""Rounds, items and blind ratings in core.db. What a person rated first stays readable when they change it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Column, Float, Index, Integer, Table, Text, UniqueConstraint

from appliance.interviews.plans.store import INTERVIEWS
from appliance.interviews.validation.model import Instrument, Item, RatedItem, Rating, Round, RoundKind
from appliance.kernel.clock import from_text, to_text
from appliance.kernel.db import Transaction
from appliance.kernel.schema import AUDIT

ROUND = Table(
    "rating_round",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("drawn_at", Text, nullable=False),
    Column("drawn_by", Text, nullable=False),
    Column("due_on", Text, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("withdrawn_at", Text),
)

ITEM = Table(
    "rating_item",
    INTERVIEWS,
    Column("id", Text, primary_key=True),
    Column("round_id", Text, nullable=False),
    Column("interview_id", Text, nullable=False),
    Column("candidate_id", Text, nullable=False),
    Column("answer_id", Text, nullable=False),
    Column("competency_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("machine_level", Float),
    Column("length_units", Integer, nullable=False),
    Column("instrument", Text, nullable=False),
    UniqueConstraint("round_id", "answer_id", "competency_id"),
    Index("rating_item_interview", "interview_id"),
)

ASSIGNMENT = Table(
    "rating_assignment",
    INTERVIEWS,
    Column("item_id", Text, primary_key=True),
    Column("rater_id", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Index("rating_assignment_rater", "rater_id"),
)

RATING = Table(
    "rating",
    INTERVIEWS,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("item_id", Text, nullable=False),
    Column("rater_id", Text, nullable=False),
    Column("level", Integer),
    Column("note", Text, nullable=False, server_default=""),
    Column("given_at", Text, nullable=False),
    Column("replaced_at", Text),
    Index("rating_of_item", "item_id", "rater_id"),
)

CURRENT = RATING.c.replaced_at.is_(None)


def add_round(tx: Transaction, made: Round) -> None:
    """Store a drawing."""
    tx.execute(
        sa.insert(ROUND),
        {
            "id": made.id,
            "kind": made.kind,
            "drawn_at": to_text(made.drawn_at),
            "drawn_by": made.drawn_by,
            "due_on": made.due_on.isoformat(),
            "seed": made.seed,
        },
    )


def rounds(tx: Transaction) -> list[Round]:
    """All drawings, newest first."""
    rows = tx.execute(sa.select(ROUND).order_by(ROUND.c.drawn_at.desc(), ROUND.c.id.desc())).mappings()
    return [_round(row) for row in rows]


def round_of(tx: Transaction, round_id: str) -> Round | None:
    """One drawing."""
    row = tx.execute(sa.select(ROUND).where(ROUND.c.id == round_id)).mappings().first()
    return _round(row) if row else None


def withdraw_round(tx: Transaction, round_id: str) -> None:
    """Nobody is asked any more; ratings that were given stay."""
    tx.execute(sa.update(ROUND).where(ROUND.c.id == round_id).values(withdrawn_at=to_text(tx.now)))


def add_item(tx: Transaction, item: Item, rater_ids: Sequence[str]) -> None:
    """Store an item with the people who rate it, in their order."""
    row = msgspec.structs.asdict(item) | {"instrument": _text(item.instrument)}
    tx.execute(sa.insert(ITEM), row)
    for place, rater_id in enumerate(rater_ids, 1):
        tx.execute(sa.insert(ASSIGNMENT), {"item_id": item.id, "rater_id": rater_id, "place": place})


def item_of(tx: Transaction, item_id: str) -> Item | None:
    """One item."""
    row = tx.execute(sa.select(ITEM).where(ITEM.c.id == item_id)).mappings().first()
    return _item(row) if row else None


def raters_of(tx: Transaction, item_id: str) -> list[str]:
    """The accounts asked about an item, in their order."""
    query = (
        sa.select(ASSIGNMENT.c.rater_id).where(ASSIGNMENT.c.item_id == item_id).order_by(ASSIGNMENT.c.place)
    )
    return [str(row.rater_id) for row in tx.execute(query)]


def assigned_to(tx: Transaction, rater_id: str) -> list[tuple[Item, Round, Rating | None]]:
    """What an account is asked to rate in rounds that were not withdrawn, with its own rating. Answers of one
    interview stand together; nothing in the order tells what the machine thought."""
    mine = sa.and_(RATING.c.item_id == ITEM.c.id, RATING.c.rater_id == rater_id, CURRENT)
    rows = tx.execute(
        sa.select(ITEM, ROUND.c.due_on, RATING.c.level, RATING.c.note, RATING.c.given_at)
        .join(ASSIGNMENT, ASSIGNMENT.c.item_id == ITEM.c.id)
        .join(ROUND, ROUND.c.id == ITEM.c.round_id)
        .outerjoin(RATING, mine)
        .where(ASSIGNMENT.c.rater_id == rater_id, ROUND.c.withdrawn_at.is_(None))
        .order_by(ROUND.c.due_on, ITEM.c.interview_id, ITEM.c.answer_id, ITEM.c.competency_id)
    ).mappings()
    known = {one.id: one for one in rounds(tx)}
    return [(_item(row), known[row["round_id"]], _rating(row, row["id"], rater_id)) for row in rows]


def waits_for(tx: Transaction, rater_id: str, interview_id: str | None = None) -> int:
    """How many items an account still has to rate, of all interviews or of one."""
    given = sa.exists().where(RATING.c.item_id == ITEM.c.id, RATING.c.rater_id == rater_id, CURRENT)
    query = (
        sa.select(sa.func.count())
        .select_from(ITEM)
        .join(ASSIGNMENT, ASSIGNMENT.c.item_id == ITEM.c.id)
        .join(ROUND, ROUND.c.id == ITEM.c.round_id)
        .where(ASSIGNMENT.c.rater_id == rater_id, ROUND.c.withdrawn_at.is_(None), ~given)
    )
    if interview_id is not None:
        query = query.where(ITEM.c.interview_id == interview_id)
    return int(tx.execute(query).scalar_one())


def is_rater_of(tx: Transaction, answer_id: str, account_id: str) -> bool:
    """Whether the account is asked to rate this answer in a round that was not withdrawn."""
    query = (
        sa.select(ITEM.c.id)
        .join(ASSIGNMENT, ASSIGNMENT.c.item_id == ITEM.c.id)
        .join(ROUND, ROUND.c.id == ITEM.c.round_id)
        .where(
            ITEM.c.answer_id == answer_id, ASSIGNMENT.c.rater_id == account_id, ROUND.c.withdrawn_at.is_(None)
        )
    )
    return tx.execute(query.limit(1)).first() is not None


def rating_of(tx: Transaction, item_id: str, rater_id: str) -> Rating | None:
    """The rating that an account stands by."""
    mine = sa.and_(RATING.c.item_id == item_id, RATING.c.rater_id == rater_id, CURRENT)
    row = tx.execute(sa.select(RATING).where(mine)).mappings().first()
    return _rating(row, item_id, rater_id) if row else None


def former_ratings(tx: Transaction, item_id: str, rater_id: str) -> list[Rating]:
    """What an account gave before it changed its mind, oldest first."""
    mine = sa.and_(RATING.c.item_id == item_id, RATING.c.rater_id == rater_id, ~CURRENT)
    rows = tx.execute(sa.select(RATING).where(mine).order_by(RATING.c.id)).mappings()
    return [one for row in rows if (one := _rating(row, item_id, rater_id)) is not None]


def rated_by(tx: Transaction, item_id: str) -> int:
    """How many of those asked have rated."""
    query = sa.select(sa.func.count()).where(RATING.c.item_id == item_id, CURRENT)
    return int(tx.execute(query).scalar_one())


def give(tx: Transaction, rating: Rating) -> None:
    """Store a rating; the one before is kept as replaced."""
    mine = sa.and_(RATING.c.item_id == rating.item_id, RATING.c.rater_id == rating.rater_id, CURRENT)
    tx.execute(sa.update(RATING).where(mine).values(replaced_at=to_text(tx.now)))
    row = msgspec.structs.asdict(rating) | {"given_at": to_text(rating.given_at)}
    tx.execute(sa.insert(RATING), row)


def rated_items(tx: Transaction, kinds: Iterable[RoundKind]) -> list[tuple[Round, RatedItem]]:
    """Items with a rating of everybody asked, in the order in which they were drawn; withdrawn rounds count with
    what they have."""
    wanted = [str(kind) for kind in kinds]
    given = sa.and_(RATING.c.item_id == ITEM.c.id, RATING.c.rater_id == ASSIGNMENT.c.rater_id, CURRENT)
    rows = tx.execute(
        sa.select(ITEM, RATING.c.level, RATING.c.given_at)
        .join(ROUND, ROUND.c.id == ITEM.c.round_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.item_id == ITEM.c.id)
        .outerjoin(RATING, given)
        .where(ROUND.c.kind.in_(wanted))
        .order_by(ITEM.c.id, ASSIGNMENT.c.place)
    ).mappings()
    known = {one.id: one for one in rounds(tx)}
    items: dict[str, Item] = {}
    levels: dict[str, list[tuple[bool, int | None]]] = {}
    for row in rows:
        items.setdefault(row["id"], _item(row))
        levels.setdefault(row["id"], []).append((row["given_at"] is not None, row["level"]))
    return [
        (known[item.round_id], RatedItem(item, tuple(level for _given, level in levels[item_id])))
        for item_id, item in items.items()
        if all(is_given for is_given, _level in levels[item_id])
    ]


def progress_of(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Ratings given and asked for, by round."""
    given = sa.and_(
        RATING.c.item_id == ASSIGNMENT.c.item_id, RATING.c.rater_id == ASSIGNMENT.c.rater_id, CURRENT
    )
    rows = tx.execute(
        sa.select(
            ITEM.c.round_id,
            sa.func.count(RATING.c.id).label("done"),
            sa.func.count(ASSIGNMENT.c.item_id).label("asked"),
        )
        .join(ASSIGNMENT, ASSIGNMENT.c.item_id == ITEM.c.id)
        .outerjoin(RATING, given)
        .group_by(ITEM.c.round_id)
    )
    return {str(row.round_id): (int(row.done), int(row.asked)) for row in rows}


def drawn_already(tx: Transaction) -> set[tuple[str, str]]:
    """Answer and competency of everything that was drawn before."""
    rows = tx.execute(sa.select(ITEM.c.answer_id, ITEM.c.competency_id))
    return {(str(row.answer_id), str(row.competency_id)) for row in rows}


def acted_on(tx: Transaction, actor_ids: Sequence[str], actions: Sequence[str]) -> set[tuple[str, str]]:
    """Actor and subject of ledger rows with these actions; a report that was given without its scores does not
    count."""
    query = sa.select(AUDIT.c.actor_id, AUDIT.c.subject).where(
        AUDIT.c.action.in_(list(actions)),
        AUDIT.c.actor_id.in_(list(actor_ids)),
        AUDIT.c.details.not_like('%"scores":false%'),
    )
    return {(str(row.actor_id), str(row.subject)) for row in tx.execute(query)}


def erase(tx: Transaction, interview_id: str) -> None:
    """Remove every item and rating of an interview (the person asked for erasure)."""
    mine = sa.select(ITEM.c.id).where(ITEM.c.interview_id == interview_id)
    tx.execute(sa.delete(RATING).where(RATING.c.item_id.in_(mine)))
    tx.execute(sa.delete(ASSIGNMENT).where(ASSIGNMENT.c.item_id.in_(mine)))
    tx.execute(sa.delete(ITEM).where(ITEM.c.interview_id == interview_id))


def _round(row: Any) -> Round:
    return Round(
        id=row["id"],
        kind=RoundKind(row["kind"]),
        drawn_at=from_text(row["drawn_at"]),
        drawn_by=row["drawn_by"],
        due_on=date.fromisoformat(row["due_on"]),
        seed=row["seed"],
        withdrawn_at=from_text(row["withdrawn_at"]) if row["withdrawn_at"] else None,
    )


def _item(row: Any) -> Item:
    return Item(
        id=row["id"],
        round_id=row["round_id"],
        interview_id=row["interview_id"],
        candidate_id=row["candidate_id"],
        answer_id=row["answer_id"],
        competency_id=row["competency_id"],
        language=row["language"],
        machine_level=row["machine_level"],
        length_units=row["length_units"],
        instrument=msgspec.json.decode(row["instrument"], type=Instrument),
    )


def _rating(row: Any, item_id: str, rater_id: str) -> Rating | None:
    if row["given_at"] is None:
        return None
    return Rating(
        item_id=item_id,
        rater_id=rater_id,
        level=row["level"],
        note=row["note"],
        given_at=from_text(row["given_at"]),
    )


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode("utf-8")
