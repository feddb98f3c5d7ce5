"""From noisy counts to rows: a forest of columns, each drawn given its parent and the focus.

The chosen pairs form a forest, so the model that fits them best is a product of conditionals and needs no solver: noisy
tables are shrunk towards what is known with less noise, made to agree on their margins by iterative proportional
fitting (Deming and Stephan 1940), and drawn from root to leaf. Private-PGM (McKenna, Sheldon and Miklau 2019), which
infers the same for any graph by mirror descent, had not converged after minutes where this takes a millisecond.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from factory.core.seeds import generator
from factory.synth.dp.domains import Codes, Floats
from factory.synth.dp.tree import Measured, Release

_FITTING_STEPS = 50


class ForestModel:
    """A distribution over the columns' codes. It sees the release only, so fitting and drawing cost no privacy."""

    def __init__(self, release: Release) -> None:
        self._groups = release.groups
        sizes = [group.size for group in release.groups]
        focus = release.focus
        tables = {m.clique: m for m in release.measured}
        self._focus = _focus_shares(release, sizes)
        # shares[c] (focus, groups of c): joint with the focus, which without one has a single value.
        self._shares = {
            c: _joint(tables[(c,)], tables.get((focus, c)) if focus is not None else None, self._focus, sizes[c])
            for c in range(len(sizes))
            if c != focus
        }
        self._steps: list[tuple[int, int | None, Floats]] = []
        for column, parent in _order(release, len(sizes)):
            if parent is None:
                self._steps.append((column, None, self._shares[column]))
                continue
            table = _edge(release, column, parent, self._shares, self._focus)
            self._steps.append((column, parent, _fitted(table, self._shares[parent], self._shares[column])))
        self._focus_column = focus

    def draw(self, rows: int, seed: int) -> Codes:
        """Codes (rows, columns) drawn by the model."""
        rng = generator(seed, "private rows")
        drawn = np.zeros((rows, len(self._groups)), dtype=np.int64)
        focus = _drawn(self._focus[None], np.zeros(rows, dtype=np.int64), rng)
        if self._focus_column is not None:
            drawn[:, self._focus_column] = focus
        for column, parent, shares in self._steps:
            given = focus if parent is None else focus * shares.shape[1] + drawn[:, parent]
            drawn[:, column] = _drawn(shares.reshape(-1, shares.shape[-1]), given, rng)
        return np.stack([group.draw(drawn[:, c], rng) for c, group in enumerate(self._groups)], axis=1)


def _focus_shares(release: Release, sizes: list[int]) -> Floats:
    """Share of each group of the focus, from every table that holds it, weighted by precision."""
    if release.focus is None:
        return np.ones(1)
    total, weight = np.zeros(sizes[release.focus]), 0.0
    for m in release.measured:
        if release.focus in m.clique:
            cells = m.counts.reshape(len(total), -1)
            precision = 1 / (m.sigma**2 * cells.shape[1])
            total, weight = total + precision * cells.sum(1), weight + precision
    return _positive(np.asarray(total / weight, dtype=np.float64))


def _joint(alone: Measured, pair: Measured | None, focus: Floats, size: int) -> Floats:
    """Shares (focus, groups) of one column beside the focus."""
    if pair is None:
        return np.asarray(_positive(alone.counts)[None, :], dtype=np.float64)
    cells = pair.counts.reshape(len(focus), size)
    mine, other = 1 / (len(focus) * pair.sigma**2), 1 / alone.sigma**2
    margin = _positive((mine * cells.sum(0) + other * alone.counts) / (mine + other))
    apart = np.outer(focus, margin)
    return np.asarray(_fitted(_shrunk(cells, apart, pair.sigma)[None], focus[None], margin[None])[0], dtype=np.float64)


