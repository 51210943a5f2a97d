"""Every known answer of a running deployment, whatever engines it has (``inference smoke``)."""

from inference.profile import Profile
from inference.smoke import Check, LlmProbe, TritonProbe, raise_missed
from inference.state import Endpoints
from inference.vllm_smoke import embedder_checks, recogniser_checks


def ask_all(profile: Profile, endpoints: Endpoints, face: bytes) -> list[Check]:
    """Every known answer of the parts that were started, right or not (``inference smoke``). ``face`` is
    needed for Triton's vision models alone."""
    asked: list[Check] = []
    if endpoints.triton:
        served, identities = set(profile.triton.models), endpoints.triton_identities
        asked += TritonProbe(served, identities, endpoints.triton, face).run()
    if endpoints.llm_identity is not None:
        for address in endpoints.llm:
            asked += LlmProbe(profile.llm, endpoints.llm_identity, address).run()
    if profile.embedder is not None and endpoints.embedder_identity is not None:
        for address in endpoints.embedder:
            asked += embedder_checks(profile.embedder, endpoints.embedder_identity, address)
    if profile.asr is not None and endpoints.asr_identity is not None:
        for address in endpoints.asr:
            asked += recogniser_checks(profile.asr, endpoints.asr_identity, address)
    return asked


def check_all(profile: Profile, endpoints: Endpoints, face: bytes) -> list[Check]:
    """Like ``ask_all``; the first answer that is missed is raised."""
    asked = ask_all(profile, endpoints, face)
    raise_missed(asked)
    return asked
