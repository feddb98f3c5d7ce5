"""Running the flows in this process: against the server that is configured, or Prefect's ephemeral one."""

from __future__ import annotations

from pathlib import Path

from factory.core.run import RunState
from flows import watchdog


def produce(root: Path) -> RunState:
    """Run the flow `produce` on a prepared run folder. Raises: FactoryError of a stage."""
    watchdog.start()
    from flows.produce import produce as flow

    return RunState(flow(str(root)))


def release(root: Path, licence: Path, name: str, key: Path) -> Path:
    """Run the flow `release`. Raises: FactoryError."""
    watchdog.start()
    from flows.release import release as flow

    return Path(flow(str(root), str(licence), name, str(key)))
