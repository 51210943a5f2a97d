"""Telling a person how far the work is: on stderr, with or without a terminal."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

DETAIL_EVERY_S = 15.0


@dataclass
class Cost:
    """What one step took; ``megabytes`` is what it left on disk."""

    step: str
    seconds: float
    megabytes: float | None = None


@dataclass
class Progress:
    """Plain lines on stderr; on a terminal the newest detail is rewritten in place, in a log
    one is written every quarter of a minute.

    Works without any package, because it speaks before the first one is installed.
    """

    costs: list[Cost] = field(default_factory=list)
    interactive: bool = field(default_factory=lambda: sys.stderr.isatty())
    quiet: bool = False
    _spoke: float = field(default_factory=time.monotonic, repr=False)

    def say(self, line: str) -> None:
        """One lasting line."""
        if not self.quiet:
            self._clear()
            print(line, file=sys.stderr, flush=True)
            self._spoke = time.monotonic()

    def detail(self, line: str) -> None:
        """What is happening inside the current step."""
        if self.quiet:
            return
        if self.interactive:
            print(f"\r\x1b[2K    {line[:100]}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._spoke > DETAIL_EVERY_S:
            self.say(f"    {line[:100]}")

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[Cost]:
        """Announce a step, time it and keep its cost for :meth:`summary`."""
        self.say(f"→ {name}")
        cost = Cost(name, 0.0)
        started = time.monotonic()
        yield cost
        cost.seconds = time.monotonic() - started
        self.costs.append(cost)
        size = "" if cost.megabytes is None else f", {cost.megabytes:.0f} MB"
        self.say(f"✓ {name}: {cost.seconds:.1f} s{size}")

    def summary(self) -> None:
        """Every step's seconds and megabytes, and the sum."""
        if not self.costs:
            return
        width = max(len(cost.step) for cost in self.costs)
        self.say("")
        for cost in self.costs:
            size = "" if cost.megabytes is None else f"{cost.megabytes:8.0f} MB"
            self.say(f"  {cost.step:<{width}} {cost.seconds:8.1f} s {size}")
        seconds = sum(cost.seconds for cost in self.costs)
        sizes = [cost.megabytes for cost in self.costs if cost.megabytes is not None]
        size = f"{sum(sizes):8.0f} MB" if sizes else ""
        self.say(f"  {'together':<{width}} {seconds:8.1f} s {size}")

    def as_json(self) -> str:
        """The costs for another process, or for a machine to read."""
        return json.dumps([asdict(cost) for cost in self.costs])

    @classmethod
    def from_json(cls, text: str) -> Progress:
        """A progress that goes on where another process left off."""
        return cls([Cost(**entry) for entry in json.loads(text)] if text else [])

    def _clear(self) -> None:
        if self.interactive:
            print("\r\x1b[2K", end="", file=sys.stderr)
