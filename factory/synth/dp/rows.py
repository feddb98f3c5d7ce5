"""`PrivateRows`: a model of one table's rows with (epsilon, delta)-differential privacy for each patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.errors import ContractError, NotReady
from factory.core.files import sha256_bytes
from factory.core.seeds import derive
from factory.synth.dp import tree
from factory.synth.dp.domains import Codes, domains
from factory.synth.dp.ledger import Ledger, Spend
from factory.synth.dp.model import ForestModel
from factory.synth.dp.settings import Settings
from factory.synth.dp.unit import kept_rows
from factory.synth.rows import Field, People


class PrivateRows:
    """MST (McKenna, Miklau and Sheldon 2021) on OpenDP's noise and accounting; a `RowModel`.

    Two tables are neighbours where one has all rows of one more patient, of which at most `most_rows` are kept. What
    `fit` learns is (epsilon, delta)-private between neighbours, however many rows are drawn then and however often.
    Column names, types and `fields` are taken for public; so is the count of rows asked of `sample`.
    """

    seeded = False
    """Fitting is not: OpenDP's noise comes from a cryptographic source. `sample` is, given a fitted model."""

    def __init__(
        self,
        epsilon: float,
        delta: float,
        ledger: Ledger,
        most_rows: int = 1,
        method: Literal["mst"] = "mst",
        settings: Settings | None = None,
    ) -> None:
        if most_rows < 1:
            raise ContractError("A person needs to keep a row at least.", "Give most_rows of 1 or more.")
        self.epsilon = epsilon
        self.delta = delta
        self.ledger = ledger
        self.most_rows = most_rows
        self.method = method
        self.settings = settings or Settings()

    def fit(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int) -> None:
        """Spend (epsilon, delta) and learn `frame`. Raises: as `release`."""
        self._model = ForestModel(self.release(frame, fields, people, seed))
        self._domains = domains(frame, fields, self.settings)
        self._types = {name: frame[name].dtype for name in frame.columns}

    def release(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int) -> tree.Release:
        """Spend (epsilon, delta) on noisy counts of `frame`: all that a model is made of.

        Raises: ContractError when a column states no domain, BudgetSpent when the ledger refuses; both before a value
        is counted.
        """
        found = domains(frame, fields, self.settings)
        if not found:
            raise ContractError("A table without columns has nothing to learn.", "Release a column of it.")
        noise = tree.budget(self.epsilon, self.delta, self.most_rows, len(found), self.settings)
        kept = kept_rows(people, self.most_rows, derive(seed, "unit"))
        codes = np.stack([domain.encode(frame[name]) for name, domain in found.items()], axis=1)[kept]
        self.ledger.spend(
            Spend(self.epsilon, self.delta, self.ledger.unit, self.most_rows, self.method, _digest(codes, people[kept]))
        )
        focus = None if self.settings.focus is None else list(found).index(self.settings.focus)
        return tree.measure(codes, list(found.values()), focus, noise, self.settings.most_groups)

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw `rows` rows with the columns, order and types of the frame learned from. Raises: NotReady."""
        if not hasattr(self, "_model"):
            raise NotReady("The model has learned nothing yet.", "Call fit first.")
        codes = self._model.draw(rows, seed) if rows else np.empty((0, len(self._domains)), dtype=np.int64)
        return pd.DataFrame(
            {
                name: domain.decode(
                    codes[:, c], self._types[name], np.random.default_rng(derive(seed, "within codes", name))
                )
                for c, (name, domain) in enumerate(self._domains.items())
            }
        )


def _digest(codes: Codes, people: npt.NDArray[np.int64]) -> str:
    """A digest of what the mechanism saw, so that a ledger tells one fit's data from another's."""
    return sha256_bytes(sha256_bytes(codes.tobytes()).encode() + people.tobytes())
