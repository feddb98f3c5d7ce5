"""Running the flows in this process: against the server that is configured, or Prefect's ephemeral one."""

from __future__ import annotations

from pathlib import Path

from factory.core.run import Run, RunState
from flows import watchdog


def produce(root: Path) -> RunState:
    """Run the flow `produce` on a prepared run folder. Raises: FactoryError of a stage."""
    watchdog.start()
    from factory.line.request import load_request
    from flows import limits
    from flows.forms import ProduceForm
    from flows.produce import produce as flow

    limits.ensure()
    asked = load_request(Run(root))
    return RunState(flow(ProduceForm(run=str(root), engine=asked.engine, producer=asked.producer)))


def release(root: Path, licence: Path, name: str, key: Path) -> Path:
    """Run the flow `release`. Raises: FactoryError."""
    watchdog.start()
    from flows import limits
    from flows.forms import ReleaseForm
    from flows.release import release as flow

    limits.ensure()
    return Path(flow(ReleaseForm(run=str(root), licence=str(licence), name=name, key=str(key))))
