"""Gen-LRA: how much likelier the synthetic rows about a person are with the person than without."""

from __future__ import annotations

import numpy as np

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.view import View

CITATION = "Ward, Wang and Cheng, Gen-LRA (privacy auditing by local likelihood), 2025"
# A synthetic row that only one person explains is worth log(1 / _ALONE), whatever the distance.
_ALONE = 1e-4
_SMALLEST = 1e-3


def scores(view: View) -> Floats:
    """Log-likelihood of nearby synthetic rows under all real people, less that under all others (n,).

    The density is a Gaussian kernel's over the nearest real rows of each synthetic row, as wide as half the distance
    from the third of them; what a person adds to it is the share of their rows' kernels in the sum.
    """
    distance, rows = view.from_made()
    third = distance[:, min(2, distance.shape[1] - 1)]
    width = np.maximum(np.where(np.isfinite(third), third, distance[:, 0]), _SMALLEST)[:, None] / 2
    # Relative to the nearest: a synthetic row far from everybody is somebody's all the same.
    kernel = np.exp(-np.minimum((distance**2 - distance[:, :1] ** 2) / (2 * width**2), 700.0))
    kernel[rows < 0] = 0
    share = kernel / kernel.sum(axis=1, keepdims=True)
    near = np.exp(-np.minimum(distance[:, :1] ** 2 / (2 * width**2), 700.0))
    whose = np.where(rows >= 0, view.people[rows], -1)
    own = np.zeros_like(share)
    for nth in range(share.shape[1]):
        own[:, nth] = (share * (whose == whose[:, nth : nth + 1])).sum(axis=1)
    gained = -np.log(np.maximum(1 - own, _ALONE)) * near
    made = np.zeros(len(view.real))
    np.add.at(made, rows[rows >= 0], gained[rows >= 0])
    return made
