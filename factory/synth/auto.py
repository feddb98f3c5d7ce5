"""Engine `auto`: a tournament on a sample; the most faithful engine that passes the privacy policy makes the data.

Each candidate learns half of a sample of people. It is judged against the other half, which it never saw: by how well
a classifier tells its rows from theirs (c2st), and by how well the nearest synthetic record tells the people it learned
from theirs, upper end of the 95% interval. Which candidates enter follows from the size of the sample, never from the
clock, so that the same seed gives the same winner on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from factory.checks.auc import auc, delong
from factory.checks.features import coded, encode, flat
from factory.contract import Contract, ReleasedTable
from factory.contract.people import person_ids
from factory.core.guard import sentence_of
from factory.core.progress import say, step
from factory.core.seeds import derive, generator
from factory.core.version import package_version
from factory.synth.argn.process import ABSENT
from factory.synth.argn.process import version as argn_version
from factory.synth.engine import Engine
from factory.synth.protocol import Abilities, EngineInfo, engine

Floats = npt.NDArray[np.float64]
Tables = dict[str, pd.DataFrame]

PACKAGE = "clinical-data-factory"
MOST_PEOPLE = 4_000
MOST_ROWS = 8_000
MOST_LEVELS = 100
_RARE = "a rare one"
# A classifier needs some rows of each side in every fold.
_FEWEST = 40
_FOLDS = 5
_INCH = 0.5


@dataclass(frozen=True)
class Candidate:
    """An engine that may enter: `cost` is its time a cell of the sample in microseconds, measured roughly once.

    `start`: seconds that it takes whatever the sample.
    """

    name: str
    cost: float
    make: Callable[[], Engine]
    start: float = 0.0


@dataclass(frozen=True)
class Score:
    """A row of the scoreboard. `c2st` and `membership` are AUCs, `upper` ends the latter's 95% interval.

    `able`: it drew the sample, so that it may be taken where too few rows are there to judge.
    """

    engine: str
    c2st: float
    membership: float
    upper: float
    passes: bool
    note: str = ""
    able: bool = True


def candidates() -> list[Candidate]:
    """Who may enter, cheapest first; `argn` where mostlyai-engine is installed."""

    def named(name: str) -> Callable[[], Engine]:
        def make() -> Engine:
            made = engine(name)
            assert isinstance(made, Engine)  # noqa: S101 - all of ours and SDV's are
            return made

        return make

    made = [
        Candidate("trees", 60, named("trees")),
        Candidate("trees-cautious", 60, named("trees-cautious")),
        Candidate("sdv-gaussian-copula", 60, named("sdv-gaussian-copula")),
        Candidate("sdv-tvae", 900, named("sdv-tvae")),
    ]
    if argn_version() != ABSENT:
        # Two processes that load PyTorch and the libraries of language models.
        made.append(Candidate("argn", 300, named("argn"), start=14.0))
    return made


class Auto(Engine):
    """See the module. After `fit`, `scoreboard` holds a row a candidate and `info` is the winner's."""

    info = EngineInfo("auto", PACKAGE, package_version(PACKAGE), "Apache-2.0", Abilities())

    def __init__(self, seconds: float = 20.0) -> None:
        self._budget = seconds
        self.scoreboard: list[dict[str, Any]] = []

    def _fit(self, tables: Tables, contract: Contract, seed: int) -> None:
        halves = _halves(contract, self.shapes, tables, seed)
        cells = sum(frame.size for frame in halves[0].values())
        scores: list[Score] = []
        entered: dict[str, Candidate] = {}
        spent = 0.0
        for candidate in candidates():
            cost = candidate.start + candidate.cost * cells / 1e6
            if spent + cost > self._budget and entered:
                scores.append(Score(candidate.name, _NAN, _NAN, _NAN, False, "left out: beyond the time budget", False))
                continue
            spent += cost
            entered[candidate.name] = candidate
            with step(f"tournament: {candidate.name} on {len(halves[0][contract.person]):,} people"):
                scores.append(_score(candidate, halves, contract, self.shapes, derive(seed, candidate.name)))
        best = winner(scores)
        self.scoreboard = [row(score, score.engine == best) for score in scores]
        for score in scores:
            say(f"{score.engine}: c2st {score.c2st:.3f}, membership {score.membership:.3f} (to {score.upper:.3f})")
        self._best = entered[best].make()
        self.info = self._best.info
        with step(f"learn all with {best}"):
            self._best.fit(tables, contract, derive(seed, "winner"))

    def _draw(self, people: int, seed: int) -> Tables:
        return self._best._draw(people, seed)


_NAN = float("nan")


def row(score: Score, won: bool) -> dict[str, Any]:
    """A score as JSON: figures to three decimals, null where there is none."""
    figures = {name: getattr(score, name) for name in ("c2st", "membership", "upper")}
    shown = {name: None if np.isnan(value) else round(float(value), 3) for name, value in figures.items()}
    return {"engine": score.engine, **shown, "passes": score.passes, "won": won, "note": score.note}


def winner(scores: list[Score]) -> str:
    """The lowest c2st among those that pass, else the lowest upper bound of the attack, else the first that is able."""
    passing = [score for score in scores if score.passes]
    if passing:
        return min(passing, key=lambda score: score.c2st).engine
    judged = [score for score in scores if not np.isnan(score.upper)]
    if judged:
        return min(judged, key=lambda score: score.upper).engine
    return next((score.engine for score in scores if score.able), scores[0].engine)


