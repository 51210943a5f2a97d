"""The stages of one analysis: each visible while it runs, timed, and kept so that a later try does not pay twice."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from msgspec import Struct

from appliance.interviews.analysis import store as part_store
from appliance.interviews.assessment import store as assessment_store
from appliance.interviews.assessment.store import SHARE_DONE, Stage, StageSpan
from appliance.interviews.model import Answer
from appliance.interviews.recordings.media import Sound, Track, decode_sound
from appliance.kernel.db import Database
from appliance.kernel.jobs import JobContext

Part = TypeVar("Part", bound=Struct)


class Chain:
    """One run over one answer. `spans` says what was done when, in earlier tries too."""

    def __init__(self, core: Database, job: JobContext, answer: Answer) -> None:
        self._core = core
        self._job = job
        self._answer = answer
        self._sound: Sound | None = None
        self._spans: dict[Stage, StageSpan] = {}

    @property
    def spans(self) -> tuple[StageSpan, ...]:
        """When each stage ran, in the order of their beginnings."""
        return tuple(sorted(self._spans.values(), key=lambda span: span.begun_at))

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds by stage."""
        return {str(span.stage): span.seconds for span in self.spans}

    def sound(self, tracks: list[Track]) -> Sound:
        """The answer's sound, decoded when the first stage needs it and held for this run only."""
        if self._sound is None:
            with self.running(Stage.DECODING):
                self._sound = decode_sound(tracks)
        return self._sound

    def kept(self, stage: Stage, kind: type[Part], ask: Callable[[], Part]) -> Part:
        """What an earlier try kept of this stage, else what `ask` gives now, kept for a later one."""
        answer = self._answer
        found = self._core.read(lambda tx: part_store.part(tx, answer.id, answer.take, stage, kind))
        if found is not None:
            result, span = found
            self._spans[stage] = span
            return result
        with self.running(stage):
            fresh = ask()
        span = self._spans[stage]
        self._core.write(
            lambda tx: part_store.keep_part(tx, answer.id, answer.interview_id, answer.take, span, fresh)
        )
        return fresh

    @contextmanager
    def running(self, stage: Stage) -> Iterator[None]:
        """Says that a stage runs, and takes its time."""
        self._core.write(lambda tx: assessment_store.advance(tx, self._answer.id, stage))
        self._job.heartbeat(SHARE_DONE[stage], stage)
        begun_at, begun = self._core.clock.now(), time.monotonic()
        yield
        self._spans[stage] = StageSpan(stage, begun_at, round(time.monotonic() - begun, 3))
