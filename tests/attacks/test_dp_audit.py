"""An audit of the claim: tables that differ by one patient, many runs of each, and how well they can be told apart.

By the definition, whoever guesses from a release which of the two it was made of is right so often (`true`) and wrong
so often (`false`) that true <= e^epsilon * false + delta. Exact binomial bounds on both shares (Clopper and Pearson
1934) bound epsilon from below (Jagielski, Ullman and Oprea 2020); a sound mechanism stays under what it declares, and
one whose unit is the row or whose noise is too small does not. The guess weighs every count of the patient's cells by
its precision, which for Gaussian noise is the best there is.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

pytest.importorskip("opendp", reason="the extra dp is not installed")

from factory.synth.dp import Ledger, PrivateRows, Settings, tree
from factory.synth.dp.tree import budget
from factory.synth.rows import Field

EPSILON, DELTA = 1.0, 1e-6
PEOPLE, PATIENT_ROWS = 60, 20
RUNS = 300
BROKEN_RUNS = 240
FIELDS = {"ward": Field("category", levels=("甲", "乙", "丙")), "sex": Field("category", levels=("f", "m"))}
SETTINGS = Settings(complete=frozenset(FIELDS))


def _table(with_patient):
    """Everybody has one row, the patient twenty, alone in their cell."""
    frame = pd.DataFrame({"ward": ["甲", "乙"] * (PEOPLE // 2), "sex": ["f"] * PEOPLE}, dtype=object)
    people = np.arange(PEOPLE)
    if with_patient:
        own = pd.DataFrame({"ward": ["丙"] * PATIENT_ROWS, "sex": ["m"] * PATIENT_ROWS}, dtype=object)
        frame, people = pd.concat([frame, own], ignore_index=True), np.append(people, [PEOPLE] * PATIENT_ROWS)
    return frame, people


def _statistics(model, frame, people, runs=RUNS):
    """Per run, what a release says of the patient's cells beyond what everybody else is known to be in them."""
    others = np.stack([_table(False)[0][n].map(FIELDS[n].levels.index).to_numpy() for n in FIELDS], axis=1)
    patient = np.array([[FIELDS["ward"].levels.index("丙"), FIELDS["sex"].levels.index("m")]])
    found = []
    for run in range(runs):
        release = model().release(frame, FIELDS, people, run)
        said = 0.0
        for table in release.codes:
            (column,) = table.clique
            cell = patient[0, column]
            said += (table.counts[cell] - (others[:, column] == cell).sum()) / table.sigma**2
        for table in release.measured[len(FIELDS) :]:
            codes, own = (np.stack([release.groups[c].of[r[:, c]] for c in table.clique], 1) for r in (others, patient))
            cell = np.ravel_multi_index(own[0], [release.groups[c].size for c in table.clique])
            said += (table.counts[cell] - (codes == own).all(1).sum()) / table.sigma**2
        found.append(said)
    return np.array(found)


def _epsilon_of(without, with_patient, confidence=0.99):
    """Lower bound of epsilon; half of the runs choose the threshold, the other half are judged by it."""
    half = len(without) // 2
    tail = (1 - confidence) / 4  # two shares, two directions
    bounds = [0.0]
    for sign in (1, -1):
        absent, present = sign * without, sign * with_patient
        cuts = np.quantile(np.append(absent[:half], present[:half]), np.linspace(0.02, 0.98, 49))
        cut = max(cuts, key=lambda c: _bound(present[:half] > c, absent[:half] > c, tail))
        bounds.append(_bound(present[half:] > cut, absent[half:] > cut, tail))
    return max(bounds)


def _bound(true, false, tail):
    n, hits, misses = len(true), true.sum(), false.sum()
    low = beta.ppf(tail, hits, n - hits + 1) if hits else 0.0
    high = beta.ppf(1 - tail, misses + 1, n - misses) if misses < n else 1.0
    return float(np.log(max(low - DELTA, 1e-12) / high))


def _declared(most_rows=1):
    return lambda: PrivateRows(EPSILON, DELTA, Ledger(None, EPSILON, DELTA), most_rows=most_rows, settings=SETTINGS)


@pytest.mark.parametrize("most_rows", [1, PATIENT_ROWS])
def test_a_patient_of_many_rows_is_hidden(most_rows):
    made = [_statistics(_declared(most_rows), *_table(with_patient)) for with_patient in (False, True)]
    assert _epsilon_of(*made) <= EPSILON


def test_the_row_as_unit_is_caught():
    """The ledger says 1 a patient, but the rows are handed over as if each were somebody's own."""
    (frame, _), (larger, _) = _table(False), _table(True)
    made = [_statistics(_declared(), table, np.arange(len(table)), BROKEN_RUNS) for table in (frame, larger)]
    assert _epsilon_of(*made) > 1.5 * EPSILON


def test_noise_that_is_too_small_is_caught(monkeypatch):
    """The ledger says 1, but the noise is that of epsilon 30."""
    monkeypatch.setattr(tree, "budget", lambda epsilon, *rest: budget(30 * epsilon, *rest))
    made = [_statistics(_declared(), *_table(with_patient), BROKEN_RUNS) for with_patient in (False, True)]
    assert _epsilon_of(*made) > 1.5 * EPSILON


def test_rows_kept_but_not_accounted_for_are_caught(monkeypatch):
    """A mistake in the sensitivity, not in the budget: twenty rows of a patient are kept, one is accounted for."""
    monkeypatch.setattr(tree, "budget", lambda epsilon, delta, rows, *rest: budget(epsilon, delta, 1, *rest))
    made = [_statistics(_declared(PATIENT_ROWS), *_table(with_patient), BROKEN_RUNS) for with_patient in (False, True)]
    assert _epsilon_of(*made) > 1.5 * EPSILON
