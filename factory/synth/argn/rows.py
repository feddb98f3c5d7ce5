"""`ArgnRows`: the network as a model of rows."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from factory.core.errors import NotReady
from factory.core.seeds import derive
from factory.synth.argn import process
from factory.synth.argn.coding import Coding
from factory.synth.argn.worker import PERSON
from factory.synth.rows import Field, People

MOST_EPOCHS = 100
_STORE = "ModelStore"
# What only a further training would read; the last one also holds times, which differ from run to run.
_LEFT = ("optimizer.pt", "lr-scheduler.pt", "progress-messages.csv")
_SEED_BITS = 0xFFFFFFFF
_FEWEST_A_STEP, _MOST_A_STEP = 32, 512


class ArgnRows:
    """A `factory.synth.rows.RowModel`. `cell` is the policy's k, `epochs` the most there are; it stops early itself."""

    def __init__(self, cell: int, epochs: int = MOST_EPOCHS) -> None:
        self._cell = cell
        self._epochs = epochs
        self._coding: Coding | None = None
        self._store: dict[str, bytes] = {}

    def fit(self, frame: pd.DataFrame, fields: Mapping[str, Field], people: People, seed: int) -> None:
        """Learn from `frame` (n, p).

        Raises: as `coding.Coding`; ContractError without mostlyai-engine; InternalError when it fails.
        """
        process.check_there()
        self._coding, self._store = None, {}
        coding = Coding(frame, fields, people, derive(seed, "coding"), self._cell)
        given = coding.take()
        if coding.names:
            job = {"seed": _small(derive(seed, "network")), "epochs": self._epochs, "batch": batch_for(len(given))}
            with tempfile.TemporaryDirectory(prefix="argn-") as name:
                folder = Path(name)
                given.assign(**{PERSON: people}).to_parquet(folder / "rows.parquet", index=False)
                process.run("fit", folder, job)
                self._store = _read(folder / _STORE)
        self._coding = coding

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        """Draw a frame of `rows` rows. Raises: NotReady before `fit`; ContractError and InternalError as `fit`."""
        if self._coding is None:
            raise NotReady("ARGN has not been fitted.")
        drawn = pd.DataFrame({name: np.zeros(0, dtype=np.int64) for name in self._coding.names})
        if self._coding.names and rows:
            with tempfile.TemporaryDirectory(prefix="argn-") as name:
                folder = Path(name)
                _write(self._store, folder / _STORE)
                process.run("sample", folder, {"seed": _small(derive(seed, "network")), "rows": rows})
                drawn = pd.read_parquet(folder / "drawn.parquet")
        return self._coding.decoded(drawn, rows, derive(seed, "decoding"))


def batch_for(rows: int) -> int:
    """Rows a step: 64 steps an epoch within bounds.

    The engine's own choice looks at the machine's memory too, and goes down to 8, which on ACTG175 takes three times
    as long and is no more faithful.
    """
    return int(np.clip(2 ** int(np.log2(max(rows * 0.8 / 64, 1))), _FEWEST_A_STEP, _MOST_A_STEP))


def _read(store: Path) -> dict[str, bytes]:
    kept = (path for path in sorted(store.rglob("*")) if path.is_file() and path.name not in _LEFT)
    return {path.relative_to(store).as_posix(): path.read_bytes() for path in kept}


def _write(held: dict[str, bytes], store: Path) -> None:
    for name, body in held.items():
        path = store / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def _small(seed: int) -> int:
    """The part of a seed that NumPy's old generators take: 32 bits."""
    return seed & _SEED_BITS
