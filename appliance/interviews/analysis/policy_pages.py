"""The page where the HR manager sees and sets what is done with observations."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from litestar import Response, get, post

from appliance.identity.permissions import Permission, requires
from appliance.interviews.analysis.policy import (
    LONGEST_BASIS,
    LegalBasis,
    ObservationPolicies,
    ObservationPolicy,
)
from appliance.kernel.errors import N_, Invalid, Message
from appliance.kernel.web import (
    Form,
    NamedDependency,
    WebRequest,
    form_body,
    page,
    redirect,
)

# The only role that both manages interviews and opens every recording answers for what is made of recordings.
HR_MANAGER = [requires(Permission.INTERVIEWS_MANAGE), requires(Permission.RECORDINGS_OPEN)]
HIDDEN: Mapping[str, Any] = {"sync_to_thread": True, "include_in_schema": False}
FIELDS = ("policy", "basis_person", "basis_text", "basis_day")

POLICIES: Mapping[ObservationPolicy, tuple[str, str, str]] = {
    ObservationPolicy.OFF: (
        N_("Not measured"),
        N_(
            "Neither the picture nor the way of speaking is looked at. The models for it need not be installed. "
            "Events that come from the picture, such as a second face, are not noted either."
        ),
        "eye-off",
    ),
    ObservationPolicy.OBSERVE: (
        N_("Shown, never counted"),
        N_("Readers see the figures beside the answers. They enter no level, no score and no ranking."),
        "eye",
    ),
    ObservationPolicy.SCORE: (
        N_("Counted, on a legal basis"),
        N_(
            "Speech rate, pauses and looking at the camera make up at most a tenth of the match. They can take from "
            "it and never add to it, so nobody is worse off for answering in writing. Facial expression never "
            "counts."
        ),
        "scale",
    ),
}


@get("/observations", guards=HR_MANAGER, **HIDDEN)
def show(request: WebRequest, observation_policies: NamedDependency[ObservationPolicies]) -> Response[str]:
    """The policy in force, its history, and the form."""
    standing = observation_policies.standing()
    values = dict.fromkeys(FIELDS, "") | {"policy": str(standing.policy)}
    return _page(request, observation_policies, values)


@post("/observations", guards=HR_MANAGER, dependencies={"form": form_body()}, **HIDDEN)
def decide(
    request: WebRequest,
    form: NamedDependency[Form],
    observation_policies: NamedDependency[ObservationPolicies],
) -> Response[str]:
    """Set the policy; nothing typed is lost where it is refused."""
    try:
        policy = _policy(form)
        basis = _basis(form) if policy is ObservationPolicy.SCORE else None
        observation_policies.decide(request.user, policy, basis)
    except Invalid as invalid:
        values = {name: form.text(name, max_length=LONGEST_BASIS) for name in FIELDS}
        return _page(request, observation_policies, values, status=422, invalid=invalid)
    return redirect("/observations")


def _page(
    request: WebRequest,
    policies: ObservationPolicies,
    values: Mapping[str, str],
    *,
    status: int = 200,
    invalid: Invalid | None = None,
) -> Response[str]:
    return page(
        request,
        "interviews/analysis/observations.html",
        status=status,
        standing=policies.standing(),
        history=policies.history(),
        policies=POLICIES,
        values=values,
        invalid=invalid or Invalid(),
    )


def _policy(form: Form) -> ObservationPolicy:
    chosen = form.text("policy")
    if chosen not in set(ObservationPolicy):
        raise Invalid(fields={"policy": Message(N_("Choose one of the three."))})
    return ObservationPolicy(chosen)


def _basis(form: Form) -> LegalBasis:
    """The basis as typed; the verb says what is missing of it."""
    text = form.text("basis_day")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        # Later than any day: refused beside its field, together with whatever else is missing.
        day = date.max
    return LegalBasis(
        person=form.text("basis_person", max_length=200).strip(),
        text=form.text("basis_text", max_length=LONGEST_BASIS).strip(),
        day=day,
    )


HANDLERS: list[Any] = [show, decide]
