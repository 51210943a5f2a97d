"""The parts of the served models that need no model."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import known
from inference.triton import wire
from inference.triton.client import picture_tensors
from inference.triton.served import pictures, prosody, tensors, vad

RULES = vad.Rules()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "float32"])
def test_tensors_of_every_type_survive_the_wire(dtype: str) -> None:
    values = np.linspace(0, 200, 77).astype(dtype).reshape(7, 11)
    body, headers = wire.encode({"T": values}, ["T"], {"language": "en"})
    head = int(headers[wire.HEADER_LENGTH])
    described = body[:head].replace(b'"inputs"', b'"outputs"', 1).split(b', "outputs": [{"name"')[0] + b"}"
    decoded = wire.decode(described + body[head:], len(described))
    assert decoded["T"].dtype == values.dtype and np.array_equal(decoded["T"], values)


def test_a_truncated_response_is_an_error() -> None:
    output = {"name": "T", "datatype": "UINT8", "shape": [4], "parameters": {"binary_data_size": 4}}
    head = json.dumps({"outputs": [output]}).encode()
    with pytest.raises(ValueError, match="reshape|describes"):
        wire.decode(head + b"abc", len(head))


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=20))
def test_pictures_are_divided_as_they_were_joined(encoded: list[bytes]) -> None:
    sent = picture_tensors(encoded)
    assert tensors.split(sent["PICTURES"], sent["LENGTHS"]) == encoded


@pytest.mark.parametrize("lengths", [[], [5, 6], [0, 10], [-1, 11], [11]])
def test_lengths_that_do_not_fit_are_refused(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="do not divide"):
        tensors.split(np.zeros(10, dtype=np.uint8), np.array(lengths, dtype=np.int64))


def jpeg_header(width: int, height: int) -> bytes:
    """Start of image, an APP0 segment, a baseline frame header."""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + bytes(14) + b"\xff\xc0" + frame


def test_the_size_is_read_without_decoding() -> None:
    assert pictures.size(jpeg_header(640, 480)) == (480, 640)
    assert pictures.size(known.black_picture(320, 240)) == (240, 320)


@pytest.mark.parametrize(
    "encoded", [b"", b"GIF89a", b"\xff\xd8\xff", b"\xff\xd8" + bytes(100), b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        pictures.size(encoded)


def probabilities(*stretches: tuple[float, float]) -> Any:
    """Windows of 32 ms: (probability, seconds) one after the other."""
    return np.concatenate(
        [np.full(round(seconds / 0.032), value, dtype=np.float32) for value, seconds in stretches]
    )


def test_speech_is_found_between_silences_and_blips_are_not() -> None:
    heard = probabilities((0.0, 1.0), (0.9, 2.0), (0.0, 1.0), (0.9, 0.1), (0.0, 1.0), (0.9, 0.5))
    spans = vad._segments(heard, len(heard) * 0.032, RULES)
    assert [pytest.approx(span, abs=0.07) for span in spans] == [(1.0, 3.0), (5.05, 5.55)]


def test_a_dip_that_stays_above_the_lower_threshold_does_not_end_speech() -> None:
    heard = probabilities((0.9, 1.0), (0.4, 1.0), (0.9, 1.0))
    assert len(vad._segments(heard, 3.0, RULES)) == 1
    assert vad._segments(probabilities((0.45, 3.0)), 3.0, RULES) == []


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.05, 2)), min_size=1, max_size=12))
def test_segments_are_ordered_inside_the_recording_and_apart(stretches: list[tuple[float, float]]) -> None:
    heard = probabilities(*stretches)
    duration_s = len(heard) * 0.032
    spans = vad._segments(heard, duration_s, RULES)
    flat = [time_s for span in spans for time_s in span]
    assert flat == sorted(flat)
    assert all(0 <= time_s <= duration_s for time_s in flat)


def test_silence_has_no_prosody_and_no_pauses() -> None:
    measured = prosody.describe(np.zeros(16_000, dtype=np.float32), [])
    assert measured["pauses"] == [] and measured["pause_share"] == 0.0
    assert measured["pitch_median_hz"] is None and measured["duration_s"] == 1.0


def test_short_gaps_are_articulation_and_long_ones_pauses() -> None:
    speech = [(1.0, 2.0), (2.2, 4.0), (6.0, 8.0)]
    measured = prosody.describe(np.zeros(0, dtype=np.float32), speech)
    assert measured["longest_pause_s"] == 2.0
    assert measured["pause_share"] == pytest.approx(2.0 / 7.0)
