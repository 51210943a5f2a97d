"""What the real engines said of known inputs, replayed without them: values as the appliance meets them."""

import pytest

from inference import known
from inference.engines import Engines
from inference.recorded import NotRecorded, replay
from models import fetch
from models.catalogue import ModelError
from tests.inference.engines import RECORDINGS


@pytest.fixture(scope="module")
def face() -> bytes:
    """The public portrait, whose bytes are fetched and not kept here."""
    try:
        return (fetch.verify("demo-face") / "astronaut.png").read_bytes()
    except ModelError as error:
        pytest.skip(f"the portrait is not fetched: {error}")


def test_the_known_sentence_is_heard_where_it_is_spoken(recorded_engines: Engines) -> None:
    speech, sound = recorded_engines.speech, known.speech()
    duration_s = len(sound) / 32_000
    heard = speech.transcribe(sound, language="en", deadline_s=300)
    assert all(word in heard.text.lower() for word in known.SPOKEN_AT_S)
    times = [time_s for word in heard.words for time_s in (word.start_s, word.end_s)]
    assert times == sorted(times) and times[0] >= 0 and times[-1] <= duration_s + 0.1
    spans = speech.voice_activity(sound, deadline_s=300)
    assert sum(span.end_s - span.start_s for span in spans) > 0.7 * duration_s
    diarization = speech.diarize(sound, deadline_s=300)
    assert diarization.speakers == 1 and len(diarization.model_sha256) == 64
    prosody = speech.prosody(sound, deadline_s=300)
    assert prosody.pitch_median_hz is not None and 130 < prosody.pitch_median_hz < 260


def test_the_portrait_shows_one_face_that_looks_into_the_camera(
    recorded_engines: Engines, face: bytes
) -> None:
    vision, dark = recorded_engines.vision, known.black_picture()
    assert [len(frame.faces) for frame in vision.detect_faces([face, dark], deadline_s=120)] == [1, 0]
    seen, unseen = vision.face_mesh([face, dark], deadline_s=120)
    assert seen.present and seen.looking_at_camera and not unseen.present
    assert vision.verify(face, face, deadline_s=120).same


def test_what_nobody_recorded_is_refused() -> None:
    with pytest.raises(NotRecorded, match="no recording of this transcribe"):
        replay(RECORDINGS).speech.transcribe(known.tone(1.0), language="en", deadline_s=1)
