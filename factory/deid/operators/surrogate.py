"""Operator `surrogate consistent within a person`: one made-up code for the same value of the same person.

The code is a keyed hash under the key of the batch, which is destroyed at its close: then nobody can compute it again,
and two people who share a value do not share a code. Only for expert determination; Safe Harbor, WP216 and PIPL Art. 73
know no code derived from a person's data.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pyarrow as pa

from factory.deid.operators.base import Cells

_SIZE = 10


@dataclass(frozen=True)
class Surrogate:
    """Codes such as `MRN-6f1c...`, 80 bits, under the batch's secret for one column."""

    secret: bytes
    prefix: str

    def apply(self, cells: Cells) -> pa.Array:
        """Codes, string."""
        texts = [str(value).encode() for value in cells.values]
        made = [
            None if code < 0 else self._code(person, texts[code])
            for code, person in zip(cells.codes.tolist(), cells.people.tolist(), strict=True)
        ]
        return pa.array(made, type=pa.string())

    def _code(self, person: int, text: bytes) -> str:
        keyed = hashlib.blake2b(person.to_bytes(5, "big", signed=True) + text, key=self.secret, digest_size=_SIZE)
        return f"{self.prefix}-{keyed.hexdigest()}"
