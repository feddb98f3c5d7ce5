"""Local neighbourhood: how many synthetic rows lie about a person, and how near."""

from __future__ import annotations

import numpy as np

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.view import View

CITATION = "Hilprecht et al., Monte Carlo and reconstruction membership inference, PoPETs 2019"
# The radius within which synthetic rows count reaches the third nearest other person.
_RADIUS_AT = 2
_SMALLEST = 1e-3


def scores(view: View) -> Floats:
    """Sum over the synthetic rows in the radius of log(radius / distance) (n,); below 0, how far the nearest is."""
    made, _ = view.to_made()
    others = view.to_others()
    reach = others[:, min(_RADIUS_AT, others.shape[1] - 1)]
    radius = np.maximum(np.where(np.isfinite(reach), reach, made[:, 0]), _SMALLEST)[:, None]
    with np.errstate(divide="ignore"):
        inside = np.log(radius / np.maximum(made, _SMALLEST * radius))
    return np.where(inside[:, 0] > 0, np.maximum(inside, 0).sum(axis=1), np.maximum(inside[:, 0], -1e6))
