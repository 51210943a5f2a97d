"""Where the keys of a data folder come from, and who may open them."""

import os
import secrets
from hashlib import sha256
from pathlib import Path

from appliance.kernel.databases import PROFILES
from appliance.kernel.errors import N_, MusterError
from appliance.kernel.keys import KeyRing
from appliance.kernel.log import logger

VARIABLE = "MUSTER_PASSPHRASE"
CREDENTIAL = "muster-passphrase"


class Sealed(MusterError):
    """Nobody gave the passphrase of this data folder."""

    code = "sealed"
    title = N_("The data folder is sealed")
    default = N_(
        "The keys of %(folder)s are sealed. Set MUSTER_PASSPHRASE to its passphrase and start again."
    )


class KeysMissing(MusterError):
    """There is data, and the file with its sealed keys is not beside it."""

    code = "keys_missing"
    title = N_("The key file is missing")
    default = N_(
        "%(folder)s holds data but no keys.json. Restore keys.json from the backup; nothing was touched."
    )


def open_keys(data: Path, *, create: bool = True) -> KeyRing:
    """The keys of the data folder: unsealed where they exist, made for a new one (when `create`).

    Raises `WrongKey`, `Sealed` or `KeysMissing`; in each case nothing is touched.
    """
    path = data / "keys.json"
    if path.exists():
        return KeyRing.unseal(path, passphrase(data, new=False))
    if not create or any((data / f"{name}.db").exists() for name in PROFILES):
        raise KeysMissing(folder=str(data))
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return KeyRing.create(path, passphrase(data, new=True))


def passphrase(data: Path, *, new: bool) -> str:
    """What unseals the keys: the service manager's credential, the environment, or the evaluation keyring.

    A production site gets it from systemd (`LoadCredential=muster-passphrase`) or from an operator. For a first look
    without either, a random one is kept in the user's own configuration folder, apart from the data, so that the
    data folder alone opens nothing.
    """
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if credentials and (Path(credentials) / CREDENTIAL).exists():
        return (Path(credentials) / CREDENTIAL).read_text("utf-8").strip()
    if given := os.environ.get(VARIABLE):
        return given
    kept = _evaluation_keyring() / sha256(str(data).encode()).hexdigest()[:32]
    if new:
        _keep(kept, secrets.token_urlsafe(32))
        logger().warning("evaluation passphrase made; set MUSTER_PASSPHRASE for a site that counts")
    if not kept.exists():
        raise Sealed(folder=str(data))
    return kept.read_text("utf-8").strip()


def _evaluation_keyring() -> Path:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "muster" / "evaluation"


def _keep(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A folder that was removed and made anew gets a new passphrase: the old one opened data that is gone.
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret)
