"""Membership inference by nearest synthetic record: can training people be told from hold-out people?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.neighbors import NearestNeighbors

from factory.checks.auc import Floats, delong
from factory.checks.features import encode, flat
from factory.checks.measure import Measure
from factory.contract import Contract, released
from factory.core.seeds import generator

# Brute-force distances over more people than this take minutes; the interval says what the cut costs.
MOST_PEOPLE = 4000


def scores(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
    seed: int,
    table: str,
) -> tuple[Floats, Floats]:
    """Scores of training and of hold-out people: minus the distance from their closest row to a synthetic row."""
    parts = [flat(contract, frames, table) for frames in (train, holdout, synthetic)]
    cut = [_some_people(*part, seed) for part in parts[:2]]
    inside, outside, drawn = encode(cut[0][0], cut[1][0], parts[2][0])
    index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(drawn)
    return _by_person(index, inside, cut[0][1]), _by_person(index, outside, cut[1][1])


def membership(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
    seed: int,
) -> Measure:
    """AUC of the attack on the table where its upper bound is worst, with DeLong's interval over people.

    Source: Yeom et al. 2018 (CSF) for the game; Chen et al., GAN-Leaks, 2020 (CCS) for the nearest-record score.
    """
    found = {}
    for table in released(contract):
        if all(len(frames[table]) for frames in (train, holdout, synthetic)):
            members, others = scores(contract, train, holdout, synthetic, seed, table)
            found[table] = (*delong(members, others), len(members) + len(others))
    table = max(found, key=lambda name: found[name][2])
    value, low, high, people = found[table]
    return Measure(
        name="membership_auc",
        title=f"Membership attack by nearest record, AUC (worst table: {table})",
        value=value,
        low=low,
        high=high,
        threshold=contract.policy.membership_auc,
        direction="at most",
        n=people,
        citation="Chen et al. 2020, GAN-Leaks (CCS); DeLong et al. 1988; EDPB WP216; control ED-3",
    )


def _some_people(rows: pd.DataFrame, owner: pd.Series, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    people = owner.unique()
    if len(people) <= MOST_PEOPLE:
        return rows, owner
    kept = generator(seed, "membership").choice(people, MOST_PEOPLE, replace=False)
    chosen = owner.isin(kept)
    return rows[chosen].reset_index(drop=True), owner[chosen].reset_index(drop=True)


def _by_person(index: NearestNeighbors, rows: Floats, owner: pd.Series) -> Floats:
    distance, _ = index.kneighbors(rows)
    nearest = pd.Series(-distance[:, 0]).groupby(owner.to_numpy()).max()
    return np.asarray(nearest, dtype=np.float64)
