"""Which runner takes a run through the line: Prefect's, found by its entry point, or the plain one."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from factory.core.errors import FactoryError
from factory.core.run import Run, RunState
from factory.line.produce import plain, produce

GROUP = "factory.runners"


def prefect_runner(name: str) -> Any:
    """The function registered under `factory.runners` as `name`; this package never imports Prefect.

    Raises: FactoryError when Prefect or the flows are not installed.
    """
    for point in entry_points(group=GROUP):
        if point.name == name:
            try:
                return point.load()
            except ImportError:
                break
    raise FactoryError("Prefect is not installed.", "Install the extra `produce`, or add --plain.")


def run_line(run: Run, without_prefect: bool) -> RunState:
    """Run the stages of a prepared run, through Prefect unless asked otherwise. Raises: FactoryError."""
    if without_prefect:
        return produce(run, plain)
    state: RunState = prefect_runner("produce")(run.root)
    return state
