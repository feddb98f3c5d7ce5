"""Which columns of a context are looked at: those that say most of what is drawn, whatever their place says."""

import numpy as np
import pandas as pd
import pytest

from factory.synth.relations.prepare import Level
from factory.synth.relations.relevance import relevant
from factory.synth.relations.sequence import Sequence
from factory.synth.rows import Field
from factory.synth.trees import Settings

MANY = 70


def _visits(people=600, each=2):
    """Rows of people in order: a payer that hangs on the person's year, and many columns that hang on nothing."""
    dice = np.random.default_rng(3)
    owner = np.repeat(np.arange(people), each)
    year = dice.integers(0, 10, people)[owner].astype(float)
    payer = np.where(dice.random(len(owner)) < year / 10, "MC", None).astype(object)
    noise = {f"x{n}": dice.normal(size=len(owner)) for n in range(MANY)}
    return owner, year, pd.DataFrame({"payer": payer, **noise})


@pytest.fixture
def crowded():
    """Context (parent's year and the row before), what is drawn, and what the row's place says."""
    owner, year, rows = _visits()
    first = np.r_[True, owner[1:] != owner[:-1]]
    before = rows.shift(1).add_prefix("before|")
    before.loc[first] = None
    gap = pd.Series(np.where(first, 0.0, 30.0))
    context = pd.concat([before, pd.DataFrame({"year": year})], axis=1)
    return context, rows.assign(gap=gap), pd.DataFrame({"first": first.astype(float)})


def test_what_all_first_rows_lack_does_not_crowd_out_the_parent(crowded):
    context, drawn, known = crowded
    assert "year" in relevant(context, drawn, 5, known=known)


def test_chosen_are_so_many_in_the_order_of_the_context(crowded):
    context, drawn, known = crowded
    chosen = relevant(context, drawn, 12, known=known)
    assert len(chosen) == 12
    assert chosen == [name for name in context.columns if name in set(chosen)]
    assert relevant(context, drawn, context.shape[1]) == list(context.columns)


def test_a_column_that_repeats_a_chosen_one_is_not_chosen_beside_it():
    dice = np.random.default_rng(1)
    strong, weak = dice.normal(size=(2, 2000))
    context = pd.DataFrame({"strong": strong, "same": 2 * strong + 1, "weak": weak, "nothing": dice.normal(size=2000)})
    drawn = pd.DataFrame({"a": strong + 0.1 * dice.normal(size=2000), "b": strong + weak})
    assert relevant(context, drawn, 2) == ["strong", "weak"]


def test_of_more_columns_than_are_held_against_each_other_the_telling_one_is_found():
    dice = np.random.default_rng(5)
    table = dice.normal(size=(400, 300))
    context = pd.DataFrame(table, columns=[f"x{n}" for n in range(300)])
    drawn = pd.DataFrame({"y": context["x150"] + 0.5 * dice.normal(size=400)})
    assert relevant(context, drawn, 1) == ["x150"]


def test_a_level_of_three_rows_counts_for_little():
    dice = np.random.default_rng(2)
    number = dice.normal(size=2000)
    rare = np.where(np.arange(2000) < 3, "yes", "no").astype(object)
    context = pd.DataFrame({"rare": rare, "number": number, "nothing": dice.normal(size=2000)})
    drawn = pd.DataFrame({"same": rare, "other": number + 2 * dice.normal(size=2000)})
    assert relevant(context, drawn, 1) == ["number"]


def test_constant_columns_and_constant_goals_are_no_obstacle():
    context = pd.DataFrame({"a": np.ones(50), "b": np.full(50, np.nan), "c": np.arange(50.0)})
    assert relevant(context, pd.DataFrame({"y": np.ones(50)}), 2) == ["a", "b"]
    assert "c" in relevant(context, pd.DataFrame({"y": np.arange(50.0)}), 1)


def test_rows_of_many_columns_follow_what_their_parent_says():
    owner, year, rows = _visits()
    at = np.where(np.r_[True, owner[1:] != owner[:-1]], 0.0, 30.0)
    fields = {name: Field("category" if name == "payer" else "number") for name in rows.columns}
    context = pd.DataFrame({"of|year": year})
    model = Sequence(Settings())
    model.fit(Level(rows, owner, owner, at), fields, context, owner, True, 1)
    people = owner.max() + 1
    parents = context.iloc[::2].reset_index(drop=True)
    dice = np.random.default_rng(4)
    made = model.sample(parents, np.full(people, 2), np.zeros(people), np.full(people, 30.0), dice)
    has = made.rows["payer"].notna().to_numpy()
    late = parents["of|year"].to_numpy()[made.owner] >= 5
    assert has[late].mean() > 0.6 > 0.4 > has[~late].mean()
