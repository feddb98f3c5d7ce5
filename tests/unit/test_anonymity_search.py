"""The search against every node of the lattice, and its promise recounted with a plain groupby."""

import itertools
import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.errors import ColumnMissing, ContractError, EmptyTable, TooFewPeople
from factory.deid.anonymity import (
    SUPPRESSED,
    AgeHierarchy,
    BandHierarchy,
    FlatHierarchy,
    TableHierarchy,
    report,
    search,
)

REGIONS = TableHierarchy(
    pd.DataFrame({"level0": list("abcdef"), "level1": list("xxyyzz"), "level2": list("pppprr")}), uncovered="suppress"
)
HIERARCHIES = {"age": BandHierarchy([[20, 40, 60, 80], [40, 80]]), "region": REGIONS, "sex": FlatHierarchy()}
QIS = list(HIERARCHIES)


def _table(seed, rows, people=None):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": pd.Series(rng.integers(0, 100, rows)).astype("Int64").mask(rng.random(rows) < 0.05),
            "region": rng.choice([*"abcdefg", None], rows, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.04, 0.02, 0.04]),
            "sex": rng.choice(["f", "m"], rows),
            "finding": rng.choice(["p", "q", "r"], rows, p=[0.6, 0.3, 0.1]),
            "person": np.arange(rows) if people is None else rng.integers(0, people, rows),
        }
    )


def _recount(frame, qis=QIS):
    """People in the smallest class, missing a category of its own."""
    shown = frame[qis].astype(object).where(frame[qis].notna(), "missing")
    return int(frame["person"].groupby([shown[name].astype(str) for name in qis]).nunique().min())


class Brute:
    """Every node, judged with dictionaries."""

    def __init__(self, frame, k, t=None, entropy_l=None, **limits):
        self.frame, self.k, self.l, self.t, self.entropy_l = frame, k, limits.get("l"), t, entropy_l
        self.weight = (1.0 / frame.groupby("person")["person"].transform("size")).tolist()

    def bad(self, rows, kept):
        people = {self.frame["person"][row] for row in rows}
        if len(people) < self.k:
            return True
        p, q = self.shares(rows), self.shares(kept)
        return bool(
            (self.l is not None and len(p) < self.l)
            or (self.entropy_l and -sum(s * np.log(s) for s in p.values()) < np.log(self.entropy_l) - 1e-9)
            or (self.t is not None and sum(abs(p.get(v, 0) - s) for v, s in q.items()) / 2 > self.t + 1e-9)
        )

    def shares(self, rows):
        mass = defaultdict(float)
        for row in rows:
            mass[self.frame["finding"][row]] += self.weight[row]
        return {value: one / sum(mass.values()) for value, one in mass.items()}

    def least(self, max_suppressed):
        frame, best = self.frame, np.inf
        at, penalty = {}, {}
        for name, hierarchy in HIERARCHIES.items():
            leaves = pd.Series(frame[name].unique())
            for level in range(len(hierarchy.names)):
                at[name, level] = hierarchy.at(frame[name], level).astype("string").fillna("missing").tolist()
                lost = dict(zip(leaves.fillna(-1), hierarchy.loss(leaves, level), strict=True))
                penalty[name, level] = frame[name].fillna(-1).map(lost).to_numpy()
        for node in itertools.product(*(range(len(h.names)) for h in HIERARCHIES.values())):
            classes = defaultdict(list)
            for row, key in enumerate(zip(*(at[one] for one in zip(QIS, node, strict=True)), strict=True)):
                classes[key].append(row)
            kept = set(range(len(frame)))
            # k and l first: they do not depend on who else is kept; then t and entropy until nothing moves.
            limits, self.t, self.entropy_l = (self.t, self.entropy_l), None, None
            kept -= {row for rows in classes.values() if self.bad(rows, kept) for row in rows}
            self.t, self.entropy_l = limits
            while gone := {r for rows in classes.values() if rows[0] in kept and self.bad(rows, kept) for r in rows}:
                kept -= gone
            lost_people = {frame["person"][row] for row in range(len(frame)) if row not in kept}
            if len(lost_people) / frame["person"].nunique() <= max_suppressed:
                row_loss = sum(penalty[one] for one in zip(QIS, node, strict=True)) / len(QIS)
                best = min(best, np.mean([row_loss[row] if row in kept else 1.0 for row in range(len(frame))]))
        return best


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(8, 60),
    k=st.integers(1, 5),
    share=st.sampled_from([0.0, 0.05, 0.2]),
    several=st.booleans(),
    limits=st.sampled_from([{}, {}, {"l": 2}, {"t": 0.3}, {"entropy_l": 1.5}, {"l": 2, "t": 0.4}]),
)
def test_the_node_found_loses_least_of_all_nodes_that_fit(seed, rows, k, share, several, limits):
    frame = _table(seed, rows, people=rows // 2 if several else None)
    least = Brute(frame, k, **limits).least(share)
    try:
        made = search(
            frame, HIERARCHIES, k, frame["person"], ["finding"] if limits else (), max_suppressed=share, **limits
        )
    except (TooFewPeople, ContractError):
        assert np.isinf(least)
        return
    assert made.loss == pytest.approx(least, abs=1e-9)
    assert _recount(made.frame) >= k


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), k=st.integers(2, 8), several=st.booleans(), share=st.sampled_from([0.1, 0.5, 0.9]))
def test_starred_cells_keep_k_and_never_lose_more(seed, k, several, share):
    frame = _table(seed, 120, people=60 if several else None)
    plain = search(frame, HIERARCHIES, k, frame["person"])
    made = search(frame, HIERARCHIES, k, frame["person"], max_local=share)
    assert _recount(made.frame) == made.k >= k
    assert made.loss <= plain.loss + 1e-12
    assert made.people_suppressed <= 0.05
    assert made.loss == pytest.approx(np.mean([cost.loss for cost in made.columns]))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), share=st.sampled_from([0.0, 0.5]))