def _edge(release: Release, column: int, parent: int, shares: dict[int, Floats], focus: Floats) -> Floats:
    """Shares (focus, parent, column) before their margins are fitted."""
    found = next(m for m in release.measured if {column, parent} <= set(m.clique))
    first, second = found.clique[-2:]
    cells = found.counts.reshape(len(focus), release.groups[first].size, release.groups[second].size)
    if first == column:
        cells = np.swapaxes(cells, 1, 2)
    apart = shares[parent][:, :, None] * shares[column][:, None, :] / np.maximum(focus, 1e-300)[:, None, None]
    return _shrunk(cells, apart, found.sigma)


def _shrunk(cells: Floats, apart: Floats, sigma: float) -> Floats:
    """Shares between noisy `cells` and what they would be if the columns were `apart`, by how far noise explains them.

    The departure of a cell is taken for a random one whose variance is proportional to what is expected of the cell,
    for each value of the focus by itself; the best linear guess of it (after James and Stein 1961) leaves nothing of a
    part that is noise alone.
    """
    expected = apart * max(1.0, float(cells.sum())) / max(float(apart.sum()), 1e-300)
    inner = tuple(range(1, cells.ndim))
    beyond = ((cells - expected) ** 2).sum(inner, keepdims=True) - cells[0].size * sigma**2
    signal = np.maximum(0.0, beyond) / np.maximum(expected.sum(inner, keepdims=True), 1.0) * expected
    kept = signal / (signal + sigma**2)
    return _positive(np.asarray(expected + kept * (cells - expected), dtype=np.float64))


def _order(release: Release, columns: int) -> list[tuple[int, int | None]]:
    """Each column but the focus after its parent, in a forest whose roots are its columns of the lowest position."""
    beside: dict[int, list[int]] = {c: [] for c in range(columns) if c != release.focus}
    for m in release.measured:
        inner = [c for c in m.clique if c != release.focus]
        if len(inner) == 2:
            beside[inner[0]].append(inner[1])
            beside[inner[1]].append(inner[0])
    order: list[tuple[int, int | None]] = []
    seen: set[int] = set()
    for root in beside:
        waiting: list[tuple[int, int | None]] = [] if root in seen else [(root, None)]
        while waiting:
            column, parent = waiting.pop(0)
            seen.add(column)
            order.append((column, parent))
            waiting += [(other, column) for other in beside[column] if other not in seen]
    return order


def _fitted(table: Floats, rows: Floats, columns: Floats) -> Floats:
    """`table` (focus, a, b) with the margins `rows` (focus, a) and `columns` (focus, b)."""
    table = table + 1e-12 * rows[:, :, None]
    for _ in range(_FITTING_STEPS):
        table = table * (rows / np.maximum(table.sum(2), 1e-300))[:, :, None]
        table = table * (columns / np.maximum(table.sum(1), 1e-300))[:, None, :]
    return table


def _positive(counts: Floats) -> Floats:
    """Shares: what is below nothing counts as nothing."""
    held = np.maximum(counts, 0.0)
    total = held.sum()
    return held / total if total > 0 else np.full(counts.shape, 1 / counts.size)


def _drawn(tables: npt.NDArray[np.float64], given: Codes, rng: np.random.Generator) -> Codes:
    """One position a row, by the shares `tables[given]`, which need not sum to one.

    Rows of the same `given` take evenly spaced quantiles in a random order, so that their counts are as the table says
    to within one row: sampling error would add to the noise.
    """
    order = np.lexsort((rng.random(len(given)), given))
    count = np.bincount(given, minlength=len(tables))
    rank = np.arange(len(given)) - np.repeat(np.cumsum(count) - count, count)
    mark = np.empty(len(given))
    mark[order] = (rank + rng.random(len(given))) / np.repeat(count, count)
    steps = np.cumsum(tables, axis=1)
    blank = steps[:, -1] <= 0
    steps[blank] = np.arange(1, tables.shape[1] + 1)
    reached = (mark * steps[given, -1])[:, None] >= steps[given]
    return np.asarray(np.minimum(reached.sum(1), tables.shape[1] - 1), dtype=np.int64)
