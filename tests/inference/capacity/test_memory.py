"""Whether it fits is decided by weights, cache, activations and Triton's models, on each card."""

import msgspec
import pytest

from inference.capacity.figures import CapacityInvalid
from inference.capacity.memory import Memory, plan_memory
from inference.capacity.plan import Inputs
from tests.inference.capacity import shipped


def memory(inputs: Inputs) -> Memory:
    return plan_memory(inputs.profile, inputs.shape, inputs.device, inputs.costs, inputs.known_mb)


def test_the_evaluation_profile_fits_what_it_promises() -> None:
    found = memory(shipped.inputs("eval-cpu"))
    assert found.language_model_gb <= 7.5 * 1.0738
    assert found.triton_gb <= 3.5 * 1.0738
    # 1 GiB of cache at 2 x 28 layers x 2 heads x 128 x 2 bytes a token.
    assert found.cache_tokens == pytest.approx((1 << 30) / 28672)


@pytest.mark.parametrize(
    ("profile", "device"), [("gpu-single", "L20"), ("gpu-rack", "H20"), ("gpu-rack", "H100")]
)
def test_the_gpu_profiles_fit_one_of_the_cards_they_are_for(profile: str, device: str) -> None:
    found = memory(shipped.inputs(profile, device=device))
    assert found.tensor_parallel == 1
    assert found.weights_gb + found.activations_gb + found.cache_gb <= found.language_model_room_gb + 1e-9
    assert found.cache_tokens >= 16384


def test_a_model_too_large_for_one_card_is_spread_over_the_fewest_that_hold_it() -> None:
    found = memory(shipped.two_cards_a_replica())
    assert found.tensor_parallel == 2
    assert found.weights_gb == pytest.approx(32.8, rel=0.01)


def test_a_replica_is_never_spread_over_fewer_cards_than_the_profile_says() -> None:
    assert memory(shipped.with_llm(shipped.inputs("gpu-single"), tensor_parallel=4)).tensor_parallel == 4


def test_what_fits_no_number_of_cards_is_refused_with_both_figures() -> None:
    with pytest.raises(CapacityInvalid, match=r"qwen3-14b.*Triton 7\.8 of 6\.0 GB") as refused:
        memory(shipped.inputs("gpu-single", device="A10"))
    assert refused.value.field == "device"


def test_a_longer_prompt_needs_a_cache_that_holds_it() -> None:
    inputs = shipped.inputs("gpu-single")
    assert (
        memory(shipped.with_llm(inputs, max_model_len=65536)).tensor_parallel > memory(inputs).tensor_parallel
    )


def test_each_instance_of_a_model_takes_its_memory() -> None:
    inputs = shipped.inputs("gpu-single", device="H20")
    served = inputs.profile.triton.models
    twice = msgspec.structs.replace(served["transcribe"], instances=2)
    triton = msgspec.structs.replace(inputs.profile.triton, models=served | {"transcribe": twice})
    more = msgspec.structs.replace(inputs, profile=msgspec.structs.replace(inputs.profile, triton=triton))
    assert memory(more).triton_gb - memory(inputs).triton_gb == pytest.approx(5200 * (1 << 20) / 1e9)


def test_weights_that_neither_catalogue_nor_costs_know_are_named() -> None:
    inputs = shipped.inputs("eval-cpu")
    known = {name: size for name, size in inputs.known_mb.items() if name != "campplus"}
    with pytest.raises(CapacityInvalid, match=r"campplus.*eval-cpu\.toml"):
        memory(msgspec.structs.replace(inputs, known_mb=known))
