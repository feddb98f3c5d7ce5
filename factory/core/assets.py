"""Where files shipped beside the code are: in the wheel, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

from factory.core.errors import StorageError


def shipped(name: str) -> Path:
    """The shipped folder `name` (`expectations`, `sample_data`). Raises: StorageError when it is not there."""
    package = Path(__file__).parents[1]
    for place in (package / "_shipped" / name, package.parent / name):
        if place.is_dir():
            return place
    raise StorageError(f"The shipped folder {name} is not there.", "Install the package again.")
