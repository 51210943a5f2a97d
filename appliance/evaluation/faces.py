"""``evaluate faces``: the distance between the faces of each pair of pictures, one CSV row a pair."""

import csv
import functools
import hashlib
import io
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from appliance.evaluation import outputs, pictures, verification
from appliance.evaluation.errors import Unreadable
from appliance.evaluation.evaluation import Evaluation
from appliance.evaluation.hashing import hash_file
from appliance.evaluation.pairs import Pair, read_pairs
from appliance.evaluation.patience import ask
from appliance.evaluation.running import Result, Task
from inference.engines import Engines
from inference.ports import Vision

HEADER = ("a", "b", "distance", "same", "threshold", "reason")
DEADLINE_S = 300.0
PICTURES_KEPT = 64


class Comparing:
    """The work on one pair. A pair that cannot be compared has no distance and no verdict, but a reason."""

    def __init__(self, vision: Vision, pairs: Mapping[str, Pair]) -> None:
        self._vision = vision
        self._pairs = pairs
        # A picture is in many pairs.
        self._load = functools.lru_cache(maxsize=PICTURES_KEPT)(pictures.load)

    def do(self, key: str, stop: threading.Event) -> Result:
        pair = self._pairs[key]
        a, b = self._picture(pair.a, pair.path_a), self._picture(pair.b, pair.path_b)
        match = ask(lambda: self._vision.verify(a, b, deadline_s=DEADLINE_S), stop)
        verdict = "1" if match.same else "0"
        row = (pair.a, pair.b, f"{match.distance:.6f}", verdict, f"{match.threshold:.6f}", "")
        return Result(outputs.csv_row(row))

    def _picture(self, name: str, path: Path) -> bytes:
        try:
            return self._load(path)
        except Unreadable as error:
            raise Unreadable(f"{name}: {error}") from None

    def failed(self, key: str, reason: str) -> str:
        pair = self._pairs[key]
        return outputs.csv_row((pair.a, pair.b, "", "", "", reason))


def key_of(a: str, b: str) -> str:
    """The item's name in the log."""
    return json.dumps([a, b], ensure_ascii=False)


def split(text: str) -> Iterator[tuple[str, str]]:
    """(key, row) of every row that is one of ours; rows hold quoted newlines, so lines do not tell."""
    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            if len(row) == len(HEADER):
                yield key_of(row[0], row[1]), outputs.csv_row(row)
    except csv.Error:
        return


def tasks(pairs: Mapping[str, Pair]) -> list[Task]:
    """Each pair with the hash of both pictures; every picture is read once."""
    hashed: dict[Path, str] = {}
    found = []
    for key, pair in pairs.items():
        for path in (pair.path_a, pair.path_b):
            if path not in hashed:
                hashed[path] = hash_file(path)
        both = f"{hashed[pair.path_a]} {hashed[pair.path_b]}"
        found.append(Task(key, hashlib.sha256(both.encode()).hexdigest()))
    return found


def plan(*, pairs: Path, root: Path, out: Path) -> Evaluation:
    """Checks everything that can be checked before an engine is needed; raises ``BadInput``."""
    rows = read_pairs(pairs, root)
    outputs.check_file(out)
    distinct = {key_of(row.a, row.b): row for row in reversed(rows)}
    distinct = {key_of(row.a, row.b): distinct[key_of(row.a, row.b)] for row in rows}

    def work(engines: Engines) -> Comparing:
        return Comparing(engines.vision, distinct)

    def every_row(results: Mapping[str, str]) -> Iterator[str]:
        """A pair that is listed twice was compared once."""
        return (results[key] for row in rows if (key := key_of(row.a, row.b)) in results)

    return Evaluation(
        name="faces",
        model="face_verify",
        models=("face_verify",),
        options={},
        tasks=lambda: tasks(distinct),
        output=outputs.LineFile(out, split, outputs.csv_row(HEADER), every_row),
        state=outputs.state_beside(out),
        work=work,
        figures=lambda texts: figures(rows, texts),
        shown=lambda key: outputs.csv_row(json.loads(key)).rstrip("\n"),
        heard=False,
    )


def figures(rows: Sequence[Pair], texts: Mapping[str, str]) -> dict[str, object]:
    """Against the labels, over all rows that were compared; without a label column nothing."""
    labelled = [row for row in rows if row.same is not None]
    if not labelled:
        return {"rows": len(rows)}
    judged = []
    for row in labelled:
        fields = next(csv.reader(io.StringIO(texts[key_of(row.a, row.b)], newline="")))
        if fields[2]:
            judged.append(verification.Judged(float(fields[2]), fields[3] == "1", bool(row.same)))
    counts: dict[str, object] = {"rows": len(rows), "labelled_not_compared": len(labelled) - len(judged)}
    return counts | verification.figures(judged)
