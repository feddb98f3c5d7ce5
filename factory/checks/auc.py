"""Area under the ROC curve with DeLong's interval."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

Floats = npt.NDArray[np.float64]


def auc(positive: Floats, negative: Floats) -> float:
    """Chance that a positive scores above a negative, ties counted half (Mann-Whitney)."""
    m, n = len(positive), len(negative)
    if not m or not n:
        return float("nan")
    ranks = rankdata(np.concatenate([positive, negative]))
    return float((ranks[:m].sum() - m * (m + 1) / 2) / (m * n))


def delong(positive: Floats, negative: Floats, level: float = 0.95) -> tuple[float, float, float]:
    """AUC with the interval of DeLong, DeLong and Clarke-Pearson (Biometrics 1988, 44:837), clipped to [0, 1].

    Where one class scores wholly above the other the variance is 0 and the interval is Hanley's rule of three.
    """
    m, n = len(positive), len(negative)
    if m < 2 or n < 2:
        return float("nan"), 0.0, 1.0
    together = rankdata(np.concatenate([positive, negative]))
    above = (together[:m] - rankdata(positive)) / n
    below = 1 - (together[m:] - rankdata(negative)) / m
    value = float(above.mean())
    spread = float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n))
    reach = float(norm.ppf(0.5 + level / 2)) * spread if spread > 0 else 3 / min(m, n)
    return value, max(0.0, value - reach), min(1.0, value + reach)
