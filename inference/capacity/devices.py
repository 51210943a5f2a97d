"""What runs the models: cards by their data sheets, and the CPU class that was measured."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from inference.capacity.figures import CapacityInvalid, Positive


class Device(Struct, frozen=True, forbid_unknown_fields=True):
    """One card, or one machine without a card. Peaks are dense 16-bit ones, without sparsity; a CPU has none here,
    because its speed is measured and not computed."""

    kind: Literal["cpu", "gpu"]
    memory_gb: Positive
    source: str
    bf16_tflops: Positive | None = None
    bandwidth_gb_s: Positive | None = None

    @property
    def memory_bytes(self) -> float:
        return self.memory_gb * 1e9


class DeviceTable(Struct, frozen=True, forbid_unknown_fields=True):
    """config/capacity/devices.toml; ``defaults`` names the device of each profile."""

    defaults: dict[str, str]
    devices: dict[str, Device]

    def chosen(self, name: str | None, profile: str, kind: str) -> tuple[str, Device]:
        """The device asked for, else the profile's; :class:`CapacityInvalid` lists those of the right kind."""
        fitting = [known for known, device in self.devices.items() if device.kind == kind]
        wanted = name or self.defaults.get(profile, fitting[0] if fitting else "")
        if wanted not in fitting:
            raise CapacityInvalid(
                "device",
                f"{wanted!r} is no device for the profile {profile}; there are: {', '.join(fitting)}",
            )
        return wanted, self.devices[wanted]
