"""factory scan: look for identifiers in any files, by rules that share nothing with those that removed them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.scan.scanner import Options

HELP = "look for identifiers in any files: names, dates, numbers, and the source's own where an index is given"
EXAMPLE = """\
factory scan RUN/release/bundles/L-1.zip
factory scan DATA --build-index source.index --key source.key --contract contract.yaml
factory scan RUN/release/bundles/L-1 --index source.index --key source.key --json scan.json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="files or folders; archives are opened")
    parser.add_argument("--index", type=Path, metavar="FILE", help="source index: find the source's own identifiers")
    parser.add_argument("--key", type=Path, metavar="FILE", help="key of the source index, kept apart from it")
    parser.add_argument(
        "--build-index", type=Path, metavar="FILE", help="write an index of PATH, the raw tables of --contract, instead"
    )
    parser.add_argument(
        "--contract", type=Path, metavar="YAML", help="the contract of the raw tables, for --build-index"
    )
    parser.add_argument("--allow", type=Path, metavar="YAML", help="listed exceptions: file, column, class, reason")
    parser.add_argument("--zip3", type=Path, metavar="FILE", help="more ZIP3 areas that may not be shown, one a line")
    parser.add_argument("--as-of", type=int, metavar="YEAR", help="year for ages (default: the latest in the files)")
    parser.add_argument(
        "--no-own", action="store_true", help="report the factory's own signatures and dates of signing too"
    )
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON; - for standard output")


def run(args: argparse.Namespace) -> int:
    """Scan; exit code 41 when identifiers are found."""
    import dataclasses

    from factory.core.errors import IdentifiersFound
    from factory.core.files import pretty_json, write_bytes
    from factory.core.progress import say, step
    from factory.scan.controls import controls
    from factory.scan.scanner import scan
    from factory.scan.show import show, summary

    if args.build_index:
        return _build(args)
    options = _options(args)
    with step("scan for identifiers"):
        report = scan(args.paths, options)
    judged = controls(report)
    if args.json:
        data = pretty_json({**report.as_json(), "controls": [dataclasses.asdict(control) for control in judged]})
        if args.json == "-":
            print(data.decode(), end="")
        else:
            write_bytes(Path(args.json), data)
    if args.json != "-":
        from rich.console import Console

        show(report, judged, Console(highlight=False))
    say(summary(report))
    if not report.clean:
        raise IdentifiersFound(
            f"{report.total:,} identifiers found in {len(report.by_file):,} files.",
            "Mend what made them, or list each exception with its reason in a file for --allow.",
        )
    return 0


def _options(args: argparse.Namespace) -> Options:
    from factory.core.errors import KeyInvalid
    from factory.scan import zip3
    from factory.scan.allow import read_allowed
    from factory.scan.index import SourceIndex
    from factory.scan.scanner import Options

    if args.index and not args.key:
        raise KeyInvalid("A source index is read with its key.", "Name it with --key.")
    return Options(
        index=SourceIndex.load(args.index, args.key) if args.index else None,
        allowed=tuple(read_allowed(args.allow)) if args.allow else (),
        own_documents=not args.no_own,
        as_of=args.as_of,
        restricted_zip3=zip3.load_table(args.zip3) if args.zip3 else zip3.DEFAULT,
    )


def _build(args: argparse.Namespace) -> int:
    from factory.contract.load import load
    from factory.core.errors import ContractError
    from factory.core.progress import say, step
    from factory.scan.source import read_frames, source_index

    if not args.contract or not args.key:
        raise ContractError("An index is built with a contract and a place for its key.", "Give --contract and --key.")
    contract = load(args.contract)
    with step("index the source's identifiers"):
        index = source_index(contract, read_frames(contract, args.paths))
        index.save(args.build_index, args.key)
    for sentence in index.limits:
        say(sentence)
    say(
        f"{len(index.values):,} spellings and {len(index.digests):,} digests; keep {args.key.name} apart from the index"
    )
    return 0
