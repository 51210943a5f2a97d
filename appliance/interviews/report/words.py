"""What a report's codes are called, as msgids, for the page and the PDF alike."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from appliance.interviews.analysis.observations import EventKind, ObservationKind, ObservedEvent
from appliance.interviews.integrity.words import SENTENCE_WORDS
from appliance.interviews.plans.rubrics import Bilingual
from appliance.interviews.report.report import ContradictionKind, PointKind, Report, SuggestionKind
from appliance.interviews.scoring.evidence import StarPart
from appliance.interviews.scoring.levels import PersonReason
from appliance.interviews.scoring.manipulation import ManipulationKind
from appliance.interviews.validation.scores import VALIDITY_WORDS, WHY_WORDS
from appliance.kernel.errors import N_
from appliance.recruiting.showing import DEGREE_LABELS

NOT_VALIDATED = N_("Not validated here")
NOT_VALIDATED_WHY = N_(
    "These scores have not been checked against ratings by your own people. Read the quotes; the decision is "
    "a person's."
)

NOT_ANSWERED = N_("Not answered")

REASONS: Mapping[PersonReason, str] = {
    PersonReason.TOO_SHORT: N_("The answer is too short to be rated. Too little is not the same as bad."),
    PersonReason.TOO_LONG: N_("The answer is too long to be read by the machine in one piece."),
    PersonReason.UNINTELLIGIBLE: N_("Too little of the recording could be understood."),
    PersonReason.SILENT: N_("Nobody speaks in the recording."),
    PersonReason.IRRELEVANT: N_("The answer does not seem to be about the question."),
    PersonReason.UNSTABLE: N_("Asked again in other words, the machine came to another level."),
    PersonReason.NO_LEVEL: N_("The machine gave no usable level."),
    PersonReason.MANIPULATION: N_(
        "Some sentences speak to the scorer or repeat themselves instead of answering."
    ),
    PersonReason.UNREADABLE_MEDIA: N_("The recording could not be opened."),
    PersonReason.ANALYSIS_FAILED: N_("The analysis did not come to an end."),
    PersonReason.UNRELIABLE_BAND: N_(
        "At this level the machine was too often far from what people here gave, so a person rates it."
    ),
    PersonReason.NO_SOUND: N_("The recording has a picture and no sound; the microphone may have been off."),
    PersonReason.OTHER_LANGUAGE: N_(
        "The answer is in another language than the interview. Somebody who speaks it should rate it."
    ),
    PersonReason.VOICES_UNCLEAR: N_(
        "Several voices speak, and it is not clear which one is the candidate's. Please listen."
    ),
}

PARTS: Mapping[StarPart, str] = {
    StarPart.SITUATION: N_("Situation"),
    StarPart.TASK: N_("Task"),
    StarPart.ACTION: N_("Action"),
    StarPart.RESULT: N_("Result"),
}

SIGNS: Mapping[ManipulationKind, str] = {
    ManipulationKind.INSTRUCTION: N_("speaks to the scorer"),
    ManipulationKind.SELF_RATING: N_("rates itself"),
    ManipulationKind.REPETITION: N_("repeats itself"),
    ManipulationKind.RUBRIC_ECHO: N_("repeats the words of the rubric"),
    ManipulationKind.HIDDEN_TEXT: N_("holds text that is not seen"),
}

POINTS: Mapping[PointKind, str] = {
    PointKind.HIGH_LEVEL: N_("High level"),
    PointKind.LOW_LEVEL: N_("Low level"),
    PointKind.NO_RESULT: N_("No outcome told"),
    PointKind.NO_OWN_ACTION: N_("Own part not told"),
}

CONTRADICTIONS: Mapping[ContradictionKind, str] = {
    ContradictionKind.YEARS: N_("Years of experience: said %(said)s, resume %(resume)s"),
    ContradictionKind.YEARS_THERE: N_("Years with one employer: said %(said)s, resume %(resume)s"),
    ContradictionKind.EMPLOYER: N_("Employer named: %(said)s; the resume lists %(resume)s"),
    ContradictionKind.TITLE: N_("Post named: %(said)s; the resume lists %(resume)s"),
    ContradictionKind.DATE: N_("Time named: %(said)s; the resume says %(resume)s"),
    ContradictionKind.DEGREE: N_("Degree named: %(said)s; the resume's highest is %(resume)s"),
}

DEGREE_WORDS: Mapping[str, str] = {degree.name: text for degree, text in DEGREE_LABELS.items()}
"""What the resume's highest degree is called."""

SUGGESTIONS: Mapping[SuggestionKind, str] = {
    SuggestionKind.UNSEEN: N_("Not rated by the machine yet"),
    SuggestionKind.DEEPER: N_("To look deeper"),
    SuggestionKind.ASK_RESULT: N_("The outcome was not told"),
    SuggestionKind.ASK_OWN_ACTION: N_("The own part was not told"),
}

