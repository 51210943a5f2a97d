"""What an event beside an answer is, and in which words it is told: what was seen, and what harmless reasons exist."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from appliance.kernel.errors import N_


class IntegrityKind(StrEnum):
    """What was noticed."""

    FACE_DIFFERS = "face_differs"
    MORE_THAN_ONE_FACE = "more_than_one_face"
    NO_FACE = "no_face"
    SECOND_VOICE = "second_voice"
    LEFT_PAGE = "left_page"
    PASTED = "pasted"
    READING_GAZE = "reading_gaze"
    DEVICE_CHANGED = "device_changed"
    EXTRA_CONNECTION = "extra_connection"


class Certainty(StrEnum):
    """How far the measure can be trusted: counted by the page itself, measured well, or a pattern only."""

    CERTAIN = "certain"
    FAIR = "fair"
    LOW = "low"


class IntegrityEvent(Struct, frozen=True, kw_only=True):
    """One event. Times are seconds of the answer: of its recording, or since the question was shown for what the
    page noticed (`on_page`). `amount` is in the kind's own unit: seconds away or of another voice or without a face,
    characters pasted, pictures that differ, sweeps of the eyes; 0 where there is none."""

    kind: IntegrityKind
    question_id: str
    answer_id: str | None
    start_s: float
    end_s: float
    amount: float
    certainty: Certainty
    on_page: bool = False

    @property
    def note(self) -> str:
        """The msgid that says what was seen; it takes `amount`."""
        return SEEN[self.kind]

    @property
    def harmless(self) -> str:
        """The msgid of reasons that have nothing to do with the answer."""
        return HARMLESS[self.kind]


TITLES: Mapping[IntegrityKind, str] = {
    IntegrityKind.FACE_DIFFERS: N_("The face may be another one"),
    IntegrityKind.MORE_THAN_ONE_FACE: N_("More than one face in the picture"),
    IntegrityKind.NO_FACE: N_("No face to be seen"),
    IntegrityKind.SECOND_VOICE: N_("A second voice"),
    IntegrityKind.LEFT_PAGE: N_("The page was left"),
    IntegrityKind.PASTED: N_("Text was pasted"),
    IntegrityKind.READING_GAZE: N_("Eyes moved as in reading"),
    IntegrityKind.DEVICE_CHANGED: N_("Went on with another device"),
    IntegrityKind.EXTRA_CONNECTION: N_("Two recordings ran at once"),
}

SEEN: Mapping[IntegrityKind, str] = {
    IntegrityKind.FACE_DIFFERS: N_("%(amount)s pictures did not match the face it was compared with."),
    IntegrityKind.MORE_THAN_ONE_FACE: N_("For %(amount)s seconds the picture showed more than one face."),
    IntegrityKind.NO_FACE: N_("For %(amount)s seconds no face was found in the picture."),
    IntegrityKind.SECOND_VOICE: N_("For %(amount)s seconds somebody else's voice was heard."),
    IntegrityKind.LEFT_PAGE: N_("For %(amount)s seconds another window or app was in front."),
    IntegrityKind.PASTED: N_("%(amount)s characters came in at once and were not typed."),
    IntegrityKind.READING_GAZE: N_("The eyes went %(amount)s times slowly one way and quickly back."),
    IntegrityKind.DEVICE_CHANGED: N_("From here on the answer came from another device."),
    IntegrityKind.EXTRA_CONNECTION: N_(
        "For %(amount)s seconds two parts of the answer were recorded at the same time."
    ),
}

HARMLESS: Mapping[IntegrityKind, str] = {
    IntegrityKind.FACE_DIFFERS: N_(
        "Backlight, glasses, a mask or another angle do this too. Compare with your own eyes before you say anything."
    ),
    IntegrityKind.MORE_THAN_ONE_FACE: N_(
        "A child, a colleague passing by, a poster or a television behind the person look the same."
    ),
    IntegrityKind.NO_FACE: N_(
        "Bad light, a slipped phone, or somebody who looks down to think. A gap in the picture is no bad answer."
    ),
    IntegrityKind.SECOND_VOICE: N_(
        "A television, a ward, a train or family in the next room. Words that clearly belong to it were not read as "
        "the candidate's."
    ),
    IntegrityKind.LEFT_PAGE: N_("A call, a notification, a low battery or a mistaken touch do this too."),
    IntegrityKind.PASTED: N_(
        "Some people write in another app first, dictate, or use an aid for writing. Their own text can be pasted."
    ),
    IntegrityKind.READING_GAZE: N_(
        "Notes on one's own experience are allowed, and some people's eyes move so when they think. The measure is "
        "rough and has not been checked on people."
    ),
    IntegrityKind.DEVICE_CHANGED: N_("The candidate may change devices; the invitation offers it."),
    IntegrityKind.EXTRA_CONNECTION: N_(
        "After a broken connection the old recording can run on for a moment while the new one begins."
    ),
}

CERTAINTIES: Mapping[Certainty, str] = {
    Certainty.CERTAIN: N_("counted"),
    Certainty.FAIR: N_("measured, may be wrong"),
    Certainty.LOW: N_("a rough pattern"),
}
