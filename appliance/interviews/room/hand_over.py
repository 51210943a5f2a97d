"""Going on with an interview on another device: a link for one device, good for ten minutes, shown as a QR code.

The letter's own link never leaves the device it was opened on. Whoever takes the new link up first binds it
to their browser; for every other one it is spent.
"""

from datetime import datetime, timedelta

import msgspec
import segno

from appliance.audit import ledger
from appliance.interviews.invitations.links import new_secret, secret_hash
from appliance.interviews.room import store as room_store
from appliance.interviews.room.door import Key
from appliance.interviews.room.service import Room, candidate
from appliance.kernel.db import Database, Transaction

HAND_OVER_VALID = timedelta(minutes=10)


class HandOverLink(msgspec.Struct, frozen=True):
    """The address for the other device, its QR code as an SVG `data:` address, and until when it can be
    taken up."""

    address: str
    qr: str
    expires_at: datetime


class HandOvers:
    """Makes the links; `Room` follows them."""

    def __init__(self, core: Database, room: Room, url: str) -> None:
        self._core = core
        self._room = room
        self._url = url.rstrip("/")

    def make(self, key: Key) -> HandOverLink:
        """A new link for one further device; one made before and not used is void.

        Raises the link's errors and `OtherDevice`.
        """
        secret = new_secret()

        def work(tx: Transaction) -> datetime:
            visit = self._room.here_in(tx, key)
            expires_at = tx.now + HAND_OVER_VALID
            room_store.add_hand_over(tx, visit.interview.id, secret_hash(secret), expires_at)
            subject = f"interview:{visit.interview.id}"
            ledger.record(tx, candidate(visit), "interview.hand_over_made", subject, {})
            return expires_at

        expires_at = self._core.write(work)
        address = f"{self._url}/room/{secret}"
        return HandOverLink(address, qr_code(address), expires_at)


def qr_code(address: str) -> str:
    """The address as a QR code (ISO/IEC 18004, error correction M): an SVG as a `data:` address."""
    return segno.make(address, error="m", micro=False).svg_data_uri(
        border=4, omitsize=True, dark="#000", light="#fff"
    )
