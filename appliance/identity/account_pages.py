"""My account: password, one-time codes, language and theme, where I am signed in."""

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie

from appliance.identity.cookies import signed_out_redirect
from appliance.identity.permissions import ROLE_LABELS, Role, signed_in
from appliance.identity.service import Identity
from appliance.kernel.errors import N_, Invalid
from appliance.kernel.web import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    AuthKind,
    Form,
    FromQuery,
    NamedDependency,
    WebRequest,
    form_body,
    page,
    redirect,
)


class AccountPages(Controller):
    """What everybody with an account does for themselves. A token has no account page of its own."""

    path = "/account"
    guards = [signed_in()]
    include_in_schema = False
    dependencies = {"form": form_body()}

    @get("/", sync_to_thread=True)
    def show(
        self, request: WebRequest, identity: NamedDependency[Identity], saved: FromQuery[str] = ""
    ) -> Response[str]:
        """The page."""
        return _show(request, identity, saved=saved)

    @post("/password", sync_to_thread=True)
    def change_password(
        self, request: WebRequest, identity: NamedDependency[Identity], form: NamedDependency[Form]
    ) -> Response[str]:
        """Choose another password."""
        try:
            wanted = form.secret("wanted")
            if wanted != form.secret("again"):
                raise Invalid({"again": N_("The two do not match.")})
            identity.accounts.change_password(
                request.user, form.secret("present"), wanted, session_id=request.auth.id
            )
        except Invalid as invalid:
            return _show(request, identity, status=422, invalid=invalid)
        return redirect("/account?saved=password")

    @post("/preferences", sync_to_thread=True)
    def set_preferences(
        self, request: WebRequest, identity: NamedDependency[Identity], form: NamedDependency[Form]
    ) -> Response[str]:
        """Remember language and theme on every device."""
        identity.accounts.set_preferences(request.user, form.text("language"), form.text("theme"))
        response = redirect("/account?saved=preferences")
        for name in (LANGUAGE_COOKIE, THEME_COOKIE):  # this browser's own choice would hide the account's
            response.cookies.append(Cookie(key=name, value="", max_age=0, path="/", samesite="lax"))
        return response

    @post("/totp", sync_to_thread=True)
    def begin_totp(self, request: WebRequest, identity: NamedDependency[Identity]) -> Response[str]:
        """Begin to set up one-time codes."""
        identity.accounts.begin_totp(request.user)
        return redirect("/account/totp")

    @get("/totp", sync_to_thread=True)
    def show_totp(self, request: WebRequest, identity: NamedDependency[Identity]) -> Response[str]:
        """The QR code and the field for the first code."""
        setup = identity.accounts.pending_totp(request.user)
        return redirect("/account") if setup is None else page(request, "identity/totp.html", setup=setup)

    @post("/totp/confirmation", sync_to_thread=True)
    def finish_totp(
        self, request: WebRequest, identity: NamedDependency[Identity], form: NamedDependency[Form]
    ) -> Response[str]:
        """Turn one-time codes on and show the recovery codes, once."""
        try:
            codes = identity.accounts.finish_totp(request.user, form.text("code"))
        except Invalid as invalid:
            setup = identity.accounts.pending_totp(request.user)
            return page(request, "identity/totp.html", status=422, setup=setup, invalid=invalid)
        return page(request, "identity/recovery_codes.html", codes=codes)

    @post("/totp/removal", sync_to_thread=True)
    def remove_totp(
        self, request: WebRequest, identity: NamedDependency[Identity], form: NamedDependency[Form]
    ) -> Response[str]:
        """Turn one-time codes off."""
        try:
            identity.accounts.remove_totp(request.user, form.secret("password"))
        except Invalid as invalid:
            return _show(request, identity, status=422, invalid=invalid)
        return redirect("/account?saved=totp")

    @post("/sessions/removal", sync_to_thread=True)
    def sign_out_everywhere(self, request: WebRequest, identity: NamedDependency[Identity]) -> Response[str]:
        """End every session of this account, this one too."""
        identity.sessions.sign_out_everywhere(request.user)
        return signed_out_redirect("/login")


def _show(
    request: WebRequest,
    identity: Identity,
    *,
    status: int = 200,
    saved: str = "",
    invalid: Invalid | None = None,
) -> Response[str]:
    if request.auth.kind is not AuthKind.SESSION:
        return redirect("/")
    account = identity.accounts.get(request.user.id)
    return page(
        request,
        "identity/account.html",
        status=status,
        account=account,
        sessions=identity.sessions.of(request.user),
        codes_left=identity.accounts.recovery_codes_left(request.user),
        role_labels=[ROLE_LABELS[role] for role in Role if role in account.roles],
        saved=saved,
        invalid=invalid or Invalid(),
    )
