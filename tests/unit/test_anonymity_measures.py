import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.core.errors import WrongType
from factory.deid.anonymity import (
    accepted_class,
    class_sizes,
    delta_presence,
    equivalence_classes,
    k_anonymity,
    l_diversity,
    prosecutor_risk,
    t_closeness,
)
from factory.deid.anonymity.classes import combine

QIS = ["a", "b", "c"]


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 40))
    cells = st.lists(st.sampled_from(["x", "y", "z", None]), min_size=rows, max_size=rows)
    frame = pd.DataFrame({name: draw(cells) for name in QIS}, dtype=object)
    frame["s"] = draw(st.lists(st.sampled_from([1.0, 2.0, 5.0, 9.0, None]), min_size=rows, max_size=rows))
    frame["person"] = draw(st.lists(st.integers(0, 12), min_size=rows, max_size=rows))
    return frame


def _distance_of_scale(p, q):
    return float(np.abs(np.cumsum(p - q)[:-1]).sum() / (len(q) - 1)) if len(q) > 1 else 0.0


def _naive(frame, weight):
    """k, distinct l, entropy l, t of equal distance and t of a scale, class by class."""
    scale = [*sorted(frame["s"].dropna().unique()), None] if frame["s"].isna().any() else sorted(frame["s"].unique())
    values = frame["s"].astype(object).where(frame["s"].notna(), None)

    def shares(rows):
        mass = np.array([weight[rows][values[rows].map(lambda one, v=v: one == v).astype(bool)].sum() for v in scale])
        return mass / mass.sum()

    whole = shares(frame.index)
    ks, distinct, entropy, equal, ordered = [], [], [], [], []
    for rows in frame.groupby(QIS, dropna=False).groups.values():
        p = shares(rows)
        ks.append(frame.loc[rows, "person"].nunique())
        distinct.append(int((p > 0).sum()))
        entropy.append(-float((p[p > 0] * np.log(p[p > 0])).sum()))
        equal.append(float(np.abs(p - whole).sum() / 2))
        ordered.append(_distance_of_scale(p, whole))
    return min(ks), min(distinct), float(np.exp(min(entropy))), max(equal), max(ordered)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(tables())
def test_measures_equal_their_definitions(frame):
    classes = equivalence_classes(frame[QIS])
    weight = 1.0 / frame.groupby("person")["person"].transform("size")
    k, distinct, entropy, equal, ordered = _naive(frame, weight)
    assert k_anonymity(classes, frame["person"]) == k
    diversity = l_diversity(classes, frame["s"], frame["person"])
    assert (diversity.distinct, diversity.entropy) == (distinct, pytest.approx(entropy))
    assert t_closeness(classes, frame["s"], frame["person"], ordered=False) == pytest.approx(equal, abs=1e-9)
    assert t_closeness(classes, frame["s"], frame["person"]) == pytest.approx(ordered, abs=1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(tables())
def test_without_people_each_row_is_one(frame):
    classes = equivalence_classes(frame[QIS])
    assert sorted(class_sizes(classes)) == sorted(frame.groupby(QIS, dropna=False).size())


def test_the_salaries_of_li_et_al_are_as_far_as_they_say():
    salaries = pd.Series([3, 4, 5, 6, 11, 8, 7, 9, 10])
    classes = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert t_closeness(classes, salaries) == pytest.approx(0.375)
    # Their second example: {6k, 8k, 11k} alone is 0.167 from all.
    assert t_closeness(np.array([0, 0, 0, 1, 1, 1, 0, 0, 0]), salaries) == pytest.approx(0.1666, abs=1e-3)


def test_missing_is_a_category_of_its_own_whatever_it_is_written_as():
    column = pd.Series(["x", None, "x", np.nan, pd.NA], dtype=object)
    assert list(class_sizes(equivalence_classes([column]))) == [2, 3]


def test_rows_without_a_person_do_not_make_a_class_larger():
    people = pd.Series([1, 2, None, None, None])
    assert k_anonymity(np.zeros(5, dtype=np.int64), people) == 3


def test_more_combinations_than_fit_64_bits_are_told_apart():
    rng = np.random.default_rng(5)
    codes = [rng.integers(0, 5000, 300) for _ in range(8)]
    codes = [np.concatenate([one, one]) for one in codes]
    ids, count = combine(codes, [5000] * 8)
    assert count == len({*zip(*codes, strict=True)})
    assert (ids[:300] == ids[300:]).all()


def test_an_empty_table_has_no_k():
    assert k_anonymity(np.zeros(0, dtype=np.int64)) == 0


def test_classes_of_eleven_are_what_nine_percent_accepts():
    sizes = [11] * 4 + [10] + [1]
    risk = prosecutor_risk(np.repeat(np.arange(len(sizes)), sizes))
    assert accepted_class(0.09) == 11
    assert risk.maximum == 1.0
    assert risk.average == pytest.approx(6 / 55)
    assert risk.share_above == pytest.approx(11 / 55)


def test_presence_is_bounded_over_the_classes_of_the_population():
    population = pd.DataFrame({"zip": ["1"] * 4 + ["2"] * 2 + ["3"] * 5})
    released = pd.DataFrame({"zip": ["1", "1", "2"]})
    presence = delta_presence(released, population)
    assert (presence.least, presence.greatest) == (0.0, 0.5)
    with pytest.raises(WrongType):
        delta_presence(pd.DataFrame({"zip": ["9"]}), population)
