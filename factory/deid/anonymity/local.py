"""Local suppression: star a few cells of the rows in classes too small, rather than drop the rows.

Rows that a node would suppress are tried with sets of columns starred, the cheapest set first; those that then form,
or join, a class that meets every limit are released so. Rows nothing helps are suppressed whole. Greedy, for the best
choice of cells is NP-hard (Meyerson and Williams 2004, PODS). Source of the operator: Samarati and Sweeney 1998.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from factory.deid.anonymity.classes import BoolArray, FloatArray, IntArray, combine
from factory.deid.anonymity.lattice import Levels
from factory.deid.anonymity.node import Problem
from factory.deid.anonymity.table import Combinations

MOST_SETS = 4096


@dataclass(frozen=True)
class Refined:
    """Cells starred (combinations x columns), combinations suppressed, the loss, and the share of people suppressed."""

    node: Levels
    stars: BoolArray
    gone: BoolArray
    loss: float
    suppressed: float


def plain(problem: Problem, node: Levels) -> Refined:
    """A node whose small classes are suppressed row by row."""
    _, gone = problem.table.settle(*problem.classes(node))
    return _priced(problem, node, np.zeros((len(gone), len(node)), dtype=np.bool_), gone)


def descend(problem: Problem, start: Refined | None, max_suppressed: float, max_local: float) -> Refined | None:
    """Improve a node by starring cells, and by steps of one level a column while they lose less.

    `start`: the best node without stars, or None where none fits: then from the most general node. Returns None
    where nothing found suppresses few enough. `max_local`: share of people a node may leave in classes too small.
    """
    tried: dict[Levels, Refined | None] = {}

    def refined(node: Levels) -> Refined | None:
        if node not in tried:
            touched = plain(problem, node).suppressed
            made = refine(problem, node) if touched <= max_local else None
            tried[node] = made if made is not None and made.suppressed <= max_suppressed else None
        return tried[node]

    top = tuple(d.height - 1 for d in problem.domains)
    best = min(filter(None, [start, refined(start.node if start else top)]), key=_order, default=None)
    while best is not None:
        near = [refined(node) for node in _neighbours(best.node, top)]
        better = min(filter(None, [best, *near]), key=_order)
        if better.loss >= best.loss - 1e-12:
            break
        best = better
    return best


def _order(one: Refined) -> tuple[float, Levels]:
    return one.loss, one.node


def _neighbours(node: Levels, top: Levels) -> Iterator[Levels]:
    for at, level in enumerate(node):
        for step in (-1, 1):
            if 0 <= level + step <= top[at]:
                yield (*node[:at], level + step, *node[at + 1 :])


def refine(problem: Problem, node: Levels) -> Refined:
    """A node whose small classes are helped by starring cells."""
    table, groups = problem.table, problem.groups(node)
    _, pool = table.settle(*problem.classes(node))
    stars = np.zeros((len(pool), len(node)), dtype=np.bool_)
    pattern = np.zeros(len(pool), dtype=np.int64)
    sizes = [d.sizes[at] for d, at in zip(problem.domains, node, strict=True)]
    overall = [column.spread(np.zeros(len(pool), dtype=np.int64), 1).overall for column in table.sensitive]
    for number, starred in enumerate(_sets(problem, node, pool), start=1):
        if not pool.any():
            break
        tried = pool | (pattern == number)
        held = [at for at in range(len(node)) if at not in starred]
        helped = _meets([groups[at][tried] for at in held], [sizes[at] for at in held], table.among(tried), overall)
        rescued = np.flatnonzero(tried)[helped & pool[tried]]
        pool[rescued] = False
        pattern[rescued] = number
        stars[np.ix_(rescued, starred)] = True
    for at, (d, level) in enumerate(zip(problem.domains, node, strict=True)):
        groups[at] = np.where(stars[:, at], d.star(level), groups[at])
    # Rows nothing helped hold classes of their own, which `settle` finds again with whatever the stars have moved.
    _, gone = table.settle(*combine(groups, [size + 1 for size in sizes]))
    return _priced(problem, node, stars & ~gone[:, None], gone)


def _meets(groups: list[IntArray], sizes: list[int], table: Combinations, overall: list[FloatArray]) -> BoolArray:
    """Combinations of a part of the table that meet every limit in classes of the columns given."""
    ids, count = combine(groups, sizes) if groups else (np.zeros(len(table), dtype=np.int64), 1)
    bad = table.breaks_always(ids, count) | table.breaks_spread(ids, count, overall)
    made: BoolArray = ~bad[ids]
    return made


def _sets(problem: Problem, node: Levels, pool: BoolArray) -> Iterator[list[int]]:
    """Sets of columns that are not `*` already, cheapest to star first, as many as `MOST_SETS`."""
    spare = problem.weights - problem.cell_losses(node)[pool].mean(axis=0) if pool.any() else problem.weights
    levels = enumerate(zip(problem.domains, node, strict=True))
    free = [at for at, (d, level) in levels if d.star(level) or d.sizes[level] > 1]
    subsets = itertools.chain.from_iterable(itertools.combinations(free, n) for n in range(1, len(free) + 1))
    few = list(itertools.islice(subsets, MOST_SETS))
    yield from (list(one) for one in sorted(few, key=lambda one: (float(spare[list(one)].sum()), one)))


def _priced(problem: Problem, node: Levels, stars: BoolArray, gone: BoolArray) -> Refined:
    cells = np.where(stars, problem.weights, problem.cell_losses(node))
    suppressed = problem.table.people(gone) / problem.table.people()
    return Refined(node, stars, gone, problem.loss(cells, gone), suppressed)
