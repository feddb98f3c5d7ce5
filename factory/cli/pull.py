"""factory pull: take the tables of a licensed data set, from its catalogue or from a bundle at hand."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.catalog.remote import Told
    from factory.release.licence import Licence
    from factory.review.candidate import Candidate

HELP = "verify a bundle, then write its tables, documents and licence into a folder"
EXAMPLE = """\
factory pull sample-hospital --out data
factory pull sample-hospital@1.2.0 --purpose general-research-use --out data --format csv
factory pull bundle.zip --trust hospital-people.yaml --out data
"""
_STEP = 1 << 28


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", metavar="NAME[@VERSION]|BUNDLE", help="a data set you signed in for, or a bundle")
    parser.add_argument(
        "--trust", type=Path, metavar="KEYS", help="for a bundle: people.yaml you had over another channel"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet", help="how tables are written")
    parser.add_argument(
        "--purpose", default="", metavar="DUO", help="what for, a label of GA4GH's DUO that the licence must grant"
    )


def run(args: argparse.Namespace) -> int:
    """Verify, then write everything or nothing; a pull that was cut short goes on where it was."""
    from factory.core.files import check_free
    from factory.core.progress import say

    check_free(args.out)
    candidate, licence = _from_bundle(args) if args.trust else _from_catalogue(args)
    for path in candidate.tables().values():
        print((args.out / path).with_suffix(f".{args.format}"))
    say(f"Licensed to {licence.licensee.name} until {licence.expires}; read {args.out / 'licence.txt'} first.")
    return 0


def _from_bundle(args: argparse.Namespace) -> tuple[Candidate, Licence]:
    from factory.catalog.client import pull

    verified = pull(Path(args.bundle), args.trust, args.out, args.format)
    return verified.candidate, verified.licence


def _from_catalogue(args: argparse.Namespace) -> tuple[Candidate, Licence]:
    from factory.catalog.cache import pulled
    from factory.catalog.client import take_out
    from factory.catalog.config import access
    from factory.core.errors import StorageError
    from factory.core.progress import say

    if Path(args.bundle).exists():
        raise StorageError("A bundle is proven with the keys you trust.", "Name them with --trust people.yaml.")
    name, _, version = args.bundle.partition("@")
    with _progress(args.bundle) as told:
        found = pulled(access(name), name, version, args.purpose, told)
    for note in found.notes:
        say(note)
    take_out(found.contents, found.candidate, args.out, args.format)
    return found.candidate, found.licence


@contextmanager
def _progress(what: str) -> Iterator[Told]:
    """A bar on a terminal, a line each quarter of a gigabyte elsewhere."""
    import sys

    from factory.core.progress import say

    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

        columns = (TextColumn("pull"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=None)
            yield lambda here, size: bar.update(task, completed=here, total=size)
        return
    last = 0

    def told(here: int, size: int) -> None:
        nonlocal last
        if here // _STEP > last // _STEP or here == size:
            say(f"pulled {here:,} of {size:,} bytes")
        last = here

    yield told
