"""Sequential trees: settings that copy people are caught by an attack, and the settings that ship are not."""

import numpy as np
import pandas as pd
import pytest

from factory.checks.auc import auc
from factory.checks.features import encode
from factory.synth.rows import Field
from factory.synth.trees import SequentialTrees, Settings, engine

ROWS = 1000
COPYING = Settings(
    smallest_cell=1,
    min_people_per_leaf=1,
    few_people=0,
    chance=0.0,
    shrinkage=0.0,
    trees=1,
    people_share=1.0,
    splitter="best",
    bandwidth=0.0,
)


def _trial(seed, rows=2 * ROWS):
    """A trial of twelve columns: arms, marks of illness that hang together, counts before and after."""
    dice = np.random.default_rng(seed)
    ill = dice.normal(size=rows)
    frame = pd.DataFrame(
        {
            "arm": dice.choice(["0", "1", "2", "3"], rows).astype(object),
            "sex": dice.choice(["f", "m"], rows, p=[0.2, 0.8]).astype(object),
            "event": np.where(dice.random(rows) < 1 / (1 + np.exp(1 - ill)), "1", "0").astype(object),
        }
    )
    for name, weight in zip("abcdefghi", np.linspace(0.1, 0.9, 9), strict=True):
        frame[name] = (100 * (weight * ill + np.sqrt(1 - weight**2) * dice.normal(size=rows))).round(1)
    fields = {name: Field("category" if frame[name].dtype == object else "number") for name in frame}
    return frame.iloc[:ROWS].reset_index(drop=True), frame.iloc[ROWS:].reset_index(drop=True), fields


def _attack(settings, seed):
    """AUC of the distance to the nearest synthetic row, for training against hold-out rows (GAN-Leaks)."""
    train, holdout, fields = _trial(seed)
    model = SequentialTrees(settings)
    model.fit(train, fields, np.arange(ROWS), seed)
    inside, outside, made = encode(train, holdout, model.sample(ROWS, seed))
    return auc(*(-_nearest(rows, made) for rows in (inside, outside)))


def _nearest(rows, made):
    far = (rows**2).sum(1)[:, None] + (made**2).sum(1) - 2 * rows @ made.T
    return far.min(axis=1)


@pytest.mark.parametrize("seed", [1, 2])
def test_settings_that_copy_are_caught_and_the_defaults_are_not(seed, monkeypatch):
    safe = _attack(Settings(), seed)
    # The lead of a drawn row comes from everybody's ridge and that of a donor from other people's, so that even a
    # leaf of one person does not find its donor again. Without it (too few folds) whole people come out.
    monkeypatch.setattr(engine, "FOLDS", 10**9)
    copied = _attack(COPYING, seed)
    print(seed, copied, safe)
    assert copied > 0.65
    assert safe < 0.55
