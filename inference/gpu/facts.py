"""GPUs as the driver's own tool describes them: ``nvidia-smi --query-gpu`` (nvidia-smi(1))."""

import shutil
import subprocess

from msgspec import Struct

from inference.errors import InferenceUnavailable

TOOL = "nvidia-smi"
FIELDS = (
    "index",
    "name",
    "driver_version",
    "memory.total",
    "memory.free",
    "compute_cap",
    "ecc.mode.current",
    "mig.mode.current",
)
QUERY = [f"--query-gpu={','.join(FIELDS)}", "--format=csv,noheader,nounits"]
PATIENCE_S = 60.0
"""The tool loads the driver where nothing else keeps it loaded; with many GPUs that takes half a minute."""


class NoGpu(InferenceUnavailable):
    """This machine has no NVIDIA GPU that programs can use."""


class Gpu(Struct, frozen=True):
    """One GPU. Memory is MiB; ``compute_capability`` is (major, minor). ``ecc`` (error-correcting memory) and
    ``mig`` (split into instances) are ``None`` where the GPU has no such thing; ``free_mib`` where the driver
    does not tell."""

    index: int
    name: str
    driver: str
    total_mib: int
    free_mib: int | None
    compute_capability: tuple[int, int]
    ecc: bool | None
    mig: bool | None

    @property
    def total_gib(self) -> float:
        """All its memory, GiB."""
        return self.total_mib / 1024

    @property
    def driver_version(self) -> tuple[int, ...]:
        """The driver's version, to compare."""
        return tuple(int(number) for number in self.driver.split(".") if number.isdigit())


def present(tool: str = TOOL) -> list[Gpu]:
    """The GPUs of this machine, at least one. ``NoGpu`` says why there is none."""
    found = shutil.which(tool)
    if found is None:
        raise NoGpu("there is no NVIDIA driver here (nvidia-smi is not installed)")
    try:
        done = subprocess.run(
            [found, *QUERY], capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise NoGpu(f"nvidia-smi did not answer within {PATIENCE_S:.0f} s: restart the machine") from error
    if done.returncode != 0:
        said = " ".join((done.stdout + done.stderr).split())
        raise NoGpu(f"nvidia-smi ended with status {done.returncode}: {said}")
    return parse(done.stdout)


def parse(output: str) -> list[Gpu]:
    """The lines that ``QUERY`` prints. ``NoGpu`` for none and for what is no such line: a tool that changed
    its format must not pass for a machine without limits."""
    gpus = [_gpu(line) for line in output.splitlines() if line.strip()]
    if not gpus:
        raise NoGpu("nvidia-smi lists no GPU")
    return gpus


def _gpu(line: str) -> Gpu:
    values = [value.strip() for value in line.split(",")]
    if len(values) != len(FIELDS):
        raise NoGpu(f"nvidia-smi printed {len(values)} values instead of {len(FIELDS)}: {line!r}")
    index, name, driver, total, free, capability, ecc, mig = values
    try:
        major, minor = capability.split(".")
        return Gpu(
            index=int(index),
            name=name,
            driver=driver,
            total_mib=int(total),
            free_mib=int(free) if free.isdigit() else None,
            compute_capability=(int(major), int(minor)),
            ecc=_enabled(ecc),
            mig=_enabled(mig),
        )
    except ValueError as error:
        raise NoGpu(f"nvidia-smi printed what is no description of a GPU: {line!r} ({error})") from error


def _enabled(mode: str) -> bool | None:
    """``Enabled`` or ``Disabled``; the tool writes [N/A] or [Not Supported] for what a GPU does not have."""
    modes: dict[str, bool | None] = {
        "Enabled": True,
        "Disabled": False,
        "[N/A]": None,
        "[Not Supported]": None,
    }
    if mode not in modes:
        raise ValueError(f"unknown mode {mode!r}")
    return modes[mode]
