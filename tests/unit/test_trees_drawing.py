"""Draws are those of the forest, whichever way they are made: trees as one, chances of nodes, features row by row."""

import numpy as np
import pandas as pd
import pytest

from factory.synth.rows import Field
from factory.synth.trees import SequentialTrees, Settings
from factory.synth.trees import landing as landings
from factory.synth.trees.coded import Coded, coded, joined
from factory.synth.trees.columns import learn_column
from factory.synth.trees.forest import Learnt, dealt, grow
from factory.synth.trees.landing import Landing, chances
from factory.synth.trees.leading import PANEL, Lead, Leading
from factory.synth.trees.reading import Reader
from factory.synth.trees.walk import Worth, compiled


def _forest(trees=5, kinds=4):
    dice = np.random.default_rng(3)
    x = dice.normal(size=(3000, 6)).astype(np.float32)
    classes = ((x[:, 0] > 0) + (x[:, 1] > 0.5) + dice.integers(0, 2, 3000)).clip(max=kinds - 1)
    goals = (classes[:, None] == np.arange(kinds)).astype(float)
    none = np.zeros(3000)
    learnt = Learnt(x.T, goals, classes, none, none, -1, np.arange(3000))
    settings = Settings(trees=trees)
    return x, grow(learnt, dealt(learnt.people, settings, dice), settings)


@pytest.mark.parametrize("trees", [1, 2, 3, 5, 8])
def test_all_trees_as_one_land_rows_where_each_alone_does(trees):
    x, forest = _forest(trees)
    # Rows 1 to 6 of the matrix are the features, in another order than they were learned in.
    places = np.array([3, 1, 2, 6, 5, 4])
    matrix = np.zeros((7, len(x)), dtype=np.float32)
    matrix[places] = x.T
    matrix[0] = np.random.default_rng(1).random(len(x), dtype=np.float32)
    found = Landing(forest, places).leaves(matrix)
    which = np.minimum((matrix[0] * trees).astype(int), trees - 1)
    each = np.array([tree.apply(x) + first for tree, first in zip(forest.trees, forest.first_node, strict=True)])
    assert (found == each[which, np.arange(len(x))]).all()
    assert set(which) == set(range(trees))


@pytest.fixture
def at_once(monkeypatch):
    """Trees are walked by compiled code from the first row on."""
    if compiled() is None:
        pytest.skip("the extra `fast` is not installed")

    def begin():
        monkeypatch.setattr(landings, "worth", Worth(0))

    return begin


@pytest.mark.parametrize("rows", [1, 7, 8, 2999])
def test_compiled_code_lands_rows_where_scikit_learn_does(rows, at_once):
    x, forest = _forest()
    matrix = np.vstack([np.random.default_rng(1).random(len(x), dtype=np.float32)[None], x.T])[:, :rows]
    landing = Landing(forest, np.arange(1, 7))
    leaves = landing.leaves(matrix)
    at_once()
    assert (landing.leaves(matrix) == leaves).all()
    assert len(np.unique(leaves)) > min(rows, 40) / 2


def test_compiled_code_parts_numbers_at_a_threshold_as_scikit_learn_does(at_once):
    _, forest = _forest(1)
    landing, tree = Landing(forest, np.arange(1, 7)), forest.trees[0]
    inner = np.flatnonzero(tree.feature >= 0)
    # Each split's threshold as the matrix holds numbers, and the numbers next to it on either side.
    edges = tree.threshold[inner].astype(np.float32)
    sides = [np.nextafter(edges, np.float32(-np.inf)), edges, np.nextafter(edges, np.float32(np.inf))]
    matrix = np.zeros((7, 3 * len(inner)), dtype=np.float32)
    matrix[np.tile(1 + tree.feature[inner], 3), np.arange(3 * len(inner))] = np.concatenate(sides)
    # Half of all thresholds lie below what they are as float32: rounding them up would send those rows elsewhere.
    assert (edges > tree.threshold[inner]).mean() > 0.2
    at_root = tree.feature[inner] == tree.feature[0]
    leaves = landing.leaves(matrix)
    assert len(np.unique(leaves[np.tile(at_root, 3)])) > 2
    at_once()
    assert (landing.leaves(matrix) == leaves).all()


def test_tables_are_the_same_whoever_walks_the_trees(at_once):
    dice = np.random.default_rng(4)
    size = dice.normal(size=1_500)
    frame = pd.DataFrame({"size": size, "kind": np.where(size + dice.normal(size=1_500) > 0, "a", "b")})
    frame["later"] = (frame["size"] + dice.exponential(size=1_500)).round(1)
    fields = {"size": Field("number"), "kind": Field("category"), "later": Field("number")}
    model = SequentialTrees()
    model.fit(frame, fields, np.arange(1_500), 1)
    drawn = model.sample(9_000, 2)
    at_once()
    pd.testing.assert_frame_equal(model.sample(9_000, 2), drawn, check_exact=True)


