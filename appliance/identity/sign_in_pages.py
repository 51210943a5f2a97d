"""Sign-in, the one-time code, sign-out."""

from urllib.parse import quote

from litestar import Controller, Response, get, post

from appliance.identity.cookies import local_path, session_token, signed_in_redirect, signed_out_redirect
from appliance.identity.model import SessionStage
from appliance.identity.permissions import public
from appliance.identity.service import Identity
from appliance.kernel.actor import ActorKind
from appliance.kernel.errors import Invalid, NotSignedIn, TooManyAttempts
from appliance.kernel.web import (
    AuthKind,
    Form,
    FromQuery,
    NamedDependency,
    WebRequest,
    form_body,
    page,
    redirect,
)


class SignInPages(Controller):
    """Everybody on the network may try to sign in."""

    guards = [public()]
    include_in_schema = False

    @get("/login", sync_to_thread=True)
    def ask(
        self, request: WebRequest, identity: NamedDependency[Identity], next: FromQuery[str] = "/"
    ) -> Response[str]:
        """The sign-in form; on a new site it says how to make the first account."""
        if request.user.kind is ActorKind.PERSON:
            return redirect(local_path(next))
        return page(
            request,
            "identity/login.html",
            login="",
            next=local_path(next),
            first_start=not identity.accounts.exist(),
        )

    @post("/login", dependencies={"form": form_body()}, sync_to_thread=True)
    def sign_in(
        self, request: WebRequest, identity: NamedDependency[Identity], form: NamedDependency[Form]
    ) -> Response[str]:
        """Check login and password."""
        target = local_path(form.text("next", default="/"))
        browser = request.headers.get("user-agent", "")
        try:
            signed_in = identity.sessions.sign_in(form.text("login"), form.secret("password"), browser)
        except (Invalid, TooManyAttempts) as refused:
            response = page(
                request,
                "identity/login.html",
                status=refused.status,
                login=form.text("login"),
                next=target,
                first_start=not identity.accounts.exist(),
                refused=refused,
            )
            response.headers.update(refused.headers)
            return response
        if signed_in.stage is SessionStage.CODE:
            onward = quote(target, safe="")
            return signed_in_redirect(request, f"/login/code?next={onward}", signed_in.token)
        if signed_in.account.password_is_temporary:
            target = "/account#password"
        return signed_in_redirect(request, target, signed_in.token)

    @get("/login/code", sync_to_thread=True)
    def ask_code(
        self, request: WebRequest, identity: NamedDependency[Identity], next: FromQuery[str] = "/"
    ) -> Response[str]:
        """The form for the one-time code."""
        if not identity.sessions.waits_for_code(session_token(request)):
            return redirect("/login")
        return page(request, "identity/code.html", next=local_path(next))

    @post("/login/code", dependencies={"form": form_body()}, sync_to_thread=True)
    def confirm_code(
        self, request: WebRequest, identity: NamedDependency[Identity], form: NamedDependency[Form]
    ) -> Response[str]:
        """Check the one-time code."""
        target = local_path(form.text("next", default="/"))
        browser = request.headers.get("user-agent", "")
        try:
            signed_in = identity.sessions.confirm_code(session_token(request), form.text("code"), browser)
        except NotSignedIn:
            return signed_out_redirect("/login")
        except (Invalid, TooManyAttempts) as refused:
            return page(request, "identity/code.html", status=refused.status, next=target, refused=refused)
        return signed_in_redirect(request, target, signed_in.token)

    @post("/logout", sync_to_thread=True)
    def sign_out(self, request: WebRequest, identity: NamedDependency[Identity]) -> Response[str]:
        """End this session."""
        if request.auth.kind is AuthKind.SESSION:
            identity.sessions.sign_out(request.user, request.auth.id)
        return signed_out_redirect("/login")
