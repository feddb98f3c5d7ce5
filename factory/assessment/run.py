"""One assessment: read, compare, measure, judge; then the report and the JSON beside it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from factory import __version__
from factory.assessment.coverage import coverage_measures
from factory.assessment.files import Data
from factory.assessment.guard import rare_words, without
from factory.assessment.read import Given, read
from factory.checks.battery import Shadow, plain
from factory.checks.battery import assess as measure
from factory.checks.comparison import PARTS, Comparison, comparison
from factory.checks.measure import Bearing, Measure, Outcome, verdict
from factory.checks.privacy.accounting import Claim, claim_of
from factory.checks.privacy.artefacts import measure_artefacts
from factory.contract import Contract, digest
from factory.core.errors import ColumnMissing
from factory.core.files import atomic_folder, pretty_json, read_json, write_bytes
from factory.core.guard import closed
from factory.core.progress import step
from factory.core.seeds import derive
from factory.core.version import code_digest, package_version
from factory.synth.protocol import check_engine
from factory.synth.protocol import engine as engine_of

FORMAT = 1
REPORT, FIGURES = "assessment.html", "assessment.json"
TOOLS = ("sdmetrics", "pandas", "numpy", "scipy", "scikit-learn", "pyarrow")


@dataclass(frozen=True)
class Assessment:
    """A verdict, the measures it follows from, and the aggregates behind them.

    `details` is JSON, keyed by part of the battery; `about` says what was compared: people, rows, columns absent,
    the contract and its policy. No value that fewer people share than the policy allows is in any of them.
    """

    verdict: Outcome
    measures: list[Measure]
    details: dict[str, Any]
    about: dict[str, Any]

    def because(self) -> list[Measure]:
        """The measures that the verdict follows from: those that fail, or else the gates that are inconclusive."""
        if self.verdict is Outcome.PASS:
            return []
        return [
            m
            for m in self.measures
            if m.outcome is self.verdict
            and m.bearing is not Bearing.DIAGNOSTIC
            and (self.verdict is Outcome.FAIL or m.bearing is Bearing.GATE)
        ]

    def as_json(self) -> dict[str, Any]:
        """What `assessment.json` holds; `factory assess --schema` prints its JSON Schema."""
        groups = [p["group"] for p in self.details["parts"] for _ in range(p["measures"])]
        rows = [{**m.as_row(), "group": group} for m, group in zip(self.measures, groups, strict=True)]
        found: dict[str, Any] = plain(
            {
                "format": FORMAT,
                "verdict": self.verdict.value,
                "because": [{"name": m.name, "where": m.where} for m in self.because()],
                **self.about,
                "measures": rows,
                "details": self.details,
            }
        )
        return found

    def html(self) -> bytes:
        """The report as one file that opens offline."""
        from factory.assessment.report import page

        return page(self.as_json())

    def write(self, out: Path) -> None:
        """Write report and figures into the folder `out`, whole or not at all. Raises: OutputExists, StorageError."""
        with atomic_folder(out) as part:
            write_bytes(part / FIGURES, pretty_json(self.as_json()))
            write_bytes(part / REPORT, self.html())


@closed
def assess(
    train: Data,
    holdout: Data,
    synthetic: Data,
    contract: Contract | None = None,
    seed: int = 0,
    engine: str | None = None,
    ledger: Path | None = None,
) -> Assessment:
    """Assess synthetic tables against the people they were learned from and people held out.

    Each source is a file, a folder of tables, a frame, or frames by name; `contract` is drafted from the training
    tables where none is given. `engine`: name of the engine that made the synthetic tables, which is fitted again for
    the attacks that need shadow models. `ledger`: what a private engine spent; its claim is added up, and audited with
    canaries where the engine is named. A private engine without a ledger shows no account. The same data and seed
    give the same result, but for a private engine's noise. Raises: FactoryError.
    """
    if engine is not None:
        check_engine(engine)
    given = read(train, holdout, synthetic, contract)
    compared = comparison(given.contract, given.train, given.holdout, given.synthetic, seed)
    if engine is not None and compared.absent:
        raise ColumnMissing(
            f"The synthetic tables lack columns, so that {engine} cannot be fitted again to what they were made of.",
            "Leave out --engine, or take the columns out of the contract.",
        )
    shadow = None if engine is None else _shadow(engine, given.contract)
    measures, details = measure(compared, shadow, _claim(engine, ledger, given.contract))
    measures, details = _with_reading(given, compared, measures, details)
    rare = rare_words(compared)
    measures = [_published(m, rare) for m in measures]
    about = without(plain(_about(given, compared, engine)), rare)
    return Assessment(verdict(measures), measures, without(details, rare), about)


def _shadow(name: str, contract: Contract) -> Shadow:
    def drawn(tables: dict[str, pd.DataFrame], people: int, seed: int) -> dict[str, pd.DataFrame]:
        fitted = engine_of(name)
        fitted.fit(tables, contract, derive(seed, "fit"))
        return fitted.sample(people, derive(seed, "sample"))

    return drawn


def _claim(name: str | None, ledger: Path | None, contract: Contract) -> Claim | None:
    """What a ledger says, or else what a private engine was given to spend, which no ledger shows it did."""
    if ledger is not None:
        return claim_of(read_json(ledger))
    if name is not None and engine_of(name).info.abilities.private:
        return Claim(contract.policy.epsilon, contract.policy.delta)
    return None


def _with_reading(
    given: Given, compared: Comparison, measures: list[Measure], details: dict[str, Any]
) -> tuple[list[Measure], dict[str, Any]]:
    """The measures with what was counted as the synthetic tables were read, and what lies beside them searched."""
    with step("files beside the synthetic tables"):
        artefacts = measure_artefacts(compared, given.artefacts) if given.artefacts else []
    found = Measure(
        name="contract_breaks",
        title="Synthetic cells and rows that break the contract's types, codes, ranges, keys or links",
        value=float(sum(given.broken.values())),
        low=None,
        high=None,
        threshold=None if given.drafted else float(given.contract.policy.broken_rules),
        direction="at most",
        n=len(given.synthetic[given.contract.person]),
        citation="the data contract",
        bearing=Bearing.DIAGNOSTIC if given.drafted else Bearing.GATE,
    )
    orphans = sum(count for what, count in given.broken.items() if what.endswith("rows without a parent"))
    beyond = coverage_measures(compared, given.covered, given.unknown, orphans)
    parts = [
        {"name": "reading", "group": "fidelity", "measures": 1},
        {"name": "coverage", "group": "privacy", "measures": len(beyond)},
        {"name": "artefacts", "group": "privacy", "measures": len(artefacts)},
    ]
    looked = {"files": len(given.artefacts)}
    more = {
        "parts": [*details["parts"], *parts],
        "reading": {"broken": given.broken},
        "coverage": {},
        "artefacts": looked,
    }
    return [*measures, found, *beyond, *artefacts], {**details, **more}


def _published(measure: Measure, rare: set[str]) -> Measure:
    return dataclasses.replace(measure, where=without(measure.where, rare))


def _about(given: Given, compared: Comparison, engine: str | None) -> dict[str, Any]:
    contract = given.contract
    return {
        "contract": {
            "name": contract.name,
            "title": "" if given.drafted else contract.title,
            "digest": digest(contract),
            "drafted": given.drafted,
        },
        "people": {part: compared.people(part) for part in PARTS},
        "rows": {name: {part: len(compared.part(part)[name]) for part in PARTS} for name in compared.shapes},
        "columns": {name: sum(c.compared for c in shape.columns) for name, shape in compared.shapes.items()},
        "absent": {name: list(columns) for name, columns in sorted(compared.absent.items())},
        "notes": list(given.notes),
        "engine": engine,
        "scoreboard": list(given.scoreboard),
        "seed": compared.seed,
        "policy": contract.policy.model_dump(mode="json"),
        "code": {
            "version": __version__,
            "digest": code_digest(),
            "tools": {name: package_version(name) for name in TOOLS},
        },
    }
