import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.deid.anonymity import CodeHierarchy, FlatHierarchy
from factory.deid.batch.behind import Ends, PeopleBehind
from factory.deid.batch.measured import Measured
from factory.deid.batch.spill import Spill
from factory.deid.operators.aggregate import pooled_counts, pools_of
from factory.deid.operators.base import Cells
from factory.deid.operators.bound import Bound
from factory.deid.operators.generalise import generalised
from factory.deid.operators.levelled import Levelled, labelled
from factory.deid.operators.recode import Recode
from factory.deid.operators.row_id import RandomRowId, permutation
from factory.deid.operators.shift import Shift, offsets
from factory.deid.operators.suppress import SuppressPeople
from factory.deid.operators.surrogate import Surrogate
from factory.deid.operators.year import DaysSince, Year, YearTold, days_of

K = 3


def _cells(values, people=None):
    series = pd.Series(values)
    codes, found = pd.factorize(series)
    rows = np.arange(len(series), dtype=np.int32)
    owners = rows if people is None else np.array(people, dtype=np.int32)
    return Cells(codes.astype(np.int32), pd.Series(found), owners, rows)


def _behind(values, people=None, k=K, pieces=1):
    made = PeopleBehind(k)
    cells = _cells(values, people)
    for part in np.array_split(np.arange(len(cells.codes)), pieces):
        made.add(cells.values.tolist(), cells.codes[part], cells.people[part])
    return made


rows_of = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 6)), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(rows_of, st.integers(1, 5))
def test_people_behind_values_are_exact_however_rows_are_parted(rows, pieces):
    values, people = zip(*rows, strict=True)
    behind = _behind(list(values), people, pieces=pieces)
    truth = pd.DataFrame(rows).groupby(0)[1].nunique()
    for number, value in enumerate(behind.values):
        assert behind.common[number] == (truth[value] >= K)
        if not behind.common[number]:
            assert len(behind.people_of(number)) == truth[value]
    assert dict(zip(behind.values, behind.rows, strict=True)) == pd.Series(values).value_counts().to_dict()


@settings(max_examples=60, deadline=None)
@given(rows_of, st.integers(1, 5))
def test_pools_of_whole_numbers_hold_k_people(rows, pieces):
    values, people = zip(*rows, strict=True)
    shown = pooled_counts(_behind(list(values), people, pieces=pieces))
    made = pd.Series(values).map(shown)
    behind = pd.DataFrame({"value": made, "person": people}).dropna().groupby("value")["person"].nunique()
    assert behind.empty or behind.min() >= min(K, len(set(people)))
    assert made.isna().all() == (len(set(people)) < K)


@settings(max_examples=60, deadline=None)
@given(rows_of, st.integers(1, 5))
def test_ends_of_a_range_are_those_of_k_people(rows, pieces):
    values, people = (np.array(part) for part in zip(*rows, strict=True))
    ends = Ends(K)
    for part in np.array_split(np.arange(len(values)), pieces):
        ends.add(values[part].astype(float), people[part].astype(np.int32))
    highest = pd.Series(values).groupby(people).max().sort_values(ascending=False)
    lowest = pd.Series(values).groupby(people).min().sort_values()
    if len(highest) < K:
        assert ends.range() is None
    else:
        pair = highest.iloc[K - 1], lowest.iloc[K - 1]
        assert ends.range() == (min(pair), max(pair))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 9).map(lambda x: round(x, 1)), st.integers(0, 6)), min_size=1, max_size=60))
def test_pools_of_measurements_hold_k_people_and_keep_the_sum(rows):
    values, people = (np.array(part) for part in zip(*rows, strict=True))
    with Spill() as spill:
        measured = Measured(spill)
        measured.add("lab", values.astype(float), people.astype(np.int32))
        made = pools_of(measured, "lab", K).apply(_cells(values.astype(float), people)).to_pandas()
    if len(set(people)) < K:
        assert made.isna().all()
        return
    assert made.groupby(made).apply(lambda pool: len(set(people[pool.index]))).min() >= K
    assert np.isclose(made.sum(), values.sum())


def test_rare_codes_climb_only_as_far_as_they_must():
    values = ["250.01"] * 2 + ["250.02"] * 2 + ["401"] * 5 + ["E880", "V45", "999.1"]
    shown = generalised(_behind(values), CodeHierarchy("icd-9-cm", "suppress"), closed=False)
    assert shown["250.01"] == shown["250.02"] == "250"
    assert shown["401"] == "401"
    assert {shown[code] for code in ("E880", "V45", "999.1")} == {"Other"}


