"""Flow `release`: seal an approved run under a licence."""

from __future__ import annotations

from pathlib import Path

from flows import settings

settings.apply()

from prefect import flow, task  # noqa: E402 - settings come first

from factory.core.guard import closed  # noqa: E402
from factory.core.run import Run  # noqa: E402
from factory.line.releasing import checked_release  # noqa: E402
from factory.release import seal  # noqa: E402
from flows.forms import ReleaseForm  # noqa: E402
from flows.limits import RELEASE, slot  # noqa: E402
from flows.outcomes import RETRIES, RETRY_SECONDS, clean_up, worth_retrying  # noqa: E402


@closed
def _checked(run: Run, licence: Path, name: str, key: Path) -> Path:
    with checked_release(run):
        return seal(run, licence, name, key)


@task(
    name="seal",
    persist_result=False,
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=worth_retrying,
)
def seal_bundle(run: str, licence: str, name: str, key: str) -> str:
    """Seal the bundle of a run; returns its path."""
    with slot(RELEASE):
        return str(_checked(Run(Path(run)), Path(licence), name, Path(key)))


@flow(name="release", persist_result=False, on_cancellation=[clean_up], on_crashed=[clean_up])
def release(form: ReleaseForm) -> str:
    """Release an approved run; returns the path of its bundle."""
    return seal_bundle(form.run, form.licence, form.name, form.key)
