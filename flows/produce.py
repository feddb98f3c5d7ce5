"""Flow `produce`: the stages of the line as tasks, ending in *awaiting review*."""

from __future__ import annotations

from pathlib import Path

from flows import settings

settings.apply()

from prefect import flow, task  # noqa: E402 - settings come first

from factory.core.run import Run  # noqa: E402
from factory.line import produce as line  # noqa: E402
from factory.line.stages import STAGES, run_stage  # noqa: E402
from flows.forms import ProduceForm  # noqa: E402
from flows.limits import SOURCE, slot  # noqa: E402
from flows.outcomes import RETRIES, RETRY_SECONDS, clean_up, show_run, worth_retrying  # noqa: E402


@task(
    name="stage",
    task_run_name="{name}",
    persist_result=False,
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=worth_retrying,
)
def stage(root: str, name: str) -> str:
    """Run one stage of the run folder `root`; returns the digest of what it made."""
    with slot(SOURCE):
        return run_stage(Path(root), name)


def _tasks(root: Path) -> None:
    for each in STAGES:
        stage(str(root), each.name)


@flow(name="produce", persist_result=False, on_cancellation=[clean_up], on_crashed=[clean_up])
def produce(form: ProduceForm) -> str:
    """Produce in a run folder; with a contract and data a new run is prepared first, with a secret seed.

    Returns the state of the run. Parameters are paths and names: the seed never passes through Prefect.
    """
    root = Path(form.run)
    if form.contract is not None and form.data is not None:
        people = Path(form.people) if form.people else None
        since = Path(form.since) if form.since else None
        register = Path(form.register_folder) if form.register_folder else None
        contract, who = Path(form.contract), form.producer
        line.prepare(contract, form.data, root, form.engine, None, who, people, form.spread, since, register)
    try:
        return line.produce(Run(root), _tasks).value
    finally:
        show_run(Run(root))