def test_a_closed_list_gets_no_new_value_and_a_small_pool_is_missing():
    assert generalised(_behind(["a"] * 5 + ["b"]), FlatHierarchy(), closed=True) == {"a": "a", "b": None}
    assert generalised(_behind(["a"] * 5 + ["b"]), FlatHierarchy(), closed=False) == {"a": "a", "b": None}


def test_recoded_values_that_are_not_listed_are_not_released():
    assert Recode({"a": "x"}, pa.string()).apply(_cells(["a", "b", None])).to_pylist() == ["x", None, None]


def test_row_ids_are_a_permutation_of_row_numbers_and_links_follow():
    with Spill() as spill:
        ids, others = (permutation(spill, 50, seed, "t").read(0, 50) for seed in (7, 8))
    assert sorted(ids) == list(range(1, 51))
    rows = np.array([3, 3, -1, 9], dtype=np.int32)
    made = RandomRowId(ids).apply(Cells(rows, pd.Series(dtype=object), rows, rows)).to_pylist()
    assert made == [ids[3], ids[3], None, ids[9]]
    assert list(others) != list(ids)


def test_dates_of_a_person_shift_alike_and_never_by_nothing():
    with Spill() as spill:
        days = offsets(spill, 2000, 3, 182).read(0, 2000)
    assert days.min() == -182
    assert days.max() == 182
    assert 0 not in set(days)
    dates = pd.to_datetime(["2001-01-31 10:00", "2001-03-01 12:30", None, "2001-01-31 10:00"])
    made = Shift(days[:2], pa.timestamp("us")).apply(_cells(dates, [0, 0, 1, 1])).to_pandas()
    midnight = dates.normalize()
    assert made[1] - made[0] == midnight[1] - midnight[0]
    assert (made[0] - midnight[0]).days == days[0]
    assert (made[3] - midnight[3]).days == days[1]
    assert (made.dropna() == made.dropna().dt.normalize()).all()
    assert pd.isna(made[2])


def test_the_year_beside_days_says_no_more_than_the_first_year_and_the_days_do():
    """Two records at a turn of the year would else pin the first day down to one."""
    dates = pd.to_datetime(["1999-12-31", "2000-01-01", "1999-03-01", "1999-03-02"])
    first = days_of(pd.Series(dates[[0, 2]]))
    told = YearTold(first, 1900, 2100).apply(_cells(dates, [0, 0, 1, 1])).to_pylist()
    assert told == [1999, 1999, 1999, 1999]
    assert YearTold(first, 1, 0).apply(_cells(dates, [0, 0, 1, 1])).to_pylist() == [None] * 4


def test_years_and_days():
    dates = pd.to_datetime(["1999-12-31", "2000-01-02", "2030-05-05", None])
    assert Year(2000, 2010).apply(_cells(dates)).to_pylist() == [2000, 2000, 2010, None]
    assert Year(1, 0).apply(_cells(dates)).to_pylist() == [None] * 4
    first = np.array([10956, 0], dtype=np.int32)
    assert DaysSince(first).apply(_cells(dates[:2], [0, 0])).to_pylist() == [0, 2]


def test_surrogates_agree_within_a_person_and_nowhere_else():
    cells = _cells(["a", "a", "a", "b", None], [0, 0, 1, 0, 0])
    made = Surrogate(b"k" * 32, "MRN").apply(cells).to_pylist()
    assert made[0] == made[1]
    assert len(set(made[:4])) == 3
    assert made[4] is None
    assert made != Surrogate(b"j" * 32, "MRN").apply(cells).to_pylist()


def test_bounds_and_suppression():
    assert Bound((2.0, 4.0), pa.float64()).apply(_cells([1.0, 3.5, 9.0])).to_pylist() == [2.0, 3.5, 4.0]
    assert Bound(None, pa.float64()).apply(_cells([1.0])).to_pylist() == [None]
    inner = Recode({70: 70, 90: 90}, pa.int64())
    made = SuppressPeople(inner, np.array([True, False]), 90).apply(_cells([70, 90, 70], [0, 0, 1]))
    assert made.to_pylist() == [None, 90, 70]


def test_levels_are_kept_row_by_row():
    made = Levelled(pa.array(["x", None, "*"]))
    assert made.apply(_cells(["q"] * 3)).to_pylist() == ["x", None, "*"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1990, 1991], pa.int64()),
        ([1990.0, None], pa.float64()),
        (["a", 7, None], pa.string()),
        ([1, "*"], pa.string()),
    ],
)
def test_labels_are_whole_numbers_numbers_or_strings(values, kind):
    codes, found = labelled(pd.Series(values))
    assert found.type == kind
    shown = [None if code < 0 else found[int(code)].as_py() for code in codes]
    assert shown == [None if value is None else str(value) if kind == pa.string() else value for value in values]
