"""LOGAN: a classifier that tells synthetic from real rows takes people who were trained on for synthetic."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.view import View
from factory.core.seeds import derive, generator

CITATION = "Hayes et al., LOGAN, PoPETs 2019"
_TREES = 40
_MOST_ROWS = 8000
# Rows that a tree sees.
_SHARE = 0.5


def scores(view: View) -> Floats:
    """Share of trees that take a row for synthetic (n,); each half of the people is judged by the other half's."""
    real, made = (rows.astype(np.float32) for rows in view.codes())
    dice = generator(view.seed, "logan", view.name)
    half = dice.permutation(int(view.people.max()) + 1)[view.people] % 2
    drawn = made[np.sort(dice.permutation(len(made))[:_MOST_ROWS])]
    found = np.full(len(real), 0.5)
    for side in (0, 1):
        known, asked = real[half != side], half == side
        if not len(known) or not asked.any():
            continue
        model = ExtraTreesClassifier(
            _TREES,
            min_samples_leaf=2,
            bootstrap=True,
            max_samples=_SHARE,
            class_weight="balanced",
            random_state=derive(view.seed, "logan", view.name, str(side)) % 2**32,
        )
        model.fit(np.concatenate([known, drawn]), np.repeat([0, 1], [len(known), len(drawn)]))
        found[asked] = model.predict_proba(real[asked])[:, 1]
    return found
