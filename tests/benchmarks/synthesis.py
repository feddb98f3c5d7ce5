"""Engines x data sets, one table; nothing is asserted.

    FACTORY_DATA=../shared/data python tests/benchmarks/synthesis.py --engines trees --data ACTG175

People are split in half; an engine learns one half and draws as many rows, the other half judges. The first line of a
data set is a fresh real sample: the hold-out half itself as if an engine had drawn it.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable

from peers import Taken, peers, taken
from rich.console import Console
from rich.table import Table
from synthesis_data import DATASETS, Split, load_split
from synthesis_metrics import attacks, c2st, shapes_pairs, transfer

from factory.core.errors import FactoryError
from factory.synth.rows import RowModel

COLUMNS = (
    "data",
    "engine",
    "seed",
    "fit s",
    "sample s",
    "peak GB",
    "shapes",
    "pairs",
    "c2st",
    "tstr",
    "trtr",
    "worst attack",
)


def models() -> dict[str, Callable[[], RowModel]]:
    """A model of rows by engine name."""
    from factory.synth.sdv.copula import CopulaRows
    from factory.synth.sdv.networks import CopulaGanRows, CtganRows, TvaeRows
    from factory.synth.trees import SequentialTrees

    return {
        "trees": SequentialTrees,
        "sdv-gaussian-copula": CopulaRows,
        "sdv-ctgan": CtganRows,
        "sdv-tvae": TvaeRows,
        "sdv-copulagan": CopulaGanRows,
        **peers(),
    }


def main() -> None:
    """Run what is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", nargs="+", default=["trees", "sdv-gaussian-copula"], choices=sorted(models()))
    parser.add_argument("--data", nargs="+", default=list(DATASETS), choices=list(DATASETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    table = Table(*COLUMNS)
    console = Console(width=150)
    for name in args.data:
        for seed in args.seeds:
            split = load_split(name, seed)
            real = transfer(split.train.frame, split.holdout.frame, split.target, split.positive)
            shapes, pairs = shapes_pairs(split.train.frame, split.holdout.frame, split.fields)
            table.add_row(
                name,
                "fresh real sample",
                str(seed),
                "",
                "",
                "",
                f"{shapes:.3f}",
                f"{pairs:.3f}",
                "",
                "",
                f"{real:.3f}",
                "",
            )
            for engine in args.engines:
                table.add_row(name, engine, str(seed), *row(split, models()[engine], seed, real))
                console.log(f"{name} {engine} seed {seed}")
    console.print(table)


def row(split: Split, make: Callable[[], RowModel], seed: int, real: float) -> list[str]:
    """The figures of one engine on one split."""
    began = time.perf_counter()
    try:
        model = make()
        model.fit(split.train.frame, split.fields, split.train.people, seed)
        fitted = time.perf_counter()
        drawn = model.sample(len(split.train.frame), seed)
    except FactoryError as error:
        return [str(error), *[""] * 8]
    done = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    took = taken(model, Taken(fitted - began, done - fitted, memory))
    shapes, pairs = shapes_pairs(split.train.frame, drawn, split.fields)
    learnt = transfer(drawn, split.holdout.frame, split.target, split.positive)
    told = attacks((split.train.frame, split.train.people), (split.holdout.frame, split.holdout.people), drawn)
    worst = max(told.values(), key=lambda found: found[0])
    upper = max(found[2] for found in told.values())
    figures = (shapes, pairs, c2st(drawn, split.holdout.frame), learnt, real)
    shown = [f"{figure:.3f}" for figure in figures]
    return [
        f"{took.fit:.1f}",
        f"{took.sample:.1f}",
        f"{took.peak:.2f}",
        *shown,
        f"{worst[0]:.3f} (to {upper:.3f})",
    ]


if __name__ == "__main__":
    main()
