"""Speech recognition over the transcription endpoint: sound goes out as a WAV, words come back with times."""

import io
import json
import re
import wave
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest

from inference import known
from inference.accounting import Accounting
from inference.asr import SpeechWithRecogniser, VllmRecogniser
from inference.engines import Unavailable
from inference.errors import InferenceInvalid, InferenceUnavailable
from inference.gate import Deadline
from inference.ports import SpeechSegment, Transcript
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
DURATION_S = len(known.speech()) / 32_000
WHOLE = [SpeechSegment(0.0, DURATION_S)]
SEGMENTS = [
    {"start": 0.0, "end": 2.0, "text": " We moved it.", "avg_logprob": -0.1},
    {"start": 2.0, "end": 3.0, "text": "夜班ok", "avg_logprob": -0.5},
]
SAID = {"text": " We moved it. 夜班ok", "duration": 3.18, "language": "en", "segments": SEGMENTS}


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


def heard_by(
    recogniser: VllmRecogniser, pcm16: bytes | None = None, language: str | None = "en"
) -> Transcript:
    """The transcript of a recording (the known one without) that is speech from end to end."""
    sound = known.speech() if pcm16 is None else pcm16
    spoken = [SpeechSegment(0.0, len(sound) / 32_000)]
    return recogniser.transcribe(sound, spoken, language=language, deadline=Deadline(30))


def form_of(server: ScriptedServer, index: int = 0) -> dict[str, list[bytes]]:
    """The fields of a request as a mail parser, which knows nothing of the sender, reads them."""
    _, headers, body = server.asked[index]
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
    heard = heard_by(recogniser)
    fields = form_of(server)
    with wave.open(io.BytesIO(fields["file"][0])) as sent:
        assert (sent.getnchannels(), sent.getsampwidth(), sent.getframerate()) == (1, 2, 16_000)
        assert sent.readframes(sent.getnframes()) == known.speech()
    assert server.asked[0][0] == "/v1/audio/transcriptions"
    assert (fields["model"], fields["language"], fields["temperature"]) == ([b"tiny"], [b"en"], [b"0"])
    assert fields["response_format"] == [b"verbose_json"]
    assert fields["timestamp_granularities[]"] == [b"word", b"segment"]
    assert (heard.language, heard.model_sha256) == ("en", "ab" * 32)
    assert heard.duration_s == pytest.approx(DURATION_S)
    (totals,) = accounting.snapshot().totals
    assert totals.verb == "transcribe"
    assert totals.audio_s == pytest.approx(len(known.speech()) / 32_000)


def test_the_language_is_left_to_the_model_when_none_is_given(
    server: ScriptedServer, recogniser: VllmRecogniser
) -> None:
    assert heard_by(recogniser, language=None).language == "en"
    assert "language" not in form_of(server)


def test_the_recognisers_own_word_times_are_kept(server: ScriptedServer, recogniser: VllmRecogniser) -> None:
    words = [{"word": " We", "start": 0.1, "end": 0.3}, {"word": "夜班", "start": 2.1, "end": 9.4}]
    server.body = json.dumps(SAID | {"words": words}).encode()
    heard = heard_by(recogniser)
    assert [(word.text, word.start_s, word.end_s) for word in heard.words] == [
        ("We", 0.1, 0.3),
        ("夜班", 2.1, round(DURATION_S, 3)),
    ]
    assert [word.probability for word in heard.words] == pytest.approx([0.905, 0.607], abs=1e-3)
    assert heard.word_times == "measured"


def test_words_of_a_segment_share_its_time_and_the_transcript_says_so(recogniser: VllmRecogniser) -> None:
    heard = heard_by(recogniser)
    assert heard.word_times == "interpolated"
    assert [word.text for word in heard.words] == ["We", "moved", "it.", "夜", "班", "ok"]
    assert [(word.start_s, word.end_s) for word in heard.words] == [
        (0.0, 0.4),
        (0.4, 1.4),
        (1.4, 2.0),
        (2.0, 2.25),
        (2.25, 2.5),
        (2.5, 3.0),
    ]


def test_times_after_the_end_of_the_sound_are_its_end(
    server: ScriptedServer, recogniser: VllmRecogniser
) -> None:
    server.body = json.dumps(SAID | {"segments": [SEGMENTS[0] | {"end": 10.0}]}).encode()
    heard = heard_by(recogniser)
    assert heard.words[-1].end_s == pytest.approx(DURATION_S, abs=1e-3)


def test_chinese_is_shown_in_simplified_script(server: ScriptedServer, recogniser: VllmRecogniser) -> None:
    segments = [{"start": 0.0, "end": 3.0, "text": "我們搬了系統", "avg_logprob": -0.1}]
    body = {"text": "我們搬了系統", "duration": 3.18, "language": "zh", "segments": segments}
    server.body = json.dumps(body).encode()
    heard = heard_by(recogniser, language="zh")
    assert heard.text == "我们搬了系统" == "".join(word.text for word in heard.words)
    assert heard_by(recogniser, language="ja").text == "我們搬了系統"


