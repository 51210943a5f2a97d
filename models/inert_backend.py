"""A build backend that builds nothing, so that pip can download a source archive unexecuted.

``pip download`` of an sdist asks the package's build backend for metadata, which would run
its ``setup.py``. Put on the path under the name ``setuptools.build_meta``, this module answers
with the ``PKG-INFO`` that the archive already carries. An archive that asks for another backend
fails, which is the safe side.
"""

from __future__ import annotations

import email
import shutil
import sys
from pathlib import Path


def get_requires_for_build_wheel(config_settings: object = None) -> list[str]:
    """Nothing is needed to build nothing."""
    return []


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: object = None) -> str:
    """Copy ``PKG-INFO`` to where pip looks for the metadata of a wheel."""
    headers = email.message_from_string(Path("PKG-INFO").read_text(encoding="utf-8"))
    name = f"{headers['Name'].replace('-', '_')}-{headers['Version']}.dist-info"
    folder = Path(metadata_directory) / name
    folder.mkdir(parents=True)
    shutil.copy("PKG-INFO", folder / "METADATA")
    return name


# What pip asks for when the archive has no pyproject.toml: setuptools.build_meta:__legacy__.
__legacy__ = sys.modules[__name__]
