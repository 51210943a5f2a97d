"""ZKTeco attendance PUSH: what a terminal asks, and what it is answered, per the vendor's PUSH manuals.

A terminal believes that its data arrived when it gets a 200, so there is no 200 before the commit and none
for a terminal that nobody approved: 401 and 403 make it keep its data and try again.
"""

from typing import Final

from msgspec import Struct

from appliance.attendance.punches.service import Punches
from appliance.attendance.terminals import commands_store
from appliance.attendance.terminals.commands import CommandQueue, Offer
from appliance.attendance.terminals.commands_model import Trouble
from appliance.attendance.terminals.model import Terminal
from appliance.attendance.terminals.registry import Greeting, Refusal, Registry
from appliance.attendance.terminals.uploads import Uploads
from appliance.attendance.terminals.wire import orders
from appliance.attendance.terminals.wire.clock import iso_time, time_zone_option
from appliance.attendance.terminals.wire.handshake import Stamps, handshake_reply, is_version_one, next_stamp
from appliance.attendance.terminals.wire.options import parse_info
from appliance.attendance.terminals.wire.request import Endpoint, WireReply, WireRequest
from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import Clock
from appliance.kernel.db import Database, Transaction
from appliance.kernel.errors import MusterError, Unavailable
from appliance.kernel.log import logger, told

OK: Final = WireReply(200, b"OK")
NOT_HERE: Final = WireReply(404, b"not here")
TRY_LATER: Final = WireReply(503, b"try later")

_REFUSALS: Final = {
    Refusal.NO_SERIAL: WireReply(401, b"no serial number"),
    Refusal.PENDING: WireReply(403, b"waits for approval"),
    Refusal.BLOCKED: WireReply(403, b"blocked"),
    Refusal.ADDRESS: WireReply(403, b"wrong address"),
}

_NOT_SPOKEN: Final = frozenset(
    {Endpoint.EXCHANGE, Endpoint.REGISTRY, Endpoint.PUSH, Endpoint.RTDATA, Endpoint.QUERYDATA}
)
"""Encryption (closed) and access control (not yet): 404 keeps the terminal from believing otherwise."""


class PushSettings(Struct, frozen=True):
    """``delay_s``: seconds between a terminal's polls."""

    delay_s: int = 10


class ZkPush:
    """Answers one request at a time; called from worker threads."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        registry: Registry,
        punches: Punches,
        uploads: Uploads,
        commands: CommandQueue,
        blobs: BlobStore,
        settings: PushSettings | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._registry = registry
        self._punches = punches
        self._uploads = uploads
        self._commands = commands
        self._blobs = blobs
        self._settings = settings or PushSettings()

    def answer(self, request: WireRequest) -> WireReply:
        """The reply to a request; never raises: what goes wrong here is a 503, and the terminal tries
        again.
        """
        try:
            return self._answer(request)
        except MusterError as error:
            logger().warning("terminal.not_served", operation=request.endpoint.value, code=error.code)
            return TRY_LATER
        except Exception as error:
            # Class and place alone: a driver's message may quote a row.
            logger().error("terminal.failed", operation=request.endpoint.value, **told(error))
            return TRY_LATER

    def _answer(self, request: WireRequest) -> WireReply:
        if request.endpoint is Endpoint.ABSENT:
            return NOT_HERE
        if request.method not in ("GET", "POST"):
            return WireReply(405, b"GET or POST")
        admitted = self._registry.admit(request.parameter("sn"), request.address)
        if isinstance(admitted, Refusal):
            return _REFUSALS[admitted]
        if request.endpoint in _NOT_SPOKEN:
            return NOT_HERE
        if request.method == "GET":
            return self._get(admitted, request)
        return self._post(admitted, request)

    # --- GET ---------------------------------------------------------------------------------------------

    def _get(self, terminal: Terminal, request: WireRequest) -> WireReply:
        match request.endpoint:
            case Endpoint.CDATA:
                return self._greet_or_tell(terminal, request)
            case Endpoint.GETREQUEST:
                return self._poll(terminal, request)
            case Endpoint.PING:
                return OK
        return NOT_HERE

    def _greet_or_tell(self, terminal: Terminal, request: WireRequest) -> WireReply:
        if request.parameter("type").lower() == "time":
            zone = terminal.zone_info(self._clock.zone)
            return WireReply(200, b"Time=" + iso_time(zone, self._clock.now()).encode("ascii"))
        if request.parameter("table"):
            return OK  # e.g. RemoteAtt: nobody is here to be looked up
        return self._handshake(terminal, request)

    def _handshake(self, terminal: Terminal, request: WireRequest) -> WireReply:
        greeting = Greeting(
            push_version=request.parameter("pushver"),
            device_type=request.parameter("devicetype"),
            language=request.parameter("language"),
        )

        def greet(tx: Transaction) -> Terminal:
            self._commands.restarted(tx, terminal)
            return self._registry.greeted(tx, terminal, greeting)

        known = self._database.write(greet)
        zone = known.zone_info(self._clock.zone)
        return WireReply(
            200,
            handshake_reply(
                known.serial,
                stamps=Stamps(next_stamp(known.attlog_stamp), next_stamp(known.operlog_stamp)),
                time_zone=time_zone_option(zone, self._clock.now()),
                delay_s=self._settings.delay_s,
                version_one=is_version_one(greeting.push_version),
            ),
        )

    def _poll(self, terminal: Terminal, request: WireRequest) -> WireReply:
        information = parse_info(request.parameter("info"))
        if information is not None and (
            (information.firmware, information.users, information.faces, information.records)
            != (terminal.firmware, terminal.users, terminal.faces, terminal.records)
        ):
            self._database.write(lambda tx: self._registry.told(tx, terminal, information))
        if not self._database.read(lambda tx: commands_store.anything_due(tx, terminal.key)):
            return OK
        offers = self._database.write(lambda tx: self._commands.hand_out(tx, terminal))
        lines = b"".join(self._line(terminal, offer) for offer in offers)
        return WireReply(200, lines) if lines else OK

    def _line(self, terminal: Terminal, offer: Offer) -> bytes:
        if offer.photo_blob_id is None:
            return offer.line
        try:
            jpeg = self._blobs.read_all(offer.photo_blob_id)
        except Unavailable:
            raise
        except MusterError:
            # Erased since: the command ends here, the person stays enrolled without a face.
            self._database.write(
                lambda tx: self._commands.fail(tx, terminal, offer.command, Trouble.PHOTO_GONE)
            )
            return b""
        order = orders.update_photo(offer.command.pin, jpeg, terminal.profile.photo_size)
        return orders.numbered(offer.command.number, order)

    # --- POST --------------------------------------------------------------------------------------------

    def _post(self, terminal: Terminal, request: WireRequest) -> WireReply:
        match request.endpoint:
            case Endpoint.CDATA | Endpoint.FDATA:
                return self._upload(terminal, request)
            case Endpoint.DEVICECMD:
                return WireReply(200, self._uploads.results(terminal, request))
            case Endpoint.PING:
                return OK
        return WireReply(200, self._uploads.unknown_endpoint(terminal, request))

    def _upload(self, terminal: Terminal, request: WireRequest) -> WireReply:
        table = request.parameter("table").upper()
        if not table and request.endpoint is Endpoint.FDATA:
            table = "ATTPHOTO"
        if table == "ATTLOG":
            stamp = request.parameter("stamp", "attlogstamp")
            taken = self._punches.take(terminal, request.body, stamp=stamp, address=request.address)
            return WireReply(200, terminal.profile.acknowledge(taken.rows))
        return WireReply(200, self._uploads.handler_of(table)(terminal, request))
