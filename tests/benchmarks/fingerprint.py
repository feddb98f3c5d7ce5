"""How often a leaked copy is traced to its licensee, and an innocent one named: 1,000 licensees and their leaks.

    python tests/benchmarks/fingerprint.py --licensees 1000 --data ACTG175 adult diabetes130

Of each data set up to 2,000 rows are the release. Every licensee leaks once under every distortion; every other
licensee is an innocent one each time. The cost is what the marks move means, spreads and correlations by, beside what
drawing the rows anew (a bootstrap) moves them by.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from factory.core.progress import say
from factory.release.fingerprint import Tracer, embed

ROWS = 2000
SECRET = b"a secret of thirty-two bytes....."
Distortion = Callable[[pd.DataFrame, pd.DataFrame, np.random.Generator], pd.DataFrame]


def half_rows(copy: pd.DataFrame, _: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return copy.iloc[np.sort(rng.permutation(len(copy))[: len(copy) // 2])]


def shuffled(copy: pd.DataFrame, _: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return copy.iloc[rng.permutation(len(copy))].reset_index(drop=True)


def half_columns(copy: pd.DataFrame, _: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return copy[[str(name) for name in rng.permutation(copy.columns)[: len(copy.columns) // 2]]]


def rounded(copy: pd.DataFrame, _: pd.DataFrame, __: np.random.Generator) -> pd.DataFrame:
    """Numbers of more than twenty values to the next ten, or to a decimal fewer."""
    made = copy.copy()
    for name in made.select_dtypes("number"):
        if made[name].nunique() > 20:
            whole = np.allclose(made[name].dropna() % 1, 0)
            made[name] = (made[name] / 10).round() * 10 if whole else made[name].round(1)
    return made


def merged(copy: pd.DataFrame, other: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    return pd.concat([half_rows(copy, other, rng), half_rows(other, copy, rng)], ignore_index=True)


def combined(copy: pd.DataFrame, other: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    mix = shuffled(merged(copy, other, rng), other, rng)
    return half_columns(rounded(half_rows(mix, other, rng), other, rng), other, rng)


DISTORTIONS: dict[str, Distortion] = {
    "half the rows": half_rows,
    "shuffled": shuffled,
    "half the columns": half_columns,
    "rounded": rounded,
    "two copies merged": merged,
    "all of these": combined,
}
TWO = ("two copies merged", "all of these")


def data(name: str) -> pd.DataFrame:
    root = Path(os.environ["FACTORY_DATA"])
    found = sorted(root.rglob(f"{name}*.csv")) + sorted(root.rglob(f"{name}*.parquet"))
    frame = pd.read_csv(found[0]) if found[0].suffix == ".csv" else pd.read_parquet(found[0])
    return frame.sample(n=min(ROWS, len(frame)), random_state=1).reset_index(drop=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--licensees", type=int, default=1000)
    parser.add_argument("--leaks", type=int, help="how many of them leak; all by default")
    parser.add_argument("--data", nargs="+", default=["ACTG175"])
    args = parser.parse_args()
    for name in args.data:
        frame = data(name)
        licences = [f"L-{number}" for number in range(args.licensees)]
        tracer = Tracer({"t": frame}, SECRET, licences, {})
        marks = [embed({"t": frame}, SECRET, licence, {}).count for licence in licences[:20]]
        print(f"{name}: {frame.shape[0]} x {frame.shape[1]}, {np.mean(marks):.0f} cells marked of {frame.size}")
        _cost(frame, embed({"t": frame}, SECRET, licences[0], {}).tables["t"])
        _leaks(frame, tracer, licences, args.leaks or args.licensees)


def _cost(frame: pd.DataFrame, copy: pd.DataFrame) -> None:
    numbers = frame.select_dtypes("number")
    scale = numbers.std()
    numbers = numbers.loc[:, scale > 0]
    again = numbers.sample(frac=1, replace=True, random_state=2)
    base = _moments(numbers, scale)
    ours, drawn = ((_moments(other, scale) - base).abs().max() for other in (copy[numbers.columns], again))
    print(
        f"  greatest change of a mean or spread (in spreads) or a correlation: {ours:.4f}; by a bootstrap {drawn:.4f}"
    )


def _moments(frame: pd.DataFrame, scale: pd.Series) -> pd.Series:
    scaled = frame / scale[frame.columns]
    return pd.concat([scaled.mean(), scaled.std(), frame.corr().fillna(0).stack()], ignore_index=True)


def _leaks(frame: pd.DataFrame, tracer: Tracer, licences: list[str], leaks: int) -> None:
    found, both, false = dict.fromkeys(DISTORTIONS, 0), dict.fromkeys(DISTORTIONS, 0), 0
    least_innocent, tests = 1.0, 0
    for number in range(leaks):
        rng = np.random.default_rng(number)
        guilty = [licences[number], licences[(number + 1) % len(licences)]]
        copies = [embed({"t": frame}, SECRET, licence, {}).tables["t"] for licence in guilty]
        for way, distort in DISTORTIONS.items():
            result = tracer.trace({"t": distort(copies[0], copies[1], rng)})
            mine = set(guilty if way in TWO else guilty[:1])
            named = set(result.named)
            found[way] += bool(named & mine)
            both[way] += named >= mine
            false += len(named - mine)
            innocent = [item.p for item in result.accusations if item.licence not in mine]
            least_innocent, tests = min([least_innocent, *innocent]), tests + len(innocent)
        if number % 100 == 99:
            say(f"{number + 1} leaks")
    for way in DISTORTIONS:
        tail = f", both of the two {both[way] / leaks:.4f}" if way in TWO else ""
        print(f"  {way:18} traced {found[way] / leaks:.4f} of {leaks}{tail}")
    print(f"  innocent licensees named: {false} of {tests:,}; least p of one {least_innocent:.2g}")


if __name__ == "__main__":
    main()
