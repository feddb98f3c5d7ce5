"""Nearest record: who was trained on lies nearer to some synthetic row."""

from __future__ import annotations

from factory.checks.neighbours import Floats
from factory.checks.privacy.attacks.view import View

CITATION = "Chen et al., GAN-Leaks, CCS 2020"


def scores(view: View) -> Floats:
    """Minus the distance from the nearest synthetic row (n,)."""
    distance, _ = view.to_made()
    return -distance[:, 0]
