"""Attribute disclosure: of the synthetic rows with a person's quasi-identifiers, how many have their sensitive value?

Taub et al. 2018 (PSD): the correct attribution probability, on training less hold-out people, whom the rows tell of
only as of anybody like them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.intervals import difference
from factory.checks.measure import Measure
from factory.checks.privacy.identity import ALL_KNOWN
from factory.checks.privacy.knowledge import per_person, sensitive_columns
from factory.checks.privacy.wp216.inference import NEAR
from factory.checks.privacy.wp216.judging import shared_level
from factory.checks.privacy.wp216.records import MISSING, Records, records
from factory.words import Said

Floats = npt.NDArray[np.float64]
TITLE = Said("Attribute disclosure by quasi-identifiers, training less hold-out people")
CITATION = "Taub et al. 2018 (PSD, correct attribution probability); Newcombe 1998; control ED-4"


def attribute(
    comparison: Comparison, classes: dict[Part, Ints], known: list[tuple[str, str]]
) -> tuple[Measure, list[dict[str, Any]]]:
    """The gate on the sensitive column that is told best, and a row a column. `known`: the quasi-identifiers."""
    columns = [pair for pair in sensitive_columns(comparison) if pair not in known]
    table = records({part: per_person(comparison, part, columns) for part in PARTS})
    threshold = comparison.contract.policy.disclosure_advantage
    if not table.names:
        return unable("attribute_disclosure", TITLE, threshold, comparison.people("train"), CITATION, ALL_KNOWN), []
    level = shared_level(len(table.names))
    found = []
    rows = []
    for place, name in enumerate(table.names):
        hits = [attribution(table, place, part, classes) for part in PARTS[:2]]
        judged = difference(float(hits[0].sum()), len(hits[0]), float(hits[1].sum()), len(hits[1]), level)
        found.append((name, judged))
        rows.append(
            {
                "where": name,
                "train": round(float(hits[0].mean()), 4),
                "holdout": round(float(hits[1].mean()), 4),
                "difference": [round(one, 4) for one in judged],
            }
        )
    where, (value, low, high) = max(found, key=lambda pair: (pair[1][1] > threshold, pair[1][2]))
    measure = Measure(
        name="attribute_disclosure",
        title=TITLE,
        value=value,
        low=low,
        high=high,
        threshold=threshold,
        direction="at most",
        n=comparison.people("train") + comparison.people("holdout"),
        citation=CITATION,
        where=where,
    )
    return measure, rows


def attribution(table: Records, place: int, part: Part, classes: dict[Part, Ints]) -> Floats:
    """For each real person the share of synthetic rows of their class that have their value; 0 where none are."""
    real, drawn = table.codes[part][place].astype(np.float64), table.codes["synthetic"][place].astype(np.float64)
    made = classes["synthetic"]
    many = np.bincount(made, minlength=int(classes[part].max(initial=0)) + 1)[classes[part]]
    reach = NEAR if table.ordered[place] else 0.0
    # Categories are whole numbers and ranks lie in [-1, 1]: no reach spans two classes.
    span = max(real.max(initial=0), drawn.max(initial=0)) + 4
    keys = np.sort(made * span + drawn)
    own = classes[part] * span + real
    slack = np.where(real == MISSING, 0.0, reach) + 1e-9
    hits = np.searchsorted(keys, own + slack, "right") - np.searchsorted(keys, own - slack, "left")
    return np.asarray(np.where(many > 0, hits / np.maximum(many, 1), 0.0))


def unable(name: str, title: str, threshold: float, n: int, citation: str, weak: str) -> Measure:
    """A gate that nothing could be worked out for."""
    return Measure(
        name=name,
        title=title,
        value=float("nan"),
        low=None,
        high=None,
        threshold=threshold,
        direction="at most",
        n=n,
        citation=citation,
        weak=weak,
    )
