"""Missing values: the share of each column, and which columns are missing together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import Floats, beside, counted, left_out, told, total_variation
from factory.checks.fidelity.sample import SIDES, Sample, cuts, enough
from factory.checks.measure import Measure
from factory.words import Said

PATTERNS = 12
CITATION = "Little and Rubin, Statistical Analysis with Missing Data, ch. 1: patterns; total variation"


def measure_missing(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """Greatest difference of a column's missing share, and the distance of missingness patterns, a table.

    A pattern is the set of columns that a row lacks; a child row is asked its own columns alone. Patterns of fewer
    than `smallest_cell` training people count as one, so that the distance is not made of what happened once. Details
    have null for the share of fewer people.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    cell = comparison.contract.policy.smallest_cell
    for table, cut in cuts(comparison):
        own = [c.name for c in comparison.shapes[table].columns if c.compared]
        names = [name for name in own if any(part.frame[name].isna().any() for part in cut.values())]
        if not names:
            continue
        shares = {part: np.array([_share(sample, name) for name in names]) for part, sample in cut.items()}
        gaps = {part: np.abs(shares[part] - shares["train"]) for part in SIDES}
        made, fresh = (np.asarray(gaps[part].max(axis=0)) for part in SIDES)
        n = len(cut["synthetic"].drawn)
        title = Said("Greatest difference of a column's missing share")
        measures += beside("missing_share", title, made, fresh, "at most", n, CITATION, table, comparison.seed)
        distances, shown = _patterns(cut, names, cell)
        title = Said("Distance of the patterns in which columns are missing together")
        measures += beside(
            "missing_patterns", title, distances["synthetic"], distances["holdout"], "at most", n, CITATION, table,
            comparison.seed,
        )  # fmt: skip
        details[table] = {
            "columns": {
                name: {part: told(shares[part][at]) if _open(cut[part], name, cell) else None for part in cut}
                for at, name in enumerate(names)
            },
            "patterns": shown,
        }
    return measures, details


def _open(sample: Sample, name: str, cell: int) -> bool:
    return enough(sample, sample.frame[name].isna().to_numpy(), cell)


def _share(sample: Sample, name: str) -> Floats:
    lacks = sample.frame[name].isna().to_numpy().astype("float64")
    one = np.zeros(len(lacks), dtype=np.int64)
    missing, rows = (left_out(one, weights, 1, sample.groups)[:, 0] for weights in (lacks, np.ones(len(lacks))))
    with np.errstate(all="ignore"):
        return np.asarray(missing / rows)


def _patterns(cut: dict[Part, Sample], names: list[str], cell: int) -> tuple[dict[Part, Floats], list[dict[str, Any]]]:
    bits = {part: np.packbits(sample.frame[names].isna().to_numpy(), axis=1) for part, sample in cut.items()}
    keys = {part: pd.Series([row.tobytes() for row in rows]) for part, rows in bits.items()}
    behind = pd.DataFrame({"k": keys["train"], "p": cut["train"].people}).drop_duplicates()["k"].value_counts()
    common = sorted(behind.index[behind >= cell])
    place = {key: at for at, key in enumerate(common)}
    tables = {
        part: counted(keys[part].map(place).fillna(len(common)).to_numpy("int64"), len(common) + 1, sample.groups)
        for part, sample in cut.items()
    }
    distances: dict[Part, Floats] = {part: total_variation(tables["train"], tables[part]) for part in SIDES}
    shares = {part: table[0] / table[0].sum() for part, table in tables.items()}
    shown: list[dict[str, Any]] = []
    for at in np.argsort(-shares["train"][:-1], kind="stable")[:PATTERNS]:
        flags = np.unpackbits(np.frombuffer(common[at], dtype=np.uint8))[: len(names)]
        shown.append(
            {
                "missing": [name for name, flag in zip(names, flags, strict=True) if flag],
                **{
                    part: round(float(share[at]), 4)
                    if enough(cut[part], (keys[part] == common[at]).to_numpy(), cell)
                    else None
                    for part, share in shares.items()
                },
            }
        )
    return distances, shown
