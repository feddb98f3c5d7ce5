"""Measuring a run together with the earlier releases that hold people of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from factory.batches.register import open_register
from factory.batches.sides import PARTS, ids_of, sides_of
from factory.batches.stage import FACTS, STAGE, Asked, marks_of
from factory.checks.comparison import comparison
from factory.checks.measure import Measure
from factory.checks.privacy.attacks.battery import most_attacked
from factory.checks.privacy.linked import Attacked, measure_epsilon, measure_linked
from factory.checks.stored import of_people, sample
from factory.contract import Contract, load, released
from factory.core.errors import NotReady
from factory.core.files import read_json
from factory.core.run import Run
from factory.core.seeds import derive, generator


@dataclass(frozen=True)
class Linked:
    """Earlier runs that hold people of this one, and how many more there are whose folders are gone."""

    runs: tuple[Run, ...]
    lost: int


def linked_of(run: Run, asked: Asked) -> Linked:
    """The releases that a run was found linked with when its batch was entered.

    Raises: NotReady when one of them was made anew since.
    """
    path = run.stage(STAGE) / FACTS
    if not path.is_file():
        return Linked((), 0)  # a run from before there was a register
    home, listed = open_register(asked.register).home, read_json(path)["linked"]
    found = []
    for one in listed:
        if one["stages"] is None:
            continue
        earlier = Run((home / one["folder"]).resolve())
        if marks_of(earlier) != one["stages"]:
            raise NotReady(f"The run {earlier.name} was made anew since.", "Produce in a new --run folder.")
        found.append(earlier)
    return Linked(tuple(found), len(listed) - len(found))


def measure_together(contract: Contract, run: Run, asked: Asked, seed: int) -> list[Measure]:
    """What this run and the releases linked with it give away together; nothing where none is.

    Thresholds are those of this run's contract. Raises: NotReady, RunError, StorageError.
    """
    linked = linked_of(run, asked)
    if not linked.runs and not linked.lost:
        return []
    every = (run, *linked.runs)
    sides = [sides_of(one) for one in every]
    chosen = _chosen(sides, seed, most_attacked(len(contract.released_tables())))
    kept = [(one, side) for one, side in zip(every, sides, strict=True) if _both(chosen, side)]
    made = measure_linked([_attacked(one, chosen, side, seed) for one, side in kept], contract.policy, linked.lost)
    return made + _epsilon(contract, every, sides, linked.lost)


def _chosen(sides: Sequence[Mapping[str, str]], seed: int, most: int) -> dict[str, str]:
    """People of this run who are in another one too, by the part they are in everywhere, at most as many as attacks
    look at; people learned from in one release and held out in another are neither."""
    shared = sorted(set(sides[0]) & set().union(*sides[1:]))
    parts = {person: {side[person] for side in sides if person in side} for person in shared}
    chosen = {}
    for part in PARTS:
        people = [person for person in shared if parts[person] == {part}]
        order = generator(seed, "linked", part).permutation(len(people))[:most]
        chosen.update({people[place]: part for place in np.sort(order)})
    return chosen


def _both(chosen: Mapping[str, str], side: Mapping[str, str]) -> bool:
    """Whether both kinds of people are in a release."""
    return {part for person, part in chosen.items() if person in side} == set(PARTS)


def _attacked(run: Run, chosen: Mapping[str, str], side: Mapping[str, str], seed: int) -> Attacked:
    contract = load(run.source / "contract.yaml")
    shapes = released(contract)
    names = {row: person for person, row in ids_of(run).items() if person in chosen and person in side}
    parts: dict[str, dict[str, pd.DataFrame]] = {}
    for part in PARTS:
        rows = [row for row, person in names.items() if chosen[person] == part]
        parts[part] = of_people(contract, run.stage("deid"), rows)
    drawn = derive(seed, "linked", "synthetic")
    synthetic = sample(contract, run.stage("synth"), contract.policy.learned_people, drawn)
    compared = comparison(contract, parts["train"], parts["holdout"], synthetic, seed)
    key = shapes[contract.person].key
    people = {part: [names[int(row)] for row in parts[part][contract.person][key]] for part in PARTS}
    return Attacked(compared, people)


def _epsilon(contract: Contract, every: Sequence[Run], sides: Sequence[Mapping[str, str]], lost: int) -> list[Measure]:
    """Where this run claims differential privacy: what the releases that one person is in claim together, at most."""
    claims = [_claim(run) for run in every]
    if claims[0] is None:
        return []
    learned = [{person for person, part in side.items() if part == "train"} for side in sides]
    spent = dict.fromkeys(learned[0], 0.0)
    for claim, people in zip(claims, learned, strict=True):
        for person in people & spent.keys():
            spent[person] += claim or 0.0
    unclaimed = lost + sum(
        claim is None and bool(people & learned[0]) for claim, people in zip(claims, learned, strict=True)
    )
    return [measure_epsilon(max(spent.values(), default=0.0), contract.policy, len(spent), unclaimed)]


def _claim(run: Run) -> float | None:
    """Epsilon of a run's engine, None where it claims none."""
    engine: dict[str, Any] = read_json(run.stage("synth") / "engine.json")
    if not engine.get("abilities", {}).get("private"):
        return None
    return float(load(run.source / "contract.yaml").policy.epsilon)
