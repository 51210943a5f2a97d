"""Counters and timings for the site's own monitoring, in Prometheus' text format.

The registry is an object handed out by the composition root; rooms add their own instruments to `registry`.
"""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The site's instruments. Labels hold routes, kinds and states, never ids of people."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "muster_http_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "muster_http_request_seconds",
            "Time to answer a request",
            ("method", "route"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._jobs = Counter(
            "muster_jobs_finished", "Jobs that reached an end", ("kind", "state"), registry=self.registry
        )
        self._waiting = Gauge(
            "muster_jobs", "Jobs by state at the time of reading", ("state",), registry=self.registry
        )
        self._clock_behind = Gauge(
            "muster_clock_behind_seconds",
            "How far the machine's clock stands behind the site's time; above zero somebody set it back",
            registry=self.registry,
        )
        self._before_reading: list[Callable[[], None]] = []

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def job_finished(self, kind: str, state: str) -> None:
        """A job reached done or dead."""
        self._jobs.labels(kind, state).inc()

    def jobs_waiting(self, state: str, count: int) -> None:
        """How many jobs are in a state."""
        self._waiting.labels(state).set(count)

    def clock_behind(self, seconds: float) -> None:
        """How far the machine's clock stands behind the site's time."""
        self._clock_behind.set(seconds)

    def before_reading(self, refresh: Callable[[], None]) -> None:
        """Call this before each reading, to set gauges from the store."""
        self._before_reading.append(refresh)

    def text(self) -> tuple[bytes, str]:
        """All instruments as (body, content type)."""
        for refresh in self._before_reading:
            refresh()
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
