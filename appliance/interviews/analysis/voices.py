"""Whose voice is heard: the main speaker of a recording, and stretches in which somebody else speaks.

The main speaker is whoever speaks longest. Where that is not clear, the machine does not guess whose words it
reads: a person listens.
"""

from collections.abc import Sequence

from msgspec import Struct

from inference.ports import Diarization, SpeakerTurn, Word

SECOND_VOICE_S = 1.0
"""A shorter stretch of another voice is no event: a cough, an "mhm" and a mistake of the machine look alike."""

SAME_STRETCH_S = 0.6
"""Turns of other voices closer than this are one stretch."""

UNCLEAR_SHARE = 0.4
"""From this share of all speech on, another voice may as well be the candidate's."""

UNCLEAR_WORDS = 0.25
"""With more of the words left out than this, a person hears whether they were rightly left out."""


class Stretch(Struct, frozen=True):
    """A stretch of a recording in seconds from its start."""

    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s

    def holds(self, at_s: float) -> bool:
        """Whether an instant lies in it."""
        return self.start_s <= at_s <= self.end_s


class Voices(Struct, frozen=True, kw_only=True):
    """Who speaks. ``others`` are stretches of other voices that are long enough to be told; ``other_share`` is
    the other voices' part of all speech (0 to 1), ``speakers`` how many voices the model tells apart."""

    speakers: int = 0
    others: tuple[Stretch, ...] = ()
    other_share: float = 0.0
    main: tuple[Stretch, ...] = ()
    model: str = ""
    model_sha256: str = ""

    @property
    def unclear(self) -> bool:
        """Whether it cannot be told which voice is the candidate's."""
        return self.other_share >= UNCLEAR_SHARE


def voices_of(heard: Diarization) -> Voices:
    """The main speaker and the others of one recording."""
    spoken: dict[int, float] = {}
    for turn in heard.turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + turn.end_s - turn.start_s
    if not spoken:
        return Voices(model=heard.model, model_sha256=heard.model_sha256)
    main = max(spoken, key=lambda speaker: (spoken[speaker], -speaker))
    total = sum(spoken.values())
    others = _merged([turn for turn in heard.turns if turn.speaker != main])
    return Voices(
        speakers=len(spoken),
        others=tuple(one for one in others if one.seconds >= SECOND_VOICE_S),
        other_share=round((total - spoken[main]) / total, 3) if total > 0.0 else 0.0,
        main=tuple(
            Stretch(round(turn.start_s, 2), round(turn.end_s, 2))
            for turn in heard.turns
            if turn.speaker == main
        ),
        model=heard.model,
        model_sha256=heard.model_sha256,
    )


def said_by_others(words: Sequence[Word], voices: Voices) -> list[bool]:
    """For each word whether somebody else than the main speaker clearly said it: its middle lies in a told
    stretch of another voice and in none of the main speaker's, so that who speaks over somebody loses nothing."""
    flags = []
    for word in words:
        middle_s = (word.start_s + word.end_s) / 2
        flags.append(
            any(one.holds(middle_s) for one in voices.others)
            and not any(one.holds(middle_s) for one in voices.main)
        )
    return flags


def needs_ears(flags: Sequence[bool], voices: Voices) -> bool:
    """Whether a person has to hear who is who before a number may be shown."""
    left_out = sum(flags) / len(flags) if flags else 0.0
    return bool(flags) and (voices.unclear or left_out > UNCLEAR_WORDS)


def _merged(turns: Sequence[SpeakerTurn]) -> list[Stretch]:
    found: list[Stretch] = []
    for turn in sorted(turns, key=lambda one: one.start_s):
        start_s, end_s = round(turn.start_s, 2), round(turn.end_s, 2)
        if found and start_s - found[-1].end_s < SAME_STRETCH_S:
            found[-1] = Stretch(found[-1].start_s, max(found[-1].end_s, end_s))
        else:
            found.append(Stretch(start_s, end_s))
    return found
