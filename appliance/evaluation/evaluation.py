"""One evaluation from its inputs to its summary, whatever it evaluates."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from msgspec import Struct

from appliance.evaluation import engines, running
from appliance.evaluation.engines import Choice, Served
from appliance.evaluation.errors import BadInput
from appliance.evaluation.interruption import Interrupted, Interruption
from appliance.evaluation.outputs import Output, writing
from appliance.evaluation.running import Pace, Result, Task, Work
from appliance.evaluation.worklog import Done, Worklog, digest
from appliance.install import preparation
from appliance.install.progress import Progress
from inference.engines import Engines

Texts = Mapping[str, str]
"""What the output holds, by key."""

Figures = dict[str, object]


class Evaluation(Struct, frozen=True, kw_only=True):
    """What differs between the evaluations. ``model`` is the Triton model that does the work, ``models`` are all
    that are needed; ``options`` decide results; ``tasks`` hashes the inputs; ``figures`` compares with labels, in
    ``environments`` beside the application's; ``shown`` is an item's name for people."""

    name: str
    model: str
    models: tuple[str, ...]
    options: Mapping[str, str]
    tasks: Callable[[], list[Task]]
    output: Output
    state: Path
    work: Callable[[Engines], Work]
    figures: Callable[[Texts], Figures] = lambda texts: {}
    environments: tuple[str, ...] = ()
    shown: Callable[[str], str] = lambda key: key
    heard: bool = True


class _Run:
    """The results of a run so far, kept ones included."""

    def __init__(self, evaluation: Evaluation, log: Worklog, tasks: list[Task]) -> None:
        self._evaluation = evaluation
        self._log = log
        self.tasks = tasks
        self.done: dict[str, Done] = {}
        self.texts: dict[str, str] = {}
        self.kept = 0
        self.new = 0
        self.new_s = 0.0

    def keep_finished(self) -> list[Task]:
        """Take over what earlier runs finished and is still true; returns what is left to do."""
        output = self._evaluation.output
        stranger = output.strangers(self._log.written)
        if stranger is not None:
            raise BadInput(
                f"{stranger} is there already and was not written by this command. Move it away, or name "
                "another --out."
            )
        existing = output.existing()
        for task in self.tasks:
            done = self._log.finished.get(task.key)
            if done and done.input == task.input and done.output == digest(existing.get(task.key)):
                self.done[task.key] = done
                if task.key in existing:
                    self.texts[task.key] = existing[task.key]
        self.kept = len(self.done)
        with writing(self._evaluation.state.parent):
            # In this order: as long as a result is there, so is the line by which it is known to be ours.
            if self._log.written is None:
                self._log.begin()
            output.settle(self._in_order())
            self._log.begin()
        return [task for task in self.tasks if task.key not in self.done]

    def take(self, task: Task, result: Result) -> None:
        done = Done(task.key, task.input, digest(result.text), result.seconds, result.reason)
        with writing(self._evaluation.state.parent):
            if result.lasting:
                self._log.add(done)
            if result.text is not None:
                self._evaluation.output.add(task.key, result.text)
                self.texts[task.key] = result.text
        self.done[task.key] = done
        self.new += 1
        self.new_s += result.seconds

    def settle(self) -> None:
        """Put the output in the inputs' order."""
        with writing(self._evaluation.state.parent):
            self._evaluation.output.settle(self._in_order())

    def _in_order(self) -> list[tuple[str, str]]:
        return [(task.key, self.texts[task.key]) for task in self.tasks if task.key in self.texts]

    def failures(self) -> list[dict[str, str]]:
        found = [self.done[task.key] for task in self.tasks if task.key in self.done]
        shown = self._evaluation.shown
        return [{"file": shown(done.key), "reason": done.reason} for done in found if done.reason]


def carry_out(evaluation: Evaluation, choice: Choice, progress: Progress) -> int:
    """Do it, print the summary and return the exit code: 0 done, 1 nothing succeeded or no engine answered,
    128 and the signal's number when interrupted. Raises ``BadInput`` and ``SetupError``."""
    with Interruption() as interruption:
        try:
            with interruption.immediate():
                preparation.prepare(preparation.Needs(environments=evaluation.environments), progress)
                tasks = evaluation.tasks()
                served = engines.choose(choice, evaluation.models, progress)
        except Interrupted:
            _print({"command": evaluation.name, "items": 0, "interrupted": True})
            return interruption.exit_code or 1
        with Worklog(evaluation.state, _fingerprint(evaluation, served)) as log, closing(evaluation.output):
            return _carry_out(evaluation, served, _Run(evaluation, log, tasks), interruption, progress)


def _carry_out(
    evaluation: Evaluation, served: Served, run: _Run, interruption: Interruption, progress: Progress
) -> int:
    todo = run.keep_finished()
    if run.kept:
        progress.say(f"{run.kept} of {len(run.tasks)} are finished already and stay as they are")
    ended_early, seconds = "", 0.0
    if todo:
        with suppress(Interrupted), engines.connected(served, interruption, progress) as connections:
            pace = Pace(len(run.tasks), run.kept)
            began = time.monotonic()

            def take(task: Task, result: Result) -> None:
                run.take(task, result)
                progress.detail(pace.line(run.new))

            workers = served.in_flight(evaluation.model)
            ended_early = running.run(todo, evaluation.work(connections), workers, interruption, take)
            seconds = time.monotonic() - began
    run.settle()
    summary = _summary(evaluation, served, run, seconds)
    if interruption.number is not None:
        _print(summary | {"interrupted": True})
        return interruption.exit_code or 1
    if ended_early:
        progress.say(f"✗ {ended_early}")
        _print(summary | {"stopped": ended_early})
        return 1
    _print(summary | evaluation.figures(run.texts))
    return 1 if len(run.failures()) == len(run.tasks) else 0


def _fingerprint(evaluation: Evaluation, served: Served) -> str:
    decides = {
        "command": evaluation.name,
        "options": dict(evaluation.options),
        "models": served.hashes,
        "code": engines.code_hash(engines.only(served.profile, evaluation.models)),
    }
    return digest(json.dumps(decides, sort_keys=True))


def _summary(evaluation: Evaluation, served: Served, run: _Run, seconds: float) -> Figures:
    failures = run.failures()
    summary: Figures = {
        "command": evaluation.name,
        "items": len(run.tasks),
        "done": len(run.done),
        "kept": run.kept,
        "failed": len(failures),
        "seconds": round(seconds, 3),
        "items_per_second": round(run.new / seconds, 3) if seconds else None,
    }
    if evaluation.heard:
        summary["audio_seconds"] = round(sum(done.seconds for done in run.done.values()), 3)
        summary["real_time_factor"] = round(seconds / run.new_s, 4) if run.new_s else None
    return summary | {"profile": served.profile.name, "models": served.hashes, "failures": failures}


def _print(summary: Figures) -> None:
    print(json.dumps(summary, ensure_ascii=False), flush=True)
