"""Engine `sdv-gaussian-copula`: SDV's Gaussian copula for persons and for each child table, linked by matching.

SDV's own multi-table engine (HMA) breaks order between dates and is slow on wide child tables, so each table gets a
copula of its own, child rows are drawn with their person's context beside them and handed to the persons they fit.
SDV's default sampling seed is a constant, and its detected metadata would hold real categories: both come from us.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from rdt.transformers import OrderedUniformEncoder
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer

from factory.contract import Contract, released
from factory.core.seeds import derive
from factory.core.version import package_version
from factory.synth import layout, restore
from factory.synth.linking import match
from factory.synth.protocol import EngineInfo

_TABLE = "rows"
# Counts with few values are drawn by frequency: a beta curve through a spike at zero misses both.
_FEW_VALUES = 150
_POOL = 3
_SEED_BITS = 0xFFFFFFFF


class Copula:
    """One SDV Gaussian copula over one frame, with missing values and types put back."""

    def __init__(self, frame: pd.DataFrame, seed: int) -> None:
        self._constant = {
            name: (frame[name].iloc[0] if len(frame) else None)
            for name in frame.columns
            if frame[name].nunique(dropna=False) <= 1
        }
        self._types = frame.dtypes
        self._columns = list(frame.columns)
        learned = pd.DataFrame({n: _plain(frame[n]) for n in frame.columns if n not in self._constant})
        self._model = self._fitted(learned, seed) if len(learned.columns) else None

    def _fitted(self, frame: pd.DataFrame, seed: int) -> GaussianCopulaSynthesizer:
        ordered = {n: _levels(frame[n]) for n in frame.columns if _is_ordered(frame[n])}
        kinds = {
            n: {"sdtype": "categorical" if n in ordered or frame[n].dtype == object else "numerical"}
            for n in frame.columns
        }
        metadata = Metadata.load_from_dict({"tables": {_TABLE: {"columns": kinds}}, "relationships": []})
        model = GaussianCopulaSynthesizer(metadata)
        np.random.seed(derive(seed, "fit") & _SEED_BITS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.auto_assign_transformers({_TABLE: frame})
            model.update_transformers({n: OrderedUniformEncoder(order=levels) for n, levels in ordered.items()})
            model.fit({_TABLE: frame})
        return model

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw rows in the columns and types of the frame fitted on."""
        drawn = pd.DataFrame(index=range(rows))
        if self._model is not None and rows:
            self._model._set_random_state(derive(seed, "sample") & _SEED_BITS)
            np.random.seed(derive(seed, "transform") & _SEED_BITS)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                drawn = self._model.sample(rows)[_TABLE].reset_index(drop=True)
        made = {}
        for name in self._columns:
            values = pd.Series([self._constant[name]] * rows) if name in self._constant else drawn[name]
            made[name] = _as_type(values, self._types[name])
        return pd.DataFrame(made)


class GaussianCopula:
    """See the module; implements `factory.synth.protocol.Synthesizer`."""

    info = EngineInfo("sdv-gaussian-copula", "sdv", package_version("sdv"), "BUSL-1.1")

    def fit(self, tables: dict[str, pd.DataFrame], contract: Contract, seed: int) -> None:
        """Fit one copula on persons and one on each child table."""
        self._contract = contract
        people = layout.person_frame(contract, tables)
        self._learned = restore.learn(contract, tables, people)
        self._people = Copula(people, derive(seed, contract.person))
        self._children = {
            name: Copula(layout.child_frame(contract, tables, people, name), derive(seed, name))
            for name in layout.children(contract)
        }

    def sample(self, people: int, seed: int) -> dict[str, pd.DataFrame]:
        """Draw persons, then for each child table a pool of rows from which each person is served."""
        contract = self._contract
        drawn = self._people.sample(people, derive(seed, contract.person))
        made = {contract.person: restore.people_table(contract, drawn)}
        birth = [n for n in layout.context(contract, drawn) if drawn[n].dtype != object]
        near = layout.PERSON + "_" + birth[0] if birth else None
        for name in layout.children(contract):
            wanted = restore.wanted_rows(contract, drawn, name)
            pool = self._children[name].sample(max(1, _POOL * len(wanted)), derive(seed, name))
            exact = [layout.STAY, *(c for c in wanted.columns if c.startswith(layout.PERSON) and c != near)]
            rows = pool.iloc[match(wanted, pool, exact, near)] if len(wanted) else pool.iloc[:0]
            made[name] = restore.child_table(contract, self._learned, drawn, wanted, rows, name, derive(seed, name))
        return {name: made[name] for name in released(contract)}


def _plain(values: pd.Series) -> pd.Series:
    if values.dtype == object:
        return values.where(values.notna(), None)
    return values.astype("float64").reset_index(drop=True)


def _is_ordered(values: pd.Series) -> bool:
    return bool(values.dtype != object and values.nunique() <= _FEW_VALUES and (values.dropna() % 1 == 0).all())


def _levels(values: pd.Series) -> list[float | None]:
    levels: list[float | None] = sorted(values.dropna().unique().tolist())
    return [*levels, None] if values.isna().any() else levels


def _as_type(values: pd.Series, like: object) -> pd.Series:
    if str(like) == "object":
        return values.astype(object).where(values.notna(), None)
    numbers = pd.to_numeric(values)
    return numbers.round().astype("Int64") if str(like) in ("Int64", "int64") else numbers.astype("float64")
