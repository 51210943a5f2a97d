"""Where this deployment keeps what the engines need. Handed in by the installer; nothing here is guessed."""

from pathlib import Path

from msgspec import Struct


class Environments(Struct, frozen=True):
    """Virtual environments by use, each made with the system's /usr/bin/python3. ``triton`` is the one that
    holds nvidia-pytriton, whose binary serves in evaluation (a GPU site runs the vendor's container)."""

    vllm: Path
    speech: Path
    vision: Path
    triton: Path


class Settings(Struct, frozen=True):
    """``models`` maps a catalogue name to its verified folder; ``run_dir`` is private to this deployment and
    receives logs, the rendered model repository and the state file."""

    environments: Environments
    models: dict[str, Path]
    run_dir: Path

    def model(self, name: str) -> Path:
        """The folder of model ``name``; an error that says how to get it where it is missing."""
        folder = self.models.get(name)
        if folder is None or not folder.is_dir():
            where = f" at {folder}" if folder else ""
            raise FileNotFoundError(
                f"model {name!r} is not there{where}: run `installer.py models fetch {name}`, or, for weights of "
                f"your own, `installer.py models add {name} --from FOLDER`"
            )
        return folder


def models_in(folder: Path) -> dict[str, Path]:
    """The models of a cache or bundle laid out as ``<name>@<revision>/``; of several revisions the last."""
    found = sorted(entry for entry in folder.iterdir() if entry.is_dir() and "@" in entry.name)
    return {entry.name.partition("@")[0]: entry for entry in found}
