"""Sequential trees: every kind of column, the rule of k people, the same bytes again, and what is given matters."""

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from factory.core import threads
from factory.synth.rows import Field
from factory.synth.trees import SequentialTrees, Settings
from factory.synth.trees.categories import code_categories
from factory.synth.trees.forest import Learnt, dealt, grow
from factory.synth.trees.lead import fit_lead
from factory.synth.trees.telling import FEWEST, MOST, telling

CATEGORY, INTEGER, NUMBER = Field("category"), Field("integer"), Field("number")


def _drawn(frame, fields, people=None, rows=None, **options):
    model = SequentialTrees(Settings(trees=2))
    people = np.arange(len(frame)) if people is None else people
    model.fit(frame, fields, people, 1, **options)
    return model.sample(len(frame) if rows is None else rows, 2)


def _table(rows=400, seed=0):
    dice = np.random.default_rng(seed)
    sex = dice.choice(["女", "男"], rows)
    age = dice.integers(18, 90, rows)
    weight = np.round(50 + 20 * (sex == "男") + dice.normal(0, 5, rows), 1)
    weight[dice.random(rows) < 0.3] = np.nan
    frame = pd.DataFrame({"性别": sex.astype(object), "age": age, "weight": weight})
    return frame, {"性别": CATEGORY, "age": INTEGER, "weight": NUMBER}


def test_the_frame_comes_back_in_its_own_shape():
    frame, fields = _table()
    made = _drawn(frame, fields)
    assert list(made.columns) == list(frame.columns)
    assert (made.dtypes == frame.dtypes).all()
    assert set(made["性别"]) == {"女", "男"}
    assert abs(made["weight"].isna().mean() - 0.3) < 0.1
    there = made["weight"].dropna()
    assert np.allclose(there, there.round(1))
    assert there[made["性别"] == "男"].mean() > there[made["性别"] == "女"].mean() + 12


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (["a"] * 60, CATEGORY),
        ([None] * 60, CATEGORY),
        ([7] * 60, INTEGER),
        ([np.nan] * 60, NUMBER),
        ([1.5] * 60, NUMBER),
        (list(np.linspace(1e300, 1.7e300, 60)), NUMBER),
        (pd.array([1, 2, None, 3] * 15, dtype="Int64"), INTEGER),
        ([f"c{i}" for i in range(60)], CATEGORY),
    ],
)
def test_any_column_beside_any_other(values, field):
    one = pd.Series(values, dtype=object if field.kind == "category" else None)
    frame = pd.DataFrame({"x": one, "n": np.arange(60.0), "y": one})
    made = _drawn(frame, {"x": field, "n": NUMBER, "y": field})
    assert len(made) == 60
    if one.nunique() == 1:
        assert (made["x"] == one[0]).all()
    if one.isna().all():
        assert made["x"].isna().all()


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_too_few_people_give_nothing_away(rows):
    frame, fields = _table(rows)
    made = _drawn(frame, fields, rows=20)
    assert len(made) == 20
    assert made.isna().all().all()


def test_no_rows_asked_for_gives_none():
    frame, fields = _table()
    made = _drawn(frame, fields, rows=0)
    assert len(made) == 0
    assert list(made.columns) == list(frame.columns)


def test_thousands_of_codes():
    dice = np.random.default_rng(0)
    codes = np.array([f"{a:02d}.{b:02d}" for a in range(50) for b in range(100)], dtype=object)
    frame = pd.DataFrame({"code": dice.choice(codes, 20_000), "n": dice.normal(size=20_000)})
    frame.loc[:4999, "code"] = codes
    made = _drawn(frame, {"code": CATEGORY, "n": NUMBER})
    holders = frame["code"].value_counts()
    assert made["code"].notna().all()
    assert holders[made["code"].unique()].min() >= 11


def test_values_of_fewer_than_k_people_are_never_drawn():
    frame, fields = _table(600)
    frame.loc[:9, "性别"] = "稀"
    people = np.arange(600)
    people[100:160] = 100
    frame.loc[100:159, "性别"] = "同一人"
    frame.loc[0:4, "age"] = 200
    made = _drawn(frame, fields, people, rows=5000)
    assert set(made["性别"]) == {"女", "男"}
    # Five people of 200 move the tail beyond the eleventh no more than five of 90 would.
    assert made["age"].max() < 100
    assert made["age"].min() >= np.sort(frame["age"])[10] - 5


def test_extremes_are_held_by_k_people_not_rows():
    frame, fields = _table(600)
    people = np.arange(600)
    people[:60] = 0
    frame.loc[:59, "weight"] = 300.0
    made = _drawn(frame, fields, people, rows=3000)
    assert made["weight"].max() < 150


def test_the_contract_bounds_and_levels_hold():
    frame, fields = _table()
    fields["性别"] = Field("category", levels=("女",))
    fields["age"] = Field("integer", minimum=30, maximum=60)
    made = _drawn(frame, fields)
    assert set(made["性别"]) == {"女"}
    assert made["age"].between(30, 60).all()


