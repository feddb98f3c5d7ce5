"""A forest whose nodes hold ranges of donors, so that a draw is one look-up whatever a column's values are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn import config_context
from sklearn.tree import DecisionTreeRegressor

from factory.synth.rows import People
from factory.synth.trees.dice import even_dice
from factory.synth.trees.settings import Settings

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Matrix = npt.NDArray[np.float32]

# Part of a kernel's variance left where two donors' distance narrows it: the mean of min(z², 1), z normal.
NARROW = 1 - np.sqrt(2 / (np.pi * np.e))


@dataclass(frozen=True)
class Nodes:
    """The nodes of all trees of a forest (m,): `start`, `end` of a node's donors, and where a row climbs to."""

    start: Ints
    end: Ints
    parent: Ints
    climb: Floats
    middle: Floats
    spread: Floats
    width: Floats
    slope: Floats
    lead_middle: Floats
    lead_spread: Floats


@dataclass(frozen=True)
class Forest:
    """Trees for one column and their donors: classes and scores (d,) in the order of the leaves."""

    trees: list[Any]
    first_node: Ints
    nodes: Nodes
    classes: Ints
    scores: Floats
    leads: Floats

    def draw(self, node: Ints, lead: Floats, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Classes and scores (n,) for rows that climbed to nodes (n,): a donor, and a kernel around it."""
        low, size = self.nodes.start[node], self.nodes.end[node] - self.nodes.start[node]
        step = (even_dice(node, rng) * size).astype(np.int64)
        # Within a node scores follow the lead by the node's own slope, so a donor is moved to where the row stands.
        slope, at, middle = self.nodes.slope[node], self.nodes.lead_middle[node], self.nodes.middle[node]
        reach = 2.5 * self.nodes.lead_spread[node]

        def by_lead(lead: Floats) -> Floats:
            found: Floats = middle + slope * (lead - at).clip(-reach, reach)
            return found

        donor = low + step
        # Most residuals lie closer together than their spread says, for a few lie far out. How far another donor is
        # tells how wide the kernel may be here.
        other = low + (step + 1 + (rng.random(len(node)) * (size - 1)).astype(np.int64)) % size
        aside, theirs = (self.scores[one] - by_lead(self.leads[one]) for one in (donor, other))
        alike = self.classes[other] == self.classes[donor]
        gap = np.where(alike, np.abs(theirs - aside) / np.sqrt(2), np.inf)
        width, spread = self.nodes.width[node], np.minimum(gap, self.nodes.spread[node])
        # The kernel widens what it is laid over; donors drawn in towards their middle keep the variance as it was.
        shrink = np.sqrt(1 - NARROW * width**2)
        scores = by_lead(lead) + aside * shrink + rng.standard_normal(len(node)) * width * spread
        return self.classes[donor], scores

    def donors(self, node: Ints, rng: np.random.Generator) -> Ints:
        """Classes (n,) alone, of a donor of each node."""
        low, size = self.nodes.start[node], self.nodes.end[node] - self.nodes.start[node]
        found: Ints = self.classes[low + (even_dice(node, rng) * size).astype(np.int64)]
        return found


@dataclass(frozen=True)
class Learnt:
    """What a forest learns from: features (p, n), goals to split by (n, q); per row class, score, lead and person.

    People are numbered from 0 on.
    """

    x: Matrix
    goals: Floats
    classes: Ints
    scores: Floats
    leads: Floats
    rest: int
    people: People

    def among(self, known: Flags) -> Learnt:
        """The rows that are `known` (n,)."""
        classes, scores, leads = self.classes[known], self.scores[known], self.leads[known]
        return Learnt(self.x[:, known], self.goals[known], classes, scores, leads, self.rest, self.people[known])


@dataclass(frozen=True)
class Part:
    """What one tree is grown on: rows of the people it sees, the rows it splits by, and its seed."""

    rows: Ints
    splitting: Ints
    seed: int


def dealt(people: People, settings: Settings, rng: np.random.Generator) -> list[Part]:
    """A part for each tree, so that all dice of a forest are thrown before it grows beside others."""
    everyone = np.flatnonzero(np.bincount(people))
    return [_part(people, everyone, settings, rng) for _ in range(settings.trees)]


def grow(learnt: Learnt, parts: Sequence[Part], settings: Settings) -> Forest:
    """Grow a forest, each tree on its part. Throws no dice."""
    trees, nodes, donors, first = [], [], [], [0]
    taken = 0
    for part in parts:
        rows = part.rows
        tree, leaf = _tree(learnt, part, settings)
        # Donors of a leaf stand by value, so that even dice take evenly of low and high.
        order = np.lexsort((learnt.scores[rows], learnt.classes[rows], leaf))
        trees.append(tree)
        nodes.append(_nodes(tree, leaf[order], rows[order], learnt, settings, taken, first[-1]))
        donors.append(rows[order])
        first.append(first[-1] + tree.node_count)
        taken += len(rows)
    merged = Nodes(*(np.concatenate([getattr(n, f) for n in nodes]) for f in Nodes.__dataclass_fields__))
    chosen = np.concatenate(donors)
    values = (learnt.classes[chosen], learnt.scores[chosen], learnt.leads[chosen])
    return Forest(trees, np.array(first[:-1]), merged, *values)


def _part(people: People, everyone: People, settings: Settings, rng: np.random.Generator) -> Part:
    count = max(1, round(len(everyone) * settings.people_share))
    seen = np.zeros(everyone[-1] + 1, dtype=bool)
    seen[rng.choice(everyone, count, replace=False)] = True
    rows = np.flatnonzero(seen[people])
    # Some thousands of rows tell where to split; all of the tree's people are donors in the leaves.
    splitting = rows
    if len(rows) > settings.most_split_rows:
        splitting = np.sort(rng.choice(rows, settings.most_split_rows, replace=False))
    return Part(rows, splitting, int(rng.integers(2**31)))


def _tree(learnt: Learnt, part: Part, settings: Settings) -> tuple[Any, Ints]:
    """A tree and the leaf of each of its rows."""
    model = DecisionTreeRegressor(
        min_samples_leaf=settings.min_people_per_leaf,
        max_features=settings.features_share,
        splitter=settings.splitter,
        random_state=part.seed,
    )
    # What is given is known to be finite numbers, and asking so takes as long as a small tree.
    with config_context(assume_finite=True, skip_parameter_validation=True):
        tree = model.fit(learnt.x[:, part.splitting].T, learnt.goals[part.splitting]).tree_
    return tree, tree.apply(learnt.x[:, part.rows].T)


def _nodes(tree: Any, leaf: Ints, rows: Ints, learnt: Learnt, settings: Settings, taken: int, first: int) -> Nodes:
    parent = np.zeros(tree.node_count, dtype=np.int64)
    ids = np.arange(tree.node_count)
    inner = tree.children_left >= 0
    parent[tree.children_left[inner]] = ids[inner]
    parent[tree.children_right[inner]] = ids[inner]
    # Nodes are numbered depth first, so that the leaves below a node, and so its donors, are one range.
    sizes = [1] * tree.node_count
    above = parent.tolist()
    for node in range(tree.node_count - 1, 0, -1):
        sizes[above[node]] += sizes[node]
    size = np.array(sizes)
    start, end = np.searchsorted(leaf, ids), np.searchsorted(leaf, ids + size)
    holders = _holders(learnt.people[rows], start, end, parent, settings.min_people_per_leaf)
    climb = settings.shrinkage / (settings.shrinkage + holders)
    climb = np.maximum(climb, settings.chance * _chance(learnt.goals[rows], start, end, parent, holders)).clip(0, 1)
    climb[holders < settings.min_people_per_leaf] = 1.0
    climb[0] = 0.0
    count, middle, spread, slope, lead_middle, lead_spread = _moments(learnt, rows, start, end)
    width = (settings.bandwidth * 1.06 * np.maximum(count, 1.0) ** -0.2).clip(max=0.9)
    places = (start + taken, end + taken, parent + first, climb)
    return Nodes(*places, middle, spread, width, slope, lead_middle, lead_spread)


def _chance(goals: Floats, start: Ints, end: Ints, parent: Ints, holders: Floats) -> Floats:
    """Of each node's difference from the node above, squared, the part (m,) that chance alone would make.

    The positive-part rule of James and Stein: what is no more than chance is not believed.
    """
    many = np.maximum(end - start, 1)[:, None]
    sums, squares = (np.vstack([np.zeros(goals.shape[1]), np.cumsum(v, axis=0)]) for v in (goals, goals**2))
    mean = (sums[end] - sums[start]) / many
    variance = np.maximum((squares[end] - squares[start]) / many - mean**2, 0.0).sum(axis=1)
    apart = ((mean - mean[parent]) ** 2).sum(axis=1)
    people = np.maximum(holders, 1.0)
    by_chance = variance[parent] * np.maximum(1 / people - 1 / people[parent], 0.0)
    part: Floats = (by_chance / np.maximum(apart, 1e-12)).clip(0, 1)
    return part


def _holders(people: People, start: Ints, end: Ints, parent: Ints, fewest: int) -> Floats:
    """Different people among the donors of each node: exact in leaves and wherever a row can be sent for want of them.

    Elsewhere it is the sum over the leaves below, which counts a person once a leaf.
    """
    if np.bincount(people).max(initial=0) <= 1:
        return (end - start).astype(np.float64)
    leaves = np.setdiff1d(np.arange(len(start)), parent[1:])
    edges = np.sort(start[leaves])
    leaf = np.searchsorted(edges, np.arange(len(people)), "right")
    order = np.lexsort((people, leaf))
    fresh = np.ones(len(people), dtype=np.float64)
    fresh[1:] = (np.diff(people[order]) != 0) | (np.diff(leaf[order]) != 0)
    sums = np.concatenate([[0.0], np.cumsum(fresh)])
    holders: Floats = sums[end] - sums[start]
    few = [int(node) for node in leaves if holders[node] < fewest]
    counted = set()
    while few:
        node = int(parent[few.pop()])
        if node not in counted:
            counted.add(node)
            holders[node] = len(np.unique(people[start[node] : end[node]]))
            if holders[node] < fewest and node:
                few.append(node)
    return holders


def _moments(learnt: Learnt, rows: Ints, start: Ints, end: Ints) -> tuple[Floats, ...]:
    """Of each node's donors that have a score: number, mean, spread about the line, its slope, the lead's moments."""
    there = (learnt.classes[rows] == learnt.rest).astype(np.float64)
    y, m = learnt.scores[rows] * there, learnt.leads[rows] * there
    sums = [np.concatenate([[0.0], np.cumsum(v)]) for v in (there, y, m, y * y, m * m, y * m)]
    count, *totals = (s[end] - s[start] for s in sums)
    most = np.maximum(count, 1)
    ym, mm, yy, mmm, yms = (t / most for t in totals)
    var_y, var_m, cov = np.maximum(yy - ym**2, 1e-12), np.maximum(mmm - mm**2, 1e-12), yms - ym * mm
    share = (cov**2 / (var_y * var_m)).clip(0, 0.9999)
    # A slope is drawn towards none by how far it is from chance (the positive-part rule of James and Stein).
    fisher = share / (1 - share) * np.maximum(count - 2, 0)
    slope = cov / var_m * np.maximum(0.0, 1 - 1 / np.maximum(fisher, 1e-9))
    left = np.maximum(var_y - 2 * slope * cov + slope**2 * var_m, 0)
    return count, ym, np.sqrt(left), slope, mm, np.sqrt(var_m)
