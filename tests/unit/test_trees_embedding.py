"""Levels of long lists are placed by what their people are, not by their own number, nor by how many they are."""

import numpy as np
import pandas as pd
import pytest

from factory.synth.rows import Field
from factory.synth.trees.columns import learn_column
from factory.synth.trees.embedding import FEWEST_LEVELS, embed
from factory.synth.trees.settings import Settings

LEVELS = 2 * FEWEST_LEVELS


@pytest.fixture(scope="module")
def placed():
    """Columns, their features and codes' counts: people of odd codes have a high `x`, and common codes say no more."""
    dice = np.random.default_rng(3)
    chance = np.linspace(1, 5, LEVELS)[dice.permutation(LEVELS)]
    codes = dice.choice(LEVELS, 8_000, p=chance / chance.sum())
    x = 3.0 * (codes % 2) + dice.normal(size=len(codes))
    # A number far from nought, which is the same whatever the code.
    steady = 50 + dice.normal(size=len(codes))
    frame = pd.DataFrame({"code": [f"c{code:02}" for code in codes], "x": x, "steady": steady})
    fields = {"code": Field("category"), "x": Field("number"), "steady": Field("number")}
    columns = {n: learn_column(frame[n], fields[n], np.arange(len(frame)), Settings()) for n in frame}
    return columns, frame, embed(columns, frame), np.bincount(codes, minlength=LEVELS)


def test_levels_lie_by_what_their_people_are(placed):
    columns, _, _, counts = placed
    first = columns["code"].embedding[:LEVELS, 0]
    odd = np.arange(LEVELS) % 2 == 1
    assert abs(first[odd].mean() - first[~odd].mean()) > 5 * max(first[odd].std(), first[~odd].std())
    assert abs(np.corrcoef(first[odd], np.flatnonzero(odd))[0, 1]) < 0.6
    assert abs(np.corrcoef(first[odd], counts[odd])[0, 1]) < 0.6


def test_features_are_those_of_the_last_places(placed):
    columns, frame, blocks, _ = placed
    for name, column in columns.items():
        assert np.array_equal(blocks[name], column.features(frame[name]))