def _score(
    candidate: Candidate, halves: tuple[Tables, Tables], contract: Contract, shapes: dict[str, ReleasedTable], seed: int
) -> Score:
    inside, outside = halves
    try:
        made = candidate.make()
        made.fit(inside, contract, derive(seed, "fit"))
        drawn = made.sample(len(inside[contract.person]), derive(seed, "sample"))
    except Exception as error:  # noqa: BLE001 - who fails is out of the tournament, whatever the reason
        return Score(candidate.name, _NAN, _NAN, _NAN, False, str(sentence_of(error)), False)
    told, attacks = [], []
    for table in shapes:
        parts = [flat(contract, frames, table, shapes) for frames in (inside, outside, drawn)]
        if min(len(part[0]) for part in parts) < _FEWEST or parts[0][0].empty:
            continue
        parts = _narrow(parts)
        told.append(c2st(parts[1], parts[2], derive(seed, "c2st")))
        attacks.append(nearest(*parts))
    if not told:
        return Score(candidate.name, _NAN, _NAN, _NAN, False, "too few rows to judge")
    worst = max(attacks, key=lambda found: found[2])
    passes = worst[2] <= contract.policy.membership_auc
    return Score(candidate.name, max(told), worst[0], worst[2], passes)


def _narrow(parts: list[tuple[pd.DataFrame, pd.Series]]) -> list[tuple[pd.DataFrame, pd.Series]]:
    """The frames with all but the commonest levels of a category as one: each level is a feature, and costs time."""
    frames = [frame.copy() for frame, _ in parts]
    for name in frames[0].columns:
        if frames[0][name].dtype == object:
            counts = pd.concat([frame[name] for frame in frames]).value_counts()
            rare = set(counts.index[MOST_LEVELS:])
            for frame in frames if rare else ():
                frame[name] = frame[name].where(~frame[name].isin(rare), _RARE)
    return [(frame, owner) for frame, (_, owner) in zip(frames, parts, strict=True)]


def c2st(real: tuple[pd.DataFrame, pd.Series], drawn: tuple[pd.DataFrame, pd.Series], seed: int) -> float:
    """AUC of a boosted classifier that tells drawn rows from real ones, in folds by person; 0.5 is best.

    Source: Lopez-Paz and Oquab, Revisiting Classifier Two-Sample Tests, ICLR 2017.
    """
    rng = generator(seed, "rows")
    sides = [_some(part, rng) for part in (real, drawn)]
    both = pd.concat([frame for frame, _ in sides], ignore_index=True)
    x, categories = coded(both, {name for name in both.columns if both[name].dtype == object}, MOST_LEVELS)
    y = np.r_[np.zeros(len(sides[0][0])), np.ones(len(sides[1][0]))]
    groups = np.r_[sides[0][1].astype("category").cat.codes, -1 - sides[1][1].astype("category").cat.codes]
    # A few thousand rows: threads that wait for each other cost more than they bring, most of all on a busy machine.
    with threadpool_limits(1):
        return _told_apart(x, y, groups, categories, seed)


def _told_apart(x: Floats, y: Floats, groups: npt.NDArray[np.int64], categories: list[bool], seed: int) -> float:
    told = np.zeros(len(y))
    for learn, judge in StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed % 2**31).split(x, y, groups):
        model = HistGradientBoostingClassifier(
            max_iter=100, early_stopping=False, categorical_features=categories, random_state=0
        )
        # Trees find no bins in a column without a value; as a constant it tells them as little.
        asked = np.where(np.isnan(x[learn]).all(axis=0), 0.0, x)
        model.fit(asked[learn], y[learn])
        told[judge] = model.predict_proba(asked[judge])[:, 1]
    return max(auc(told[y == 1], told[y == 0]), _INCH)


def nearest(
    inside: tuple[pd.DataFrame, pd.Series],
    outside: tuple[pd.DataFrame, pd.Series],
    drawn: tuple[pd.DataFrame, pd.Series],
) -> tuple[float, float, float]:
    """AUC of the nearest-record attack by person, with DeLong's interval."""
    a, b, s = encode(inside[0], outside[0], drawn[0])
    index = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(s)

    def best(rows: Floats, owner: pd.Series) -> Floats:
        score = pd.Series(-index.kneighbors(rows)[0][:, 0]).groupby(owner.to_numpy()).max()
        return np.asarray(score, dtype=np.float64)

    return delong(best(a, inside[1]), best(b, outside[1]))


def _some(part: tuple[pd.DataFrame, pd.Series], rng: np.random.Generator) -> tuple[pd.DataFrame, pd.Series]:
    rows, owner = part
    if len(rows) <= MOST_ROWS:
        return rows, owner
    kept = np.sort(rng.choice(len(rows), MOST_ROWS, replace=False))
    return rows.iloc[kept], owner.iloc[kept]


def _halves(contract: Contract, shapes: dict[str, ReleasedTable], tables: Tables, seed: int) -> tuple[Tables, Tables]:
    """Two halves of a sample of people, with all their rows as long as those are not too many."""
    people = tables[contract.person][shapes[contract.person].key].to_numpy()
    rows = max(len(tables[name]) for name in shapes)
    most = int(min(len(people), MOST_PEOPLE, max(_FEWEST, 2 * MOST_ROWS * len(people) / max(rows, 1))))
    order = generator(seed, "halves").permutation(people)[:most]
    return tuple(  # type: ignore[return-value]
        {name: tables[name][person_ids(shapes, tables, name).isin(set(part))].reset_index(drop=True) for name in shapes}
        for part in (order[: most // 2].tolist(), order[most // 2 :].tolist())
    )
