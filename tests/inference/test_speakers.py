"""Windows' probabilities become turns: averaged, labelled, numbered in order of appearance."""

import numpy as np

from inference.triton.served.speakers import LOCAL_SPEAKERS, RULES, STEP_S, WINDOW_S, Windows, label, turns

FRAMES = 500


def windows(duration_s: float, *spoken: tuple[int, float, float], certainty: float = 0.9) -> Windows:
    """Windows that hear class ``number`` from one second to another, and else nobody."""
    starts = tuple(np.arange(0, max(duration_s - WINDOW_S, 0) + 1e-6, STEP_S).tolist())
    classes = np.zeros((len(starts), FRAMES, 7), dtype=np.float32)
    classes[..., 0] = 1
    for index, start_s in enumerate(starts):
        times = start_s + (np.arange(FRAMES) + 0.5) * WINDOW_S / FRAMES
        for number, from_s, until_s in spoken:
            here = (times >= from_s) & (times < until_s)
            classes[index, here] = 0
            classes[index, here, number] = certainty
            classes[index, here, 0] = 1 - certainty
    return Windows(classes, starts)


def same_labels(heard: Windows) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
    return np.tile(np.arange(LOCAL_SPEAKERS), (len(heard.classes), 1))


def test_two_people_one_after_the_other_are_two_turns_in_order() -> None:
    heard = windows(20.0, (2, 3.0, 6.0), (1, 8.0, 12.0))
    found = turns(heard, same_labels(heard), 20.0, RULES)
    assert [(turn["speaker"], round(turn["start_s"], 1), round(turn["end_s"], 1)) for turn in found] == [
        (0, 3.0, 6.0),
        (1, 8.0, 12.0),
    ]


def test_two_at_once_are_both_heard() -> None:
    heard = windows(10.0, (1, 1.0, 3.0), (4, 3.0, 5.0), (2, 5.0, 7.0))
    found = turns(heard, same_labels(heard), 10.0, RULES)
    assert [(turn["speaker"], round(turn["start_s"]), round(turn["end_s"])) for turn in found] == [
        (0, 1, 5),
        (1, 3, 7),
    ]


def test_what_is_likely_but_never_the_first_choice_is_heard() -> None:
    faint = windows(10.0, (1, 2.0, 4.0), certainty=0.4)
    found = turns(faint, same_labels(faint), 10.0, RULES)
    assert [(round(turn["start_s"]), round(turn["end_s"])) for turn in found] == [(2, 4)]
    unlikely = windows(10.0, (1, 2.0, 4.0), certainty=0.2)
    assert turns(unlikely, same_labels(unlikely), 10.0, RULES) == []


def test_a_blink_of_sound_is_no_turn_and_silence_has_none() -> None:
    heard = windows(10.0, (1, 2.0, 2.1))
    assert turns(heard, same_labels(heard), 10.0, RULES) == []
    silent = windows(10.0)
    assert turns(silent, same_labels(silent), 10.0, RULES) == []


def test_without_a_voice_long_enough_to_know_all_is_one_person() -> None:
    heard = windows(10.0, (1, 2.0, 3.0), (2, 5.0, 6.0))
    active = heard.active(RULES.active)
    labels = label(np.full((len(active), LOCAL_SPEAKERS, 192), np.nan), active, RULES)
    assert set(labels.ravel().tolist()) == {-1, 0}
    found = turns(heard, labels, 10.0, RULES)
    assert {turn["speaker"] for turn in found} == {0}
