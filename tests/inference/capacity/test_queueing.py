"""Waiting times agree with tables, with exact special cases and with a simulation."""

import heapq
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.capacity import queueing


@pytest.mark.parametrize(
    ("servers", "load", "waits"),
    [
        (1, 0.5, 0.5),
        (2, 1.0, 1 / 3),
        (3, 2.0, 4 / 9),
        (5, 4.0, 0.5541),
        (10, 8.0, 0.4092),
        (20, 16.0, 0.2561),
    ],
)
def test_erlang_c_is_the_tabulated_one(servers: int, load: float, waits: float) -> None:
    assert queueing.erlang_c(servers, load) == pytest.approx(waits, abs=5e-5)


def test_erlang_b_is_the_tabulated_one() -> None:
    assert queueing.erlang_b(10, 5.0) == pytest.approx(0.0184, abs=5e-5)
    assert queueing.erlang_b(1, 1.0) == 0.5


def test_everybody_waits_when_the_load_is_not_below_the_servers() -> None:
    assert queueing.erlang_c(3, 3.0) == 1.0
    assert queueing.wait(3, 1.0, 3.0, 1.0, 1.0).mean_s == math.inf


def test_one_server_waits_as_pollaczek_and_khinchine_say() -> None:
    utilisation, service_s, scv = 0.8, 2.0, 0.3
    exact = utilisation * service_s / (1 - utilisation) * (1 + scv) / 2
    assert queueing.wait(1, utilisation / service_s, service_s, 1.0, scv).mean_s == pytest.approx(exact)


def test_regular_arrivals_with_equal_work_hardly_wait() -> None:
    at_random = queueing.wait(1, 0.5, 1.0, 1.0, 0.05).mean_s
    assert queueing.wait(1, 0.5, 1.0, 0.05, 0.05).mean_s < at_random / 50
    assert queueing.wait(1, 0.5, 1.0, 0.0, 0.0).mean_s == 0.0


@pytest.mark.parametrize(("servers", "utilisation", "scv"), [(1, 0.7, 0.5), (3, 0.8, 0.5), (6, 0.75, 2.0)])
def test_the_mean_and_the_95th_percentile_are_those_of_a_simulation(
    servers: int, utilisation: float, scv: float
) -> None:
    service_s = 2.0
    rate = utilisation * servers / service_s
    waited = simulated(servers, rate, service_s, scv, customers=60_000)
    predicted = queueing.wait(servers, rate, service_s, 1.0, scv)
    assert predicted.mean_s == pytest.approx(math.fsum(waited) / len(waited), rel=0.12)
    busy = sum(one > 0 for one in waited) / len(waited)
    assert predicted.probability == pytest.approx(busy, rel=0.1)
    percentile = queueing.percentile_95(predicted.mean_s, predicted.variance)
    assert percentile == pytest.approx(sorted(waited)[int(0.95 * len(waited))], rel=0.2)


def simulated(servers: int, rate: float, service_s: float, scv: float, customers: int) -> list[float]:
    """Waits of customers in order of arrival: Poisson arrivals, gamma work."""
    dice = random.Random(11)
    free = [0.0] * servers
    now, waited = 0.0, []
    for _ in range(customers):
        now += dice.expovariate(rate)
        begins = max(now, heapq.heappop(free))
        heapq.heappush(free, begins + dice.gammavariate(1 / scv, service_s * scv))
        waited.append(begins - now)
    return waited


@pytest.mark.parametrize(
    ("mean", "variance", "tabulated"),
    [(1.0, 1.0, 2.9957), (10.0, 20.0, 18.307), (4.0, 8.0, 9.488), (1.0, 2.0, 3.841)],
)
def test_the_95th_percentile_is_that_of_the_gamma_and_chi_square_tables(
    mean: float, variance: float, tabulated: float
) -> None:
    assert queueing.percentile_95(mean, variance) == pytest.approx(tabulated, rel=0.03)


def test_what_never_varies_has_its_mean_as_every_percentile() -> None:
    assert queueing.percentile_95(3.0, 0.0) == 3.0


@settings(deadline=None)
@given(
    servers=st.integers(1, 200),
    busy=st.floats(0.01, 0.98),
    more=st.floats(1.0, 1.01),
    service_s=st.floats(0.001, 100),
    scv=st.floats(0, 4),
)
def test_more_load_waits_longer_and_one_more_server_shorter(
    servers: int, busy: float, more: float, service_s: float, scv: float
) -> None:
    rate = busy * servers / service_s
    here = queueing.wait(servers, rate, service_s, 1.0, scv).mean_s
    assert queueing.wait(servers, rate * more, service_s, 1.0, scv).mean_s >= here * (1 - 1e-9)
    assert queueing.wait(servers + 1, rate, service_s, 1.0, scv).mean_s <= here * (1 + 1e-9)


@settings(deadline=None)
@given(
    servers=st.integers(1, 50), busy=st.floats(0.05, 0.95), scv=st.floats(0.1, 4), factor=st.floats(0.01, 100)
)
def test_waits_are_times_and_scale_with_the_clock(
    servers: int, busy: float, scv: float, factor: float
) -> None:
    here = queueing.wait(servers, busy * servers, 1.0, 1.0, scv)
    there = queueing.wait(servers, busy * servers / factor, factor, 1.0, scv)
    assert there.mean_s == pytest.approx(here.mean_s * factor, rel=1e-9)
    assert there.variance == pytest.approx(here.variance * factor**2, rel=1e-9)