def test_few_rows_are_not_worth_compiling_for(at_once):
    worth = Worth(100)
    assert worth.walk(60) is None
    assert worth.walk(60) is compiled() is not None


def test_a_lead_says_the_same_panel_by_panel_as_at_once():
    dice, rows = np.random.default_rng(5), 50
    leads = [
        Lead(dice.normal(size=(k, p)).astype(np.float32), dice.normal(size=k).astype(np.float32), 200 + np.arange(k))
        for p, k in ((0, 2), (5, 1), (PANEL + 9, 3), (PANEL + 11, 2), (3 * PANEL, 1))
    ]
    steps = [*leads[:2], None, *leads[2:]]
    leading, matrix, known = Leading(steps), np.zeros((204, rows), dtype=np.float32), 0
    sums = leading.begin(rows)
    for step, lead in enumerate(steps):
        if lead is None:
            leading.write(step, sums, matrix)
            continue
        # A step's features stand there by its turn, and none of a later one's.
        more = lead.weights.shape[1]
        matrix[1 + known : 1 + more] = dice.normal(size=(more - known, rows))
        known = more
        leading.write(step, sums, matrix)
        at_once = lead.weights @ matrix[1 : 1 + more] + lead.constants[:, None]
        assert np.allclose(matrix[lead.places], at_once, atol=1e-4)


def test_a_die_at_the_edge_belongs_to_the_next_tree():
    _, forest = _forest(4)
    matrix = np.vstack([np.float32([0.0, 0.25, 0.5, 0.75])[None], np.zeros((6, 4), np.float32)])
    found = Landing(forest, np.arange(1, 7)).leaves(matrix)
    assert (np.searchsorted(forest.first_node, found, "right") == [1, 2, 3, 4]).all()


def test_the_chances_of_a_node_are_those_of_climbing_and_taking_a_donor():
    _, forest = _forest()
    kinds = np.unique(forest.classes)
    found = chances(forest.nodes, forest.classes, kinds)
    landing, dice = Landing(forest, np.arange(1, 7)), np.random.default_rng(2)
    leaves = np.flatnonzero((forest.nodes.climb > 0.2) & (forest.nodes.climb < 0.8))[:5]
    assert len(leaves) == 5
    for leaf in leaves:
        drawn = forest.donors(landing.climbed(np.full(40_000, leaf), dice), dice)
        share = np.cumsum([(drawn == kind).mean() for kind in kinds])[:-1]
        assert np.abs(share - found[:, leaf]).max() < 0.012


@pytest.mark.parametrize("missing", [False, True])
def test_features_of_codes_and_numbers_are_the_column_s_own(missing):
    dice = np.random.default_rng(4)
    text = pd.Series(dice.choice(list("abcde"), 500), name="t").astype(object)
    number = pd.Series(dice.normal(size=500).round(1), name="n")
    if missing:
        text[::7], number[::9] = None, np.nan
    for values, field in ((text, Field("category")), (number, Field("number"))):
        column = learn_column(values, field, np.arange(500), Settings())
        reader = Reader(column)
        out = np.full((reader.width, 500), 9.0, dtype=np.float32)
        reader.write(reader.values(coded(values)), out)
        assert (column.features(values) == out.T).all()


def test_levels_another_model_drew_are_read_as_this_one_knows_them():
    column = learn_column(
        pd.Series(["a"] * 50 + ["b"] * 50 + ["z"], name="t", dtype=object),
        Field("category"),
        np.arange(101),
        Settings(),
    )
    given = Coded(np.array([2, 0, 1, 3]), np.array(["b", "z", "a", None], dtype=object))
    assert Reader(column).values(given).tolist() == [0, 1, -1, 2]


def test_a_column_comes_back_from_its_codes():
    values = pd.Series(["b", None, "a", "b"], dtype=object, name="t")
    one = coded(values)
    assert joined([one, one]).series("t", object).tolist() == [*values, *values]
    whole = pd.Series([1, 2, None], dtype="Int64", name="n")
    assert coded(whole).series("n", whole.dtype).equals(whole)


def test_rows_side_by_side_do_not_know_of_each_other(monkeypatch):
    dice = np.random.default_rng(5)
    frame = pd.DataFrame({"a": dice.normal(size=4000), "b": dice.choice(["x", "y"], 4000).astype(object)})
    frame["c"] = frame["a"] * (frame["b"] == "x") + dice.normal(size=4000) / 10
    fields = {"a": Field("number"), "b": Field("category"), "c": Field("number")}
    model = SequentialTrees()
    model.fit(frame, fields, np.arange(4000), 1)

    def shape(drawn):
        by = drawn.groupby("b")[["a", "c"]]
        return by.corr().loc[(slice(None), "a"), "c"].to_numpy()

    together = model.sample(20_000, 2)
    monkeypatch.setattr("factory.synth.trees.engine.AT_ONCE", 100)
    apart = model.sample(20_000, 2)
    assert np.abs(shape(together) - shape(frame)).max() < 0.12
    assert np.abs(shape(apart) - shape(together)).max() < 0.06
