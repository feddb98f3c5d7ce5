"""The scorecard of a run as a table: figures about all people together, picked by name, for who may see no more."""

from __future__ import annotations

from typing import Any

from factory.core.errors import NotReady
from factory.core.files import read_json
from factory.core.run import Run

COLUMNS = ("name", "value", "low", "high", "direction", "threshold", "bearing", "outcome", "n")
"""What of a measure is shown. Where it was worst is not: that may name a group of few people."""
Cell = str | float | int | None


def scorecard(run: Run) -> list[dict[str, Cell]]:
    """A row a measure of the run's candidate, with `COLUMNS`. Raises: NotReady, StorageError."""
    dossier = read_json(run.candidate / "dossier.json")
    return [{column: _plain(measure.get(column)) for column in COLUMNS} for measure in dossier["measures"]]


def verdict(run: Run) -> str:
    """What gates and controls say together. Raises: NotReady, StorageError."""
    said = read_json(run.candidate / "dossier.json")["verdict"]
    if said not in ("pass", "pass-with-shortfalls", "fail"):
        raise NotReady("The dossier holds no verdict that is known.", "Produce the run again.")
    return str(said)


def _plain(value: Any) -> Cell:
    return value if value is None or isinstance(value, (str, int, float)) else str(type(value).__name__)
