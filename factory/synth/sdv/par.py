"""Engine `sdv-par`: SDV's probabilistic autoregressive network for one child table whose rows follow in time.

A person's columns are the sequence's context. A row's day is given as the gap since the person's last row, so time
never runs backwards; a person without rows is a sequence of one row under a context column that says so.

Source: Zhang, Patki, Veeramachaneni, Sequential Models in the Synthetic Data Vault, 2022 (arXiv:2207.14406).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from sdv.metadata import Metadata
from sdv.sequential import PARSynthesizer

from factory.contract import Contract, Kind, released
from factory.core.errors import ContractError, EmptyTable, NotReady
from factory.core.seeds import derive
from factory.core.version import package_version
from factory.synth.protocol import EngineInfo
from factory.synth.rare import without_rare
from factory.synth.relations.plan import plans
from factory.synth.rows import Field
from factory.synth.sdv import tables as shaped
from factory.synth.sdv.coding import ONE_HOT, Coding
from factory.synth.sdv.metadata import ID, TABLE, kinds
from factory.synth.sdv.quiet import quietly, small
from factory.synth.sdv.sequences import aligned

# An epoch is one step over all sequences at once.
EPOCHS = 200
_HAS_ROWS = "__has_rows"
PERSON = "__person_"


class SdvPar:
    """See the module; implements `factory.synth.protocol.Synthesizer`."""

    info = EngineInfo("sdv-par", "sdv", package_version("sdv"), "BUSL-1.1")

    def __init__(self, epochs: int = EPOCHS) -> None:
        self._epochs = epochs
        self._model: PARSynthesizer | None = None

    def fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Learn from released-shape tables.

        Raises: ContractError for another shape than persons with one child table that has a date; EmptyTable when
        that has no rows; as `coding.Coding`; InternalError when SDV fails.
        """
        self._child = child_of(contract)
        self._contract, self._plan, self._model = (
            contract,
            plans(contract, released(contract), tables)[self._child],
            None,
        )
        if not len(tables[self._child]):
            raise EmptyTable(f"{self._child} has no rows for sdv-par to learn from.")
        tables = without_rare(tables, released(contract), contract)
        with quietly("PAR", derive(seed, "par")):
            owners = shaped.parent_rows(contract, tables, self._child)
            order = np.lexsort((tables[self._child][self._plan.anchor].fillna(0), owners))
            rows = tables[self._child].iloc[order].reset_index(drop=True)
            self._days = rows[self._plan.anchor].dtype
            self._code(tables, rows, owners[order], seed)
            given, context = self._given(owners[order])
            model = PARSynthesizer(
                self._metadata(),
                enforce_min_max_values=False,
                enforce_rounding=False,
                context_columns=context,
                epochs=self._epochs,
                cuda=False,
            )
            with aligned():
                model.fit({TABLE: given})
            self._model = model
        self._persons.forget()
        self._rows.forget()

    def sample(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        """Draw `people` people with their child rows, keys 1..n and linked. Raises: NotReady before `fit`."""
        if self._model is None:
            raise NotReady("PAR has not been fitted.")
        drawn = pd.DataFrame({name: [] for name in self._metadata().tables[TABLE].columns})
        if people:
            with quietly("PAR", derive(seed, "draw")):
                self._model._data_processor.reset_sampling()
                self._model._context_synthesizer.reset_sampling()
                self._model._context_synthesizer._set_random_state(small(derive(seed, "context")))
                drawn = self._model.sample_sequences(num_sequences=people)[TABLE]
        return self._released(drawn, people)

    def _code(
        self, tables: dict[str, pd.DataFrame], rows: pd.DataFrame, owners: npt.NDArray[np.int64], seed: int
    ) -> None:
        shapes = released(self._contract)
        fields = {**shaped.fields(shapes[self._contract.person]), _HAS_ROWS: Field("category")}
        people = tables[self._contract.person].reset_index(drop=True)
        said = shaped.fields(shapes[self._child])
        for name in self._plan.lifted:
            fields[PERSON + name] = said.pop(name)
            said_once = rows[name].groupby(owners).first()
            people[PERSON + name] = said_once.reindex(people.index).astype(rows[name].dtype)
        people[_HAS_ROWS] = np.where(np.isin(people.index, owners), "yes", "no").astype(object)
        self._persons = Coding(
            people[list(fields)], fields, people.index.to_numpy(), derive(seed, "people"), one_hot=ONE_HOT, raw=False
        )
        frame = rows[list(said)].copy()
        frame[self._plan.anchor] = _gaps(rows[self._plan.anchor], owners)
        said[str(self._plan.anchor)] = Field("integer", minimum=0)
        self._rows = Coding(frame, said, owners, derive(seed, "rows"), one_hot=ONE_HOT, raw=False)

    def _given(self, owners: npt.NDArray[np.int64]) -> tuple[pd.DataFrame, list[str]]:
        """One row a child row, and for each person without any one of another person's that is dropped later."""
        people, rows = self._persons.coded(), self._rows.coded()
        context = ["p" + name for name in people.columns]
        without = np.setdiff1d(np.arange(len(people)), owners)
        taken = np.concatenate([np.arange(len(rows)), np.arange(len(without)) % len(rows)])
        whose = np.concatenate([owners, without])
        made = rows.iloc[taken].reset_index(drop=True)
        made[context] = people.iloc[whose].reset_index(drop=True).to_numpy()
        made.insert(0, ID, whose)
        return made.astype({name: people[name[1:]].dtype for name in context}), context

    def _metadata(self) -> Metadata:
        context = {"p" + name: kind for name, kind in kinds(self._persons.parts).items()}
        columns = {ID: {"sdtype": "id"}, **kinds(self._rows.parts), **context}
        table = {"columns": columns, "sequence_key": ID}
        return Metadata.load_from_dict({"tables": {TABLE: table}, "relationships": []})

    def _released(self, drawn: pd.DataFrame, people: int) -> dict[str, pd.DataFrame]:
        """Both tables from drawn sequences, whose ids are in the order they were drawn in."""
        shapes = released(self._contract)
        owners = pd.factorize(drawn[ID])[0].astype(np.int64)
        first = drawn[~drawn[ID].duplicated()].reset_index(drop=True)
        context = pd.DataFrame({part.name: first["p" + part.name] for part in self._persons.parts}, index=first.index)
        persons = self._persons.decoded(context, people)
        kept = (persons[_HAS_ROWS] == "yes").to_numpy()[owners] if people else np.zeros(0, dtype=bool)
        rows = self._rows.decoded(drawn[kept].reset_index(drop=True), int(kept.sum()))
        owners = owners[kept]
        anchor = str(self._plan.anchor)
        rows[anchor] = rows[anchor].astype("Int64").fillna(0).groupby(owners).cumsum().astype(self._days)
        for name in self._plan.lifted:
            rows[name] = persons[PERSON + name].iloc[owners].reset_index(drop=True)
        return {
            self._contract.person: shaped.keyed(shapes[self._contract.person], persons, None),
            self._child: shaped.keyed(shapes[self._child], rows, owners),
        }


def child_of(contract: Contract) -> str:
    """The one child table. Raises: ContractError when there is none, more than one, or one without a date."""
    shapes = released(contract)
    below = [name for name in shapes if name != contract.person]
    if len(below) != 1 or not shapes[below[0]].names(Kind.DAY):
        raise ContractError(
            f"sdv-par models persons with one child table that has a date; this contract releases {len(below)} child"
            f" table{'' if len(below) == 1 else 's'}{' without a date' if len(below) == 1 else ''}.",
            "Use the engine 'trees'.",
        )
    return below[0]


def _gaps(days: pd.Series, owners: npt.NDArray[np.int64]) -> pd.Series:
    """Days since the person's last row, rows being in order; the first row's own day. A missing day is no gap."""
    plain = days.astype("Float64").fillna(0).astype("float64")
    return plain.groupby(owners).diff().fillna(plain).clip(lower=0).round().astype("Int64")
