"""Accounts as whoever manages them sees them: list, open, roles, close, reset."""

import secrets
from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.identity.model import ACCOUNT_STATE_LABELS
from appliance.identity.permissions import ROLE_DUTIES, ROLE_LABELS, Permission, Role, requires
from appliance.identity.service import Identity
from appliance.kernel.errors import N_, Conflict, Invalid
from appliance.kernel.web import (
    Form,
    FromPath,
    FromQuery,
    NamedDependency,
    Paging,
    WebRequest,
    form_body,
    page,
    redirect,
)


class AccountsPages(Controller):
    """Managing accounts."""

    path = "/accounts"
    guards = [requires(Permission.ACCOUNTS_MANAGE)]
    include_in_schema = False
    dependencies = {"form": form_body()}

    @get("/", sync_to_thread=True)
    def board(
        self,
        request: WebRequest,
        identity: NamedDependency[Identity],
        text: Annotated[str, QueryParameter(name="q")] = "",
        role: FromQuery[Role | None] = None,
        page_number: FromQuery[int] = 1,
    ) -> Response[str]:
        """All accounts, filtered."""
        accounts = identity.accounts.search(text, role, Paging(page_number))
        return page(
            request,
            "identity/accounts.html",
            accounts=accounts,
            text=text,
            role=role,
            role_labels=ROLE_LABELS,
            state_labels=ACCOUNT_STATE_LABELS,
        )

    @get("/new", sync_to_thread=True)
    def form_for_new(self, request: WebRequest) -> Response[str]:
        """The form, with a proposed password."""
        return _form(request, Form({}), Invalid(), 200)

    @post("/", sync_to_thread=True)
    def create(
        self, request: WebRequest, identity: NamedDependency[Identity], form: NamedDependency[Form]
    ) -> Response[str]:
        """Open an account."""
        try:
            account = identity.accounts.create(
                request.user,
                form.text("login", required=True),
                form.secret("password"),
                _roles(form),
                display_name=form.text("display_name"),
                language=form.text("language"),
            )
        except Invalid as invalid:
            return _form(request, form, invalid, 422)
        except Conflict as conflict:
            taken = Invalid({"login": N_("This login is in use.")}, conflict.message, **conflict.params)
            return _form(request, form, taken, 409)
        return redirect(f"/accounts/{account.id}?saved=created")

    @get("/{account_id:str}", sync_to_thread=True)
    def show(
        self,
        request: WebRequest,
        identity: NamedDependency[Identity],
        account_id: FromPath[str],
        saved: FromQuery[str] = "",
    ) -> Response[str]:
        """One account and what can be done about it."""
        return _show(request, identity, account_id, saved=saved)

    @post("/{account_id:str}/roles", sync_to_thread=True)
    def set_roles(
        self,
        request: WebRequest,
        identity: NamedDependency[Identity],
        form: NamedDependency[Form],
        account_id: FromPath[str],
    ) -> Response[str]:
        """Give other roles."""
        try:
            identity.accounts.set_roles(request.user, account_id, _roles(form))
        except Invalid as invalid:
            return _show(request, identity, account_id, invalid=invalid)
        return redirect(f"/accounts/{account_id}?saved=roles")

    @post("/{account_id:str}/deactivation", sync_to_thread=True)
    def deactivate(
        self, request: WebRequest, identity: NamedDependency[Identity], account_id: FromPath[str]
    ) -> Response[str]:
        """Close the account."""
        identity.accounts.deactivate(request.user, account_id)
        return redirect(f"/accounts/{account_id}")

    @post("/{account_id:str}/reactivation", sync_to_thread=True)
    def reactivate(
        self, request: WebRequest, identity: NamedDependency[Identity], account_id: FromPath[str]
    ) -> Response[str]:
        """Open the account again."""
        identity.accounts.reactivate(request.user, account_id)
        return redirect(f"/accounts/{account_id}")

    @post("/{account_id:str}/password", sync_to_thread=True)
    def reset_password(
        self, request: WebRequest, identity: NamedDependency[Identity], account_id: FromPath[str]
    ) -> Response[str]:
        """Give a temporary password, shown once."""
        password = proposed_password()
        identity.accounts.reset_password(request.user, account_id, password)
        return _show(request, identity, account_id, password=password)


def proposed_password() -> str:
    """A temporary password that can be read out over the telephone."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _place in range(4)) for _part in range(4))


def _roles(form: Form) -> frozenset[Role]:
    try:
        return frozenset(Role(value) for value in form.texts("roles"))
    except ValueError:
        raise Invalid({"roles": N_("Choose the roles from the list.")}) from None


def _form(request: WebRequest, form: Form, invalid: Invalid, status: int) -> Response[str]:
    return page(
        request,
        "identity/account_form.html",
        status=status,
        form=form,
        invalid=invalid,
        role_labels=ROLE_LABELS,
        role_duties=ROLE_DUTIES,
        password=proposed_password(),
    )


def _show(
    request: WebRequest,
    identity: Identity,
    account_id: str,
    *,
    saved: str = "",
    password: str = "",
    invalid: Invalid | None = None,
) -> Response[str]:
    account = identity.accounts.get(account_id)
    return page(
        request,
        "identity/account_of.html",
        status=422 if invalid else 200,
        account=account,
        mine=account.id == request.user.id,
        saved=saved,
        password=password,
        invalid=invalid or Invalid(),
        role_labels=ROLE_LABELS,
        role_duties=ROLE_DUTIES,
        state_labels=ACCOUNT_STATE_LABELS,
    )
