"""Distance ratio: a copy is much nearer to its person than the next synthetic row is."""

from __future__ import annotations

import numpy as np

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.view import View

CITATION = "Lu et al., PoPETs 2019 (nearest neighbour distance ratio); Platzer and Reutterer, Front. Big Data 2021"
# Distances are in columns: a row equal to both neighbours is no nearer to one of them.
_SMALLEST = 1e-6


def scores(view: View) -> Floats:
    """Minus the distance from the nearest synthetic row over that from the second nearest (n,)."""
    distance, _ = view.to_made()
    second = np.where(np.isfinite(distance[:, 1]), distance[:, 1], distance[:, 0])
    return -(distance[:, 0] + _SMALLEST) / (second + _SMALLEST)
