"""Who of the people drawn may stay, so that each condition is met by exactly the people it asks for.

Planned for each pattern of conditions met, as near to how often the engine draws it as the shares allow: people who
meet none would else take the places of those who must meet one, and conditions that exclude each other would never end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from factory.synth.conditions import Condition

MOST = 6
"""Conditions at a time: patterns double with each."""
# A pattern not drawn yet may still come; it is planned only where the shares leave no other.
_UNSEEN = 1e-6
_STEPS = 200

Counts = npt.NDArray[np.int64]


class Quota:
    """How many people are still to come (`places`), and how many of them must meet each condition."""

    def __init__(self, conditions: Sequence[Condition], people: int) -> None:
        self.places = people
        self._need = np.array([round(condition.share * people) for condition in conditions], dtype=np.int64)
        patterns = np.arange(2 ** len(conditions))
        self._met = np.array([patterns >> at & 1 for at in range(len(conditions))], dtype=bool)
        self._seen = np.full(len(patterns), _UNSEEN)

    def choose(self, good: Counts, hits: Sequence[npt.NDArray[np.bool_]]) -> Counts:
        """Of the people `good` those who may stay, given for each condition who of all drawn meets it."""
        pattern = np.zeros(len(good), dtype=np.int64)
        for at, hit in enumerate(hits):
            pattern += hit[good].astype(np.int64) << at
        self._seen += np.bincount(pattern, minlength=len(self._seen))
        plan = self._plan()
        chosen = np.sort(np.concatenate([good[pattern == at][:most] for at, most in enumerate(plan)]))
        self.places -= len(chosen)
        for at, hit in enumerate(hits):
            self._need[at] -= int(hit[chosen].sum())
        return chosen

    def _plan(self) -> Counts:
        """People still to come of each pattern: iterative proportional fitting, rounded with the margins kept."""
        if not len(self._need):
            return np.array([self.places])
        fitted = self._seen * self.places / self._seen.sum()
        for _ in range(_STEPS):
            for met, need in zip(self._met, self._need, strict=True):
                for side, total in ((met, need), (~met, self.places - need)):
                    fitted[side] *= total / max(fitted[side].sum(), np.finfo(float).tiny)
        size = len(fitted)
        margins = np.vstack([np.ones(size), self._met])
        ones, totals = np.eye(size), np.r_[self.places, self._need]
        found = milp(
            np.r_[np.zeros(size), np.ones(size)],
            constraints=[
                LinearConstraint(np.hstack([margins, np.zeros_like(margins)]), totals, totals),
                LinearConstraint(np.hstack([ones, -ones]), ub=fitted),
                LinearConstraint(np.hstack([-ones, -ones]), ub=-fitted),
            ],
            integrality=np.r_[np.ones(size), np.zeros(size)],
            bounds=Bounds(0, np.inf),
        )
        planned: Counts = np.round(found.x[:size]).astype(np.int64)
        return planned