FIGURES: Mapping[ObservationKind, str] = {
    ObservationKind.FACE_PRESENT_SHARE: N_("Face in the picture"),
    ObservationKind.MORE_THAN_ONE_FACE_SHARE: N_("More than one face"),
    ObservationKind.LOOKING_SHARE: N_("Looking at the camera"),
    ObservationKind.HEAD_YAW_MEDIAN_DEG: N_("Head turned, median (degrees)"),
    ObservationKind.HEAD_PITCH_MEDIAN_DEG: N_("Head raised, median (degrees)"),
    ObservationKind.HAND_MOVEMENT: N_("Hand movement a second (shoulder widths)"),
    ObservationKind.UPPER_BODY_MOVEMENT: N_("Upper-body movement a second (shoulder widths)"),
    ObservationKind.EXPRESSION_NEUTRAL: N_("Neutral expression (model's accuracy not measured here)"),
    ObservationKind.EXPRESSION_HAPPY: N_("Happy expression (model's accuracy not measured here)"),
    ObservationKind.SPEECH_RATE_UNITS_PER_MIN: N_("Speech rate (characters or words a minute)"),
    ObservationKind.PAUSE_COUNT: N_("Pauses"),
    ObservationKind.PAUSE_LONGEST_S: N_("Longest pause (seconds)"),
    ObservationKind.PAUSE_SHARE: N_("Share of pauses"),
    ObservationKind.PITCH_RANGE_SEMITONES: N_("Pitch range (semitones)"),
    ObservationKind.LOUDNESS_DBFS: N_("Loudness (dB full scale)"),
}

SHARES = frozenset(
    {
        ObservationKind.FACE_PRESENT_SHARE,
        ObservationKind.MORE_THAN_ONE_FACE_SHARE,
        ObservationKind.LOOKING_SHARE,
        ObservationKind.EXPRESSION_NEUTRAL,
        ObservationKind.EXPRESSION_HAPPY,
        ObservationKind.PAUSE_SHARE,
    }
)
"""Figures shown as per cent."""

EVENTS: Mapping[EventKind, str] = {
    EventKind.NO_FACE: N_("No face in the picture"),
    EventKind.MORE_THAN_ONE_FACE: N_("More than one face"),
    EventKind.HEAD_TURNED: N_("Head turned away"),
    EventKind.LONG_PAUSE: N_("Long pause"),
}


def clock_of(seconds: float | None) -> str:
    """A place in a recording as m:ss; empty for typed text."""
    if seconds is None:
        return ""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


class HeldBack(Struct, frozen=True):
    """An answer or question that the machine gave no number for: which, for what, and why (a msgid)."""

    question: Bilingual
    competencies: tuple[str, ...]
    why: str
    answer_id: str


class Observed(Struct, frozen=True):
    """An event of a recording: the answer's place (from 1) and id, and what and when."""

    number: int
    answer_id: str
    event: ObservedEvent


def held_back(report: Report) -> list[HeldBack]:
    """What the machine could not judge: answers held back whole, single competencies of an answer, and
    questions without an answer."""
    found = [
        HeldBack(one.question, one.competencies, REASONS[one.needs_person], one.answer_id)
        for one in report.answers
        if one.needs_person is not None
    ]
    whole = {one.needs_person for one in report.answers}
    found += [
        HeldBack(one.name, (one.id,), REASONS[reason], "")
        for one in report.competencies
        for reason in one.needs_person
        if reason not in whole
    ]
    found += [HeldBack(one, (), NOT_ANSWERED, "") for one in report.unanswered]
    return found


def observed_events(report: Report) -> list[Observed]:
    """The observed events of all answers, in the order of the interview."""
    return [
        Observed(number, one.answer_id, event)
        for number, one in enumerate(report.answers, 1)
        for event in one.observations.events
    ]


def observed_word(report: Report) -> str:
    """The heading of the observations: whether any of them counted is never left open."""
    return (
        N_("Observations (delivery is counted here, at most a tenth)")
        if report.delivery_counted
        else N_("Observations (shown, never counted)")
    )


WORDS: Mapping[str, Any] = {
    "reasons": REASONS,
    "parts": PARTS,
    "signs": SIGNS,
    "points": POINTS,
    "contradiction_words": CONTRADICTIONS,
    "degree_words": DEGREE_WORDS,
    "suggestion_words": SUGGESTIONS,
    "figures": FIGURES,
    "shares": SHARES,
    "event_words": EVENTS,
    "not_validated": NOT_VALIDATED,
    "not_validated_why": NOT_VALIDATED_WHY,
    "clock_of": clock_of,
    "validity_words": VALIDITY_WORDS,
    "validity_why": WHY_WORDS,
    "sentence_words": SENTENCE_WORDS,
    "observed_word": observed_word,
}
"""What the templates call the codes of a report."""
