"""Codes too rare to stand out of the noise are put together, and drawn apart again by their noisy counts.

The domain compression of MST (McKenna, Miklau and Sheldon 2021, section 4), with neighbours joined where codes are
ordered. It sees noisy counts only, so it costs no budget.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from factory.synth.dp.domains import Codes, Domain, Floats


@dataclass(frozen=True)
class Groups:
    """`of` (codes,) says the group of each code, `weight` (codes,) its share when a group is drawn apart."""

    of: Codes
    weight: Floats

    @property
    def size(self) -> int:
        """How many groups there are."""
        return int(self.of.max()) + 1

    def draw(self, groups: Codes, rng: np.random.Generator) -> Codes:
        """A code of each group, by weight."""
        codes = np.zeros(len(groups), dtype=np.int64)
        for group in range(self.size):
            rows = np.flatnonzero(groups == group)
            held = np.flatnonzero(self.of == group)
            if len(rows):
                codes[rows] = rng.choice(held, len(rows), p=_shares(self.weight[held]))
        return codes


def grouped(counts: Floats, domain: Domain, least: float, most: int) -> Groups:
    """At most `most` groups of about `least` rows and more each, from noisy counts (codes,)."""
    counts = np.maximum(counts, 0.0)
    known = len(counts) - domain.missing
    of = _neighbours(counts[:known], least, most) if domain.ordered else _frequent(counts[:known], least, most)
    if domain.missing:
        alone = counts[-1] >= least
        of = np.append(of, of.max() + 1 if alone else of.max())
    return Groups(of, counts)


def _neighbours(counts: Floats, least: float, most: int) -> Codes:
    of = np.zeros(len(counts), dtype=np.int64)
    group, held, left = 0, 0.0, float(counts.sum())
    for code, count in enumerate(counts):
        wanted = max(least, (held + left) / max(1, most - group))
        # A code that fills a group by itself, as zero often does, is not mixed with its small neighbours before it.
        if held >= wanted or (held >= least and count >= wanted):
            group, held = group + 1, 0.0
        of[code] = group
        held += count
        left -= count
    if group and held < least:
        of[of == group] = group - 1
    return of


def _frequent(counts: Floats, least: float, most: int) -> Codes:
    frequent = [code for code in np.argsort(-counts, kind="stable") if counts[code] >= least][: max(1, most - 1)]
    of = np.full(len(counts), -1, dtype=np.int64)
    for group, code in enumerate(sorted(frequent)):
        of[code] = group
    of[of < 0] = len(frequent)
    return of


def _shares(weight: Floats) -> npt.NDArray[np.float64]:
    total = weight.sum()
    return weight / total if total > 0 else np.full(len(weight), 1 / len(weight))
