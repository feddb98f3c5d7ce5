import numpy as np
import pandas as pd
import pytest

from factory.core.errors import ContractError, TooFewPeople, WrongType
from factory.deid.anonymity import micro_aggregate
from factory.deid.anonymity import microaggregation as module


def _people_of_groups(made, people):
    return pd.Series(people).groupby(made.groups).nunique()


@pytest.mark.parametrize("columns", [["x"], ["x", "y"], ["x", "y", "z"]])
@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("rows", [5, 9, 10, 11, 14, 15, 203])
def test_every_mean_is_of_k_people_and_means_are_kept(columns, several, rows):
    rng = np.random.default_rng(rows)
    frame = pd.DataFrame({name: rng.normal(size=rows) ** 3 for name in columns}, index=range(7, 7 + rows))
    people = pd.Series(np.arange(rows) % max(rows // 2, 5)) if several else None
    made = micro_aggregate(frame, 5, people)
    assert _people_of_groups(made, np.arange(rows) if people is None else people).min() >= 5
    assert made.frame.mean().tolist() == pytest.approx(frame.mean().tolist())
    for name in columns:
        means = frame[name].groupby(made.groups).transform("mean")
        assert np.allclose(made.frame[name], means)
    if not several:
        assert pd.Series(made.groups).value_counts().max() < 10


def test_groups_are_of_those_alike():
    frame = pd.DataFrame({"x": [0.0, 10, 0.1, 10.1, 0.2, 10.2], "y": [0.0, 5, 0, 5, 0, 5]})
    made = micro_aggregate(frame, 3)
    assert made.frame["x"].round(6).tolist() == [0.1, 10.1] * 3
    assert max(made.lost.values()) < 0.01


def test_large_tables_are_cut_into_blocks(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 64)
    frame = pd.DataFrame(np.random.default_rng(1).normal(size=(1000, 2)), columns=["x", "y"])
    made = micro_aggregate(frame, 11)
    assert pd.Series(made.groups).value_counts().min() >= 11
    assert max(made.lost.values()) < 0.2


def test_missing_stays_missing_and_few_values_become_so():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=40), "y": rng.normal(size=40)})
    frame.loc[3, "x"] = np.nan
    frame.loc[3, "y"] = np.nan
    frame.loc[5:, "y"] = np.nan
    made = micro_aggregate(frame, 5)
    assert made.groups[3] == -1
    assert made.frame["x"].notna().sum() == 39
    assert made.frame["y"].isna().all()
    assert made.lost["y"] == 1


def test_what_cannot_be_grouped_is_refused():
    with pytest.raises(TooFewPeople):
        micro_aggregate(pd.DataFrame({"x": [1.0, 2.0]}), 3)
    with pytest.raises(WrongType):
        micro_aggregate(pd.DataFrame({"x": ["a"] * 5}), 3)
    with pytest.raises(ContractError):
        micro_aggregate(pd.DataFrame({"x": [1.0, 2.0]}), 1)
