"""What the person is written at each step of a request."""

from typing import Protocol

from appliance.interviews import store
from appliance.interviews.invitations.links import new_secret, secret_hash
from appliance.interviews.invitations.service import CandidateBrief
from appliance.interviews.rights.model import RightsRequest
from appliance.kernel.db import Transaction
from appliance.notifications.model import ContextValue
from appliance.notifications.service import request_mail


class ExplanationLetter(Protocol):
    """Writes the letter that explains how an interview was assessed; what the report room gives."""

    def __call__(self, tx: Transaction, interview_id: str, language: str) -> bytes:
        """The letter as PDF in `zh` or `en`. Raises `NotFound`, and `Conflict` before there is a report."""
        ...


class RightsLetters:
    """Asks for letters in the transaction of the step that they tell of."""

    def __init__(self, site_url: str) -> None:
        self._site_url = site_url.rstrip("/")

    def step(
        self,
        tx: Transaction,
        request: RightsRequest,
        brief: CandidateBrief,
        step: str,
        link: str = "",
    ) -> None:
        """The letter of a step (`received`, `in_work`, `granted`, `refused`); none without an address. It
        carries a link of its own to the person's page: of earlier ones only hashes are kept."""
        if not brief.has_address:
            return
        context: dict[str, ContextValue] = {
            "name": brief.name,
            "kind": request.kind.value,
            "step": step,
            "receipt": request.receipt,
            "due_on": request.due_on.isoformat(),
            "responsible": request.responsible_name,
            "answer": request.answer,
            "legal_ground": request.legal_ground,
            "link": link or self._own_page(tx, request.interview_id),
        }
        request_mail(
            tx,
            template="rights_request",
            language=request.language,
            recipient_kind="candidate",
            recipient_id=request.candidate_id,
            context=context,
        )

    def erased(
        self,
        tx: Transaction,
        *,
        erasure_id: str,
        receipt: str,
        address: str,
        name: str,
        language: str,
        interview_id: str,
    ) -> None:
        """The last letter. The candidate is gone from every table when it is sent, so it carries the address
        itself, which is wiped once the mail server has taken it."""
        if not address:
            return
        request_mail(
            tx,
            template="rights_request",
            language=language,
            recipient_kind="erased",
            recipient_id=erasure_id,
            context={
                "address": address,
                "name": name,
                "kind": "erasure",
                "step": "erased",
                "receipt": receipt,
                "link": self._own_page(tx, interview_id),
            },
        )

    def copy_link(self, token: str) -> str:
        """The address of a copy's one-time link."""
        return f"{self._site_url}/room/copy/{token}"

    def _own_page(self, tx: Transaction, interview_id: str) -> str:
        if not interview_id:
            return ""
        token = new_secret()
        store.add_link(tx, interview_id, secret_hash(token))
        return f"{self._site_url}/room/{token}/mine"
