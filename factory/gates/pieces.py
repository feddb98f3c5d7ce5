"""A table in pieces judged with one piece in memory at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from factory.core.tables import TableRef, read_piece, read_table
from factory.gates.gx import judge_table
from factory.gates.suites import Expected

_OF_EACH_PIECE = ("ExpectTableColumnsToMatchSet", "ExpectColumnValuesToNotBeNull", "ExpectColumnValuesToBeInSet")
"""What holds of a table if it does of each piece. All else is asked of the whole: pieces need not show it."""


class Columns:
    """The columns of a stored table, each read whole when it is asked for, and not kept."""

    def __init__(self, folder: Path, ref: TableRef, names: tuple[str, ...]) -> None:
        self._folder = folder
        self._ref = ref
        self._names = names

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> pd.Series:
        parts = [read_piece(self._folder, self._ref, at, [name])[name] for at in range(len(self._ref.files))]
        return pd.concat(parts, ignore_index=True)


def judge_pieces(suite: str, table: str, folder: Path, ref: TableRef, expected: list[Expected]) -> list[dict[str, Any]]:
    """Judge a stored table; one result a declared expectation, in order. Raises: GateFailed as `judge_table`."""
    apart = [item for item in expected if len(ref.files) == 1 or item.type in _OF_EACH_PIECE]
    whole = [item for item in expected if item not in apart]
    full = [at for at, piece in enumerate(ref.files) if piece.rows] or [0]
    judged = [judge_table(suite, table, read_piece(folder, ref, at), apart) for at in full if apart]
    found = dict(zip(map(id, apart), map(_together, zip(*judged, strict=True)), strict=True)) if apart else {}
    if whole:
        columns = Columns(folder, ref, ())
        names = dict.fromkeys(str(item.kwargs["column"]) for item in whole if "column" in item.kwargs)
        is_of_table = any("column" not in item.kwargs for item in whole)
        frame = read_table(folder, ref) if is_of_table else pd.DataFrame({name: columns[name] for name in names})
        found.update(zip(map(id, whole), judge_table(suite, table, frame, whole), strict=True))
    return [found[id(item)] for item in expected]


def _together(results: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """One expectation's result of the table, from those of its pieces."""
    return {
        **results[0],
        "success": all(result["success"] for result in results),
        "raised": any(result["raised"] for result in results),
    }
