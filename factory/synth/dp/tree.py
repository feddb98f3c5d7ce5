"""What is measured of the coded rows: MST (McKenna, Miklau and Sheldon 2021), and MST around a focus.

Each column's counts first; then the columns are compressed (`groups`), a spanning tree of the pairs that the counts
explain worst is chosen by noisy maximum, and the pairs are measured. Around a focus each column's pair with the focus
is measured before, the tree is chosen by what these do not explain, and triples with the focus are measured. From AIM
(McKenna, Mullins, Sheldon and Miklau 2022) comes the penalty: a table is worth what it adds less the noise it brings,
and a step may choose none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from factory.synth.dp.domains import Codes, Domain, Floats
from factory.synth.dp.groups import Groups, grouped
from factory.synth.dp.noise import Clique, Coder, Noise, tally
from factory.synth.dp.settings import Settings

_FEW = 3.0
"""A group has this many standard deviations of the noise, as in MST."""
_NOISE_SHARE = 0.25
"""Groups are as many as let a table's noise come to about this share of the rows."""
_FEWEST_GROUPS = 4
_FOCUS_GROUPS = 6


@dataclass(frozen=True)
class Measured:
    """Noisy counts of one clique of groups, flat, and the standard deviation of each."""

    clique: Clique
    counts: Floats
    sigma: float


@dataclass(frozen=True)
class Release:
    """All that is known of the data from here on: private, so whatever is made of it is too."""

    groups: list[Groups]
    codes: list[Measured]
    """Each column's counts before codes were grouped."""
    measured: list[Measured]
    focus: int | None


def budget(epsilon: float, delta: float, rows: int, columns: int, settings: Settings) -> Noise:
    """The compositor for a table of so many columns, its shares in the order in which `measure` takes them."""
    shares = settings.shares
    parts = [shares.oneway]
    rounds = _rounds(columns, settings.focus is not None)
    if settings.focus is not None and columns > 1:
        parts.append(shares.focus)
    if rounds:
        cliques = shares.cliques if settings.focus is not None else shares.cliques + shares.focus
        parts += [*[shares.select / rounds] * rounds, cliques]
    return Noise(epsilon, delta, rows, parts)


def measure(codes: Codes, domains: Sequence[Domain], focus: int | None, noise: Noise, most: int) -> Release:
    """Measure the rows (n, columns) with all that `noise` holds; at most `most` groups a column."""
    noise.open(codes)
    columns = range(len(domains))
    oneway, sigma = noise.counts([(c,) for c in columns], [domain.size for domain in domains], lambda rows: rows)
    groups = _compress(oneway, sigma, domains, focus, noise, most)
    sizes = [group.size for group in groups]
    measured = [_summed(c, oneway[c], groups[c], sigma) for c in columns]

    def compressed(rows: Codes) -> Codes:
        return np.stack([group.of[rows[:, c]] for c, group in enumerate(groups)], axis=1)

    if focus is not None and len(domains) > 1:
        pairs = [(focus, c) for c in columns if c != focus]
        measured += _measured(noise, pairs, sizes, compressed)
    rounds = _rounds(len(domains), focus is not None)
    if rounds:
        chosen = _choose(noise, measured, sizes, compressed, focus, rounds)
        # A share that nothing was chosen for is spent on the first column again: OpenDP counts it either way.
        measured += _measured(noise, chosen or [(0,)], sizes, compressed)
    return Release(groups, [Measured((c,), oneway[c], sigma) for c in columns], measured, focus)


def _rounds(columns: int, focused: bool) -> int:
    return max(0, columns - 1 - focused)


def _compress(
    oneway: list[Floats], sigma: float, domains: Sequence[Domain], focus: int | None, noise: Noise, most: int
) -> list[Groups]:
    """Groups a column: none too rare, and so few that a table of two of them stands out of its noise."""
    rows = max(1.0, float(np.median([counts.sum() for counts in oneway])))
    rounds = _rounds(len(domains), focus is not None)
    depth = 1
    if focus is not None:
        depth = grouped(oneway[focus], domains[focus], _FEW * sigma, _FOCUS_GROUPS).size
    cells = _NOISE_SHARE * rows / (noise.last_sigma(max(1, rounds)) * depth)
    fit = int(np.clip(np.sqrt(cells), _FEWEST_GROUPS, most))
    return [
        grouped(counts, domains[c], _FEW * sigma, _FOCUS_GROUPS if c == focus else fit)
        for c, counts in enumerate(oneway)
    ]


def _summed(column: int, counts: Floats, groups: Groups, sigma: float) -> Measured:
    summed = np.zeros(groups.size)
    np.add.at(summed, groups.of, counts)
    return Measured((column,), summed, sigma * float(np.sqrt(len(counts) / groups.size)))


def _measured(noise: Noise, cliques: Sequence[Clique], sizes: Sequence[int], coder: Coder) -> list[Measured]:
    tables, sigma = noise.counts(cliques, sizes, coder)
    return [Measured(clique, table, sigma) for clique, table in zip(cliques, tables, strict=True)]


def _choose(
    noise: Noise, measured: list[Measured], sizes: Sequence[int], coder: Coder, focus: int | None, rounds: int
) -> list[Clique]:
    """A forest of cliques over the columns besides the focus, best explained by nothing measured yet."""
    base = () if focus is None else (focus,)
    free = [c for c in range(len(sizes)) if c != focus]
    cliques = [(*base, *pair) for pair in combinations(free, 2)]
    guess = {clique: _expected(clique, measured, sizes, focus) for clique in cliques}
    # Mean absolute noise a cell of a table; see AIM, section 4.
    penalty = {c: float(np.sqrt(2 / np.pi)) * noise.last_sigma(rounds) * guess[c].size for c in cliques}
    tree = {c: c for c in free}
    chosen: list[Clique] = []
    for _ in range(rounds):
        open_ = [c for c in cliques if tree[c[-1]] != tree[c[-2]]]

        def score(codes: Codes, open_: list[Clique] = open_) -> Floats:
            coded = coder(codes)
            gains = [float(np.abs(tally(coded, c, sizes) - guess[c]).sum()) - penalty[c] for c in open_]
            return np.array([*gains, 0.0])

        place = noise.choose(score)
        if place < len(open_):
            clique = open_[place]
            chosen.append(clique)
            old, new = tree[clique[-1]], tree[clique[-2]]
            tree = {c: new if root == old else root for c, root in tree.items()}
    return chosen


def _expected(clique: Clique, measured: list[Measured], sizes: Sequence[int], focus: int | None) -> Floats:
    """Counts of a clique if its last two columns were independent, given the focus where there is one."""
    held = {m.clique: np.maximum(m.counts, 0.0) for m in measured}
    first, second = clique[-2:]
    if focus is None:
        a, b = held[(first,)], held[(second,)]
        rows = max(1.0, (a.sum() + b.sum()) / 2)
        return np.asarray(np.outer(a / max(a.sum(), 1.0), b / max(b.sum(), 1.0)).ravel() * rows)
    a = held[(focus, first)].reshape(sizes[focus], -1)
    b = held[(focus, second)].reshape(sizes[focus], -1)
    each = np.maximum(1.0, (a.sum(1) + b.sum(1)) / 2)
    a, b = a / np.maximum(a.sum(1, keepdims=True), 1.0), b / np.maximum(b.sum(1, keepdims=True), 1.0)
    return np.asarray((each[:, None, None] * a[:, :, None] * b[:, None, :]).ravel())
