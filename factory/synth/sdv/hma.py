"""Engine `sdv-hma`: SDV's hierarchical modelling of linked tables.

Each person's child rows are fitted by a copula of their own, whose parameters become columns of the person. What SDV
gets are normal scores (`coding`), for which the normal distribution it gives to child tables is the right one.

Source: Patki, Wedge, Veeramachaneni, The Synthetic Data Vault, DSAA 2016.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pandas as pd
from sdv.metadata import Metadata
from sdv.multi_table import HMASynthesizer

from factory.contract import Contract, released
from factory.core.errors import ContractError, NotReady
from factory.core.seeds import derive
from factory.core.version import package_version
from factory.synth.protocol import EngineInfo
from factory.synth.rare import without_rare
from factory.synth.rows import Field
from factory.synth.sdv import tables as shaped
from factory.synth.sdv.coding import Coding
from factory.synth.sdv.metadata import ID, PARENT, kinds
from factory.synth.sdv.quiet import quietly, small

MOST_TABLES = 5
MOST_DEPTH = 2
_COUNT = "__rows_of_"


class _Ordered(Metadata):  # type: ignore[misc]
    """Metadata whose child tables come in one order; SDV's come in that of a set of strings, new in each process."""

    def _get_child_map(self) -> defaultdict[str, list[str]]:
        made: defaultdict[str, list[str]] = defaultdict(list)
        for parent, children in super()._get_child_map().items():
            made[parent] = sorted(children)
        return made


class _SeededHma(HMASynthesizer):  # type: ignore[misc]
    """HMA whose persons do not all draw the same child rows.

    SDV 2.0 starts the model of each person's child rows from one constant seed. It also fits the number of child rows
    with a curve and then trims it one row at a time; here it is drawn with the person's other columns.
    """

    own_seed = 0
    counts: Mapping[str, tuple[str, Coding]]

    def _recreate_child_synthesizer(self, child_name: str, parent_name: str, parent_row: pd.Series) -> object:
        made = super()._recreate_child_synthesizer(child_name, parent_name, parent_row)
        made._set_random_state(small(derive(self.own_seed, child_name, str(parent_row[ID]))))
        return made

    def _enforce_table_size(
        self, child_name: str, table_name: str, scale: float, sampled_data: dict[str, pd.DataFrame]
    ) -> None:
        column, coding = self.counts[child_name]
        drawn = sampled_data[table_name]
        counted = coding.decoded(drawn, len(drawn))[column]
        drawn[f"__{child_name}__{PARENT}__num_rows"] = counted.fillna(0).astype("int64").to_numpy()