def test_spikes_stay_spikes():
    dice = np.random.default_rng(3)
    some = np.where(dice.random(1000) < 0.5, 99999, dice.integers(100, 9000, 1000))
    gain = np.where(dice.random(1000) < 0.9, 0, some)
    made = _drawn(pd.DataFrame({"gain": gain}), {"gain": INTEGER})["gain"]
    assert abs((made == 0).mean() - 0.9) < 0.05
    assert (made == 99999).mean() > 0.02
    assert not made.between(9001, 99998).any()


def test_a_person_with_many_rows_makes_no_leaf():
    dice = np.random.default_rng(4)
    people = np.concatenate([np.zeros(50, dtype=int), np.arange(1, 951)])
    day = (people == 0).astype(float)
    # Fifty equal rows of one person, told apart from everybody else's by the day.
    frame = pd.DataFrame({"day": day, "dose": np.where(day == 1, 20.0, dice.normal(10, 1, 1000).round(2))})
    model = SequentialTrees(Settings(trees=4))
    model.fit(frame, {"day": NUMBER, "dose": NUMBER}, people, 1, given=("day",))
    made = model.sample_given(pd.DataFrame({"day": np.ones(400)}), np.random.default_rng(0))["dose"]
    assert made.max() < 15


def test_a_node_whose_donors_are_few_people_always_climbs():
    dice = np.random.default_rng(5)
    people = np.repeat(np.arange(60), 40)
    x = (dice.normal(size=(2400, 3)) + people[:, None] % 7).astype(np.float32)
    score = x[:, 0].astype(float) + people
    learnt = Learnt(x.T, score[:, None], np.zeros(2400, dtype=int), score, np.zeros(2400), 0, people)
    settings = Settings(trees=1, people_share=1.0, min_people_per_leaf=30)
    forest = grow(learnt, dealt(people, settings, dice), settings)
    nodes, tree = forest.nodes, forest.trees[0]
    # With one tree on everybody the donors are all rows in the order of the leaves.
    owner = people[np.argsort(tree.apply(x), kind="stable")]
    held = np.array([len(np.unique(owner[a:b])) for a, b in zip(nodes.start, nodes.end, strict=True)])
    assert (held < 30).any()
    assert (nodes.climb[held < 30] == 1.0).all()


def test_a_leaf_holds_as_many_people_as_the_policy_asks():
    for people in (100, 5_000, 50_000):
        assert Settings(smallest_cell=40).for_table(people, 60).min_people_per_leaf >= 40
    frame, fields = _table(2000)
    model = SequentialTrees(Settings(smallest_cell=40))
    model.fit(frame, fields, np.arange(2000), 1)
    for forest in (step.forest for step in model._steps):
        nodes = forest.nodes
        assert (nodes.end - nodes.start)[nodes.climb < 1].min() >= 40


def _climbs(signal):
    """Chance to leave each node below the root, of a tree whose goal follows the first feature by so much."""
    dice = np.random.default_rng(6)
    x = dice.normal(size=(2000, 5)).astype(np.float32)
    score = signal * (x[:, 0] > 0) + dice.normal(size=2000)
    learnt = Learnt(x.T, score[:, None], np.zeros(2000, dtype=int), score, np.zeros(2000), 0, np.arange(2000))
    settings = Settings(trees=1, people_share=1.0)
    forest = grow(learnt, dealt(learnt.people, settings, dice), settings)
    top = forest.trees[0].children_left[0], forest.trees[0].children_right[0]
    return forest.nodes.climb[1:], forest.nodes.climb[list(top)]


def test_a_row_leaves_a_node_that_only_chance_made():
    all_nodes, _ = _climbs(0.0)
    assert np.median(all_nodes) > 0.9
    _, first_split = _climbs(5.0)
    assert (first_split < 0.02).all()


def test_people_of_one_mean_and_two_spreads_are_told_apart():
    dice = np.random.default_rng(7)
    x = dice.normal(size=3000)
    y = np.where(np.abs(x) < 0.7, 0.3, 2.0) * dice.normal(size=3000)
    frame = pd.DataFrame({"x": x.round(3), "y": y.round(3), **{f"n{i}": dice.normal(size=3000) for i in range(6)}})
    made = _drawn(frame, dict.fromkeys(frame, NUMBER))
    inner = made["x"].abs() < 0.7
    assert made["y"][~inner].std() > 3 * made["y"][inner].std()


def test_features_that_tell_nothing_are_left_out():
    dice = np.random.default_rng(8)
    x = dice.normal(size=(1000, 303)).astype(np.float32)
    x[:, 302] = 1.0
    goals = (x[:, 7] + x[:, 250] + 0.1 * dice.normal(size=1000))[:, None].astype(float)
    kept = telling(x, goals, 1)
    assert {7, 250, 302} <= set(kept.tolist()) and FEWEST <= len(kept) <= MOST
    assert telling(x[:, :FEWEST], goals, 0).tolist() == list(range(FEWEST))


