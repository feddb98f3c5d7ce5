"""Flow `release`: seal an approved run under a licence."""

from __future__ import annotations

from pathlib import Path

from flows import settings

settings.apply()

from prefect import flow, task  # noqa: E402 - settings come first

from factory.core.guard import closed  # noqa: E402
from factory.core.run import Run  # noqa: E402
from factory.release import seal  # noqa: E402


@task(name="seal", persist_result=False)
def seal_bundle(run: str, licence: str, name: str, key: str) -> str:
    """Seal the bundle of a run; returns its path."""
    return str(closed(seal)(Run(Path(run)), Path(licence), name, Path(key)))


@flow(name="release", persist_result=False, validate_parameters=False)
def release(run: str, licence: str, name: str, key: str) -> str:
    """Release the approved run folder `run`; `licence` and `key` are paths, `name` the release officer's."""
    return seal_bundle(run, licence, name, key)
