"""Flow `produce`: the stages of the line as tasks, ending in *awaiting review*."""

from __future__ import annotations

from pathlib import Path

from flows import settings

settings.apply()

from prefect import flow, task  # noqa: E402 - settings come first

from factory.core.run import Run  # noqa: E402
from factory.line import produce as line  # noqa: E402
from factory.line.stages import STAGES, run_stage  # noqa: E402


@task(name="stage", task_run_name="{name}", persist_result=False)
def stage(root: str, name: str) -> str:
    """Run one stage of the run folder `root`; returns the digest of what it made."""
    return run_stage(Path(root), name)


def _tasks(root: Path) -> None:
    for each in STAGES:
        stage(str(root), each.name)


@flow(name="produce", persist_result=False, validate_parameters=False)
def produce(
    run: str,
    contract: str | None = None,
    data: str | None = None,
    engine: str = "auto",
    producer: str = "producer",
    people: str | None = None,
) -> str:
    """Produce in the run folder `run`; with `contract` and `data` a new run is prepared first, with a secret seed.

    Returns the state of the run. Parameters are paths and names: the seed never passes through Prefect.
    """
    root = Path(run)
    if contract is not None and data is not None:
        line.prepare(Path(contract), data, root, engine, None, producer, Path(people) if people else None)
    return line.produce(Run(root), _tasks).value
