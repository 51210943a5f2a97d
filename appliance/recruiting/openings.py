"""Openings: a post that is to be filled, what it asks for, and its public page."""

import secrets

from appliance.audit import ledger
from appliance.kernel.actor import Actor
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Conflict, Gone, Invalid, Message, NotFound
from appliance.kernel.ids import new_id
from appliance.people.structure import required_post
from appliance.recruiting import opening_store
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.model import OPENING_TRANSITIONS, Opening, OpeningDraft, OpeningState
from appliance.recruiting.rescreening import request_rescreening
from appliance.recruiting.screening.requirements import Requirement, RequirementKind, requirements_from
from appliance.recruiting.screening.wording import WordingFinding, check_wording

MAX_TITLE = 120
MAX_DESCRIPTION = 20_000
MAX_REQUIREMENTS = 60
_SLUG_BYTES = 6


class Openings:
    """Verbs on openings."""

    def __init__(self, core: Database, vocabulary: Vocabulary) -> None:
        self._core = core
        self._vocabulary = vocabulary

    def draft(self, actor: Actor, draft: OpeningDraft) -> Opening:
        """A new opening, seen by HR only. Raises ``Invalid``, ``NotFound`` for the post."""

        def work(tx: Transaction) -> Opening:
            post = required_post(tx, draft.post_id)
            opening = Opening(
                id=new_id(),
                slug=secrets.token_hex(_SLUG_BYTES),
                post_id=post.id,
                department_id=post.department_id,
                title_zh=draft.title_zh.strip() or ("" if draft.title_en.strip() else post.title_zh),
                title_en=draft.title_en.strip() or ("" if draft.title_zh.strip() else post.title_en),
                description=draft.description.strip(),
                requirements=self._requirements(draft),
                state=OpeningState.draft,
                created_at=tx.now,
                created_by=actor.id,
            )
            opening_store.add(tx, opening)
            ledger.record(tx, actor, "opening.drafted", f"opening:{opening.id}", {"post_id": post.id})
            return opening

        _check(draft)
        return self._core.write(work)

    def change(self, actor: Actor, opening_id: str, draft: OpeningDraft) -> Opening:
        """New texts or requirements; those who are screened and not yet invited are screened again when the
        requirements changed. Raises ``Invalid``, ``NotFound``, ``Conflict`` for a closed one."""

        def work(tx: Transaction) -> Opening:
            old = required_opening(tx, opening_id)
            if old.state is OpeningState.closed:
                raise Conflict(N_("This opening is closed. Open it again before changing it."))
            post = required_post(tx, draft.post_id)
            new = Opening(
                id=old.id,
                slug=old.slug,
                post_id=post.id,
                department_id=post.department_id,
                title_zh=draft.title_zh.strip(),
                title_en=draft.title_en.strip(),
                description=draft.description.strip(),
                requirements=self._requirements(draft),
                state=old.state,
                created_at=old.created_at,
                created_by=old.created_by,
                opened_at=old.opened_at,
                closed_at=old.closed_at,
            )
            opening_store.change(tx, new)
            changed = new.requirements != old.requirements
            ledger.record(
                tx, actor, "opening.changed", f"opening:{old.id}", {"requirements_changed": changed}
            )
            if changed:
                request_rescreening(tx, new)
            return new

        _check(draft)
        return self._core.write(work)

    def move(self, actor: Actor, opening_id: str, state: OpeningState) -> Opening:
        """Publish or close an opening. Raises ``NotFound``, ``Conflict``, ``Invalid`` when it is not ready."""

        def work(tx: Transaction) -> Opening:
            old = required_opening(tx, opening_id)
            if old.state is state:
                return old
            if state not in OPENING_TRANSITIONS[old.state]:
                raise Conflict(N_("This opening is in another state by now. Load the page again."))
            if state is OpeningState.open and not old.requirements:
                raise Invalid(
                    {"requirements": N_("Add at least one requirement before opening: screening needs it.")}
                )
            new = Opening(
                **{name: getattr(old, name) for name in old.__struct_fields__}
                | {
                    "state": state,
                    "opened_at": tx.now if state is OpeningState.open else old.opened_at,
                    "closed_at": tx.now if state is OpeningState.closed else None,
                }
            )
            opening_store.change(tx, new)
            ledger.record(
                tx,
                actor,
                f"opening.{state.value}",
                f"opening:{old.id}",
                {"from": old.state.value, "to": state.value},
            )
            return new

        return self._core.write(work)

    def get(self, opening_id: str) -> Opening:
        """One opening. Raises ``NotFound``."""
        return self._core.read(lambda tx: required_opening(tx, opening_id))

    def listed(self, state: OpeningState | None = None) -> list[Opening]:
        """All openings, newest first."""
        return self._core.read(lambda tx: opening_store.everyone(tx, state))

    def counts(self) -> dict[str, dict[str, int]]:
        """Candidates by opening and state."""
        return self._core.read(opening_store.counts)

    def public(self, slug: str) -> Opening:
        """The opening of a public page. Raises ``NotFound``; ``Gone`` once it is closed."""
        opening = self._core.read(lambda tx: opening_store.by_slug(tx, slug))
        if opening is None or opening.state is OpeningState.draft:
            raise NotFound(N_("There is no such opening. Check the address you were given."))
        if opening.state is OpeningState.closed:
            raise Gone(
                N_("This opening is closed and takes no more applications. Thank you for your interest.")
            )
        return opening

    def read_requirements(self, description: str) -> list[Requirement]:
        """What the rules find in a job text; HR edits it."""
        return requirements_from(description[:MAX_DESCRIPTION], self._vocabulary)

    def wording(self, text: str) -> list[WordingFinding]:
        """Wording in a job text that the law does not allow."""
        return check_wording(text[:MAX_DESCRIPTION], self._vocabulary)

    def _requirements(self, draft: OpeningDraft) -> list[Requirement]:
        if draft.requirements is not None:
            return draft.requirements
        return self.read_requirements(draft.description)


def required_opening(tx: Transaction, opening_id: str) -> Opening:
    """The opening. Raises ``NotFound``."""
    opening = opening_store.find(tx, opening_id)
    if opening is None:
        raise NotFound(N_("There is no opening %(id)s."), id=opening_id)
    return opening


def _check(draft: OpeningDraft) -> None:
    fields: dict[str, str | Message] = {}
    for name, value in (("title_zh", draft.title_zh), ("title_en", draft.title_en)):
        if len(value) > MAX_TITLE:
            fields[name] = Message(N_("At most %(limit)d characters."), {"limit": MAX_TITLE})
    if not draft.description.strip():
        fields["description"] = N_(
            "Describe the work and what it asks for; the requirements are read from it."
        )
    elif len(draft.description) > MAX_DESCRIPTION:
        fields["description"] = Message(N_("At most %(limit)d characters."), {"limit": MAX_DESCRIPTION})
    for requirement in draft.requirements or []:
        if requirement.kind is RequirementKind.skill and not [
            term for term in requirement.terms if term.strip()
        ]:
            fields["requirements"] = N_("A skill needs at least one name.")
        if not 0 <= requirement.years <= 40:
            fields["requirements"] = N_("Years of experience lie between 0 and 40.")
    if len(draft.requirements or []) > MAX_REQUIREMENTS:
        fields["requirements"] = Message(N_("At most %(limit)d requirements."), {"limit": MAX_REQUIREMENTS})
    if fields:
        raise Invalid(fields)
