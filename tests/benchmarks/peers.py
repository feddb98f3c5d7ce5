"""Peers that run in a Python of their own, beside our engines: MOSTLY AI's TabularARGN and adversarial random forests.

FACTORY_ARGN_PYTHON and FACTORY_ARF_PYTHON name those Pythons (pip install mostlyai-engine; pip install arfpy==0.1.1
"numpy<2.4" "pandas<3" pyarrow, for names that later ones lack). They learn the rows as they are, with their defaults.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from factory.core.errors import FactoryError
from factory.synth.argn.process import surroundings
from factory.synth.argn.rows import ArgnRows
from factory.synth.rows import Field, People, RowModel

PYTHONS = {"mostlyai-engine": "FACTORY_ARGN_PYTHON", "arfpy": "FACTORY_ARF_PYTHON"}
SMALLEST_CELL = 11


@dataclass(frozen=True)
class Taken:
    """Seconds to fit and to sample, without the start of the process, and its peak memory in GB."""

    fit: float
    sample: float
    peak: float


class Peer:
    """A model of rows whose `fit` also draws: one process learns and draws, and nothing of it is kept."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.taken: Taken | None = None

    def fit(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int) -> None:
        """Learn and draw as many rows. Raises: FactoryError where no Python is named, or it fails."""
        python = os.environ.get(PYTHONS[self._name])
        if not python:
            raise FactoryError(f"{PYTHONS[self._name]} names no Python.", "See tests/benchmarks/peers.py.")
        worker = Path(__file__).with_name("peer_worker.py")
        with tempfile.TemporaryDirectory(prefix="peer-") as name:
            given, made = Path(name, "train.parquet"), Path(name, "made.parquet")
            _plain(frame).to_parquet(given, index=False)
            done = subprocess.run(
                [python, str(worker), self._name, str(given), str(made), str(seed)],
                check=False,
                capture_output=True,
                text=True,
                env={**os.environ, **surroundings(Path(name))},
            )
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no word"])[-1]
                raise FactoryError(f"{self._name} stopped: {last[:80]}")
            took = json.loads(done.stdout.strip().splitlines()[-1])
            self._drawn = _like(pd.read_parquet(made), frame)
        self.taken = Taken(took["fit"], took["sample"], took["peak"])

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """The rows that were drawn, `rows` of them at most."""
        return self._drawn.head(rows)


def peers() -> dict[str, Callable[[], RowModel]]:
    """A peer by its name in the table, and our adapter of one of them."""
    return {"argn": partial(ArgnRows, SMALLEST_CELL), **{name: partial(Peer, name) for name in PYTHONS}}


def taken(model: RowModel, here: Taken) -> Taken:
    """What a model took: as measured here, or as its own process says.

    Of our adapter's process the peak is told as the largest of any process started so far.
    """
    if isinstance(model, ArgnRows):
        started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        return replace(here, peak=max(here.peak, started))
    there = model.taken if isinstance(model, Peer) else None
    return there or here


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as text, integers as int64 where none is missing, numbers as float64."""
    made = {}
    for name in frame.columns:
        values = frame[name]
        if values.dtype == object:
            made[name] = values
        elif pd.api.types.is_integer_dtype(values) and values.notna().all():
            made[name] = values.astype("int64")
        else:
            made[name] = values.astype("float64")
    return pd.DataFrame(made)


def _like(drawn: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Drawn rows in the columns and types of the frame learned from, whole numbers rounded."""
    made = {}
    for name in frame.columns:
        values = drawn[name]
        if frame[name].dtype == object:
            made[name] = values.astype(object).where(values.notna(), None)
        elif pd.api.types.is_integer_dtype(frame[name]):
            made[name] = pd.to_numeric(values).astype("Float64").round().astype("Int64")
        else:
            made[name] = pd.to_numeric(values).astype("float64")
    return pd.DataFrame(made)
