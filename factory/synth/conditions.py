"""Conditions on what is drawn: more of a rare outcome, a fixed site or year."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import ReleasedTable
from factory.contract.people import person_ids
from factory.core.errors import ContractError

_FORM = re.compile(r"^(?P<table>[^.=]+)\.(?P<column>[^=]+)=(?P<values>.+?)(?::(?P<share>-?\d*\.\d+|0|1))?$")


@dataclass(frozen=True)
class Condition:
    """A `share` of the people drawn have at least one row of `table` whose `column` is one of `values`."""

    table: str
    column: str
    values: tuple[str, ...]
    share: float = 1.0

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


def parse(text: str) -> Condition:
    """`encounters.readmitted=<30:0.5`, values parted by `|`. Raises: ContractError."""
    found = _FORM.match(text)
    if found is None:
        raise ContractError("A condition is written TABLE.COLUMN=VALUE or TABLE.COLUMN=VALUE:SHARE.")
    share = float(found["share"]) if found["share"] else 1.0
    if not 0 <= share <= 1:
        raise ContractError("The share of a condition lies between 0 and 1.", "Write half of the people as :0.5.")
    return Condition(found["table"], found["column"], tuple(found["values"].split("|")), share)


def check(condition: Condition, shapes: dict[str, ReleasedTable]) -> None:
    """Raises: ContractError when the condition's column is not drawn."""
    shape = shapes.get(condition.table)
    if shape is None or condition.column not in shape.names():
        raise ContractError(f"{condition} is not a column that is drawn.", "Name one as TABLE.COLUMN.")


def people_that_meet(
    condition: Condition, shapes: dict[str, ReleasedTable], frames: dict[str, pd.DataFrame], people: pd.Series
) -> npt.NDArray[np.bool_]:
    """For each of `people` (n keys) whether the condition holds."""
    values = frames[condition.table][condition.column]
    numbers = pd.to_numeric(pd.Series(condition.values), errors="coerce")
    if pd.api.types.is_numeric_dtype(values) and numbers.notna().all():
        held = values.isin(numbers.tolist())
    else:
        held = values.astype(str).isin(condition.values)
    owners = person_ids(shapes, frames, condition.table)[held.fillna(False).astype(bool)]
    return people.isin(owners).to_numpy()
