"""Diarization error rate by pyannote.metrics; a program of its own, run in the speech environment that has it.

Reads ``{"reference": {uri: [[start, duration, label]]}, "found": {...}}`` from stdin and prints seconds by kind of
error. No collar, overlapped speech counted: nothing is forgiven.
"""

import json
import sys
import warnings
from typing import Any


def main() -> None:
    """Every recording of ``reference`` is scored against what was found in it."""
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(turns: list[tuple[float, float, str]]) -> Any:
        built = Annotation()
        for track, (start, duration, label) in enumerate(turns):
            built[Segment(start, start + duration), track] = label
        return built

    given = json.load(sys.stdin)
    metric = DiarizationErrorRate(collar=0.0, skip_overlap=False)
    for name, said in given["reference"].items():
        found = given["found"][name]
        end = max((start + duration for start, duration, _ in [*said, *found]), default=0.0)
        metric(annotation(said), annotation(found), uem=Timeline([Segment(0.0, end)]))
    parts = {name: float(metric[name]) for name in ("total", "missed detection", "false alarm", "confusion")}
    print(json.dumps(parts))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
