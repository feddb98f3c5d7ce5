"""What was spent of the privacy of one population: an append-only file in the source zone.

Spends add up by basic composition (Dwork and Roth 2014, theorem 3.16), whatever data they were of: the people are the
same. A spend is written before the data are touched and stands even if the fit then fails.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from factory.core.errors import BudgetSpent, ContractError, StorageError
from factory.core.files import pretty_json, read_json, storage_errors, write_bytes


@dataclass(frozen=True)
class Spend:
    """One use of the budget: `data` is a digest, `rows` the most rows a unit contributed."""

    epsilon: float
    delta: float
    unit: str
    rows: int
    mechanism: str
    data: str


class Ledger:
    """A budget (epsilon, delta) for each `unit`, kept in the file `path`, or in memory where that is None.

    A file keeps the budget it was begun with. Raises: ContractError when opened with another, or with one that is not
    positive; StorageError when the file is damaged.
    """

    def __init__(self, path: Path | None, epsilon: float, delta: float, unit: str = "patient") -> None:
        if not (0 < epsilon < float("inf") and 0 <= delta < 1):
            raise ContractError("A privacy budget needs epsilon > 0 and 0 <= delta < 1.", "Mend the budget.")
        self.path = path
        self.epsilon = epsilon
        self.delta = delta
        self.unit = unit
        self._spends: list[dict[str, Any]] = []
        with self._locked():
            self._read()

    @property
    def spends(self) -> list[dict[str, Any]]:
        """Every spend so far, oldest first, other processes' among them."""
        with self._locked():
            self._read()
        return [dict(spend) for spend in self._spends]

    def spent(self) -> tuple[float, float]:
        """Epsilon and delta spent so far."""
        epsilon, delta = _sums(self.spends)
        return float(epsilon), float(delta)

    def spend(self, spend: Spend) -> None:
        """Record a spend. Raises: BudgetSpent when less than that is left, and then nothing is recorded."""
        if not (0 < spend.epsilon < float("inf") and 0 <= spend.delta < 1 and spend.rows >= 1):
            raise ContractError("A spend needs epsilon > 0, 0 <= delta < 1 and a row.", "Mend epsilon and delta.")
        if spend.unit != self.unit:
            raise ContractError(
                f"The ledger counts by {self.unit}, the model by {spend.unit}.", "Use a ledger of the same unit."
            )
        with self._locked():
            self._read()
            epsilon, delta = _sums([*self._spends, asdict(spend)])
            if epsilon > _exact(self.epsilon) or delta > _exact(self.delta):
                had = _sums(self._spends)
                raise BudgetSpent(
                    f"The privacy budget (epsilon {self.epsilon:g}, delta {self.delta:g}) holds no more:"
                    f" ({had[0]:f}, {had[1]:g}) is spent, ({spend.epsilon:g}, {spend.delta:g}) was asked.",
                    "Ask for less, or release what was fitted before.",
                )
            self._spends.append({**asdict(spend), "when": datetime.now(UTC).isoformat(timespec="seconds")})
            self._write()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the file against other processes until the block ends; the kernel lets go if this one dies."""
        if self.path is None:
            yield
            return
        with storage_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path.with_name(self.path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            with storage_errors(self.path):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _read(self) -> None:
        if self.path is None or not (self.path.exists() or self._spends):
            return
        if not self.path.exists():
            raise StorageError(f"{self.path} has lost spends.", "Restore it from a backup; never begin anew.")
        held = read_json(self.path)
        try:
            budget = (held["unit"], float(held["epsilon"]), float(held["delta"]))
            spends = list(held["spends"])
            _sums(spends)
        except (KeyError, TypeError, ValueError, ArithmeticError):
            raise StorageError(f"{self.path} is not a ledger.", "Restore it from a backup; never begin anew.") from None
        if budget != (self.unit, self.epsilon, self.delta):
            raise ContractError(
                f"The ledger was begun with epsilon {budget[1]:g} and delta {budget[2]:g} a {budget[0]}.",
                "Name that budget; another one is another decision about the same people.",
            )
        if len(spends) < len(self._spends):
            raise StorageError(f"{self.path} has lost spends.", "Restore it from a backup; never begin anew.")
        self._spends = spends

    def _write(self) -> None:
        if self.path is not None:
            held = {"unit": self.unit, "epsilon": self.epsilon, "delta": self.delta, "spends": self._spends}
            write_bytes(self.path, pretty_json(held), mode=0o600)


def _exact(number: float) -> Decimal:
    """The decimal number as people write it, so that ten times 0.1 is 1."""
    return Decimal(repr(float(number)))


def _sums(spends: list[dict[str, Any]]) -> tuple[Decimal, Decimal]:
    zero = Decimal(0)
    return (
        sum((_exact(spend["epsilon"]) for spend in spends), zero),
        sum((_exact(spend["delta"]) for spend in spends), zero),
    )
