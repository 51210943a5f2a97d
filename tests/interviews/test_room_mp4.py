"""Safari's recordings: fragmented or finished MP4, whole or cut off, decoded in memory like WebM."""

import io
import uuid
from hashlib import sha256

import av
import pytest

from appliance.interviews.model import AnswerState
from appliance.interviews.recordings import media
from appliance.interviews.recordings.media import BytesSource, Track, UnreadableMedia
from appliance.interviews.recordings.service import Sent
from tests.interviews.house import House
from tests.interviews.recorded import pieces, recording


def remuxed(fragmented: bytes, movflags: str = "") -> bytes:
    """The same packets in another arrangement; without flags the index (`moov`) stands at the end."""
    out = io.BytesIO()
    options = {"movflags": movflags} if movflags else {}
    with (
        av.open(io.BytesIO(fragmented), mode="r") as source,
        av.open(out, mode="w", format="mp4", options=options) as target,
    ):
        streams = {one.index: target.add_stream_from_template(one) for one in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
    return out.getvalue()


def boxes(data: bytes) -> list[str]:
    """The names of the outermost boxes (ISO/IEC 14496-12 section 4.2)."""
    names, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        names.append(data[at + 4 : at + 8].decode("ascii", "replace"))
        if size < 8:
            break
        at += size
    return names


def tracks(data: bytes) -> list[Track]:
    return [Track(BytesSource(data))]


@pytest.fixture(scope="module")
def fragmented() -> bytes:
    return recording(4.0, container="mp4", video="libx264", sound="aac")


def test_fragments_are_read_without_an_index(fragmented: bytes) -> None:
    assert boxes(fragmented)[:3] == ["ftyp", "moov", "moof"]
    sound = media.decode_sound(tracks(fragmented))
    assert abs(sound.duration_s - 4.0) < 0.2
    assert len(list(media.decode_pictures(tracks(fragmented), 1))) == 4


def test_an_index_at_the_end_is_found_there(fragmented: bytes) -> None:
    finished = remuxed(fragmented)
    assert boxes(finished)[-1] == "moov"
    sound = media.decode_sound(tracks(finished))
    assert abs(sound.duration_s - 4.0) < 0.2
    assert len(list(media.decode_pictures(tracks(finished), 1))) == 4


def test_fragments_that_were_finished_afterwards_are_read_too(fragmented: bytes) -> None:
    finished = remuxed(fragmented, "hybrid_fragmented")
    assert boxes(finished)[-1] == "moov"
    assert abs(media.decode_sound(tracks(finished)).duration_s - 4.0) < 0.2


@pytest.mark.parametrize("share", [0.35, 0.5, 0.77, 0.999])
def test_a_truncated_tail_costs_the_tail_alone(fragmented: bytes, share: float) -> None:
    cut = fragmented[: round(len(fragmented) * share)]
    sound = media.decode_sound(tracks(cut))
    assert sound.present
    assert 4.0 * share - 1.6 < sound.duration_s < 4.2
    assert next(iter(media.decode_pictures(tracks(cut), 1))).time_s == 0


def test_a_finished_file_that_lost_its_index_is_refused_in_words(fragmented: bytes) -> None:
    finished = remuxed(fragmented)
    with pytest.raises(UnreadableMedia, match="A person should listen"):
        media.decode_sound(tracks(finished[: len(finished) * 2 // 3]))


@pytest.mark.parametrize("video", ["libx264", None])
def test_a_segment_in_safaris_pieces_arrives_as_it_was_sent(house: House, video: str | None) -> None:
    data = recording(1.0, container="mp4", video=video, sound="aac")
    _, key = house.entered(video=video is not None)
    question, segment = house.room.look(key).plan.questions[0], str(uuid.uuid4())
    content_type = "video/mp4;codecs=avc1.42E01E,mp4a.40.2" if video else "audio/mp4;codecs=mp4a.40.2"
    house.recordings.create(key, question.id, segment, content_type, 1)
    at = 0
    for piece in pieces(data, 5):
        at = house.recordings.append(key, segment, at, piece, recorded_ms=1000)
    answer = house.recordings.submit(key, question.id, (Sent(segment, len(data), sha256(data).hexdigest()),))
    assert answer.state is AnswerState.SUBMITTED
    sound = media.decode_sound(media.tracks_of(house.site.blobs, answer.segments))
    assert sound.present
    assert abs(sound.duration_s - 1.0) < 0.15