def test_l_and_t_hold_on_what_is_released(seed, share):
    frame = _table(seed, 200)
    made = search(frame, HIERARCHIES, 3, None, ["finding"], l=2, t=0.25, max_suppressed=0.2, max_local=share).frame
    keys = [made[name].astype(object).where(made[name].notna(), "missing").astype(str) for name in QIS]
    overall = made["finding"].value_counts(normalize=True)
    for _, findings in made["finding"].groupby(keys):
        apart = findings.value_counts(normalize=True).sub(overall, fill_value=0).abs().sum() / 2
        assert findings.nunique() >= 2
        assert apart <= 0.25 + 1e-9


def test_many_rows_of_one_person_are_one_person():
    frame = pd.DataFrame({"sex": ["f"] * 30 + ["m"] * 30, "person": [1] * 30 + list(range(2, 32))})
    assert search(frame, {"sex": FlatHierarchy()}, 5, max_suppressed=0).levels == {"sex": 0}
    made = search(frame, {"sex": FlatHierarchy()}, 5, frame["person"], max_suppressed=0)
    assert (made.levels, made.k) == ({"sex": 1}, 31)


def test_a_few_rows_go_rather_than_a_column():
    frame = pd.DataFrame({"sex": ["f"] * 50 + ["m"] * 49 + ["x"]}, index=range(100, 200))
    made = search(frame, {"sex": FlatHierarchy()}, 11)
    assert made.levels == {"sex": 0}
    assert made.suppressed[made.suppressed].index.tolist() == [199]
    assert made.frame.index.tolist() == list(range(100, 199))


def test_columns_that_are_not_quasi_identifiers_and_the_source_are_untouched():
    frame = _table(3, 80)
    before = frame.copy()
    made = search(frame, HIERARCHIES, 4)
    pd.testing.assert_frame_equal(frame, before)
    rest = ["finding", "person"]
    pd.testing.assert_frame_equal(made.frame[rest], frame.loc[~made.suppressed, rest])


def test_the_same_request_gives_the_same_table_whatever_the_order_of_rows():
    frame = _table(4, 150)
    one, other = (search(f, HIERARCHIES, 5, max_local=0.5) for f in (frame, frame.sample(frac=1, random_state=1)))
    assert (one.levels, one.loss) == (other.levels, pytest.approx(other.loss))
    pd.testing.assert_frame_equal(one.frame, search(frame, HIERARCHIES, 5, max_local=0.5).frame)


