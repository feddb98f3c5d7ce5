"""Inference: is a sensitive value of a person that of the synthetic row most like them in all else?

Source: Article 29 Working Party, Opinion 05/2014 (WP216); Giomi et al. 2023 (PoPETs) for the game. What is told of
anybody like the person is told of hold-out people too; only what exceeds that counts. Reported as a difference of
shares.
"""

from __future__ import annotations

import numpy as np

from factory.checks.comparison import PARTS, Ints, Part
from factory.checks.privacy.wp216.judging import Attack, tried
from factory.checks.privacy.wp216.nearest import Field, squared
from factory.checks.privacy.wp216.records import MISSING, Bools, Singles
from factory.checks.privacy.wp216.views import PEOPLE
from factory.core.seeds import generator

# A guess of an ordered value is right where no more than this share of people lie between it and the truth.
NEAR = 0.05


def inference(field: Field, columns: list[str], seed: int) -> list[Attack]:
    """The attack on each of the columns that the view has."""
    names = field.view.records.names
    places = [names.index(column) for column in columns if column in names]
    if not places or len(names) < 2:
        return []
    nearest = {part: _nearest(field, part, places) for part in PARTS[:2]}
    return [_attack(field, place, {p: nearest[p][i] for p in nearest}, seed) for i, place in enumerate(places)]


def _nearest(field: Field, part: Part, places: list[int]) -> list[tuple[Ints, Ints]]:
    """For each column left out: the nearest target of each row among the synthetic, and among the planted too."""
    points = field.attacked(part)
    everything = list(range(len(points)))
    joined, targets = np.concatenate(points, axis=1), field.joined(everything)
    found: list[list[tuple[Ints, Ints]]] = [[] for _ in places]
    for block in field.blocks(part):
        whole = squared(joined[block], targets)
        for kept, place in zip(found, places, strict=True):
            others = whole - squared(points[place][block], field.targets[place])
            first = others[:, : field.rows].argmin(axis=1)
            best = others[np.arange(len(others)), first]
            extra = field.rows + others[:, field.rows :].argmin(axis=1)
            closer = others[np.arange(len(others)), extra] < best
            kept.append((first, np.where(closer, extra, first)))
    return [(np.concatenate([a for a, _ in kept]), np.concatenate([b for _, b in kept])) for kept in found]


def _attack(field: Field, place: int, nearest: dict[Part, tuple[Ints, Ints]], seed: int) -> Attack:
    codes, ordered = field.view.records.codes, bool(field.view.records.ordered[place])
    values = np.concatenate([codes["synthetic"][place], codes["train"][place, field.view.planted]])
    right = {part: [_right(values[guess], codes[part][place], ordered) for guess in nearest[part]] for part in nearest}
    (main, planted), (control, planted_control) = right["train"], right["holdout"]
    exposed = field.view.exposed
    dice = generator(seed, "wp216", field.view.name, "guess")
    guesses = dice.choice(codes["synthetic"][place], len(main))
    name = field.view.records.names[place]
    return Attack(
        where=name if field.view.name == PEOPLE else f"{field.view.name}.{name}",
        all=tried(main, control),
        exposed=tried(main[exposed["train"]], control[exposed["holdout"]]),
        planted=tried(planted[field.view.planted], planted_control),
        baseline=float(_right(guesses, codes["train"][place], ordered).mean()),
        findable=field.view.findable(without=place),
    )


def _right(guess: Singles, truth: Singles, ordered: bool) -> Bools:
    if not ordered:
        return np.asarray(guess == truth)
    both = (guess != MISSING) & (truth != MISSING)
    return np.asarray(np.where(both, np.abs(guess - truth) <= NEAR, guess == truth))
