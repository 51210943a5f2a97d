"""Pieces of recordings on the wire: the core of the tus protocol 1.0.0 with its checksum extension.

A segment is created by `RoomRecordingCreate`, whose answer names it in `Location`; its length is not known
before the answer is handed in (`Upload-Defer-Length: 1`). https://tus.io/protocols/resumable-upload
"""

from typing import Any

from litestar import Response, head, patch, route
from litestar.enums import HttpMethod

from appliance.identity.permissions import invitation_link
from appliance.interviews.model import RecordingState
from appliance.interviews.recordings.service import CHECKSUMS, LARGEST_PIECE, Piece, Recordings
from appliance.interviews.room.pages import key_of
from appliance.kernel import problems
from appliance.kernel.errors import N_, Invalid, MusterError, Unsupported
from appliance.kernel.log import QUIET
from appliance.kernel.web import FromPath, NamedDependency, WebRequest, read_body

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
SPOKEN = {"Tus-Resumable": VERSION}
ANNOUNCED = SPOKEN | {
    "Tus-Version": VERSION,
    "Tus-Extension": "checksum",
    "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
}
GUARDS = [invitation_link()]
TAGS = ["Candidate room"]


class OtherVersion(MusterError):
    """The caller speaks another version of the protocol (tus 1.0.0, "Tus-Resumable")."""

    status = 412
    code = "tus_version"
    title = N_("This version of the upload protocol is not spoken here")
    default = N_("Recordings are sent by tus 1.0.0. Load the page again.")

    @property
    def headers(self) -> dict[str, str]:
        return {"Tus-Version": VERSION}


def answer_error(request: WebRequest, error: Exception) -> Response[Any]:
    """As everywhere, with the version header that every answer of the protocol carries."""
    response = problems.answer(request, error)
    response.headers.update(SPOKEN)
    return response


ANSWERED: dict[str, Any] = {
    "guards": GUARDS,
    "tags": TAGS,
    "exception_handlers": {Exception: answer_error},
}
PROTOCOL: dict[str, Any] = ANSWERED | {"sync_to_thread": True}
WHERE = "/room/{token:str}/recordings/{recording_id:str}"


@patch(WHERE, operation_id="RoomRecordingAppend", summary="Send a piece", status_code=204, opt=QUIET,
       **ANSWERED)  # fmt: skip
async def append(
    request: WebRequest,
    token: FromPath[str],
    recording_id: FromPath[str],
    interview_recordings: NamedDependency[Recordings],
) -> Response[None]:
    """Store a piece at `Upload-Offset`: 204 with the new offset; 409 with the expected one; 412 for another
    version; 413; 415; 460 for a damaged piece; 507; 503 with `Retry-After` while more is on its way than the site
    can take."""
    check_version(request)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != PIECE:
        raise Unsupported(N_("A piece of a recording is sent as application/offset+octet-stream."))
    offset, recorded_ms = (
        whole_number(request, "upload-offset"),
        whole_number(request, "recorded-ms", default=0),
    )
    length = whole_number(request, "content-length", default=LARGEST_PIECE)
    key = key_of(request, token)
    # On the event loop: a look at one row takes less than handing it to a thread.
    interview_recordings.admit(key)
    with interview_recordings.intake.place_for(length):
        data = await read_body(request, max_bytes=LARGEST_PIECE)
        piece = Piece(recording_id, offset, data, request.headers.get("upload-checksum", ""), recorded_ms)
        size = await interview_recordings.append_async(key, piece)
    return Response(None, status_code=204, headers=SPOKEN | {"Upload-Offset": str(size)})


@head(WHERE, operation_id="RoomRecordingOffset", summary="How much has arrived", **PROTOCOL)
def offset(
    request: WebRequest,
    token: FromPath[str],
    recording_id: FromPath[str],
    interview_recordings: NamedDependency[Recordings],
) -> Response[None]:
    """The offset to go on from, in `Upload-Offset`; the length too, once the answer is handed in."""
    check_version(request)
    recording = interview_recordings.standing(key_of(request, token), recording_id)
    sealed = recording.state is not RecordingState.OPEN
    length = {"Upload-Length": str(recording.size)} if sealed else {"Upload-Defer-Length": "1"}
    headers = SPOKEN | {"Cache-Control": "no-store", "Upload-Offset": str(recording.size)} | length
    return Response(None, headers=headers)


@route(WHERE, http_method=HttpMethod.OPTIONS, operation_id="RoomRecordingProtocol", status_code=204,
       summary="What of the upload protocol is spoken", **PROTOCOL)  # fmt: skip
def protocol(token: FromPath[str], recording_id: FromPath[str]) -> Response[None]:
    """Version and extensions; what a client speaks itself does not matter here."""
    return Response(None, status_code=204, headers=ANNOUNCED)


def check_version(request: WebRequest) -> None:
    """Refuse a caller that speaks another version; one that names none is taken to speak ours."""
    if request.headers.get("tus-resumable", VERSION) != VERSION:
        raise OtherVersion()


def whole_number(request: WebRequest, header: str, default: int | None = None) -> int:
    """A header that counts bytes or milliseconds. Raises `Invalid` by the header's name."""
    value = request.headers.get(header, "")
    if not value and default is not None:
        return default
    if not (value.isascii() and value.isdigit()) or len(value) > 15:
        raise Invalid({header: N_("This header is a whole number of bytes or milliseconds.")})
    return int(value)


# First the OPTIONS handler: behind the others it would yield to the one that Litestar makes by itself.
HANDLERS: list[Any] = [protocol, append, offset]
