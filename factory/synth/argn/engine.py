"""The engine under the name it is asked for by."""

from __future__ import annotations

from dataclasses import replace

from factory.synth.argn import process
from factory.synth.argn.rows import MOST_EPOCHS, ArgnRows
from factory.synth.protocol import Abilities, EngineInfo
from factory.synth.relations.pooled import Pooled


class Argn(Pooled):
    """MOSTLY AI's TabularARGN: a network a table, children handed to the parents they fit.

    `epochs` is the most there are, `MOST_EPOCHS` by default; it stops early itself.
    """

    info = EngineInfo("argn", process.PACKAGE, process.ABSENT, "Apache-2.0", Abilities())

    def __init__(self, epochs: int | None = None) -> None:
        super().__init__(self._rows)
        self.info = replace(Argn.info, version=process.version())
        self._epochs = MOST_EPOCHS if epochs is None else epochs

    def _rows(self, table: str, place: int) -> ArgnRows:
        return ArgnRows(self.contract.policy.smallest_cell, self._epochs)
