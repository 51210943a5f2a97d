"""Waiting times.

- Probability of waiting: Erlang C for c servers, from the Erlang B recursion (stable for any c).
- Mean wait: Allen and Cunneen's GI/G/c approximation, W = C(c, a) S / (c - a) x (ca2 + cs2) / 2, exact for M/M/c and
  M/G/1 (Pollaczek-Khinchine). Arrivals more regular than Poisson wait less, by the factor of Kraemer and
  Langenbach-Belz (1976): exp(-2 (1 - u) (1 - ca2)^2 / (3 u (ca2 + cs2))), u = a / c.
- Distribution: who waits, waits exponentially long, so E[W^2] = 2 W^2 / C; sums of waits and work are fitted by a
  gamma distribution with their mean and variance, its quantile by Wilson and Hilferty (1931).

``scv`` is a squared coefficient of variation: variance over squared mean.
"""

from __future__ import annotations

import math

from msgspec import Struct

TINY = 1e-12

Z_95 = 1.6449
"""The standard normal distribution's 95th percentile."""

SMALLEST_SHAPE = 0.3
"""Below this gamma shape Wilson-Hilferty is off by more than a tenth; such sums are mostly zero with rare long
waits, and the quantile of this shape, which is larger, is given."""


class Wait(Struct, frozen=True):
    """Mean (s) and variance (s2) of a waiting time, and the probability that there is any."""

    mean_s: float
    variance: float
    probability: float


def erlang_b(servers: int, load: float) -> float:
    """Blocking probability of ``servers`` without a queue at ``load`` erlangs."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Probability that an arrival waits, M/M/c; 1 when the load is not below the servers."""
    if load >= servers:
        return 1.0
    blocked = erlang_b(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def wait(servers: int, rate: float, service_s: float, arrival_scv: float, service_scv: float) -> Wait:
    """GI/G/c: ``rate`` arrivals a second, each ``service_s`` of work on one of ``servers``. Infinite when the load
    is not below the servers."""
    load = rate * service_s
    if load <= 0.0:
        return Wait(0.0, 0.0, 0.0)
    if load >= servers:
        return Wait(math.inf, math.inf, 1.0)
    probability = erlang_c(servers, load)
    if probability <= TINY or arrival_scv + service_scv <= 0.0:
        return Wait(0.0, 0.0, probability)
    mean_s = probability * service_s / (servers - load) * (arrival_scv + service_scv) / 2.0
    mean_s *= _regularity(load / servers, arrival_scv, service_scv)
    return Wait(mean_s, mean_s**2 * (2.0 / probability - 1.0), probability)


def _regularity(utilisation: float, arrival_scv: float, service_scv: float) -> float:
    if arrival_scv >= 1.0:
        return 1.0
    regular = (1.0 - utilisation) * (1.0 - arrival_scv) ** 2
    return math.exp(-2.0 * regular / (3.0 * utilisation * (arrival_scv + service_scv)))


def percentile_95(mean: float, variance: float) -> float:
    """95th percentile of the gamma distribution with this mean and variance; never below the mean."""
    if not math.isfinite(mean) or variance <= 0.0 or mean <= 0.0:
        return mean
    shape = max(mean**2 / variance, SMALLEST_SHAPE)
    ninth = 1.0 / (9.0 * shape)
    return max(mean, mean * (1.0 - ninth + Z_95 * math.sqrt(ninth)) ** 3)
