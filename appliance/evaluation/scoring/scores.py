"""From readings to SCORES.jsonl: the calibrated scores, and how well they agree with the people who rated."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from appliance.evaluation.scoring import agreeing
from appliance.evaluation.scoring.answers import Answer, Ratings
from appliance.evaluation.scoring.reading import Levels, Quote, Read
from appliance.evaluation.scoring.rubric import Marked
from appliance.interviews.calibration import baselines
from appliance.interviews.calibration.calibrator import (
    LEAST_RATINGS,
    Calibrator,
    Portrait,
    Score,
    uncalibrated,
)
from appliance.interviews.scoring.levels import PersonReason

Figures = dict[str, object]

WIDE = 0.6
"""An interval wider than this share of full marks says that the answer is unlike all that were rated."""


class ScoreLine(Struct, frozen=True, kw_only=True):
    """One line of the output. ``score``, ``low`` and ``high`` are on the rubric's scale, null where the machine
    gives none; a score beside ``needs_person`` belongs to the study and is shown on no page. ``validated`` is the
    number of rated answers it was learnt from, 0 for none; ``rated`` marks those: theirs is what the others
    predict of them."""

    id: str
    question: str
    score: float | None = None
    low: float | None = None
    high: float | None = None
    needs_person: bool = False
    reason: str = ""
    validated: int = 0
    rated: bool = False
    levels: Levels | None = None
    evidence: tuple[Quote, ...] = ()
    relevance: float | None = None
    marks: Figures | None = None
    model_sha256: str = ""
    prompt_hash: str = ""


class Study(Struct, frozen=True):
    """What was asked: the answers with what they are marked by, and who rated which."""

    answers: Mapping[str, tuple[Answer, Marked]]
    ratings: Ratings

    def lines(self, reads: Sequence[Read]) -> list[ScoreLine]:
        """A line for each reading, in their order."""
        taught = self._taught(reads)
        calibrator = _calibrator(taught)
        own = dict(zip((read.id for read in taught.reads), taught.predicted(calibrator), strict=True))
        return [self._line(read, calibrator, own.get(read.id)) for read in reads]

    def figures(self, reads: Sequence[Read]) -> Figures:
        """The summary's figures of agreement, on the rated answers."""
        lines = self.lines(reads)
        held = [line for line in lines if line.needs_person]
        figures: Figures = {
            "scored": sum(line.score is not None for line in lines),
            "needs_person": len(held),
            "reasons": _count([line.reason for line in held]),
            "rated": len(self.ratings.of),
            "ratings_of_other_answers": self.ratings.strangers,
        }
        taught = self._taught(reads)
        calibrator = _calibrator(taught)
        if calibrator is None:
            return figures | {"validated": 0}
        return figures | {
            "validated": calibrator.ratings,
            "calibrator_hash": calibrator.hash,
            "agreement": self._agreement(taught, calibrator),
        }

    def _agreement(self, taught: "_Taught", calibrator: Calibrator) -> Figures:
        targets, groups = taught.targets, [read.question for read in taught.reads]
        texts = [self.answers[read.id][0].text for read in taught.reads]
        lengths = [read.length for read in taught.reads]
        found = {
            "machine": [score.mean for score in calibrator.left_out()],
            "length_alone": baselines.by_length(lengths, targets, groups),
            "words_alone": baselines.by_words(texts, targets, groups),
        }
        figures: Figures = {name: agreeing.compare(values, targets, groups) for name, values in found.items()}
        return figures | {"people": agreeing.people(taught.shares(self))}

    def _line(self, read: Read, calibrator: Calibrator | None, left_out: Score | None) -> ScoreLine:
        full = self.answers[read.id][1].full
        score = _score_of(read, calibrator, left_out)
        reason = read.reason
        if not reason and calibrator and score and score.high - score.low > WIDE:
            reason = PersonReason.UNSTABLE
        return ScoreLine(
            id=read.id,
            question=read.question,
            score=_on_scale(score.mean, full) if score else None,
            low=_on_scale(score.low, full) if score else None,
            high=_on_scale(score.high, full) if score else None,
            needs_person=bool(reason),
            reason=reason,
            validated=calibrator.ratings if calibrator else 0,
            rated=left_out is not None,
            levels=read.levels,
            evidence=read.evidence,
            relevance=read.relevance,
            marks=msgspec.structs.asdict(read.portrait.marks) if read.portrait else None,
            model_sha256=read.model_sha256,
            prompt_hash=read.prompt_hash,
        )

    def _taught(self, reads: Sequence[Read]) -> "_Taught":
        usable = [read for read in reads if read.portrait is not None and read.id in self.ratings.of]
        targets = []
        for read in usable:
            scores = list(self.ratings.of[read.id].values())
            targets.append(sum(scores) / len(scores) / self.answers[read.id][1].full)
        return _Taught(usable, targets)


class _Taught(Struct, frozen=True):
    """The rated answers that could be read, and the raters' mean of each as a share of full marks."""

    reads: list[Read]
    targets: list[float]

    def portraits(self) -> list[Portrait]:
        return [read.portrait for read in self.reads if read.portrait is not None]

    def predicted(self, calibrator: Calibrator | None) -> list[Score]:
        return calibrator.left_out() if calibrator else [uncalibrated(one.marks) for one in self.portraits()]

    def shares(self, study: Study) -> list[dict[str, float]]:
        return [
            {
                rater: score / study.answers[read.id][1].full
                for rater, score in study.ratings.of[read.id].items()
            }
            for read in self.reads
        ]


def _calibrator(taught: _Taught) -> Calibrator | None:
    return Calibrator(taught.portraits(), taught.targets) if len(taught.reads) >= LEAST_RATINGS else None


def _score_of(read: Read, calibrator: Calibrator | None, left_out: Score | None) -> Score | None:
    """Unvalidated, what needs a person has no number; validated, the raters' own scores of such answers stand
    behind it."""
    if read.portrait is None:
        return None
    if calibrator is None:
        return None if read.reason else uncalibrated(read.portrait.marks)
    return left_out or calibrator.score(read.portrait)


def _on_scale(share: float, full: float) -> float:
    return round(share * full, 3)


def _count(reasons: Sequence[str]) -> dict[str, int]:
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}
