"""Renders the model repository for one deployment: paths, devices and sizes into a private run directory."""

import shutil
from pathlib import Path
from string import Template

import inference
from inference.profile import Profile, ServedModelProfile, TritonProfile
from inference.settings import Settings

SOURCES = Path(__file__).parent / "repository"
_ALWAYS = {"environment", "kind", "instances", "threads", "deepface_home"}
_PACKAGE = Path(inference.__file__).parent
_SERVED = _PACKAGE / "triton" / "served"


def known_models() -> list[str]:
    """Names of the models that this code can serve."""
    return sorted(folder.name for folder in SOURCES.iterdir() if (folder / "config.pbtxt.template").is_file())


def render_config(name: str, served: ServedModelProfile, triton: TritonProfile, settings: Settings) -> str:
    """The config.pbtxt of model ``name``; ``ValueError`` where the profile lacks weights that it needs."""
    template = Template((SOURCES / name / "config.pbtxt.template").read_text())
    environment = getattr(settings.environments, served.environment)
    weights = {parameter: _quoted(settings.model(model)) for parameter, model in served.weights.items()}
    missing = sorted(set(template.get_identifiers()) - _ALWAYS - set(weights))
    if missing:
        raise ValueError(f"the profile's model {name!r} needs weights for {', '.join(missing)}")
    return template.substitute(
        weights,
        environment=_quoted(environment),
        kind="KIND_GPU" if triton.device == "gpu" else "KIND_CPU",
        instances=str(served.instances),
        threads=str(served.threads),
        deepface_home=_quoted(_deepface_home(settings)),
    )


def _deepface_home(settings: Settings) -> Path:
    return settings.run_dir / "deepface"


def _link_deepface_weights(weights: Path, home: Path) -> None:
    """DeepFace looks for weights under one fixed folder, and downloads what it does not find there."""
    folder = home / ".deepface" / "weights"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in weights.iterdir():
        (folder / file.name).symlink_to(file.absolute())


def _quoted(path: Path) -> str:
    """An absolute path fit for a quoted string in protobuf text."""
    text = str(path.absolute())
    if any(character in text for character in '"\\\n'):
        raise ValueError(f"the path {text!r} cannot stand in a Triton configuration")
    return text


def render_repository(profile: Profile, settings: Settings) -> Path:
    """Writes the repository anew under ``run_dir`` and returns its folder. Beside each ``model.py`` lies the
    part of this package that it imports, because Triton's stub ignores PYTHONPATH."""
    folder = settings.run_dir / "model_repository"
    shutil.rmtree(folder, ignore_errors=True)
    for name, served in profile.triton.models.items():
        if name not in known_models():
            raise ValueError(
                f"profile {profile.name}: there is no model {name!r}; known: {', '.join(known_models())}"
            )
        version = folder / name / "1"
        version.mkdir(parents=True)
        (folder / name / "config.pbtxt").write_text(render_config(name, served, profile.triton, settings))
        shutil.copyfile(SOURCES / name / "model.py", version / "model.py")
        _copy_served(version)
    if "face_verify" in profile.triton.models:
        weights = settings.model(profile.triton.models["face_verify"].weights["weights"])
        _link_deepface_weights(weights, _deepface_home(settings))
    return folder


def _copy_served(version: Path) -> None:
    package = version / "inference" / "triton"
    shutil.copytree(_SERVED, package / "served", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(_PACKAGE / "__init__.py", package.parent / "__init__.py")
    shutil.copyfile(_PACKAGE / "triton" / "__init__.py", package / "__init__.py")
