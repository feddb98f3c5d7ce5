"""How many events of each item a parent still has coming, while its events are drawn one after another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.synth.relations.chain import Chain
from factory.synth.relations.prepare import Rows

Floats = npt.NDArray[np.float64]
# Cells of the table of parents and items beyond which items are drawn without each parent's tallies.
_MOST_CELLS = 20_000_000


class Quotas:
    """Events to come (parents, items): of tallied items what the tally leaves, of others their usual share.

    An item without a tally is never used up and never owed: each parent meets it as the chain has it, so that most
    parents have none of what few have.
    """

    def __init__(self, left: Floats, tallied: npt.NDArray[np.bool_], shares: Floats) -> None:
        self._left = left
        self._tallied = tallied
        self._shares = shares

    def wanted(self, parents: Rows, coming: Rows) -> Floats:
        """Shares of the events to come of the parents given (n, items), of which there are `coming` (n)."""
        return np.where(self._tallied, self._left[parents], coming[:, None] * self._shares)

    def take(self, parents: Rows, items: Rows) -> None:
        """One event of an item has come in each of the parents given (n)."""
        self._left[parents, items] = np.maximum(self._left[parents, items] - 1.0, 0.0)


def quotas(chain: Chain, tallies: pd.DataFrame, counts: Rows) -> Quotas | None:
    """Quotas of parents with `counts` events (m,) and tallies (m, some items); None where there is no use for them."""
    codes = chain.codes(pd.Series(tallies.columns, dtype=object))
    named = codes >= 0
    if not named.any() or len(counts) * chain.items > _MOST_CELLS:
        return None
    tallied = np.zeros(chain.items, dtype=bool)
    tallied[codes[named]] = True
    left = np.zeros((len(counts), chain.items))
    told = np.nan_to_num(tallies.to_numpy("float64", na_value=0.0)[:, named]).clip(min=0)
    room = counts * chain.shares[tallied].sum()
    scale = np.where(told.sum(1) > 0, room / np.maximum(told.sum(1), 1e-9), 0.0)
    left[:, codes[named]] = told * scale[:, None]
    return Quotas(left, tallied, chain.shares)
