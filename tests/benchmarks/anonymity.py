"""Prints how fast the measures of anonymity and the search are: `python tests/benchmarks/anonymity.py [adult.csv]`.

The measures run on a million simulated rows, beside the same figures by a plain groupby. The search runs on the census
table Adult, where its path is given or FACTORY_DATA names a folder that holds it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from factory.deid.anonymity import (
    AgeHierarchy,
    FlatHierarchy,
    TableHierarchy,
    equivalence_classes,
    k_anonymity,
    l_diversity,
    micro_aggregate,
    report,
    search,
    t_closeness,
)

T = TypeVar("T")

ROWS = 1_000_000
QIS = ["age", "sex", "zip", "race", "year"]
PARENTS = {
    "marital-status": {
        "Married-civ-spouse": "spouse", "Married-AF-spouse": "spouse", "Never-married": "alone", "Divorced": "alone",
        "Widowed": "alone", "Separated": "apart", "Married-spouse-absent": "apart",
    },
    "education": {
        "Preschool": "school", "1st-4th": "school", "5th-6th": "school", "7th-8th": "school", "9th": "school",
        "10th": "school", "11th": "school", "12th": "school", "HS-grad": "school", "Some-college": "college",
        "Assoc-voc": "college", "Assoc-acdm": "college", "Bachelors": "degree", "Masters": "degree",
        "Prof-school": "degree", "Doctorate": "degree",
    },
    "workclass": {
        "State-gov": "public", "Federal-gov": "public", "Local-gov": "public", "Private": "private",
        "Self-emp-not-inc": "self", "Self-emp-inc": "self", "Without-pay": "unpaid", "Never-worked": "unpaid",
    },
    "occupation": {
        "Adm-clerical": "office", "Exec-managerial": "office", "Prof-specialty": "office", "Tech-support": "office",
        "Sales": "office", "Handlers-cleaners": "manual", "Craft-repair": "manual", "Transport-moving": "manual",
        "Farming-fishing": "manual", "Machine-op-inspct": "manual", "Other-service": "service",
        "Protective-serv": "service", "Priv-house-serv": "service", "Armed-Forces": "service",
    },
}  # fmt: skip


def timed(name: str, call: Callable[[], T], against: float | None = None) -> tuple[T, float]:
    """Run a call and print how long it took, and how many times shorter that is than `against` seconds."""
    start = time.perf_counter()
    made = call()
    took = time.perf_counter() - start
    print(f"  {name:<44}{took:8.2f} s" + (f"   {against / took:6.1f} x" if against else ""))
    return made, took


def simulated(rows: int) -> pd.DataFrame:
    """Rows with five quasi-identifiers, two sensitive columns, and about three rows a person."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "age": rng.integers(0, 91, rows),
            "sex": rng.choice(["f", "m"], rows),
            "zip": np.char.zfill(rng.integers(10, 60, rows).astype(str), 3).astype(object),
            "race": rng.choice(list("abcde"), rows, p=[0.7, 0.15, 0.1, 0.04, 0.01]),
            "year": rng.integers(2015, 2025, rows),
            "diagnosis": rng.choice([f"D{n}" for n in range(300)], rows),
            "cost": rng.gamma(2, 500, rows).round(),
            "person": rng.integers(0, rows // 3, rows),
        }
    )


def measures(frame: pd.DataFrame) -> None:
    """Time k, l and t against a plain groupby, each from the table on."""

    def grouped() -> Any:
        return frame.groupby(QIS, dropna=False)

    def classes() -> Any:
        return equivalence_classes(frame[QIS])

    print(f"{len(frame):,} rows, {len(QIS)} quasi-identifiers")
    k, plain = timed("k, groupby", lambda: int(grouped().size().min()))
    found, _ = timed("k", lambda: k_anonymity(classes()), plain)
    assert found == k
    distinct, plain = timed("distinct l, groupby", lambda: int(grouped()["diagnosis"].nunique().min()))
    diversity, _ = timed("l, distinct and entropy", lambda: l_diversity(classes(), frame["diagnosis"]), plain)
    assert diversity.distinct == distinct
    people, plain = timed("k of people, groupby", lambda: int(grouped()["person"].nunique().min()))
    found, _ = timed("k of people", lambda: k_anonymity(classes(), frame["person"]), plain)
    assert found == people
    part = frame.sample(frac=0.02, random_state=1)
    _, plain = timed("t, groupby, a fiftieth of the rows", lambda: _groupby_t(part))
    timed("t, a fiftieth of the rows", lambda: t_closeness(equivalence_classes(part[QIS]), part["diagnosis"]), plain)
    timed("t", lambda: t_closeness(classes(), frame["diagnosis"]))
    timed("t of a scale", lambda: t_closeness(classes(), frame["cost"]))
    timed("t of people", lambda: t_closeness(classes(), frame["diagnosis"], frame["person"]))
    timed("micro-aggregation of one column, k 11", lambda: micro_aggregate(frame[["cost"]], 11))
    timed("micro-aggregation of two, 50,000 rows, k 11", lambda: micro_aggregate(frame[["cost", "age"]][:50_000], 11))


def _groupby_t(frame: pd.DataFrame) -> float:
    overall = frame["diagnosis"].value_counts(normalize=True)
    return max(
        float(values.value_counts(normalize=True).sub(overall, fill_value=0).abs().sum()) / 2
        for _, values in frame.groupby(QIS)["diagnosis"]
    )


def million(frame: pd.DataFrame) -> None:
    """Time the search on all rows."""
    qis = {"age": AgeHierarchy(), "sex": FlatHierarchy(), "zip": FlatHierarchy(), "race": FlatHierarchy()}
    print(f"search, {len(frame):,} rows, {len(qis)} quasi-identifiers, k 11")
    for name, people in (("rows", None), ("people", frame["person"])):
        made, _ = timed(name, partial(search, frame, qis, 11, people))
        print(f"    {made.levels}, loss {made.loss:.3f}, nodes {made.nodes}, judged {made.evaluated}")


def adult(path: Path) -> None:
    """Search the census table under k 11 with eight quasi-identifiers."""
    frame = pd.read_csv(path, skipinitialspace=True, na_values="?")
    home = {
        c: "North America" if c in ("United-States", "Canada") else "elsewhere"
        for c in frame["native-country"].dropna()
    }
    qis = {"age": AgeHierarchy(), "sex": FlatHierarchy(), "race": FlatHierarchy()}
    for name, parents in {**PARENTS, "native-country": home}.items():
        qis[name] = TableHierarchy(pd.DataFrame({"level0": parents.keys(), "level1": parents.values()}))
    asked: dict[str, dict[str, Any]] = {
        "k 11": {},
        "k 11, cells starred": {"max_local": 0.5},
        "k 11, l 2": {"sensitive": ["income"], "l": 2},
        "k 11, t 0.3": {"sensitive": ["income"], "t": 0.3},
    }
    print(f"search, Adult, {len(frame):,} rows, {len(qis)} quasi-identifiers")
    for name, limits in asked.items():
        made, _ = timed(name, partial(search, frame, qis, 11, **limits))
        print(f"    loss {made.loss:.3f}, suppressed {made.people_suppressed:.2%}, k {made.k}, t {made.t}", end="")
        print(f", nodes {made.nodes}, judged {made.evaluated}")
        print(pd.DataFrame(report(made)).drop(columns="cells_uncovered").to_string(index=False, float_format="%.3f"))


if __name__ == "__main__":
    table = simulated(ROWS)
    measures(table)
    million(table)
    census = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FACTORY_DATA", ".") + "/adult/adult.csv")
    if census.exists():
        adult(census)
