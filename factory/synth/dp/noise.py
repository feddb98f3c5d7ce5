"""OpenDP: what is noised, how much, and what it adds up to. Everything else here is arithmetic on its results.

OpenDP draws its noise from the operating system's cryptographic source and offers no seed, which is right: a seed that
somebody knows takes the noise away again. Rho is found from epsilon and delta by OpenDP's own conversion (after Bun and
Steinke 2016; Canonne, Kamath and Steinke 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from factory.core.errors import ContractError, FactoryError, InternalError
from factory.synth.dp.domains import Codes, Floats

Clique = tuple[int, ...]
"""Columns of a table of counts, by position."""

Coder = Callable[[Codes], Codes]
"""Codes of the data to the codes that are counted."""

_SLACK = 1 - 1e-9
"""Shares of rho are added with upward rounding; without slack MST's shares once came to more than their sum."""


@cache
def opendp() -> Any:
    """OpenDP's prelude. Raises: FactoryError when it is not installed."""
    try:
        import opendp.prelude as dp
    except ImportError:
        raise FactoryError("Differential privacy needs OpenDP.", "pip install 'clinical-data-factory[dp]'") from None
    dp.enable_features("contrib", "honest-but-curious")
    return dp


@cache
def rho_of(epsilon: float, delta: float) -> float:
    """The largest rho whose zero-concentrated privacy is (epsilon, delta)-privacy. Raises: ContractError."""
    dp = opendp()
    if not (0 < epsilon < float("inf") and 0 < delta < 1):
        raise ContractError("A private model needs epsilon > 0 and 0 < delta < 1.", "Mend epsilon and delta.")
    space = dp.vector_domain(dp.atom_domain(T="i32")), dp.l2_distance(T="f64")
    scale = dp.binary_search_param(
        lambda s: _approximate(dp.m.make_gaussian(*space, s), delta), 1.0, (epsilon, delta), T=float
    )
    return float(dp.m.make_gaussian(*space, scale).map(1.0))


def _approximate(measurement: Any, delta: float) -> Any:
    dp = opendp()
    return dp.c.make_fix_delta(dp.c.make_zCDP_to_approxDP(measurement), delta)


class Noise:
    """One compositor over coded rows: `shares` of the budget, to be used in that order.

    A unit changes at most `rows` rows. OpenDP refuses a query that would take more than its share.
    Raises: InternalError when the shares come to more than (epsilon, delta), before any data are seen.
    """

    def __init__(self, epsilon: float, delta: float, rows: int, shares: Sequence[float]) -> None:
        dp = self._dp = opendp()
        rho = rho_of(epsilon, delta) * _SLACK
        self.rows = rows
        self._space = dp.user_domain("coded rows", member=_is_codes), dp.user_distance("rows added or removed")
        self._parts = [rho * share / sum(shares) for share in shares]
        self._compositor = dp.c.make_adaptive_composition(
            *self._space, dp.zero_concentrated_divergence(), rows, self._parts
        )
        spent = _approximate(self._compositor, delta).map(rows)
        if not (spent[0] <= epsilon and spent[1] <= delta):
            raise InternalError("The shares of the privacy budget exceed it.", "Please report this.")
        self._next = 0

    def open(self, codes: Codes) -> None:
        """Hand over the rows (n, columns); what follows answers about them."""
        self._queryable = self._compositor(codes)

    def last_sigma(self, cliques: int) -> float:
        """Standard deviation of each count when the last share measures so many tables."""
        return self._scale(self._parts[-1], float(np.sqrt(cliques)))

    def counts(self, cliques: Sequence[Clique], sizes: Sequence[int], map_to: Coder) -> tuple[list[Floats], float]:
        """Noisy counts, a flat table a clique over `sizes`, and their standard deviation; takes one share."""
        dp = self._dp
        step = float(np.nextafter(np.sqrt(len(cliques)), np.inf))
        lengths = [int(np.prod([sizes[c] for c in clique])) for clique in cliques]

        def exact(codes: Codes) -> list[int]:
            coded = map_to(codes)
            found: list[int] = np.concatenate([tally(coded, clique, sizes) for clique in cliques]).tolist()
            return found

        counted = dp.t.make_user_transformation(
            *self._space,
            dp.vector_domain(dp.atom_domain(T="i32")),
            dp.l2_distance(T="f64"),
            exact,
            # A row is in one cell of each table: so many unit vectors, orthogonal between tables.
            lambda changed: float(np.nextafter(changed * step, np.inf)),
        )
        scale = self._scale(self._part(), step)
        noisy = np.asarray(self._queryable(counted >> dp.m.then_gaussian(scale)), dtype=np.float64)
        return np.split(noisy, np.cumsum(lengths)[:-1]), scale

    def choose(self, score: Callable[[Codes], Floats]) -> int:
        """Position of about the largest score; a row may change a score by 1 at most. Takes one share."""
        dp = self._dp
        scored = dp.t.make_user_transformation(
            *self._space,
            dp.vector_domain(dp.atom_domain(T="f64", nan=False)),
            dp.linf_distance(T="f64"),
            lambda codes: [float(s) for s in score(codes)],
            float,  # as many as the rows changed
        )
        scale = _maximum_scale(self._part() * _SLACK, self.rows)
        noisy_maximum = dp.m.then_noisy_max(dp.zero_concentrated_divergence(), scale)
        return int(self._queryable(scored >> noisy_maximum))

    def _part(self) -> float:
        part = self._parts[self._next]
        self._next += 1
        return part

    def _scale(self, part: float, step: float) -> float:
        """Scale that keeps within `part`; found below it by as little as the rounding of the sensitivity needs."""
        return _gaussian_scale(part * _SLACK, float(np.nextafter(self.rows * step, np.inf)))


@cache
def _gaussian_scale(rho: float, distance: float) -> float:
    dp = opendp()
    space = dp.vector_domain(dp.atom_domain(T="i32")), dp.l2_distance(T="f64")
    return float(dp.binary_search_param(lambda s: dp.m.make_gaussian(*space, s), distance, rho, T=float))


@cache
def _maximum_scale(rho: float, rows: int) -> float:
    dp = opendp()
    space = dp.vector_domain(dp.atom_domain(T="f64", nan=False)), dp.linf_distance(T="f64")
    measure = dp.zero_concentrated_divergence()
    return float(dp.binary_search_param(lambda s: dp.m.make_noisy_max(*space, measure, s), float(rows), rho, T=float))


def tally(codes: Codes, clique: Clique, sizes: Sequence[int]) -> Codes:
    """Counts of the cells of a clique, flat, the last column fastest."""
    cell = np.zeros(len(codes), dtype=np.int64)
    for column in clique:
        cell = cell * sizes[column] + codes[:, column]
    return np.bincount(cell, minlength=int(np.prod([sizes[c] for c in clique])))


def _is_codes(value: object) -> bool:
    return isinstance(value, np.ndarray)
