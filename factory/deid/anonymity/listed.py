"""A hierarchy that is written out: a CSV with the columns level0, level1, ... and one row a value."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd

from factory.core.errors import BrokenFile, ContractError, WrongEncoding
from factory.core.files import storage_errors
from factory.deid.anonymity.hierarchy import SUPPRESSED, Leveled, Uncovered


class TableHierarchy(Leveled):
    """Levels listed in a frame; values are compared as text. A last level that is all `*` may be left out.

    Raises: ContractError where a value is listed twice, a label missing, or a level not nested in the one below.
    """

    kind = "table"

    def __init__(self, levels: pd.DataFrame, uncovered: Uncovered = "refuse") -> None:
        names = [f"level{at}" for at in range(levels.shape[1])]
        if not names or list(levels.columns) != names:
            raise ContractError("A hierarchy's columns must be level0, level1 and so on.")
        levels = levels.astype("string")
        if levels.isna().any(axis=None):
            raise ContractError("A hierarchy leaves a label empty.")
        if levels["level0"].duplicated().any():
            raise ContractError("A hierarchy lists a value of its level0 more than once.")
        while len(names) > 1 and (levels[names[-1]] == SUPPRESSED).all():
            names.pop()
        for fine, coarse in itertools.pairwise(names):
            if (levels.groupby(fine)[coarse].nunique() > 1).any():
                raise ContractError(f"In a hierarchy, a label of {fine} has more than one label of {coarse}.")
        super().__init__(tuple(names), uncovered)
        self._table = levels[names].astype(object).set_index(levels["level0"].astype(object))

    def _lift(self, leaves: pd.Series, level: int) -> pd.Series:
        texts = leaves.map(_text)
        if level == 0:
            return leaves.where(texts.isin(self._table.index))
        return texts.map(self._table[f"level{level}"])


def read_hierarchy(path: Path, uncovered: Uncovered = "refuse") -> TableHierarchy:
    """Read a hierarchy from a CSV. Raises: ContractError, BrokenFile, WrongEncoding, StorageError."""
    with storage_errors(path):
        try:
            levels = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
        except UnicodeDecodeError:
            raise WrongEncoding(f"{path.name} is not UTF-8.", "Save it as UTF-8.") from None
        except ValueError:
            raise BrokenFile(f"{path.name} cannot be read as CSV.", "Mend it and try again.") from None
    try:
        return TableHierarchy(levels, uncovered)
    except ContractError as error:
        raise ContractError(f"{path.name}: {error.message}", "Mend the file and try again.") from None


def _text(value: object) -> str:
    """A value as the CSV writes it: whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
