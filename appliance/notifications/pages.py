"""The list of messages: who, what, when and in which state; never what a letter said."""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter

from appliance.identity.permissions import Permission, requires
from appliance.kernel.errors import N_
from appliance.kernel.web import FromPath, FromQuery, NamedDependency, Page, WebRequest, page, redirect
from appliance.notifications.model import STATE_LABELS, MessageState, Template, Trouble
from appliance.notifications.service import Notifications

PAGE_SIZE = 50

TEMPLATE_LABELS = {
    Template.INVITATION: N_("Invitation to an interview"),
    Template.INVITATION_OVER: N_("End of an invitation"),
    Template.FIRST_DAY: N_("First-day reminder"),
    Template.OFFER_APPROVED: N_("Offer approved"),
    Template.RIGHTS_REQUEST: N_("Candidate's request"),
    Template.GENERIC: N_("Letter"),
}
TROUBLE_LABELS = {
    Trouble.NONE: "",
    Trouble.SERVER_AWAY: N_("The mail server does not answer; it is tried again."),
    Trouble.SERVER_BUSY: N_("The mail server asks to wait; it is tried again."),
    Trouble.LOGIN_REFUSED: N_("The mail server refuses our login; IT checks user, password and TLS."),
    Trouble.RECIPIENT_REFUSED: N_("The mail server does not take this recipient; correct the address."),
    Trouble.CONTENT_REFUSED: N_("The mail server refuses this letter or our sender; ask IT."),
    Trouble.ADDRESS_MISSING: N_("There is no address to send to."),
    Trouble.ADDRESS_INVALID: N_("The address is not one; correct it."),
    Trouble.TEMPLATE_INCOMPLETE: N_("The letter lacks something it needs; ask IT."),
    Trouble.NOT_CONFIGURED: N_("No mail server is set; IT enters it in site.toml."),
}
RECIPIENT_LABELS = {"candidate": N_("Candidate"), "employee": N_("Employee")}
RECIPIENT_PATHS = {"candidate": "/candidates/", "employee": "/employees/"}

StateQuery = Annotated[str, QueryParameter(name="state")]
PageNumber = Annotated[int, QueryParameter(name="page_number", ge=1, le=100_000)]
ChosenState = Annotated[str, QueryParameter(name="state")]


class MessagePages(Controller):
    """Messages."""

    path = "/messages"
    include_in_schema = False

    @get("/", guards=[requires(Permission.NOTIFICATIONS_READ)], sync_to_thread=True)
    def messages(
        self,
        request: WebRequest,
        notifications: NamedDependency[Notifications],
        chosen_state: StateQuery = "",
        template: FromQuery[str] = "",
        page_number: PageNumber = 1,
    ) -> Response[str]:
        """The list, newest first."""
        chosen = {item.value: item for item in MessageState}.get(chosen_state)
        kind = {item.value: item for item in Template}.get(template)
        found, total = notifications.messages(state=chosen, template=kind, page=page_number, size=PAGE_SIZE)
        return page(
            request,
            "notifications/messages.html",
            messages=Page(items=found, total=total, page=page_number, size=PAGE_SIZE),
            chosen=chosen.value if chosen else "",
            kind=kind.value if kind else "",
            state_labels=STATE_LABELS,
            template_labels=TEMPLATE_LABELS,
            trouble_labels=TROUBLE_LABELS,
            recipient_labels=RECIPIENT_LABELS,
            recipient_paths=RECIPIENT_PATHS,
        )

    @post(
        "/{message_id:str}/sending",
        guards=[requires(Permission.CANDIDATES_WRITE, Permission.EMPLOYEES_WRITE)],
        sync_to_thread=True,
    )
    def send_again(
        self, request: WebRequest, notifications: NamedDependency[Notifications], message_id: FromPath[str]
    ) -> Response[str]:
        """Send a letter again that was given up."""
        notifications.send_again(request.user, message_id)
        return redirect("/messages")
