"""`factory synth`: synthetic tables from one file or a folder of linked ones."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "synthesize one table or linked tables, wherever they are kept"
EXAMPLE = """
factory synth patients.csv --out synthetic
factory synth hospital/ --contract contract.yaml --engine trees --rows 10000 --seed 1 --out synthetic
factory synth trial.csv --where "trial.died=1:0.5" --out more-deaths
factory synth "postgresql://reader@db/hospital?schema=emr" --contract contract.yaml --out synthetic
factory synth --engines
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument(
        "data",
        nargs="?",
        metavar="DATA",
        help="a table's file, a folder of tables, or the address of a database or store",
    )
    parser.add_argument("--engines", action="store_true", help="list the engines installed and what they can do")
    parser.add_argument("--engine", default="auto", help="default: %(default)s, a tournament of all that fit")
    parser.add_argument("--rows", type=int, help="people to draw (rows of the person table); default: as many as read")
    parser.add_argument("--seed", type=int, help="the same seed gives the same bytes; default: a fresh secret")
    parser.add_argument("--out", type=Path, help="a folder that is not there, or empty")
    parser.add_argument("--contract", type=Path, help="default: one is drafted from the data")
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="TABLE.COLUMN=VALUE[|VALUE][:SHARE]",
        help="draw people of whom that SHARE (default 1) have a row with that value; repeat for several",
    )
    parser.add_argument("--format", choices=("csv", "parquet"), help="default: that of the data")
    parser.add_argument("--most-rows-at-once", type=int, default=50_000, help="people held in memory; %(default)s")
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that draw; the bytes are the same; %(default)s"
    )
    parser.add_argument("--keep-model", type=Path, help="write the fitted model, for the source zone only")
    parser.add_argument("--model", type=Path, help="draw from a model kept before, instead of DATA")


def run(args: argparse.Namespace) -> int:
    """Learn, draw and write; say what was left out and what was drawn again."""
    from factory.contract import load
    from factory.core.errors import FactoryError
    from factory.synth.alone import read_source
    from factory.synth.conditions import parse
    from factory.synth.protocol import check_engine
    from factory.synth.write import Job, synthesize_to

    if args.engines:
        return _list()
    if (args.data is None) == (args.model is None) or args.out is None:
        raise FactoryError("factory synth needs DATA (or --model) and --out.", "See factory synth --help.")
    if args.rows is not None and args.rows < 1:
        raise FactoryError("--rows must be 1 or more.")
    if args.most_rows_at_once < 1:
        raise FactoryError("--most-rows-at-once must be 1 or more.")
    if args.workers < 1:
        raise FactoryError("--workers must be 1 or more.")
    check_engine(args.engine)
    conditions = [parse(text) for text in args.where]
    source = None if args.data is None else read_source(args.data, load(args.contract) if args.contract else None)
    form = args.format or ("csv" if args.data is not None and _is_csv(Path(args.data)) else "parquet")
    job = Job(args.engine, args.rows, args.seed, tuple(conditions), form, args.most_rows_at_once, args.workers)
    synthesize_to(source, args.out, job, args.keep_model, args.model)
    print(args.out)
    return 0


def _is_csv(data: Path) -> bool:
    return data.suffix == ".csv" or (data.is_dir() and any(data.glob("*.csv")))


def _list() -> int:
    from factory.synth.protocol import engine, names

    for name in names():
        info = engine(name).info
        can = info.abilities
        depth = "any depth" if can.depth is None else f"{can.depth} levels"
        more = [word for word, is_so in (("time", can.time), ("differential privacy", can.private)) if is_so]
        print(f"{info.name:22} {info.package} {info.version}, {info.licence}: {', '.join([depth, *more])}")
    return 0
