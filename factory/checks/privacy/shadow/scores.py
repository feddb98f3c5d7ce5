"""What each attack says of each target in each world, from what was read of the worlds."""

from __future__ import annotations

import numpy as np

from factory.checks.comparison import Ints
from factory.checks.features import Floats
from factory.checks.privacy.shadow import lira
from factory.checks.privacy.shadow.classify import FLOOR, Judge, cross_fitted, discriminant
from factory.checks.privacy.shadow.game import Coins
from factory.checks.privacy.shadow.reading import Read

PLAIN = "nearest record"
Named = dict[str, tuple[Judge, list[Floats]]]


def attacks(seen: Read) -> dict[str, Floats]:
    """Score of each target in each world (targets x worlds), more where the attack says in, by attack.

    What an attack learns, it learns of other worlds (`classify.cross_fitted`); the nearest record learns nothing.
    """
    made = {
        name: np.stack([cross_fitted(judge, features[t], seen.inside[:, t]) for t in range(len(features))])
        for name, (judge, features) in _learned(seen).items()
    }
    return {**made, PLAIN: seen.near[:, :, 0]}


def guesses(seen: Read, known: Ints, asked: Ints) -> dict[str, Floats]:
    """Scores of the worlds `asked` (targets x worlds) by attacks that know who was in the worlds `known`.

    Each target's scores are put on one scale by what they are in the worlds known, whoever was in. Where a world known
    is asked of, it is cross-fitted.
    """
    made = {}
    again = np.array_equal(known, asked)
    for name, (judge, features) in _learned(seen).items():
        rows = []
        for t, one in enumerate(features):
            inside = seen.inside[known, t]
            rows.append(cross_fitted(judge, one[known], inside) if again else judge(one[known], inside, one[asked]))
        made[name] = np.stack(rows)
    for at, name in ((0, PLAIN), (1, "density of records")):
        near = seen.near[:, :, at]
        middle, spread = near[:, known].mean(axis=1), near[:, known].std(axis=1)
        made[name] = (near[:, asked] - middle[:, None]) / (spread[:, None] + FLOOR)
    return made


def per_target(scores: Floats, inside: Coins, which: Ints) -> list[tuple[Floats, Floats]]:
    """Scores in worlds with and without each of the targets `which`."""
    return [(scores[t, inside[:, t]], scores[t, ~inside[:, t]]) for t in which]


def _learned(seen: Read) -> Named:
    """Attacks that learn from worlds: the judge, and features (worlds x features) for each target."""
    return {
        "groundhog": (discriminant, [seen.world] * seen.inside.shape[1]),
        "tapas": (discriminant, list(seen.queries)),
        "lira": (lira.likelihood_ratio, list(seen.near)),
    }