class SdvHma:
    """See the module; implements `factory.synth.protocol.Synthesizer`."""

    info = EngineInfo("sdv-hma", "sdv", package_version("sdv"), "BUSL-1.1")

    def __init__(self) -> None:
        self._model: _SeededHma | None = None

    def fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Learn from released-shape tables.

        Raises: ContractError for more tables or levels than SDV takes, or none below the person table; as
        `coding.Coding`; InternalError when SDV fails.
        """
        check_shape(contract)
        self._model, self._contract = None, contract
        shapes = released(contract)
        tables = without_rare(tables, shapes, contract)
        self._names = {table: f"t{at}" for at, table in enumerate(shapes)}
        with quietly("HMA", derive(seed, "hma")):
            self._codings = {table: self._coding(tables, table, derive(seed, table)) for table in shapes}
            model = _SeededHma(self._metadata(), verbose=False)
            for name in self._names.values():
                model.set_table_parameters(name, {"default_distribution": "norm"})
                model._table_synthesizers[name].enforce_min_max_values = False
            model.fit({name: self._given(tables, table) for table, name in self._names.items()})
            self._model = model
        for coding in self._codings.values():
            coding.forget()
        model.counts = {
            self._names[table]: (_COUNT + table, self._codings[str(shaped.parent_of(contract, table))])
            for table in shapes
            if table != contract.person
        }

    def sample(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        """Draw `people` people with their child rows, keys 1..n and linked. Raises: NotReady before `fit`."""
        if self._model is None:
            raise NotReady("HMA has not been fitted.")
        root = self._names[self._contract.person]
        drawn = {name: self._none(table) for table, name in self._names.items()}
        if people:
            with quietly("HMA", derive(seed, "draw")):
                self._model.reset_sampling()
                self._model.own_seed = seed
                self._model._numpy_seed = small(derive(seed, "numpy"))
                self._model._table_synthesizers[root]._set_random_state(small(derive(seed, "people")))
                drawn = self._model.sample(people, main_table_name=root)
        return {table: self._released(table, drawn) for table in self._names}

    def _coding(self, tables: dict[str, pd.DataFrame], table: str, seed: int) -> Coding:
        """A table's columns, and for each of its children how many rows a row has there."""
        shapes = released(self._contract)
        fields = shaped.fields(shapes[table])
        frame = tables[table][list(fields)].reset_index(drop=True)
        for child in shapes:
            if shaped.parent_of(self._contract, child) == table:
                rows = shaped.parent_rows(self._contract, tables, child)
                frame[_COUNT + child] = np.bincount(rows, minlength=len(frame))
                fields[_COUNT + child] = Field("integer", minimum=0)
        return Coding(frame, fields, np.arange(len(frame)), seed, one_hot=0, raw=False)

    def _metadata(self) -> _Ordered:
        made: dict[str, object] = {}
        links = []
        for table, name in self._names.items():
            columns = {ID: {"sdtype": "id"}, **kinds(self._codings[table].parts)}
            above = shaped.parent_of(self._contract, table)
            if above is not None:
                columns[PARENT] = {"sdtype": "id"}
                links.append(
                    {
                        "parent_table_name": self._names[above],
                        "child_table_name": name,
                        "parent_primary_key": ID,
                        "child_foreign_key": PARENT,
                    }
                )
            made[name] = {"primary_key": ID, "columns": columns}
        metadata: _Ordered = _Ordered.load_from_dict({"tables": made, "relationships": links})
        return metadata

    def _given(self, tables: dict[str, pd.DataFrame], table: str) -> pd.DataFrame:
        made = self._codings[table].coded()
        made.index = pd.RangeIndex(len(tables[table]))
        made.insert(0, ID, np.arange(len(made)))
        if shaped.parent_of(self._contract, table) is not None:
            made[PARENT] = shaped.parent_rows(self._contract, tables, table)
        return made

    def _none(self, table: str) -> pd.DataFrame:
        return pd.DataFrame({name: [] for name in (ID, PARENT, *(part.name for part in self._codings[table].parts))})

    def _released(self, table: str, drawn: dict[str, pd.DataFrame]) -> pd.DataFrame:
        rows = drawn[self._names[table]].reset_index(drop=True)
        above = shaped.parent_of(self._contract, table)
        parents = None
        if above is not None:
            ids = pd.Index(drawn[self._names[above]][ID].to_numpy())
            parents = ids.get_indexer(pd.Index(rows[PARENT].to_numpy())).astype(np.int64)
            order = np.argsort(parents, kind="stable")
            rows, parents = rows.iloc[order].reset_index(drop=True), parents[order]
        frame = self._codings[table].decoded(rows, len(rows))
        return shaped.keyed(released(self._contract)[table], frame, parents)


def check_shape(contract: Contract) -> None:
    """Raises: ContractError when the released tables are more, deeper or fewer than SDV's HMA takes."""
    count, levels = len(released(contract)), shaped.depth(contract)
    if count > MOST_TABLES or levels > MOST_DEPTH:
        raise ContractError(
            f"sdv-hma takes at most {MOST_TABLES} tables in {MOST_DEPTH} levels; this contract releases {count} in"
            f" {levels}.",
            "Use the engine 'trees', or withhold tables.",
        )
    if count < 2:
        raise ContractError(
            "sdv-hma models linked tables; this contract releases one alone.", "Use the engine 'trees'."
        )
