"""Identity and attribute disclosure, and how few people fit a record: what quasi-identifiers give away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.measure import Bearing, Measure
from factory.checks.privacy import attribution, identity
from factory.checks.privacy.knowledge import per_person, quasi_identifiers
from factory.checks.privacy.population import k_map, population_uniques, uniques_in_population
from factory.words import Said

_CITE_UNIQUES = "Pitman 1995; Hoshino 2001 (J. Official Statistics 17:499)"
_CITE_KMAP = "Sweeney 2002 (IJUFKS 10:557); El Emam and Dankar 2008 (JAMIA 15:627)"
_UNKNOWN = "The contract names no quasi-identifier, and the person table has no column that could be one."


def measure_disclosure(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Identity and attribute disclosure (gates), population uniques and k-map (diagnostics), and what they rest on.

    Where the contract names no quasi-identifier, short columns of the person table are assumed and named in the
    details.
    """
    known, declared = quasi_identifiers(comparison)
    details: dict[str, Any] = {
        "quasi_identifiers": [f"{table}.{name}" for table, name in known],
        "quasi_identifiers_declared": declared,
    }
    if not known:
        return _unable(comparison), details
    classes = _classes(comparison, known)
    who, details["identity"] = identity.identity(comparison, classes, known)
    what, details["attribute"] = attribution.attribute(comparison, classes, known)
    return [who, what, *_uniques(comparison, classes)], details


def _unable(comparison: Comparison) -> list[Measure]:
    policy, n = comparison.contract.policy, comparison.people("train")
    return [
        attribution.unable(name, title, threshold, n, citation, _UNKNOWN)
        for name, title, citation, threshold in (
            ("identity_disclosure", "Meaningful identity disclosure", identity.CITATION, policy.identity_disclosure),
            ("attribute_disclosure", attribution.TITLE, attribution.CITATION, policy.disclosure_advantage),
        )
    ]


def _classes(comparison: Comparison, known: list[tuple[str, str]]) -> dict[Part, Ints]:
    """Which people have the same quasi-identifiers, as whole numbers over all parts (people,)."""
    frames = [per_person(comparison, part, known) for part in PARTS]
    whole = pd.concat(frames, ignore_index=True)
    codes = np.zeros(len(whole), dtype=np.int64)
    for name in whole.columns:
        levels, _ = pd.factorize(whole[name])
        codes, _ = pd.factorize(codes * (int(levels.max()) + 2) + levels + 1)
    edges = np.cumsum([0, *(len(frame) for frame in frames)])
    return {part: np.asarray(codes[edges[i] : edges[i + 1]], dtype=np.int64) for i, part in enumerate(PARTS)}


def _uniques(comparison: Comparison, classes: dict[Part, Ints]) -> list[Measure]:
    people = len(classes["train"])
    _, sizes = np.unique(classes["train"], return_counts=True)
    pool = np.concatenate([classes["train"], classes["holdout"]])
    there_are = round(people / comparison.contract.policy.sampled_share)
    estimate = population_uniques(sizes, there_are)
    smallest = k_map(classes["synthetic"], pool)
    alone = uniques_in_population(classes["synthetic"], pool)
    common: dict[str, Any] = {
        "low": None,
        "high": None,
        "threshold": None,
        "n": people,
        "bearing": Bearing.DIAGNOSTIC,
    }
    return [
        Measure(
            name="population_uniques",
            title=Said("Training people alone with their quasi-identifiers among {n:,} that there may be", n=there_are),
            value=estimate / people if people else float("nan"),
            direction="at most",
            citation=_CITE_UNIQUES,
            **common,
        ),
        Measure(
            name="k_map",
            title=Said(
                "Fewest training and hold-out people who fit a synthetic person's quasi-identifiers, where any do"
            ),
            value=float(smallest),
            direction="at least",
            citation=_CITE_KMAP,
            **common,
        ),
        Measure(
            name="k_map_ones",
            title=Said("Share of synthetic people whose quasi-identifiers fit one training or hold-out person only"),
            value=alone,
            direction="at most",
            citation=_CITE_KMAP,
            **common,
        ),
    ]
