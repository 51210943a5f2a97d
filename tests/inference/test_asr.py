"""Speech recognition over the transcription endpoint: sound goes out as a WAV, words come back with times."""

import io
import json
import re
import wave
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP

import pytest

from inference import known
from inference.accounting import Accounting
from inference.asr import SpeechWithRecogniser, VllmRecogniser
from inference.engines import Unavailable
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.profile import AsrProfile
from tests.inference.servers import IDENTITY, ScriptedServer, serving

PROFILE = AsrProfile(
    engine="vllm test",
    model="tiny",
    max_model_len=448,
    max_num_seqs=4,
    admit=2,
    queue=8,
    memory_gib=1,
    max_audio_s=60,
)
SEGMENTS = [
    {"start": 0.0, "end": 2.0, "text": " We moved it.", "avg_logprob": -0.1},
    {"start": 3.0, "end": 4.0, "text": "夜班ok", "avg_logprob": -0.5},
]
SAID = {"text": " We moved it. 夜班ok", "duration": 5.0, "language": "en", "segments": SEGMENTS}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with serving() as scripted:
        scripted.body = json.dumps(SAID).encode()
        yield scripted


@pytest.fixture
def accounting() -> Accounting:
    return Accounting()


@pytest.fixture
def recogniser(server: ScriptedServer, accounting: Accounting) -> Iterator[VllmRecogniser]:
    made = VllmRecogniser(PROFILE, [server.address], IDENTITY, accounting)
    yield made
    made.close()


def form_of(server: ScriptedServer) -> dict[str, list[bytes]]:
    """The fields of the request as a mail parser, which knows nothing of the sender, reads them."""
    _, headers, body = server.asked[0]
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body
    )
    fields: dict[str, list[bytes]] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        fields.setdefault(str(name), []).append(payload)
    return fields


def test_the_sound_is_sent_whole_with_what_is_asked_of_it(
    server: ScriptedServer, recogniser: VllmRecogniser, accounting: Accounting
) -> None:
    heard = recogniser.transcribe(known.speech(), language="en", deadline_s=30)
    fields = form_of(server)
    with wave.open(io.BytesIO(fields["file"][0])) as sent:
        assert (sent.getnchannels(), sent.getsampwidth(), sent.getframerate()) == (1, 2, 16_000)
        assert sent.readframes(sent.getnframes()) == known.speech()
    assert server.asked[0][0] == "/v1/audio/transcriptions"
    assert (fields["model"], fields["language"], fields["temperature"]) == ([b"tiny"], [b"en"], [b"0"])
    assert fields["response_format"] == [b"verbose_json"]
    assert fields["timestamp_granularities[]"] == [b"word", b"segment"]
    assert (heard.language, heard.duration_s, heard.model_sha256) == ("en", 5.0, "ab" * 32)
    (totals,) = accounting.snapshot().totals
    assert totals.verb == "transcribe"
    assert totals.audio_s == pytest.approx(len(known.speech()) / 32_000)


def test_the_language_is_left_to_the_model_when_none_is_given(
    server: ScriptedServer, recogniser: VllmRecogniser
) -> None:
    assert recogniser.transcribe(known.speech(), language=None, deadline_s=30).language == "en"
    assert "language" not in form_of(server)


def test_the_recognisers_own_word_times_are_kept(server: ScriptedServer, recogniser: VllmRecogniser) -> None:
    words = [{"word": " We", "start": 0.1, "end": 0.3}, {"word": "夜班", "start": 3.1, "end": 3.4}]
    server.body = json.dumps(SAID | {"words": words, "duration": "5.0"}).encode()
    heard = recogniser.transcribe(known.speech(), language="en", deadline_s=30)
    assert [(word.text, word.start_s, word.end_s) for word in heard.words] == [
        ("We", 0.1, 0.3),
        ("夜班", 3.1, 3.4),
    ]
    assert [word.probability for word in heard.words] == pytest.approx([0.905, 0.607], abs=1e-3)
    assert heard.word_times == "measured"


def test_words_of_a_segment_share_its_time_and_the_transcript_says_so(recogniser: VllmRecogniser) -> None:
    heard = recogniser.transcribe(known.speech(), language="en", deadline_s=30)
    assert heard.word_times == "interpolated"
    assert [word.text for word in heard.words] == ["We", "moved", "it.", "夜", "班", "ok"]
    assert [(word.start_s, word.end_s) for word in heard.words] == [
        (0.0, 0.4),
        (0.4, 1.4),
        (1.4, 2.0),
        (3.0, 3.25),
        (3.25, 3.5),
        (3.5, 4.0),
    ]


def test_no_segments_at_all_are_no_words(server: ScriptedServer, recogniser: VllmRecogniser) -> None:
    server.body = json.dumps(SAID | {"text": "", "segments": []}).encode()
    heard = recogniser.transcribe(known.silence(1.0), language="zh", deadline_s=30)
    assert (heard.words, heard.text) == ([], "")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"text": "hello"}, "something else"),
        (SAID | {"segments": None}, "verbose_json"),
        (SAID | {"duration": "long"}, "something else"),
    ],
)
def test_an_answer_without_times_is_not_taken_for_a_transcript(
    server: ScriptedServer, recogniser: VllmRecogniser, answer: dict[str, object], message: str
) -> None:
    server.body = json.dumps(answer).encode()
    with pytest.raises(InferenceUnavailable, match=message):
        recogniser.transcribe(known.speech(), language="en", deadline_s=30)


@pytest.mark.parametrize(
    ("pcm16", "message"),
    [(b"", "no samples"), (b"odd", "3 bytes"), (bytes(32_000 * 60 + 2), "at most 60 s")],
)
def test_impossible_sound_is_refused_before_it_is_sent(
    server: ScriptedServer, recogniser: VllmRecogniser, pcm16: bytes, message: str
) -> None:
    with pytest.raises(InferenceInvalid, match=message):
        recogniser.transcribe(pcm16, language="en", deadline_s=30)
    assert server.asked == []


def test_triton_still_hears_everything_else(recogniser: VllmRecogniser) -> None:
    speech = SpeechWithRecogniser(recogniser, Unavailable("the others were asked"))
    assert speech.transcribe(known.speech(), language="en", deadline_s=30).text.startswith("We")
    for ask in (speech.diarize, speech.voice_activity, speech.prosody):
        with pytest.raises(InferenceUnavailable, match="the others were asked"):
            ask(known.speech(), deadline_s=30)


def test_no_word_of_a_transcript_reaches_an_error(server: ScriptedServer, recogniser: VllmRecogniser) -> None:
    server.body = json.dumps(SAID | {"segments": [{"start": "Zerline"}]}).encode()
    with pytest.raises(InferenceUnavailable) as raised:
        recogniser.transcribe(known.speech(), language="en", deadline_s=30)
    assert not re.search("Zerline|moved", str(raised.value))
