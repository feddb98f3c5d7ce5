"""Linkability: do two halves of a person's record point to the same synthetic row?

An adversary who holds the columns A of a person in one file and the columns B in another looks up the nearest
synthetic rows of each; where they have one in common, the two files are taken to be of one person. Source: Article 29
Working Party, Opinion 05/2014 (WP216); Giomi et al. 2023 (PoPETs) for the game. Reported as a difference of shares.
"""

from __future__ import annotations

import numpy as np

from factory.checks.comparison import PARTS, Part
from factory.checks.privacy.wp216.judging import Attack, tried
from factory.checks.privacy.wp216.nearest import Field, spread_of_split, squared
from factory.checks.privacy.wp216.records import Bools, Singles
from factory.core.seeds import generator
from factory.words import Said

# Synthetic rows looked up by each half.
NEIGHBOURS = 5
# Rows at the same distance that are still an answer; a half that so many rows fit points to none.
_MOST_TIED = 50
_SAME = 1e-5
Split = tuple[str, list[int], list[int]]


def linkability(field: Field, seed: int) -> list[Attack]:
    """The attack with two splits of the columns; none where a view has fewer than two."""
    return [_attack(field, split) for split in splits(field, seed)]


def splits(field: Field, seed: int) -> list[Split]:
    """Two halves that tell people apart alike, and the columns of one source against those of the others.

    The second is by table where people have more than one, else by lot.
    """
    names = field.view.records.names
    if len(names) < 2:
        return []
    order = [int(place) for place in spread_of_split(field)]
    # Dealt out as 0 1 1 0, so that neither half has the better of each pair.
    first = [place for turn, place in enumerate(order) if turn % 4 in (0, 3)]
    made: list[Split] = [
        (Said("columns dealt out evenly"), first, [place for place in order if place not in set(first)])
    ]
    own = [place for place, name in enumerate(names) if ": " not in name and not name.startswith("person.")]
    others = [place for place in range(len(names)) if place not in set(own)]
    if min(len(own), len(others)) >= 2:
        made.append((Said("columns of one table against the others'"), own, others))
    else:
        lot = [int(place) for place in generator(seed, "wp216", field.view.name, "split").permutation(len(names))]
        made.append((Said("columns by lot"), lot[: len(lot) // 2], lot[len(lot) // 2 :]))
    return made


def _attack(field: Field, split: Split) -> Attack:
    name, one, other = split
    targets = field.joined(one), field.joined(other)
    found = {part: _linked(field, part, (one, other), targets) for part in PARTS[:2]}
    (main, planted), (control, planted_control) = found["train"], found["holdout"]
    exposed = field.view.exposed
    return Attack(
        where=Said("{view}, {how}", view=field.view.name, how=name),
        all=tried(main, control),
        exposed=tried(main[exposed["train"]], control[exposed["holdout"]]),
        planted=tried(planted[field.view.planted], planted_control),
        baseline=min(1.0, NEIGHBOURS**2 / max(1, field.rows)),
        findable=field.view.findable(),
    )


def _linked(
    field: Field, part: Part, halves: tuple[list[int], list[int]], targets: tuple[Singles, Singles]
) -> tuple[Bools, Bools]:
    points = field.attacked(part)
    joined = [np.concatenate([points[c] for c in half], axis=1) for half in halves]
    without, with_planted = [], []
    for block in field.blocks(part):
        near = [squared(own[block], theirs) for own, theirs in zip(joined, targets, strict=True)]
        without.append(_meet([distance[:, : field.rows] for distance in near]))
        with_planted.append(_meet(near))
    return np.concatenate(without), np.concatenate(with_planted)


def _meet(near: list[Singles]) -> Bools:
    """True for the rows whose two sets of nearest synthetic rows have one in common."""
    sets = []
    for distance in near:
        sets.append(distance <= _reach(distance)[:, None] + _SAME)
    narrow = [one.sum(axis=1) <= _MOST_TIED for one in sets]
    met: Bools = (sets[0] & sets[1]).any(axis=1) & narrow[0] & narrow[1]
    return met


def _reach(distance: Singles) -> Singles:
    """The distance of each row's last neighbour. A few passes for the least are five times faster than a partition."""
    left = distance.copy()
    rows = np.arange(len(left))
    for _ in range(min(NEIGHBOURS, left.shape[1]) - 1):
        left[rows, left.argmin(axis=1)] = np.inf
    nearest: Singles = left.min(axis=1)
    return nearest
