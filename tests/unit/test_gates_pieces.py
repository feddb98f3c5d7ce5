"""A table in pieces is judged as the whole is: one bad row in one piece, or one key in two, is found."""

import pandas as pd
import pyarrow as pa
import pytest

from factory.contract import Contract
from factory.core.tables import of_pieces, write_piece
from factory.gates.gx import judge_table
from factory.gates.pieces import Columns, judge_pieces
from factory.gates.suites import Expected, raw_view, unroll

CONTRACT = Contract.model_validate(
    {
        "contract": 1,
        "name": "people",
        "title": "People",
        "licensor": "Owner",
        "person": "people",
        "tables": {
            "people": {
                "key": "id",
                "columns": {
                    "id": {"role": "key", "type": "string", "as": "row", "required": True},
                    "sex": {"role": "clinical", "type": "category", "codes": ["F", "M"], "required": True},
                },
            }
        },
    }
)
GOOD = [("1", "F"), ("2", "M")], [("3", "F"), ("4", "M")], []


def _judged(folder, parts):
    tables = [
        pa.table({"id": pa.array([r[0] for r in p], pa.string()), "sex": pa.array([r[1] for r in p], pa.string())})
        for p in parts
    ]
    ref = of_pieces([write_piece(table, folder) for table in tables], 2)
    expected = unroll("raw", raw_view(CONTRACT, "people"))
    whole = judge_table("raw", "people", pa.concat_tables(tables).to_pandas(), expected)
    pieces = judge_pieces("raw", "people", folder, ref, expected)
    assert pieces == whole
    return {result["control"] for result in pieces if not result["success"]}


@pytest.mark.parametrize(
    ("parts", "broken"),
    [
        (GOOD, set()),
        ((*GOOD[:2], [("2", "F")]), {"RAW-KEY"}),
        ((GOOD[0], [("3", "X")]), {"RAW-CODES"}),
        (([("1", None)], GOOD[1]), {"RAW-REQUIRED"}),
        (([("1", "F"), ("2", "M"), ("2", "M")],), {"RAW-KEY"}),
    ],
)
def test_pieces_are_judged_as_the_whole(parts, broken, tmp_path):
    assert _judged(tmp_path, parts) == broken


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("ExpectColumnUniqueValueCountToBeBetween", {"column": "id", "min_value": 4}),
        ("ExpectTableRowCountToBeBetween", {"min_value": 4}),
    ],
)
def test_what_nobody_said_holds_of_each_piece_is_asked_of_the_whole(kind, kwargs, tmp_path):
    tables = [pa.table({"id": [a, b], "sex": ["F", "M"]}) for a, b in (("1", "2"), ("3", "4"))]
    ref = of_pieces([write_piece(table, tmp_path) for table in tables], 2)
    asked = [Expected("X", kind, kwargs, "critical", kwargs.get("column", "all"))]
    assert [each["success"] for each in judge_pieces("raw", "people", tmp_path, ref, asked)] == [True]


def test_a_column_is_read_over_all_pieces(tmp_path):
    ref = of_pieces([write_piece(pa.table({"id": [v], "other": [0]}), tmp_path) for v in ("a", "b")], 2)
    columns = Columns(tmp_path, ref, ("id",))
    pd.testing.assert_series_equal(columns["id"], pd.Series(["a", "b"], name="id"))
    assert "id" in columns and "other" not in columns
