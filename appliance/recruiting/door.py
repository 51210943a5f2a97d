"""How often one address may use the public page: enough for a family behind one router, too little for a flood."""

import threading
from collections import deque
from datetime import datetime, timedelta

from appliance.kernel.clock import Clock
from appliance.kernel.errors import TooManyAttempts

WINDOW = timedelta(minutes=10)
PER_ADDRESS = 6
PER_OPENING = 120
MAX_TRACKED = 10_000


class ApplicationDoor:
    """Counts applications by address and by opening in memory; a restart forgets, which is no harm."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def pass_through(self, address: str, opening_id: str) -> None:
        """Counts one application. Raises ``TooManyAttempts`` with the seconds to wait."""
        now = self._clock.now()
        with self._lock:
            self._forget(now)
            for key, limit in ((f"address:{address}", PER_ADDRESS), (f"opening:{opening_id}", PER_OPENING)):
                times = self._seen.setdefault(key, deque())
                if len(times) >= limit:
                    raise TooManyAttempts(int((times[0] + WINDOW - now).total_seconds()) + 1)
            for key in (f"address:{address}", f"opening:{opening_id}"):
                self._seen[key].append(now)

    def _forget(self, now: datetime) -> None:
        for key in list(self._seen):
            times = self._seen[key]
            while times and times[0] <= now - WINDOW:
                times.popleft()
            if not times or len(self._seen) > MAX_TRACKED:
                del self._seen[key]