def test_few_nodes_are_judged_to_know_the_best():
    frame = _table(9, 400)
    qis = {**HIERARCHIES, "finding": FlatHierarchy(), "other age": HIERARCHIES["age"]}
    frame["other age"] = frame["age"][::-1].to_numpy()
    made = search(frame, qis, 5)
    assert made.nodes == 4 * 2 * 2 * 4 * 4
    assert made.evaluated < made.nodes / 3


def test_weights_and_allowed_levels_are_kept():
    frame = _table(5, 150)
    assert search(frame, HIERARCHIES, 5, weights={"sex": 100}).levels["sex"] == 0
    assert search(frame, HIERARCHIES, 5, allowed={"age": (2, 2)}).levels["age"] == 2


def test_the_report_says_what_each_column_paid():
    frame = _table(6, 150)
    made = search(frame, HIERARCHIES, 5, allowed={"region": (1, 2), "sex": (1, 1)})
    rows = {row["column"]: row for row in report(made)}
    released = frame.loc[~made.suppressed, "region"]
    assert rows["region"]["hierarchy"] == "table"
    assert rows["region"]["cells_changed"] == released.notna().sum()
    assert rows["region"]["cells_uncovered"] == rows["region"]["cells_suppressed"] == (released == "g").sum()
    assert rows["sex"]["level_name"] == SUPPRESSED
    assert rows["sex"]["cells_suppressed"] == len(made.frame)
    assert rows["sex"]["loss"] == 1


def test_what_cannot_be_is_said_in_a_sentence_with_what_could():
    frame = _table(7, 60)
    with pytest.raises(TooFewPeople, match="at most"):
        search(frame, HIERARCHIES, 61)
    with pytest.raises(ContractError, match="3 distinct values"):
        search(frame, HIERARCHIES, 5, sensitive=["finding"], l=4)
    with pytest.raises(ContractError, match="entropy l of"):
        search(frame, HIERARCHIES, 5, sensitive=["finding"], entropy_l=3)
    with pytest.raises(ContractError, match=r"Allow more general levels"):
        search(frame, HIERARCHIES, 20, allowed={"age": (0, 1)})


def test_the_share_it_says_would_do_does():
    frame, allowed = _table(7, 120), {"age": (0, 1)}
    with pytest.raises(ContractError, match=r"Allow \d+\.\d% of them") as error:
        search(frame, HIERARCHIES, 23, allowed=allowed)
    share = float(str(error.value).split("Allow ")[1].split("%")[0]) / 100
    assert search(frame, HIERARCHIES, 23, allowed=allowed, max_suppressed=share).k >= 23


def test_requests_that_do_not_hold_together_are_refused():
    frame = _table(8, 30)
    with pytest.raises(ColumnMissing):
        search(frame, {"postcode": FlatHierarchy()}, 2)
    with pytest.raises(EmptyTable):
        search(frame.iloc[:0], HIERARCHIES, 2)
    for wrong in (
        {"sensitive": ["sex"]},
        {"weights": {"age": -1}},
        {"allowed": {"age": (0, 9)}},
        {"max_suppressed": 1},
    ):
        with pytest.raises(ContractError):
            search(frame, HIERARCHIES, 2, **wrong)


class Unnested(FlatHierarchy):
    """A hierarchy whose second level splits what the first has joined."""

    def __init__(self):
        super().__init__()
        self.names = ("first letter", "value", "*")

    def _lift(self, leaves, level):
        return leaves.str[:1] if level == 0 else leaves


def test_a_hierarchy_that_is_not_nested_is_refused():
    with pytest.raises(ContractError, match="not nested"):
        search(pd.DataFrame({"x": ["aa", "ab"]}), {"x": Unnested()}, 1)


@pytest.mark.skipif(not os.environ.get("FACTORY_DATA"), reason="FACTORY_DATA names no folder of data sets")
def test_census_rows_keep_eleven():
    frame = pd.read_csv(Path(os.environ["FACTORY_DATA"]) / "adult" / "adult.csv", skipinitialspace=True)
    frame["person"] = range(len(frame))
    qis = {"age": AgeHierarchy(), "sex": FlatHierarchy(), "race": FlatHierarchy(), "education": FlatHierarchy()}
    made = search(frame, qis, 11, max_local=0.3)
    assert _recount(made.frame, list(qis)) == made.k >= 11
