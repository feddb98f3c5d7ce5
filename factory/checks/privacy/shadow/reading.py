"""From worlds to what each attack says of each target in each world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Tables
from factory.checks.features import Floats
from factory.checks.persons import person_frames
from factory.checks.privacy.shadow import groundhog, lira, tapas
from factory.checks.privacy.shadow.game import Coins, World
from factory.checks.privacy.shadow.population import stacked
from factory.checks.privacy.shadow.space import Space, apart

# People whose tables are turned into rows of a person at a time.
_AT_ONCE = 20_000


@dataclass(frozen=True)
class Read:
    """What was read of the worlds: who was in (worlds x targets), and what each attack looks at.

    `world`: features of Groundhog (worlds x features). `queries`: counts of TAPAS (targets x worlds x queries).
    `near`: scores of LiRA (targets x worlds x scores); `control`: the same on the training tables of the world, which
    are what an engine that hands them out would have given.
    """

    inside: Coins
    world: Floats
    queries: Floats
    near: Floats
    control: Floats


def read(comparison: Comparison, space: Space, targets: Floats, worlds: Iterable[World], seed: int) -> Read:
    """Play all worlds and keep only features of them. `targets`: targets x columns of the space."""
    asked = tapas.queries(len(space.names), seed)
    inside: list[Coins] = []
    found: list[tuple[Floats, list[Floats], list[Floats], list[Floats]]] = []
    for chunk in _chunks(worlds, comparison.contract.person):
        inside += [world.inside for world in chunk]
        made = person_codes_of(comparison, space, [world.made for world in chunk])
        train = person_codes_of(comparison, space, [world.train for world in chunk])
        for codes, own in zip(made, train, strict=True):
            cells = [apart(target, codes) for target in targets]
            found.append(
                (
                    groundhog.features(space, codes),
                    [tapas.counts(asked, one) for one in cells],
                    [lira.scores(one) for one in cells],
                    [lira.scores(apart(target, own)) for target in targets],
                )
            )
    return Read(
        np.array(inside),
        np.stack([one[0] for one in found]),
        *(np.swapaxes(np.array([one[at] for one in found]), 0, 1) for at in (1, 2, 3)),
    )


def person_frame(comparison: Comparison, tables: Tables) -> pd.DataFrame:
    """One row a person (people x features) of any tables of the comparison's shape."""
    return person_frames(replace(comparison, synthetic=tables, kept={}))["synthetic"]


def person_codes_of(comparison: Comparison, space: Space, parts: list[Tables]) -> list[Floats]:
    """Codes (people x columns) of several sets of tables, whose keys may be the same."""
    whole = person_frame(comparison, stacked(comparison.contract, comparison.shapes, parts))
    edges = np.cumsum([len(part[comparison.contract.person]) for part in parts])[:-1]
    return np.split(space.place(whole), edges)


def _chunks(worlds: Iterable[World], person: str) -> Iterator[list[World]]:
    held: list[World] = []
    for world in worlds:
        held.append(world)
        if sum(len(one.made[person]) for one in held) >= _AT_ONCE:
            yield held
            held = []
    if held:
        yield held
