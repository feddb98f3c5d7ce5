"""What a flow leaves in Prefect beside its state, aggregates and links; and which failures are tried again."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows import settings

settings.apply()

from prefect.artifacts import create_link_artifact, create_table_artifact  # noqa: E402 - settings come first

from factory.core.errors import DiskFull, FactoryError, OutputExists, StorageError  # noqa: E402
from factory.core.run import Run  # noqa: E402
from factory.line.produce import tidy  # noqa: E402
from factory.line.scorecard import scorecard, verdict  # noqa: E402

if TYPE_CHECKING:
    from prefect import Flow, Task
    from prefect.client.schemas.objects import FlowRun, State, TaskRun

RETRIES = 2
RETRY_SECONDS = [1.0, 5.0]


def worth_retrying(_: Task[..., Any], __: TaskRun, state: State[Any]) -> bool:
    """Only what another moment may mend: a file system that did not answer.

    A full disk, an output in the way, bad data or a figure over its threshold are the same the second time, and a
    privacy figure must never be drawn again until it passes.
    """
    error = state.data
    return isinstance(error, StorageError) and not isinstance(error, (DiskFull, OutputExists))


def key(kind: str, name: str) -> str:
    """A key as Prefect takes it: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", f"{kind}-{name}".lower()).strip("-")


def show_run(run: Run) -> None:
    """The scorecard as a table, and where the dossier is; nothing where the run did not come so far."""
    if not (run.candidate / "dossier.json").is_file():
        return
    said = f"{run.name}: {verdict(run)}"
    create_table_artifact(table=[dict(row) for row in scorecard(run)], key=key("scorecard", run.name), description=said)
    dossier = (run.candidate / "dossier.html").resolve()
    create_link_artifact(link=dossier.as_uri(), link_text="dossier", key=key("dossier", run.name), description=said)


def show_table(kind: str, rows: list[dict[str, Any]], said: str) -> None:
    """A table of names, days and counts."""
    create_table_artifact(table=rows, key=key(kind, "table"), description=said)


def clean_up(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Leave the run folder clean when a flow was cancelled or its process died; the finished stages stay."""
    form = (flow_run.parameters or {}).get("form", {})
    root = form.get("run") if isinstance(form, dict) else getattr(form, "run", None)
    # Busy: somebody went on with it already, and tidies by itself.
    if root and (Path(root) / "run.json").is_file():
        with contextlib.suppress(FactoryError):
            tidy(Run(Path(root)))
