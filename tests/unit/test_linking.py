"""Drawn child rows find the drawn person they belong to, whatever is missing of what they are matched by."""

import pandas as pd

from factory.synth.linking import match


def test_rows_are_paired_by_rank_within_groups_and_those_without_a_number_come_last():
    wanted = pd.DataFrame({"sex": ["F", "F", "M", "F"], "age": pd.array([70, None, 40, 30], dtype="Int64")})
    pool = pd.DataFrame({"sex": ["F", "F", "F", "M"], "age": pd.array([None, 32, 68, None], dtype="Int64")})
    assert match(wanted, pool, ["sex"], "age").tolist() == [2, 0, 3, 1]


def test_no_row_is_used_twice_while_there_are_enough():
    wanted = pd.DataFrame({"sex": ["F"] * 5, "age": [1.0, 2.0, None, 4.0, 5.0]})
    pool = pd.DataFrame({"sex": ["F", "M", "F", "M", "F"], "age": [None, None, 2.0, 1.0, 3.0]})
    assert sorted(match(wanted, pool, ["sex"], "age")) == [0, 1, 2, 3, 4]
