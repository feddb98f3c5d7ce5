"""A table in pieces judged with one piece in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from factory.core.tables import TableRef, read_piece, read_table
from factory.gates.gx import judge_table
from factory.gates.suites import Expected

_OF_EACH_PIECE = (
    "ExpectTableColumnsToMatchSet",
    "ExpectColumnValuesToNotBeNull",
    "ExpectColumnValuesToBeInSet",
    "ExpectColumnValuesToBeBetween",
    "ExpectColumnValuesToNotMatchRegex",
    "ExpectColumnPairValuesAToBeGreaterThanB",
)
"""What holds of a table if and only if it does of each piece, where it asks every row and no share of them. All else is
asked of the whole: pieces need not show it."""


class Columns:
    """The columns of a stored table, each read whole when it is asked for, and not kept."""

    def __init__(self, folder: Path, ref: TableRef, names: tuple[str, ...]) -> None:
        self._folder = folder
        self._ref = ref
        self._names = names

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> pd.Series:
        parts = [read_piece(self._folder, self._ref, at, [name])[name] for at in range(self._ref.parts)]
        return pd.concat(parts, ignore_index=True)


def judge_pieces(
    suite: str,
    table: str,
    folder: Path,
    ref: TableRef,
    expected: list[Expected],
    of_piece: Callable[[int], list[Expected]] | None = None,
) -> list[dict[str, Any]]:
    """Judge a stored table; one result a declared expectation, in order.

    `of_piece`: the same expectations as they are asked of a piece, where their arguments are another piece's to each.
    Raises: GateFailed as `judge_table`.
    """
    apart = [place for place, item in enumerate(expected) if ref.parts == 1 or _is_of_each(item)]
    found = _judge_each(suite, table, folder, ref, apart, of_piece or (lambda _: expected)) if apart else {}
    for columns, places in _by_columns(expected, found).items():
        items = [expected[place] for place in places]
        frame = read_table(folder, ref) if not columns else _whole(folder, ref, columns)
        found.update(zip(places, judge_table(suite, table, frame, items), strict=True))
    return [found[place] for place in range(len(expected))]


def _is_of_each(item: Expected) -> bool:
    return item.type in _OF_EACH_PIECE and "mostly" not in item.kwargs


def _judge_each(
    suite: str,
    table: str,
    folder: Path,
    ref: TableRef,
    places: list[int],
    expected: Callable[[int], list[Expected]],
) -> dict[int, dict[str, Any]]:
    """What is asked of each piece, by place among what is expected."""
    judged: list[list[dict[str, Any]]] = []
    for at in range(ref.parts):
        frame = read_piece(folder, ref, at)
        if len(frame) or (at == ref.parts - 1 and not judged):  # a table without any row is found to have none
            asked = expected(at)
            judged.append(judge_table(suite, table, frame, [asked[place] for place in places]))
    return dict(zip(places, map(_together, zip(*judged, strict=True)), strict=True))


def _by_columns(expected: list[Expected], found: Mapping[int, Any]) -> dict[tuple[str, ...], list[int]]:
    """Places of what is still to be judged by the columns it is asked of; none where it is asked of the whole table."""
    made: dict[tuple[str, ...], list[int]] = {}
    for place, item in enumerate(expected):
        if place not in found:
            names = (str(item.kwargs["column"]),) if "column" in item.kwargs else ()
            made.setdefault(names, []).append(place)
    return made


def _whole(folder: Path, ref: TableRef, names: tuple[str, ...]) -> pd.DataFrame:
    columns = Columns(folder, ref, names)
    return pd.DataFrame({name: columns[name] for name in names})


def _together(results: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """One expectation's result of the table, from those of its pieces."""
    return {
        **results[0],
        "success": all(result["success"] for result in results),
        "raised": any(result["raised"] for result in results),
    }
