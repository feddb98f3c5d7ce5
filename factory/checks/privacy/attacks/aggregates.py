"""What a report may show of the attacks: figures of each, the worst one's ROC curve with a band, the groups."""

from __future__ import annotations

from typing import Any

import numpy as np

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.roc import auc_interval, curve, tpr_interval
from factory.checks.privacy.attacks.worst import LEVEL

# Shares of false alarms at which the curve is drawn, closer together where few are.
GRID = np.unique(np.concatenate([np.linspace(0, 0.1, 21), np.linspace(0.1, 1, 30)]))


def figures(attack: str, view: str, members: Floats, others: Floats) -> dict[str, Any]:
    """AUC with its interval, and the share of people found at 1% and 10% false alarms, of one attack on one view."""
    value, low, high = auc_interval(members, others, LEVEL)
    few, more = curve(members, others, np.array([0.01, 0.1]))
    return {
        "attack": attack,
        "view": view,
        "auc": _short(value),
        "low": _short(low),
        "high": _short(high),
        "tpr_1": _short(few),
        "tpr_10": _short(more),
    }


def roc(attack: str, view: str, members: Floats, others: Floats) -> dict[str, Any]:
    """Points of the curve and of its pointwise 95% band."""
    shares = curve(members, others, GRID)
    # A band at no false alarms at all, or at all of them, has no width that could be told.
    inner = [float(np.clip(at, 0.5 / max(1, len(others)), 0.5)) for at in GRID]
    band = [tpr_interval(members, others, at, LEVEL) for at in inner]
    low = [min(share, share + one[1] - one[0]) for share, one in zip(shares, band, strict=True)]
    high = [max(share, share + one[2] - one[0]) for share, one in zip(shares, band, strict=True)]
    return {
        "attack": attack,
        "view": view,
        "fpr": [_short(v) for v in GRID],
        "tpr": [_short(v) for v in shares],
        "low": [_short(max(0.0, v)) for v in low],
        "high": [_short(min(1.0, v)) for v in high],
    }


def _short(value: float) -> float:
    return round(float(value), 4)
