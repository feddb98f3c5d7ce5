"""Three sources read by one contract: training people, people held out, and the synthetic ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from factory.assessment.coverage import Coverage, coverage
from factory.assessment.files import Data, artefacts_of, scoreboard_of, tables_of
from factory.assessment.fitting import Fitted, Tables, Wanted, alike, fit_real, fit_synthetic, readable
from factory.checks.intervals import difference
from factory.contract import Contract
from factory.core.errors import DataError, TooFewPeople
from factory.core.progress import say, step
from factory.synth.alone import ROW_KEY, source_of

# Below this no interval means anything; it is no threshold of a release, whose fewest people the policy names.
FEWEST_PEOPLE = 10
_SURE = 0.999


@dataclass(frozen=True)
class Given:
    """What is assessed. `broken` counts what the synthetic tables do not keep of the contract's types and keys.

    `notes` are sentences for the report; `scoreboard` the tournament of the engine that made the synthetic tables;
    `artefacts` what lies beside them; `covered` what no measure compares, `unknown` columns that the contract has not.
    """

    contract: Contract
    train: Tables
    holdout: Tables
    synthetic: Tables
    drafted: bool
    broken: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    scoreboard: tuple[dict[str, Any], ...] = ()
    artefacts: tuple[Path, ...] = ()
    covered: Coverage = field(default_factory=lambda: Coverage((), {}))
    unknown: dict[str, int] = field(default_factory=dict)


def read(train: Data, holdout: Data, synthetic: Data, contract: Contract | None = None) -> Given:
    """Read the three by the contract, or by one drafted from the training tables.

    Columns that the synthetic or hold-out tables lack are left to the comparison, which names them.
    Raises: DataError, ContractError, StorageError, in one sentence without a cell value.
    """
    with step("read the three sources"):
        raw = tables_of(train, "training", contract)
        left: dict[str, str] = {}
        drafted = contract is None
        if contract is None:
            source = source_of(raw, None)
            contract, left = source.contract, source.left_out
        spec = readable(contract, raw)
        known = fit_real(contract, raw, spec, "training", drafted, all_of=True)
        others = [tables_of(data, said, contract) for said, data in (("hold-out", holdout), ("synthetic", synthetic))]
        held = fit_real(contract, others[0], spec, "hold-out", drafted)
        made = fit_synthetic(contract, others[1], spec)
    alike(known.tables, held.tables, made.tables)
    again = _check_apart(contract, spec, known.tables, held.tables)
    _check_enough(contract, known.tables, held.tables, made.tables)
    notes = _notes(spec, made, drafted, left)
    if again:
        notes.append("some rows of the hold-out equal a training row, no more than chance may do: no key tells people")
    for note in notes:
        say(f"note {note}")
    return Given(
        contract,
        known.tables,
        held.tables,
        made.tables,
        drafted,
        dict(sorted(made.broken.items())),
        tuple(notes),
        left,
        tuple(scoreboard_of(synthetic)),
        tuple(artefacts_of(synthetic)),
        coverage(contract, raw, *others),
        dict(made.unknown),
    )


def _check_apart(contract: Contract, spec: dict[str, Wanted], train: Tables, holdout: Tables) -> int:
    """Refuse a person who stands in both: what is learned from them cannot be a control.

    Without keys, the rows of the hold-out that equal a training row, which chance may explain.
    """
    key = spec[contract.person].table.key
    inside, outside = train[contract.person], holdout[contract.person]
    if key != ROW_KEY:
        both = int(outside[key].isin(inside[key]).sum())
        if both:
            raise DataError(
                f"{both:,} of {len(outside):,} people of the hold-out are training people too, by {key}.",
                "Hold out people, not rows; and give each person one key over both files.",
            )
        return 0
    columns = [c for c in inside.columns if c in outside.columns and c != key]
    prints = [pd.util.hash_pandas_object(_text(part[columns]), index=False) for part in (inside, outside)]
    again = int(prints[1].isin(prints[0]).sum())
    twins = int(prints[0].duplicated(keep=False).sum())
    # Rows repeat by chance as often between the two as within the training rows; what goes beyond that are people.
    if difference(again, len(outside), twins, len(inside), _SURE)[1] > 0:
        raise DataError(
            f"{again:,} of {len(outside):,} rows of the hold-out equal a training row, far more than by chance.",
            "Hold out people whom the generator never saw.",
        )
    return again


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    made: pd.DataFrame = frame.astype(object).where(frame.notna(), "\x00").astype(str)
    return made


def _check_enough(contract: Contract, train: Tables, holdout: Tables, synthetic: Tables) -> None:
    for said, tables in (("training", train), ("hold-out", holdout), ("synthetic", synthetic)):
        people = len(tables[contract.person])
        if people < FEWEST_PEOPLE:
            raise TooFewPeople(
                f"The {said} data hold {people:,} people, and nothing can be measured on fewer than {FEWEST_PEOPLE}.",
                "Give more people.",
            )


def _notes(spec: dict[str, Wanted], made: Fitted, drafted: bool, left: dict[str, str]) -> list[str]:
    notes = []
    if drafted:
        notes.append("no contract was given: one was drafted from the training data, with the default policy")
    notes += [f"{column} is not compared ({role})" for column, role in left.items()]
    notes += [
        f"{name} has no key: each row is taken for a person" for name, w in spec.items() if w.table.key == ROW_KEY
    ]
    notes += [f"synthetic {name} has no key: its rows are numbered" for name in made.numbered]
    notes += [f"synthetic {name} has {n} columns that the contract has not" for name, n in made.unknown.items()]
    return notes
