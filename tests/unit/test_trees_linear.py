"""Ridges from products taken once say what ridges fitted each by itself say."""

import numpy as np
import pytest

from factory.synth.trees.lead import FEWEST_OWN, fit_lead
from factory.synth.trees.linear import RIDGE, Products

FOLDS = 5


def _stacked(rows=900, seed=0):
    """Products of features that came in two blocks; the features (p, n) as they came; rows asked; folds; dice."""
    dice = np.random.default_rng(seed)
    x = np.vstack([dice.normal(5, 3, (3, rows)), dice.random((2, rows)) < 0.2, np.ones((1, rows))]).astype(np.float32)
    asked, folds = np.sort(dice.choice(rows, 2 * rows // 3, replace=False)), dice.integers(0, FOLDS, rows)
    products = Products(asked, folds, len(x))
    products.add(x[:2])
    products.add(x[2:])
    return products, x, asked, folds, dice


def _plain(x, y, asked, rows):
    """Predictions (q, n) of a ridge of `y` (n, q) on standardised `x` (p, n), fitted on `rows` by the book."""
    scale = x.std(axis=1, dtype=float)
    z = (x - x.mean(axis=1, dtype=float)[:, None]) / np.where(scale > 1e-9, scale, np.inf)[:, None]
    z = np.vstack([z, np.ones(x.shape[1])])
    level = y[asked].mean(axis=0)
    weight = np.diag([*[RIDGE] * len(x), 1e-6])
    beta = np.linalg.solve(z[:, rows] @ z[:, rows].T + weight, z[:, rows] @ (y[rows] - level))
    return (z.T @ beta + level).T


@pytest.mark.parametrize("share", [1.0, 0.9, 0.1])
def test_it_is_the_ridge_of_the_rows_that_are_known(share):
    products, x, asked, folds, dice = _stacked()
    y = np.stack([x[0] + 4 * x[3], dice.normal(size=x.shape[1])], axis=1).astype(float)
    known = dice.random(x.shape[1]) < share
    among = asked[known[asked]]
    ridge, rows, apart = products.ridge(np.where(known[:, None], y, np.nan), known)
    assert np.sort(rows).tolist() == among.tolist() == products.among(known).tolist()
    assert np.allclose(ridge.predict(x), _plain(x, y, among, among), atol=1e-3)
    for fold in range(FOLDS):
        own = np.flatnonzero(folds[rows] == fold)
        others = among[folds[among] != fold]
        assert np.allclose(apart[:, own], _plain(x, y, among, others)[:, rows[own]], atol=1e-3)


def test_nobody_says_what_is_said_of_him():
    products, x, _, _, dice = _stacked()
    noise = dice.normal(size=(x.shape[1], 1))
    everyone = np.ones(x.shape[1], dtype=bool)
    ridge, rows, apart = products.ridge(noise, everyone)
    alone, said = np.corrcoef(ridge.predict(x)[0, rows], noise[rows, 0]), np.corrcoef(apart[0], noise[rows, 0])
    assert alone[0, 1] > said[0, 1] + 0.05 and said[0, 1] < 0.05


@pytest.mark.parametrize("scored", [FEWEST_OWN - 1, FEWEST_OWN])
def test_a_score_has_a_ridge_of_its_own_where_enough_rows_have_one(scored):
    products, x, asked, _, dice = _stacked()
    own = np.zeros(x.shape[1], dtype=bool)
    own[asked[:scored]] = True
    scores = np.where(own, x[1], 0.0).astype(float)
    goals = dice.normal(size=(x.shape[1], 2))
    lead, said = fit_lead(products, x, goals, scores, own, np.ones(x.shape[1], dtype=bool))
    assert lead.weights.shape == (2, len(x)) and said.shape == (2, x.shape[1])
    for first in (said[0], lead.predict(x)[0]):
        assert (np.corrcoef(first, x[1])[0, 1] > 0.99) == (scored >= FEWEST_OWN)
