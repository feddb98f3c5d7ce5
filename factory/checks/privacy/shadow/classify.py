"""In or out by features of a world: a linear discriminant of the few features that differ most, cross-fitted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from factory.checks.comparison import Ints
from factory.checks.features import Floats
from factory.checks.privacy.shadow.game import Coins

FOLDS = 8
FLOOR = 1e-12
# Features that enter the discriminant: with some tens of worlds more of them only add noise.
_ENTER = 8

Judge = Callable[[Floats, Coins, Floats], Floats]
"""`judge(known, inside, asked)`: scores of the worlds asked (n,), more where in, learned from worlds known."""


def cross_fitted(judge: Judge, features: Floats, inside: Coins) -> Floats:
    """Score of each world (worlds,) by what `judge` learns from worlds of other folds."""
    made = np.zeros(len(features))
    for held in folds(len(features)):
        known = np.setdiff1d(np.arange(len(features)), held)
        made[held] = judge(features[known], inside[known], features[held])
    return made


def folds(worlds: int) -> list[Ints]:
    """Worlds in turn held out, each with its complement, so that every fold has as many in as out."""
    pairs = np.arange(worlds) // 2
    parts = np.array_split(np.arange(max(worlds // 2, 1)), min(FOLDS, max(worlds // 2, 1)))
    return [np.flatnonzero(np.isin(pairs, part)) for part in parts if len(part)]


def discriminant(known: Floats, inside: Coins, asked: Floats) -> Floats:
    """The diagonal discriminant of the features that differ most (Dudoit, Fridlyand and Speed, JASA 2002).

    Few worlds support it, and no more. `known`, `asked`: worlds x features.
    """
    within, without = known[inside], known[~inside]
    if len(within) < 2 or len(without) < 2:
        return np.zeros(len(asked))
    with_it, without_it = within.mean(axis=0), without.mean(axis=0)
    variance = (within.var(axis=0) + without.var(axis=0)) / 2
    # A feature that hardly ever moves would else be chosen for the one world where it did.
    spread = np.sqrt(variance + FLOOR + np.median(variance) * 1e-3)
    gap = (with_it - without_it) / spread
    best = np.argsort(-np.abs(gap), kind="stable")[:_ENTER]
    middle = (with_it + without_it)[best] / 2
    return np.asarray(((asked[:, best] - middle) / spread[best]) @ gap[best])
