"""How strongly what a parent knows of its events foretells a task's target: a column that the events' levels follow.

Dozens of levels drawn one after another each keep a little of what they say of an outcome and lose the rest. A score of
all together, drawn right after the outcome, holds the joint direction, and each level is then drawn given the score.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from factory.core.seeds import generator
from factory.synth.rows import People

Floats = npt.NDArray[np.float64]

_FOLDS = 5
# People that each side of the outcome must have, and that a leaf of the score's trees holds.
_FEWEST = 100
_LEAF = 30
_ROUNDS = 150
_RATE = 0.05
_LEAVES = 15
_RIDGE = 5.0
_FURTHEST = 1e-4
_DIGITS = 3


def foretold(
    rows: pd.DataFrame, target: pd.Series, positive: Sequence[str], people: People, seed: int
) -> Floats | None:
    """Log odds (n,) of the target's positive values, each told by a model that has not seen the person.

    From the numbers in `rows` (n rows); None where fewer than 100 people are on either side.
    """
    known = target.notna().to_numpy()
    outcome = target.astype(str).isin(list(positive)).to_numpy()
    sides = [len(np.unique(people[known & (outcome == side)])) for side in (True, False)]
    told = rows.select_dtypes("number").astype("float64").to_numpy(na_value=np.nan)
    if min(sides) < _FEWEST or not told.shape[1]:
        return None
    everyone, whose = np.unique(people, return_inverse=True)
    fold = generator(seed, "foretold").permutation(np.arange(len(everyone)) % _FOLDS)[whose]
    chance = np.full(len(rows), 0.5)
    for held in range(_FOLDS):
        learn = known & (fold != held)
        model = HistGradientBoostingClassifier(
            learning_rate=_RATE,
            max_iter=_ROUNDS,
            min_samples_leaf=_LEAF,
            l2_regularization=_RIDGE,
            max_leaf_nodes=_LEAVES,
            early_stopping=False,
            random_state=0,
        )
        model.fit(told[learn], outcome[learn])
        chance[fold == held] = model.predict_proba(told[fold == held])[:, 1]
    chance = chance.clip(_FURTHEST, 1 - _FURTHEST)
    # Sums over threads differ in their last digits; the same seed must give the same bytes.
    made: Floats = np.round(np.log(chance / (1 - chance)), _DIGITS)
    return made
