"""Playing a recording: by range, for the few who may, with a ledger row for every opening."""

import re
from typing import Any

from litestar import Response, get

from appliance.identity.permissions import Permission, requires
from appliance.interviews.recordings.playback import Playback
from appliance.kernel.web import FromPath, NamedDependency, WebRequest

MAY_OPEN = [requires(Permission.RECORDINGS_OPEN, Permission.RECORDINGS_OPEN_ASSIGNED)]
_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?")


@get("/recordings/{answer_id:str}", guards=MAY_OPEN, sync_to_thread=True, tags=["Interviews"],
     operation_id="RecordingOpen", summary="Play an answer's recording",
     media_type="application/octet-stream")  # fmt: skip
def open_recording(
    request: WebRequest, answer_id: FromPath[str], interview_playback: NamedDependency[Playback]
) -> Response[bytes]:
    """The recording as WebM or MP4 with an index; `Range` gives 206. HR managers, and interviewers named
    on the interview; every opening is written to the ledger."""
    ready = interview_playback.open(request.user, answer_id)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store",
        "Content-Disposition": "inline",
    }
    size = len(ready.data)
    wanted = asked_range(request.headers.get("range", ""), size)
    if wanted is None:
        return Response(ready.data, media_type=ready.content_type, headers=headers)
    start, end = wanted
    if start >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(b"", status_code=416, media_type=ready.content_type, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(ready.data[start:end], status_code=206, media_type=ready.content_type, headers=headers)


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """The one range asked for as start and end (exclusive); None for the whole (RFC 9110 section 14: a
    range that is not understood is ignored). An empty one cannot be satisfied."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if first is None:
        return max(0, size - int(last)), size
    end = size if last is None else min(size, int(last) + 1)
    return int(first), end


HANDLERS: list[Any] = [open_recording]