def test_what_is_given_matters():
    frame, fields = _table(2000)
    model = SequentialTrees()
    model.fit(frame, fields, np.arange(2000), 1, given=("性别",))
    dice = np.random.default_rng(0)
    means = {}
    for sex in ("女", "男"):
        made = model.sample_given(pd.DataFrame({"性别": np.array([sex] * 500, dtype=object)}), dice)
        assert list(made.columns) == ["age", "weight"]
        means[sex] = made["weight"].mean()
    assert means["男"] - means["女"] > 15
    assert len(model.sample_given(pd.DataFrame({"性别": np.array(["从未见过", None], dtype=object)}), dice)) == 2


def test_first_columns_are_drawn_first():
    frame, fields = _table()
    model = SequentialTrees()
    model.fit(frame, fields, np.arange(400), 1, first=("weight",))
    assert model._steps[0].column.name == "weight"


def test_a_pickled_model_draws_the_same():
    frame, fields = _table()
    model = SequentialTrees(Settings(trees=2))
    model.fit(frame, fields, np.arange(400), 1)
    again = pickle.loads(pickle.dumps(model))
    pd.testing.assert_frame_equal(model.sample(50, 3), again.sample(50, 3))


SCRIPT = """
import numpy as np
from test_trees_rows import _digest
print(_digest())
"""


def _digest():
    frame, fields = _table()
    return hashlib.sha256(_drawn(frame, fields).to_csv().encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_any_process():
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    started = [
        subprocess.Popen([sys.executable, "-c", SCRIPT], env={**env, "PYTHONHASHSEED": salt}, stdout=subprocess.PIPE)
        for salt in ("1", "2")
    ]
    others = {process.communicate()[0].decode().strip() for process in started}
    assert others == {_digest()}


def test_the_same_bytes_come_from_any_number_of_threads(monkeypatch):
    made = set()
    for many in (1, 2, 5):
        monkeypatch.setattr(threads, "processors", lambda many=many: many)
        with threadpool_limits(many):
            made.add(_digest())
    assert len(made) == 1


def test_products_wait_for_no_other_thread(monkeypatch):
    seen = []

    def looked(*given):
        seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return fit_lead(*given)

    monkeypatch.setattr("factory.synth.trees.engine.fit_lead", looked)
    with threadpool_limits(3):
        _digest()
    assert set(seen) == {1}


def test_a_value_written_as_number_and_as_text_is_one():
    people = np.repeat(np.arange(60), 2)
    both = pd.Series([1, "1"] * 10 + ["a", "b"] * 50, dtype=object)
    assert code_categories(both, people, CATEGORY, 11).levels == ("a", "b")
    assert code_categories(both, people, CATEGORY, 10).levels == ("1", "a", "b")


def test_small_tables_have_larger_leaves_and_wide_ones_are_followed_more_closely():
    plain, few, wide = (Settings().for_table(*size) for size in ((5_000, 10), (3_999, 10), (5_000, 41)))
    assert few.min_people_per_leaf > plain.min_people_per_leaf
    assert few.chance == plain.chance > wide.chance
    assert Settings().for_table(3_999, 41).chance == plain.chance


def test_a_drawn_number_adds_hardly_any_chance_of_its_own(monkeypatch):
    dice = np.random.default_rng(7)
    frame = pd.DataFrame({"a": dice.normal(size=4_000), "b": dice.choice(["x", "y"], 4_000).astype(object)})
    frame["c"] = frame["a"] + dice.normal(size=4_000)
    model = SequentialTrees()
    fields = {"a": Field("number"), "b": Field("category"), "c": Field("number")}
    model.fit(frame, fields, np.arange(4_000), 1)

    def chance():
        """How much the share of rows beyond a number differs from draw to draw, in parts of a free sample's."""
        drawn = [model.sample(2_000, seed) for seed in range(20)]
        shares = np.array(
            [[(rows["a"] > 0.5).mean(), (rows["b"] == "x").mean(), (rows["c"] > 1).mean()] for rows in drawn]
        )
        return shares.std(axis=0) / np.sqrt(shares.mean(axis=0) * (1 - shares.mean(axis=0)) / 2_000)

    assert chance().max() < 0.6
    monkeypatch.setattr("factory.synth.trees.engine.DRAWS", 1)
    assert chance()[2] > 0.6


def test_a_list_of_codes_follows_the_sum_of_many_numbers():
    dice = np.random.default_rng(8)
    frame = pd.DataFrame(dice.normal(size=(4_000, 6)), columns=list("abcdef"))
    total = frame.sum(axis=1)
    frame["ward"] = pd.qcut(total, 20, labels=[f"w{place:02}" for place in range(20)]).astype(object)
    model = SequentialTrees()
    fields = {name: Field("number") for name in "abcdef"} | {"ward": Field("category")}
    model.fit(frame, fields, np.arange(4_000), 1, given=list("abcdef"))
    drawn = model.sample_given(frame[list("abcdef")], np.random.default_rng(9))
    assert np.corrcoef(drawn["ward"].str[1:].astype(int), total)[0, 1] > 0.9
