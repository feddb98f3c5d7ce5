"""People drawn a piece at a time: each piece has its own seed and files, and is the same whoever draws it."""

from __future__ import annotations

import functools
import pickle
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from factory.contract import Contract, Kind, ReleasedTable
from factory.core.files import atomic_path, storage_errors, write_bytes
from factory.core.seeds import derive
from factory.core.spread import ALONE, Spread
from factory.synth.conditions import Condition
from factory.synth.protocol import Synthesizer

MOST_AT_ONCE = 50_000
"""People held in memory."""
_WORK = "work.pickle"


def sizes(people: int, at_once: int) -> list[int]:
    """People of each piece."""
    return [min(at_once, people - start) for start in range(0, people, at_once)]


def draw_pieces(
    fitted: Synthesizer,
    wanted: Sequence[int],
    seed: int,
    folder: Path,
    conditions: Sequence[Condition] = (),
    spread: Spread = ALONE,
) -> Counter[str]:
    """Draw pieces of so many people each into `folder`, a Parquet file a table and piece; `tables` reads them.

    Returns how many people were drawn again, by reason. With more than one process the fitted model and the seed lie
    in `folder`, which must be the source zone's, while they work: what goes to a process is the folder and a number.
    """
    redrawn: Counter[str] = Counter()
    if spread == ALONE or len(wanted) < 2:
        for piece, people in enumerate(wanted):
            redrawn.update(_draw(fitted, piece, people, seed, folder, conditions))
        return redrawn
    work = folder / _WORK
    write_bytes(work, pickle.dumps((fitted, seed, tuple(conditions)), protocol=5), 0o600)
    try:
        pieces = [{"folder": str(folder), "piece": piece, "people": people} for piece, people in enumerate(wanted)]
        for found in spread.over(draw_piece, pieces):
            redrawn.update(found)
    finally:
        work.unlink(missing_ok=True)
    return redrawn


def draw_piece(folder: str, piece: int, people: int) -> dict[str, int]:
    """Draw one piece with the model that lies in `folder`; people drawn again, by reason."""
    fitted, seed, conditions = _held(folder)
    return _draw(fitted, piece, people, seed, Path(folder), conditions)


@functools.lru_cache(maxsize=1)
def _held(folder: str) -> tuple[Synthesizer, int, Sequence[Condition]]:
    with storage_errors(Path(folder)):
        body = (Path(folder) / _WORK).read_bytes()
    held: tuple[Synthesizer, int, Sequence[Condition]] = pickle.loads(body)  # noqa: S301 - written by draw_pieces
    return held


def _draw(
    fitted: Synthesizer, piece: int, people: int, seed: int, folder: Path, conditions: Sequence[Condition]
) -> dict[str, int]:
    made = fitted.sample(people, derive(seed, "sample", str(piece)), conditions)
    for name, frame in made.items():
        table = pa.table({column: _array(frame[column]) for column in frame.columns})
        path = _path(folder, name, piece)
        with atomic_path(path) as part, storage_errors(path):
            pq.write_table(table, part, compression="lz4")
    return fitted.redrawn


def _path(folder: Path, table: str, piece: int) -> Path:
    return folder / f"{table}-{piece:05}.parquet"


def _array(values: pd.Series) -> pa.Array:
    """A column for Arrow. All-missing text stays text, so that every piece of a table has one schema."""
    if values.dtype != object:
        return pa.array(values, from_pandas=True)
    # Drawn text repeats, and each is converted once.
    at, different = pd.factorize(values.to_numpy())
    if not all(isinstance(one, str) for one in different):
        return pa.array(values.astype("string"), from_pandas=True).cast(pa.string())
    return pa.array(different, type=pa.string()).take(pa.array(at, mask=at < 0))


class Drawn:
    """Pieces in a folder as tables: keys count on from piece to piece, and one piece is in memory at a time."""

    def __init__(self, folder: Path, pieces: int, contract: Contract, shapes: dict[str, ReleasedTable]) -> None:
        self._folder = folder
        self._contract = contract
        self._shapes = shapes
        self._pieces = pieces
        counts = {name: [self._rows(name, piece) for piece in range(pieces)] for name in shapes}
        self.rows = {name: sum(each) for name, each in counts.items()}
        self._before = {name: [sum(each[:piece]) for piece in range(pieces)] for name, each in counts.items()}

    def schema(self, name: str) -> pa.Schema:
        """Columns and types of a table, whatever is missing in one piece."""
        schemas = [pq.read_schema(_path(self._folder, name, piece)) for piece in range(self._pieces)]
        return pa.unify_schemas(schemas, promote_options="permissive")

    def table(self, name: str) -> Iterator[pa.Table]:
        """The pieces of a table in order, each taken away from the folder once it was given."""
        schema = self.schema(name)
        for piece in range(self._pieces):
            path = _path(self._folder, name, piece)
            with storage_errors(path):
                found = pq.read_table(path)
            for column, of in self._keys(name):
                at = found.schema.get_field_index(column)
                # A key counts on as a number, whatever it is written as.
                counted = pc.add(found.column(at).cast(pa.int64()), self._before[of][piece])
                shifted = counted.cast(found.schema.field(at).type)
                found = found.set_column(at, column, shifted)
            yield found.cast(schema)
            path.unlink()

    def _rows(self, name: str, piece: int) -> int:
        path = _path(self._folder, name, piece)
        with storage_errors(path):
            return int(pq.read_metadata(path).num_rows)

    def _keys(self, name: str) -> list[tuple[str, str]]:
        """Columns of a table that hold keys, and the tables whose keys they hold."""
        shape, found = self._shapes[name], []
        for column in shape.columns:
            if column.kind is Kind.ID:
                found.append((column.name, name))
            elif column.kind is Kind.PARENT_ID and shape.link is not None:
                found.append((column.name, shape.link.parent_table))
            elif column.kind is Kind.ANCESTOR_ID:
                path = self._contract.person_path(name)
                above = next(up.parent_table for up in path if self._shapes[up.parent_table].key == column.source)
                found.append((column.name, above))
        return found


def facts_of(fitted: Synthesizer, redrawn: Counter[str]) -> dict[str, Any]:
    """What a record of the engine says beside its name; of a private one what it spent."""
    return {"redrawn": dict(redrawn), "scoreboard": getattr(fitted, "scoreboard", []), **getattr(fitted, "claim", {})}
