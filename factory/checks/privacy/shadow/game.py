"""The game: an engine is fitted in many worlds, each with a coin for each target whether that person is in.

One fit serves all targets, since their coins are independent (Carlini et al. 2022, IEEE S&P, section IV). Every world
draws its other people anew, so that what the attack learns holds for an adversary who knows the population and not
the sample (Stadler, Oprisanu and Troncoso 2022, USENIX Security).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from factory.checks.comparison import Ints, Tables
from factory.checks.privacy.shadow.population import Population
from factory.core.progress import say, step
from factory.core.seeds import derive, generator

Make = Callable[[Tables, int, int], Tables]
"""`make(train_tables, people, seed)` fits an engine on the tables and draws so many people from it."""
Coins = npt.NDArray[np.bool_]
# Worlds of more people than this cost what they do not tell: fewer people leak more, so that the figure errs to the
# side of caution.
MOST_PEOPLE = 2000
# A world holds at most this share of the population, so that no two worlds are the same.
_MOST_SHARE = 0.75
_SAID_EVERY = 10


@dataclass(frozen=True)
class World:
    """What one fit gave: `inside` (targets,) who was in, the `train` tables and the `made` ones."""

    inside: Coins
    train: Tables
    made: Tables


def size_of(population: Population, targets: Ints, train: int) -> int:
    """People of a world beside the targets."""
    others = population.people - len(targets)
    wanted = min(train, MOST_PEOPLE) - len(targets) // 2
    return max(min(wanted, int(_MOST_SHARE * others)), min(others, 1))


def coins(worlds: int, targets: int, seed: int, balanced: bool) -> Coins:
    """Who is in (worlds x targets). `balanced`: worlds 2j and 2j+1 are each other's complement.

    Balance keeps cross-fitting free of the bias that unequal halves give it; independent coins are what the proof of
    an audit asks for.
    """
    dice = generator(seed, "shadow coins")
    if not balanced:
        return np.asarray(dice.random((worlds, targets)) < 0.5)
    half = dice.random((worlds // 2, targets)) < 0.5
    return np.stack([half, ~half], axis=1).reshape(-1, targets)


def play(
    population: Population, targets: Ints, inside: Coins, size: int, make: Make, seed: int, title: str
) -> Iterator[World]:
    """Fit and draw in each world of `inside` (worlds x targets); `size` people beside the targets.

    Every world is asked for the same number of people, so that their count tells nothing.
    """
    others = np.setdiff1d(np.arange(population.people), targets)
    people = size + len(targets) // 2
    with step(f"{title}: {len(inside)} fits of {people:,} people"):
        for place, row in enumerate(inside):
            dice = generator(seed, "shadow world", str(place))
            base = dice.choice(others, size, replace=False)
            train = population.take(np.concatenate([base, targets[row]]))
            yield World(row, train, make(train, people, derive(seed, "shadow fit", str(place))))
            if (place + 1) % _SAID_EVERY == 0:
                say(f"{title}: {place + 1} of {len(inside)}")
