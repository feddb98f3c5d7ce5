"""`factory assess`: is a synthetic data set private, faithful and useful? Any tool's, one table or linked ones."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.assessment import Assessment

HELP = "assess any synthetic data set: attacks, fidelity and utility against people held out"
EXAMPLE = """
factory assess --train train.csv --holdout holdout.csv --synthetic synthetic.csv --out assessment
factory assess --train train/ --holdout holdout/ --synthetic made/ --contract contract.yaml --engine trees --out report
factory assess --schema
exit code 0: pass; 42: a figure fails; 43: inconclusive, which is no pass; DIR/assessment.html says why
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--train", metavar="T", help="what the generator learned from: a file, a folder, an address")
    parser.add_argument("--holdout", metavar="H", help="people of the same kind whom it never saw")
    parser.add_argument("--synthetic", metavar="S", help="what it made")
    parser.add_argument("--contract", type=Path, metavar="YAML", help="default: one is drafted from T")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a folder that is not there, or empty")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same bytes (default: %(default)s)")
    parser.add_argument(
        "--engine", metavar="NAME", help="the engine that made S: it is fitted again, to attack it more"
    )
    parser.add_argument("--ledger", type=Path, metavar="JSON", help="what a private engine spent: its claim is audited")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of DIR/assessment.json")


def run(args: argparse.Namespace) -> int:
    """Assess and write the report; a verdict that is no pass leaves as an error with its own exit code."""
    from factory.core.errors import FactoryError

    if args.schema:
        from factory.assessment.schema import schema_text

        print(schema_text(), end="")
        return 0
    if None in (args.train, args.holdout, args.synthetic, args.out):
        raise FactoryError(
            "factory assess needs --train, --holdout, --synthetic and --out.", "See factory assess --help."
        )
    from factory.assessment import assess
    from factory.contract import load
    from factory.core.files import check_free

    check_free(args.out)
    contract = load(args.contract) if args.contract else None
    found = assess(args.train, args.holdout, args.synthetic, contract, args.seed, args.engine, args.ledger)
    found.write(args.out)
    print(args.out)
    _judge(found, args.out)
    return 0


def _judge(found: Assessment, out: Path) -> None:
    from factory.core.errors import AssessmentFailed, AssessmentInconclusive
    from factory.core.progress import say

    because = found.because()
    named = ", ".join(dict.fromkeys(m.name for m in because)) or "no gate could be measured"
    if found.verdict == "fail":
        raise AssessmentFailed(f"The assessment fails: {named}.", f"Read {out / 'assessment.html'}.")
    if found.verdict == "inconclusive":
        raise AssessmentInconclusive(
            f"The assessment is inconclusive, which is no pass: {named}.", f"Read {out / 'assessment.html'}."
        )
    say(f"the assessment passes: {len(found.measures):,} measures")
