"""DOMIAS: synthetic rows are denser where people were trained on than other real people are."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.view import View

CITATION = "van Breugel et al., DOMIAS, AISTATS 2023"
# The width of the kernel is the distance from this neighbour among other people, so that it adapts to outliers.
_WIDTH_AT = 4
_SMALLEST = 1e-3


def scores(view: View) -> Floats:
    """Log of the kernel density of synthetic rows over that of other people at each real row (n,)."""
    made, _ = view.to_made()
    others = view.to_others()
    reach = others[:, min(_WIDTH_AT, others.shape[1] - 1)]
    width = np.maximum(np.where(np.isfinite(reach), reach, made[:, 0]), _SMALLEST)[:, None] / 2
    return _log_density(made, width) - _log_density(others, width)


def _log_density(distance: Floats, width: Floats) -> Floats:
    """Log of the sum of Gaussian kernels over the neighbours; far away it is that of the nearest alone."""
    found: Floats = logsumexp(np.maximum(-(distance**2) / (2 * width**2), -1e6), axis=1)
    return found