def test_silence_is_not_sent(server: ScriptedServer, recogniser: VllmRecogniser) -> None:
    heard = recogniser.transcribe(known.silence(3.0), [], language=None, deadline=Deadline(30))
    assert (heard.words, heard.text, heard.language, heard.duration_s) == ([], "", "und", 3.0)
    assert server.asked == []


def test_a_short_sound_without_segments_is_no_word(
    server: ScriptedServer, recogniser: VllmRecogniser
) -> None:
    server.body = json.dumps(SAID | {"text": "", "segments": []}).encode()
    heard = heard_by(recogniser)
    assert (heard.words, heard.text) == ([], "") and len(server.asked) == 1


class ForgetfulServer(ScriptedServer):
    """Hears one word in each request, and nothing at all in sound of more than twenty seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _Forgets


class _Forgets(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ForgetfulServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers.items()), body))
        seconds = len(body) / 32_000
        segment = {"start": 0.0, "end": seconds, "text": f" {seconds:.0f}", "avg_logprob": -0.1}
        segments = [segment] if seconds < 20 else []
        answer = json.dumps({"text": f" {seconds:.0f}", "language": "en", "segments": segments}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def test_what_the_server_silently_leaves_out_is_asked_again_in_halves() -> None:
    server = ForgetfulServer()
    sound = known.tone(24.0)
    with serving(server):
        recogniser = VllmRecogniser(PROFILE, [server.address], IDENTITY)
        heard = heard_by(recogniser, sound)
        recogniser.close()
    assert [len(form_of(server, index)["file"][0]) // 32_000 for index in range(3)].count(24) == 1
    assert len(server.asked) == 3
    (first, second) = heard.words
    assert int(first.text) + int(second.text) == 24
    assert 0 == first.start_s < first.end_s == pytest.approx(second.start_s, abs=0.01)
    assert second.end_s == pytest.approx(24.0, abs=0.01)


def test_pieces_are_joined_in_the_order_of_the_recording(server: ScriptedServer) -> None:
    sound = known.speech() + known.silence(40.0) + known.speech()
    spoken = [SpeechSegment(0.0, 3.0), SpeechSegment(DURATION_S + 40, DURATION_S + 43)]
    recogniser = VllmRecogniser(msgspec.structs.replace(PROFILE, max_audio_s=600), [server.address], IDENTITY)
    heard = recogniser.transcribe(sound, spoken, language="en", deadline=Deadline(30))
    recogniser.close()
    assert heard.text == "We moved it. 夜班ok We moved it. 夜班ok"
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts) and len(starts) == 12
    assert starts[6] == pytest.approx(DURATION_S + 40 - 0.2, abs=1e-3)
    assert sum(len(form_of(server, index)["file"][0]) for index in (0, 1)) < 2 * 32_000 * 4


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"text": "hello"}, "verbose_json"),
        ({"segments": "none"}, "something else"),
        (SAID | {"segments": None}, "verbose_json"),
        (SAID | {"language": None}, "which language"),
    ],
)
def test_an_answer_without_times_is_not_taken_for_a_transcript(
    server: ScriptedServer, recogniser: VllmRecogniser, answer: dict[str, object], message: str
) -> None:
    server.body = json.dumps(answer).encode()
    with pytest.raises(InferenceUnavailable, match=message):
        heard_by(recogniser, language=None)


@pytest.mark.parametrize(
    ("pcm16", "message"),
    [(b"", "no samples"), (b"odd", "3 bytes"), (bytes(32_000 * 60 + 2), "at most 60 s")],
)
def test_impossible_sound_is_refused_before_it_is_sent(
    server: ScriptedServer, recogniser: VllmRecogniser, pcm16: bytes, message: str
) -> None:
    with pytest.raises(InferenceInvalid, match=message):
        recogniser.transcribe(pcm16, WHOLE, language="en", deadline=Deadline(30))
    assert server.asked == []


class Ears(Unavailable):
    """Hears where somebody speaks, and nothing else."""

    def voice_activity(self, pcm16: bytes, *, deadline_s: float) -> list[SpeechSegment]:
        return WHOLE


def test_triton_hears_where_somebody_speaks_and_everything_else(recogniser: VllmRecogniser) -> None:
    speech = SpeechWithRecogniser(recogniser, Ears("the others were asked"))
    assert speech.transcribe(known.speech(), language="en", deadline_s=30).text.startswith("We")
    assert speech.voice_activity(known.speech(), deadline_s=30) == WHOLE
    for ask in (speech.diarize, speech.prosody):
        with pytest.raises(InferenceUnavailable, match="the others were asked"):
            ask(known.speech(), deadline_s=30)


def test_no_word_of_a_transcript_reaches_an_error(server: ScriptedServer, recogniser: VllmRecogniser) -> None:
    server.body = json.dumps(SAID | {"segments": [{"start": "Zerline"}]}).encode()
    with pytest.raises(InferenceUnavailable) as raised:
        heard_by(recogniser)
    assert not re.search("Zerline|moved", str(raised.value))
