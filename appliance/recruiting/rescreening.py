"""The room's jobs by name, and asking for them inside the change that calls for them."""

import hashlib

import msgspec
from msgspec import Struct

from appliance.kernel.clock import to_text
from appliance.kernel.db import Transaction
from appliance.kernel.jobs import enqueue
from appliance.recruiting import store
from appliance.recruiting.model import CandidateState, Opening
from appliance.recruiting.screening.requirements import Requirement

READ_RESUME = "recruiting.read_resume"
SCREEN = "recruiting.screen"


class ReadResumeJob(Struct, frozen=True):
    """Read one file and extract its facts."""

    candidate_id: str
    document_id: str


class ScreenJob(Struct, frozen=True):
    """Hold the opening's requirements against a candidate's current resume."""

    candidate_id: str
    document_id: str
    requirements_sha256: str


def requirements_hash(requirements: list[Requirement]) -> str:
    """SHA-256 of the requirements as JSON: which list a screening was made with. Years are written as floats
    whether they were computed (3) or read back from the store (3.0)."""
    plain = [msgspec.structs.replace(item, years=float(item.years)) for item in requirements]
    return hashlib.sha256(msgspec.json.encode(plain)).hexdigest()


def request_reading(tx: Transaction, candidate_id: str, document_id: str) -> str:
    """Queues the reading of a file, once a file."""
    job = ReadResumeJob(candidate_id, document_id)
    key = f"{READ_RESUME}:{document_id}"
    return enqueue(tx, READ_RESUME, job, unique_key=key, subject=f"candidate:{candidate_id}", max_attempts=3)


def request_screening(
    tx: Transaction, candidate_id: str, document_id: str, opening: Opening, *, occasion: str = ""
) -> str:
    """Queues a screening, once for a file, a list of requirements and an occasion."""
    digest = requirements_hash(opening.requirements)
    job = ScreenJob(candidate_id, document_id, digest)
    key = f"{SCREEN}:{document_id}:{digest}:{occasion}"
    return enqueue(tx, SCREEN, job, unique_key=key, subject=f"candidate:{candidate_id}", max_attempts=3)


def request_rescreening(tx: Transaction, opening: Opening) -> None:
    """Queues a screening for everybody who was screened and not invited yet."""
    for candidate_id, document_id in store.current_documents(tx, opening.id, CandidateState.screened):
        request_screening(tx, candidate_id, document_id, opening, occasion=to_text(tx.now))
