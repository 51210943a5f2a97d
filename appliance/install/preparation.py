"""What each command needs before it can start, brought in a fixed order with its cost told."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.install import assets, debian, environments
from appliance.install.progress import Progress

ENGINES = ("triton", "vision", "speech", "vllm")
EVALUATION_PROFILE = "eval-cpu"


@dataclass(frozen=True)
class Needs:
    """Environments, Debian packages by purpose, browser assets, and a profile's models."""

    environments: tuple[str, ...] = ("app",)
    debian: tuple[str, ...] = ()
    assets: bool = False
    models: str | None = None

    def __or__(self, other: Needs) -> Needs:
        return Needs(
            tuple(dict.fromkeys(self.environments + other.environments)),
            tuple(dict.fromkeys(self.debian + other.debian)),
            self.assets or other.assets,
            self.models or other.models,
        )


APPLICATION = Needs(assets=True)
CHECKS = Needs(environments=("app", "dev"))
INFERENCE = Needs(environments=("app", *ENGINES), debian=("inference",), models=EVALUATION_PROFILE)
BROWSER = CHECKS | Needs(debian=("browser",), assets=True)
DEMO = APPLICATION | INFERENCE
DEMO_ONCE = DEMO | BROWSER | Needs(debian=("demo",))
TIERS = {
    "fast": CHECKS,
    "browser": BROWSER,
    "inference": CHECKS | INFERENCE,
    "all": DEMO_ONCE,
}


def prepare(needs: Needs, progress: Progress, torch_source: str | None = None) -> None:
    """Bring everything in ``needs``; what stands already costs nothing."""
    if needs.debian:
        debian.ensure(needs.debian[0], progress, *needs.debian[1:])
    for name in needs.environments:
        environments.build(name, progress, torch_source)
    if needs.assets:
        assets.build(progress)
    if needs.models:
        # Imported here: the catalogue is read with msgspec, which the app environment brings.
        from models.fetch import fetch_profile

        fetch_profile(needs.models, progress)
