"""Face photos from media.db, for the page and for nobody else."""

from msgspec import Struct

from appliance.kernel.blobs import BlobStore


class Photo(Struct, frozen=True):
    """A picture and its type."""

    data: bytes
    content_type: str


class FacePhotos:
    """Reads face photos; decryption happens in memory."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def photo(self, blob_id: str) -> Photo:
        """The picture. Raises ``NotFound``, or ``Gone`` once its key is destroyed."""
        return Photo(self._blobs.read_all(blob_id), self._blobs.describe(blob_id).content_type)
