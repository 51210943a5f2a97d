"""Recordings played to people: who may, a ledger row for every opening, and bytes in which a player can
seek.

What MediaRecorder writes has no index, so a player could not jump to the second that a quote names. For
playing, an answer's packets are therefore put into a new container in memory, all segments one after the
other, without being encoded again; the stored bytes stay as they were sent.
"""

import io
import threading
from collections import OrderedDict
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import av
import msgspec

from appliance.audit import ledger
from appliance.identity.permissions import Permission
from appliance.interviews import store
from appliance.interviews.invitations.service import required
from appliance.interviews.model import Answer
from appliance.interviews.recordings import media, opening_store
from appliance.interviews.recordings.media import Container, MediaLimits, Track, UnreadableMedia
from appliance.interviews.report.access import may_play
from appliance.interviews.validation import ratings
from appliance.kernel.actor import Actor
from appliance.kernel.blobs import BlobStore
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import N_, Forbidden, NotFound

ONE_OPENING = timedelta(minutes=30)
"""Requests of one person for one recording within this time are one opening: a player asks many times."""

SHELF_BYTES = 96 << 20
"""Recordings kept ready in memory, so that a seek does not build the file anew."""


class Playable(msgspec.Struct, frozen=True):
    """A recording in which a player can seek."""

    content_type: str
    data: bytes


class Playback:
    """Opens recordings for people."""

    def __init__(self, core: Database, blobs: BlobStore) -> None:
        self._core = core
        self._blobs = blobs
        self._shelf: OrderedDict[str, Playable] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, actor: Actor, answer_id: str) -> Playable:
        """The recording of an answer, for an HR manager or an interviewer named on the interview.

        The first request of an opening writes a ledger row before a byte is given. Raises `Forbidden`,
        `NotFound`, `KeyDestroyed` after an erasure, `UnreadableMedia`.
        """
        answer = self._core.read(lambda tx: self._allowed(tx, actor, answer_id))
        self._core.write(lambda tx: self._note(tx, actor, answer))
        ready = self._taken(answer_id)
        if ready is None:
            ready = assemble(media.tracks_of(self._blobs, answer.segments))
            self._keep(answer_id, ready)
        else:
            # An erasure holds at once, whatever lies ready in memory: this raises when the key is gone.
            next(self._blobs.read(answer.segments[0].blob_id, 0, 1))
        return ready

    def forget(self, ids: Collection[str]) -> None:
        """Let go of erased answers that lie ready in memory."""
        with self._lock:
            for answer_id in ids:
                self._shelf.pop(answer_id, None)

    def _allowed(self, tx: Transaction, actor: Actor, answer_id: str) -> Answer:
        answer = store.answer(tx, answer_id)
        if answer is None or not answer.segments:
            raise NotFound(N_("There is no recording of this answer."))
        may_all = actor.may(Permission.RECORDINGS_OPEN)
        named = actor.may(Permission.RECORDINGS_OPEN_ASSIGNED) and may_play(tx, actor, answer.interview_id)
        if not may_all and not named and not ratings.may_play(tx, answer_id, actor.id):
            raise Forbidden(
                N_("Recordings are open to HR managers and to the interviewers named on the interview.")
            )
        return answer

    def _note(self, tx: Transaction, actor: Actor, answer: Answer) -> None:
        if opening_store.opened_since(tx, answer.id, actor.id, tx.now - ONE_OPENING):
            return
        interview = required(tx, answer.interview_id)
        opening_store.add_opening(tx, answer.id, actor.id)
        details = {"interview": interview.id, "candidate": interview.candidate_id}
        ledger.record(tx, actor, "recording.opened", f"answer:{answer.id}", details)

    def _taken(self, answer_id: str) -> Playable | None:
        with self._lock:
            ready = self._shelf.get(answer_id)
            if ready is not None:
                self._shelf.move_to_end(answer_id)
            return ready

    def _keep(self, answer_id: str, ready: Playable) -> None:
        with self._lock:
            self._shelf[answer_id] = ready
            while len(self._shelf) > 1 and sum(len(one.data) for one in self._shelf.values()) > SHELF_BYTES:
                self._shelf.popitem(last=False)


def assemble(tracks: list[Track], limits: MediaLimits | None = None) -> Playable:
    """All segments in one indexed container. Segments of another container or codecs than the first one
    cannot be joined and are left out (they play in their order only after a phone was changed for
    another make)."""
    bounds = limits or MediaLimits()
    kinds = [media.container_of(track.source.read_range(0, 64)) for track in tracks]
    if not kinds or kinds[0] is None:
        raise UnreadableMedia(N_("The recording is neither WebM nor MP4 and cannot be read."))
    first = kinds[0]
    target = io.BytesIO()
    has_picture = False
    with av.open(target, "w", format="webm" if first is Container.WEBM else "mp4") as output:
        joined = _Joined(output)
        for track, (extent, part) in zip(tracks, media.lay_out(tracks, bounds), strict=True):
            with media.open_container(track.source, bounds) as source:
                has_picture = joined.add(source, part.start_s - extent.base_s) or has_picture
    family = "video" if has_picture else "audio"
    return Playable(f"{family}/{'webm' if first is Container.WEBM else 'mp4'}", target.getvalue())


class _Joined:
    """An output whose tracks are those of the first segment; the packets of every segment go to their
    kind's."""

    def __init__(self, output: Any) -> None:
        self._output = output
        self._tracks: dict[str, tuple[Any, str, bytes]] = {}
        self._last: dict[str, int] = {}

    def add(self, source: Any, shift_s: float) -> bool:
        """Copy one segment's packets, `shift_s` later; tells whether there is a picture in the output."""
        chosen = [*source.streams.audio[:1], *source.streams.video[:1]]
        if not self._tracks:
            for stream in chosen:
                track = self._output.add_stream_from_template(stream)
                self._tracks[stream.type] = (
                    track,
                    stream.codec_context.name,
                    stream.codec_context.extradata or b"",
                )
        fitting = [stream for stream in chosen if self._fits(stream)]
        if fitting:
            for packet in media.packets_of(source, fitting):
                self._copy(packet, shift_s)
        return "video" in self._tracks

    def _fits(self, stream: Any) -> bool:
        known = self._tracks.get(stream.type)
        if known is None or known[1] != stream.codec_context.name:
            return False
        return stream.codec_context.name in {"vp8", "vp9", "opus"} or known[2] == (
            stream.codec_context.extradata or b""
        )

    def _copy(self, packet: Any, shift_s: float) -> None:
        if packet.pts is None:
            return
        kind = packet.stream.type
        shift = round(shift_s / packet.time_base)
        packet.pts = max(0, packet.pts + shift)
        packet.dts = packet.pts if packet.dts is None else max(0, packet.dts + shift)
        # A container takes times of one track only in rising order; a joint may repeat one.
        if packet.dts <= self._last.get(kind, -1):
            packet.dts = self._last[kind] + 1
            packet.pts = max(packet.pts, packet.dts)
        self._last[kind] = packet.dts
        packet.stream = self._tracks[kind][0]
        self._output.mux(packet)
