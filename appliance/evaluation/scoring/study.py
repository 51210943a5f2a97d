"""``evaluate scoring`` from its three files to SCORES.jsonl."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from appliance.evaluation import engines, outputs
from appliance.evaluation.evaluation import Evaluation
from appliance.evaluation.outputs import LineFile, Results
from appliance.evaluation.running import Task
from appliance.evaluation.scoring import answers as answer_files
from appliance.evaluation.scoring import rubric as rubrics
from appliance.evaluation.scoring.reading import Read, Scoring
from appliance.evaluation.scoring.scores import Figures, Study
from inference.engines import Engines


class ScoreFile:
    """The output: while a run goes on, readings in a hidden file beside it; whenever it stops, the scores that
    these readings give. A score depends on all ratings, so that no line of it is final before the end."""

    def __init__(self, path: Path, study: Study) -> None:
        self._path = path
        self._study = study
        self._readings = LineFile(path.with_name(f".{path.name}.readings.jsonl"), split)

    def existing(self) -> dict[str, str]:
        return self._readings.existing()

    def strangers(self, written: set[str] | None) -> Path | None:
        empty = not self._path.exists() or self._path.stat().st_size == 0
        return self._readings.strangers(written) if empty or written is not None else self._path

    def settle(self, results: Results) -> None:
        self._readings.settle(results)
        if not results:
            return
        reads = reads_of(dict(results))
        lines = [msgspec.json.encode(line).decode() for line in self._study.lines(reads)]
        summary = {
            "summary": True,
            "items": len(self._study.answers),
            "done": len(reads),
        } | self._study.figures(reads)
        outputs.replace(self._path, "\n".join([*lines, json.dumps(summary, ensure_ascii=False)]) + "\n")

    def add(self, key: str, text: str) -> None:
        self._readings.add(key, text)

    def close(self) -> None:
        self._readings.close()


def split(text: str) -> Iterator[tuple[str, str]]:
    """(answer, line) of every whole line that is a reading."""
    for line in text.split("\n"):
        try:
            yield msgspec.json.decode(line, type=Read).id, f"{line}\n"
        except msgspec.DecodeError:
            continue


def reads_of(texts: Mapping[str, str]) -> list[Read]:
    """The readings behind the lines."""
    return [msgspec.json.decode(text, type=Read) for text in texts.values()]


def plan(*, rubric: Path, answers: Path, ratings: Path | None, out: Path) -> Evaluation:
    """Checks everything that can be checked before an engine is needed; raises ``BadInput``."""
    marked = rubrics.read(rubric)
    found = answer_files.read_answers(answers, marked)
    study = Study(found, answer_files.read_ratings(ratings, found))
    outputs.check_file(out)

    def work(connected: Engines) -> Scoring:
        return Scoring(connected.llm, found)

    def figures(texts: Mapping[str, str]) -> Figures:
        return study.figures(reads_of(texts))

    return Evaluation(
        name="scoring",
        model=engines.LLM,
        models=(engines.LLM,),
        options={},
        tasks=lambda: [Task(key, answer.hash(by)) for key, (answer, by) in found.items()],
        output=ScoreFile(out, study),
        state=outputs.state_beside(out),
        work=work,
        figures=figures,
        heard=False,
    )
