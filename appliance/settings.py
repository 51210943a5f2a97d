"""Settings of a site: read once at start, typed, checked; no secret stands in them."""

from pathlib import Path
from typing import Any, Literal

import msgspec


class Mail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server on the LAN. Its password is a secret and comes through the environment."""

    host: str = "127.0.0.1"
    port: int = 25
    tls: str = "none"
    """none | starttls | tls"""
    username: str = ""
    sender: str = "muster@localhost"
    sender_name: str = "Muster 点将"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One site. `data` is the data folder; everything else has a default that fits a first look."""

    data: Path
    site_name: str = "Muster 点将"
    zone: str = "Asia/Shanghai"
    host: str = "127.0.0.1"
    port: int = 8080
    terminal_host: str = "127.0.0.1"
    terminal_port: int = 8081
    public_url: str = ""
    """Address that candidates' links begin with; empty: the address the app listens on."""
    mail: Mail = msgspec.field(default_factory=Mail)
    vendor_dir: Path | None = None
    """Built front-end assets (Tabler, icons, htmx)."""
    font_dirs: tuple[Path, ...] = (Path("/usr/share/fonts"),)
    profile: str = "eval-cpu"
    """Inference profile in config/profiles."""
    inference: bool = True
    adaptive_follow_ups: bool | None = None
    """Whether a follow-up question may be made from the answer; unset: where the profile has a GPU, which alone is
    quick enough. Elsewhere the plan's own list is asked."""
    secure_cookies: bool = False
    """True behind another's TLS; a browser drops secure cookies on plain HTTP."""
    tls_cert: Path | None = None
    """The site's certificate with its chain (PEM). With it and `tls_key` the pages' port speaks HTTPS alone."""
    tls_key: Path | None = None
    """The certificate's private key (PEM, without passphrase); nobody but its owner may read the file."""
    jurisdiction: str = "CN"
    observations: Literal["off", "observe"] = "observe"
    """What is done with what is seen and heard beside the words of an interview until somebody decides otherwise in
    the app: not measured (its models are not needed), or shown and never counted. Counting is never a setting: it
    takes a recorded legal basis."""

    @property
    def url(self) -> str:
        """The address that people open."""
        return self.public_url or f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def tls(self) -> bool:
        """Whether the site itself speaks HTTPS."""
        return self.tls_cert is not None or self.tls_key is not None

    @property
    def cookies_over_tls(self) -> bool:
        """Whether browsers reach the site over HTTPS alone, so that its cookies need never go in clear."""
        return self.secure_cookies or self.tls

    @property
    def follow_ups_adapt(self) -> bool:
        """Whether follow-up questions are made from answers here."""
        if self.adaptive_follow_ups is not None:
            return self.inference and self.adaptive_follow_ups
        return self.inference and self.profile.startswith("gpu")

    @property
    def terminal_url(self) -> str:
        """The address that terminals post to."""
        return f"http://{self.terminal_host}:{self.terminal_port}"


def load(data: Path, **overrides: Any) -> Settings:
    """Settings from `site.toml` in the data folder, where there is one, with the command line's values on top.

    Raises `msgspec.ValidationError` naming the field when the file holds something else than a setting.
    """
    file = data / "site.toml"
    values: dict[str, Any] = {"data": data}
    if file.exists():
        values |= msgspec.toml.decode(file.read_bytes())
    values |= {name: value for name, value in overrides.items() if value is not None}
    return msgspec.convert(values, Settings, dec_hook=_path)


def _path(kind: type, value: Any) -> Any:
    return Path(value) if issubclass(kind, Path) else value
