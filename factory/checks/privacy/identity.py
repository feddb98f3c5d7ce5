"""Meaningful identity disclosure: whom a synthetic row could be taken for, where something would be learned by it.

El Emam, Mosquera and Bass 2020 (JMIR 22(11):e23139). A training person counts where a synthetic row has the same
quasi-identifiers (I = 1) and something is learned (R = 1): a rare category that is right, or a near number. The risk
is the larger of two: 1/F for who looks the row's person up in the population, 1/f for who looks a person of the
population up in the rows, where F people of the population and f training people have those quasi-identifiers. The
policy says what share of the population is here; the case that all of it is here is shown beside. Each match counts
as verified, the adversary's best case; the paper's allowance for errors is in the details. Numbers are compared as
ranks.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.intervals import wilson
from factory.checks.measure import Measure
from factory.checks.persons import person_frames
from factory.checks.privacy.clusters import cluster_shares
from factory.checks.privacy.knowledge import sensitive_columns
from factory.checks.privacy.population import expected_inverse
from factory.checks.privacy.wp216.records import MISSING, Records, records
from factory.words import Said

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
# Share of the sensitive variables that must be learned; the paper's L.
LEARNED = 0.05
# What at least this share of people have is no news of anybody: the paper's rule for categories.
_COMMON = 0.5
# A number is learned where it is nearer than a standard deviation, as the median absolute deviation tells it.
_MAD = 1.48
# Means of the paper's triangular distributions: matches that could be verified, and values with an error in them.
_VERIFIED, _ERRORS = 0.23, 0.0426
CITATION = "El Emam et al. 2020 (JMIR 22(11):e23139); Benedetti and Franconi 1998; Wilson 1927; control ED-2"
ALL_KNOWN = Said("No column is left that could be learned.")


def identity(
    comparison: Comparison, classes: dict[Part, Ints], known: list[tuple[str, str]]
) -> tuple[Measure, dict[str, Any]]:
    """The gate on the mean risk of training people, and its parts. `known`: the quasi-identifiers."""
    here = comparison.contract.policy.sampled_share
    table, wanted = _others(comparison, known)
    details: dict[str, Any] = {"sensitive_columns": len(table.names), "named_sensitive": wanted}
    risks = {}
    for part in PARTS[:2]:
        count = np.zeros(len(classes[part]))
        for place in range(len(table.names)):
            count += learned_values(table, place, part, classes)
        enough = max(1, math.ceil(LEARNED * len(table.names)))
        told = count >= enough
        risks[part] = identity_risk(classes[part], classes["synthetic"], told, here)
        if part == "train":
            alone = identity_risk(classes[part], classes["synthetic"], told, 1)
            details["all_people_are_here"] = round(float(alone.mean()), 4)
    shares = risks["train"]
    value, low, high = wilson(float(shares.sum()), len(shares))
    errors = _VERIFIED * (1 - (1 - _ERRORS) ** len(known))
    details |= {
        "matched": round(float(np.isin(classes["train"], classes["synthetic"]).mean()), 4),
        "with_allowance_for_errors": round(value * (1 + errors) / 2, 4),
        # What people whom the engine never saw have, their own part taken for the population.
        "holdout_people": round(float(risks["holdout"].mean()), 4),
    }
    return Measure(
        name="identity_disclosure",
        title=Said(
            "Meaningful identity disclosure, training people taken for {share:.0%} of those there are", share=here
        ),
        value=value,
        low=low,
        high=high,
        threshold=comparison.contract.policy.identity_disclosure,
        direction="at most",
        n=len(shares),
        citation=CITATION,
        weak="" if table.names else ALL_KNOWN,
    ), details


def identity_risk(classes: Ints, drawn: Ints, learned: Bools, share: float) -> Floats:
    """Each real person's part in the mean risk (n,), of the direction that is worse.

    `classes`: of real people (n,); `drawn`: of synthetic ones; `learned`: whether a match tells something new (n,);
    `share`: of the population that the real people are, 1 where they are all of it.
    """
    _, where, sizes = np.unique(classes, return_inverse=True, return_counts=True)
    found = np.isin(classes, drawn) & learned
    looked_up = found * expected_inverse(sizes, share)[where]
    looked_for = found * share / sizes[where]
    return np.asarray(max(looked_up, looked_for, key=lambda one: float(one.sum())), dtype=np.float64)


def _others(comparison: Comparison, known: list[tuple[str, str]]) -> tuple[Records, bool]:
    """What could be learned of a person, a row each: the sensitive columns, or where none is named all others."""
    frames = person_frames(comparison)
    person = comparison.contract.person
    wanted = [(table, name) for table, name in sensitive_columns(comparison) if (table, name) not in known]
    heads = tuple(name if table == person else f"{table}.{name}: " for table, name in wanted)
    kept = [column for column in frames["train"].columns if any(_is_of(column, head) for head in heads)]
    if kept:
        return records({part: frames[part][kept] for part in PARTS}), True
    gone = tuple(name if table == person else f"{table}.{name}: " for table, name in known)
    rest = [column for column in frames["train"].columns if not any(_is_of(column, head) for head in gone)]
    return records({part: frames[part][rest] for part in PARTS}), False


def _is_of(column: str, head: str) -> bool:
    return column.startswith(head) if head.endswith(": ") else column == head


def learned_values(table: Records, place: int, part: Part, classes: dict[Part, Ints]) -> Bools:
    """Real people of whom a synthetic row of their class tells the value of a column (people,).

    It must be one that fewer than half of people have, and if a category be right, if a number lie so near that the
    distance, times the share of people with like values, is under 1.48 deviations.
    """
    real, drawn = table.codes[part][place].astype(np.float64), table.codes["synthetic"][place].astype(np.float64)
    there = real != MISSING
    _, where, counts = np.unique(real, return_inverse=True, return_counts=True)
    rare = there & (counts[where] / max(1, len(real)) < _COMMON)
    if not table.ordered[place]:
        span = max(real.max(initial=0), drawn.max(initial=0)) + 2
        return np.asarray(rare & np.isin(classes[part] * span + real, classes["synthetic"] * span + drawn))
    deviation = _MAD * float(np.median(np.abs(real[there] - np.median(real[there])))) if there.any() else 0.0
    near = _nearest_of_class(real, classes[part], drawn, classes["synthetic"])
    # Where half of people have one value the deviation is 0, and another's value is learned where it is met exactly.
    return np.asarray(rare & ((cluster_shares(real) * near < deviation) | (near == 0)))


def _nearest_of_class(real: Floats, classes: Ints, drawn: Floats, theirs: Ints) -> Floats:
    """Distance of each real value (n,) to the nearest synthetic value of its class; inf where there is none."""
    there = drawn != MISSING
    # Values are ranks in [0, 1], so that classes two apart never meet.
    keys = np.sort(theirs[there] * 4.0 + drawn[there])
    if not len(keys):
        return np.full(len(real), np.inf)
    own = classes * 4.0 + real
    at = np.searchsorted(keys, own)
    below, above = keys[np.maximum(at - 1, 0)], keys[np.minimum(at, len(keys) - 1)]
    near = np.minimum(np.abs(own - below), np.abs(own - above))
    return np.where(near <= 1.0, near, np.inf)
