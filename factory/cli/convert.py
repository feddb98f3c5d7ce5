"""`factory convert`: read tables wherever they are kept, and write them in another format."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.formats import Source

HELP = "read tables wherever they are kept, and write them in another format"
EXAMPLE = """
factory convert export/ tables
factory convert postgresql://reader@db/hospital tables --tables patients,admissions
factory convert omop:cdm clean --to omop --mend
factory convert runs/first synthetic-cdm --to omop --vocabulary omop:clean
factory convert runs/first events --to meds
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("source", metavar="FROM", help="a folder, a file, or the address of a database")
    parser.add_argument("out", type=Path, metavar="OUT", help="a new or empty folder")
    parser.add_argument("--tables", default="", metavar="A,B", help="only these (default: all)")
    parser.add_argument("--to", default="parquet", metavar="FORMAT", help="how they are written (default: %(default)s)")
    parser.add_argument(
        "--mend", action="store_true", help="OMOP: drop, empty or name anew what cannot stand, and say how much"
    )
    parser.add_argument(
        "--vocabulary", metavar="FROM", help="of a release: OMOP tables that name its concepts (default: none)"
    )
    parser.add_argument("--contract", type=Path, help="of raw tables, for formats that need to know each column: meds")


def run(args: argparse.Namespace) -> int:
    """Write all tables or nothing."""
    from factory.core.errors import StorageError
    from factory.formats import open_source
    from factory.formats.convert import WRITERS, convert

    if args.to not in WRITERS:
        raise StorageError(f"Nothing writes the format {args.to}.", f"There are {', '.join(sorted(WRITERS))}.")
    tables = tuple(name.strip() for name in args.tables.split(",") if name.strip())
    convert(_known(open_source(args.source), args), args.out, args.to, tables)
    print(args.out)
    return 0


def _known(source: Source, args: argparse.Namespace) -> Source:
    """The source mended, or with what its contract and a vocabulary say of it."""
    import dataclasses

    from factory.formats import open_source
    from factory.formats.omop.out import Mended, as_omop_source
    from factory.formats.release_source import ReleaseSource

    if args.mend:
        return Mended(as_omop_source(source))
    vocabulary = open_source(args.vocabulary) if args.vocabulary else None
    if args.contract:
        return _with_contract(source, args, vocabulary)
    if vocabulary is not None and isinstance(source, ReleaseSource):
        return dataclasses.replace(source, vocabulary=vocabulary)
    return source


def _with_contract(source: Source, args: argparse.Namespace, vocabulary: Source | None) -> Source:
    """Typed tables as their contract says. Raises: the DataError of the first finding."""
    from factory.contract import load
    from factory.formats.omop import OmopSource
    from factory.formats.release_source import ReleaseSource
    from factory.formats.released import of_source
    from factory.intake.validate import examine

    contract = load(args.contract)
    frames, findings = examine(contract, args.source)
    if fatal := [finding.error for finding in findings if finding.fatal]:
        raise fatal[0]
    own = source if isinstance(source, OmopSource) else None
    return ReleaseSource(of_source(contract, frames), vocabulary or own)
