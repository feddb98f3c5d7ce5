"""Engine `dp`: one table of people with differential privacy, the patient as unit, and a ledger of what was spent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from factory.contract import Contract, Kind
from factory.core.errors import ContractError
from factory.core.seeds import derive
from factory.core.version import package_version
from factory.synth.engine import Engine
from factory.synth.protocol import Abilities, EngineInfo
from factory.synth.relations.plan import field_of


class Private(Engine):
    """See the module. Epsilon and delta are the policy's; `ledger` is a file of the source zone, or in memory.

    `claim`, once fitted: epsilon and delta that the ledger says are spent, and the unit they are of. What is learned
    comes through OpenDP's noise alone: domains, rules and types are the contract's, never the data's.
    Noise comes from a cryptographic source, so two fits with one seed differ; two draws from one fit do not.
    """

    info = EngineInfo("dp", "opendp", package_version("opendp"), "MIT", Abilities(depth=1, tables=1, private=True))

    def __init__(self, ledger: Path | None = None) -> None:
        self.ledger = ledger

    def _fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        try:
            from factory.synth.dp import Ledger, PrivateRows, Settings
        except ImportError:
            raise ContractError(
                "The engine dp needs OpenDP.", "Install the extra: clinical-data-factory[dp]."
            ) from None
        shape = self.shapes[contract.person]
        timed = shape.names(Kind.MOMENT, Kind.DAY, Kind.YEAR, Kind.BIRTH_YEAR)
        if len(self.shapes) > 1 or timed:
            raise ContractError(
                "The engine dp takes one table of people without dates.",
                "Use trees, or bring the columns of a task together in one table.",
            )
        if drafted := [c.name for c in shape.columns if c.compared and c.column.codes_from == "data"]:
            raise ContractError(
                f"The codes of the column {drafted[0]} were listed from the data.",
                "A domain may not come from them: write the codes of its vocabulary, and take `codes_from` out.",
            )
        fields = {c.name: field_of(c.kind, c.column) for c in shape.columns if c.compared}
        required = frozenset(c.name for c in shape.columns if c.column.required)
        targets = [shape.of_source(task.target) for task in contract.tasks if task.table == contract.person]
        frame = tables[contract.person]
        rows = pd.DataFrame(
            {
                name: frame[name].astype("int64" if name in required else "Int64")
                if field.kind == "integer"
                else frame[name]
                for name, field in fields.items()
            }
        )
        policy = contract.policy
        settings = Settings(focus=next((name for name in targets if name in fields), None), complete=required)
        ledger = Ledger(self.ledger, policy.epsilon, policy.delta)
        self._rows = PrivateRows(policy.epsilon, policy.delta, ledger, settings=settings)
        self._rows.fit(rows, fields, np.arange(len(rows)), derive(seed, "dp"))
        epsilon, delta = ledger.spent()
        self.claim = {"epsilon": epsilon, "delta": delta, "unit": ledger.unit}

    def _draw(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        shape = self.shapes[self.contract.person]
        made = self._rows.sample(people, derive(seed, "dp"))
        made[shape.key] = np.arange(1, people + 1)
        return {self.contract.person: made}
