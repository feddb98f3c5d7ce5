import pandas as pd

from factory.contract import Column
from factory.deid.icd9 import ancestors
from factory.deid.rare import common_categories, common_range, shared_counts

K = 11


def _people(values):
    return pd.Series(range(len(values)))


def test_a_number_of_ones_own_is_pooled():
    phones = pd.Series(range(60_000_000, 60_000_100), dtype="Int64")
    made = shared_counts(phones, _people(phones), K)
    assert made.value_counts().min() >= K


def test_common_counts_stay():
    counts = pd.Series([0] * 50 + [1] * 20 + [2] * 3 + [9] * 1, dtype="Int64")
    made = shared_counts(counts, _people(counts), K)
    assert set(made) == {0, 1}
    assert (made[:70] == counts[:70]).all()


def test_many_rows_of_one_person_are_one_person():
    counts = pd.Series([5] * 40 + [6] * 40, dtype="Int64")
    people = pd.Series([1] * 40 + list(range(2, 42)))
    assert set(shared_counts(counts, people, K)) == {6}


def test_ends_of_a_range_are_reached_by_k_people():
    values = pd.Series([float(v) for v in range(100)])
    made = common_range(values, _people(values), K)
    assert (made.min(), made.max()) == (10.0, 89.0)


def test_rare_codes_climb_their_hierarchy_then_pool():
    column = Column.model_validate({"role": "sensitive", "type": "category", "code_system": "icd-9-cm"})
    codes = pd.Series(["250.01"] * 6 + ["250.02"] * 6 + ["401"] * 12 + ["E880"] + ["999.1"])
    made = common_categories(codes, _people(codes), column, 2)
    assert set(made[:24]) == {"250.01", "250.02", "401"}
    assert set(made[24:]) == {"Other"}
    made = common_categories(codes, _people(codes), column, K)
    assert set(made[:12]) == {"250"}
    assert ancestors("250.83") == ("250", "240-279")
    assert ancestors("V45") == ("V45", "V")
    assert ancestors("²") == ("²", "²")
