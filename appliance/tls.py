"""The site's own certificate and key, looked at before the port opens: a start that fails says why in one line."""

import ssl
import stat
from pathlib import Path

import msgspec

from appliance.kernel.errors import N_, MusterError
from appliance.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class TlsUnusable(MusterError):
    """The certificate or its key cannot be used as it is."""

    code = "tls_unusable"
    title = N_("The site's certificate cannot be used")


class Tls(msgspec.Struct, frozen=True):
    """A certificate (PEM, with its chain) and its private key, both checked."""

    certificate: Path
    key: Path


def open_tls(settings: Settings) -> Tls | None:
    """What the pages' port speaks HTTPS with; None for a site that speaks plain HTTP.

    Raises `TlsUnusable` when one of the two is missing, others may read the key, or they do not belong together.
    """
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise TlsUnusable(N_("HTTPS needs both tls_cert and tls_key; site.toml names only one of them."))
    for file in (certificate, key):
        if not file.is_file():
            raise TlsUnusable(
                N_("There is no file %(file)s, which site.toml names for HTTPS."), file=str(file)
            )
    if key.stat().st_mode & OTHERS:
        raise TlsUnusable(
            N_("Others may read the private key %(file)s. Set its mode to 600 and start again."),
            file=str(key),
        )
    try:
        # An empty passphrase for a sealed key: otherwise OpenSSL would ask for one at a terminal that nobody sees.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError, ValueError):
        raise TlsUnusable(
            N_("%(certificate)s and %(key)s do not belong together, or are not PEM without a passphrase."),
            certificate=str(certificate),
            key=str(key),
        ) from None
    return Tls(certificate, key)
