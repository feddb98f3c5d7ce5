"""Full-domain generalisation of quasi-identifiers: the levels that lose least under k, l and t.

Loss. Each cell has a normalised certainty penalty in [0, 1] (Xu et al. 2006, KDD; the loss metric of Iyengar 2002,
KDD): for a category (values under its label - 1) / (values - 1), for a number its band's width over the range, 0 for a
value left as it is, 1 for `*`. A row's loss is the weighted mean over its quasi-identifiers; a suppressed row loses 1,
as if every cell were `*`. The table's loss, which the search minimises, is the mean over rows. The discernibility
metric is not used: it counts class sizes and does not see how much was generalised.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from factory.core.errors import ColumnMissing, ContractError, EmptyTable, TooFewPeople
from factory.deid.anonymity.classes import FloatArray, Values
from factory.deid.anonymity.domain import domain
from factory.deid.anonymity.hierarchy import Hierarchy
from factory.deid.anonymity.lattice import Exploration, explore
from factory.deid.anonymity.local import Refined, descend, plain
from factory.deid.anonymity.measures import is_ordered
from factory.deid.anonymity.node import Problem
from factory.deid.anonymity.result import Anonymized, apply
from factory.deid.anonymity.table import Sensitive, combinations

Limit = float | Mapping[str, float] | None


def search(
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    people: Values | None = None,
    sensitive: Collection[str] = (),
    l: Limit = None,  # noqa: E741 - the literature's name
    t: Limit = None,
    max_suppressed: float = 0.05,
    weights: Mapping[str, float] | None = None,
    *,
    entropy_l: Limit = None,
    ordered: Collection[str] | None = None,
    allowed: Mapping[str, tuple[int, int]] | None = None,
    max_local: float = 0.0,
) -> Anonymized:
    """Generalise the columns of `hierarchies` so that every class holds k people, and l and t where asked.

    `people`: the person of each row, in row order; without it every row is a person. A row without a person is one
    person with all others like it. `l` (distinct values), `entropy_l`, `t`: for every sensitive column, or by column.
    `ordered`: sensitive columns whose values are steps of a scale; by default those of a type that is. `weights`: how
    much a column's loss matters, 1 unless said. `allowed`: least and greatest level of a column. `max_suppressed`:
    share of people who may lose a row. `max_local`: share of people whose rows may have cells starred one by one
    before rows are dropped; 0 for no such thing, and then the levels found are the best there are. Deterministic.

    Raises: ColumnMissing, EmptyTable, ContractError for a request that does not hold together or that no node fulfils,
    TooFewPeople, WrongType where a hierarchy does not cover the values.
    """
    _check(frame, hierarchies, k, people, sensitive, max(max_suppressed, max_local))
    limits = [
        (
            Sensitive(
                name,
                ordered=is_ordered(frame[name]) if ordered is None else name in ordered,
                distinct=_of(l, name),
                entropy=_of(entropy_l, name),
                t=_of(t, name),
            ),
            frame[name],
        )
        for name in sensitive
    ]
    domains = [domain(frame[name], made, (allowed or {}).get(name)) for name, made in hierarchies.items()]
    table, of_row = combinations(domains, k, people, limits)
    problem = Problem(table, domains, _weights(hierarchies, weights))
    if table.people() < k:
        raise TooFewPeople(
            f"The table holds {table.people()} people, and {k} are to be alike.",
            f"Ask for a k of {table.people()} at most.",
        )
    for column, _ in limits:
        _check_reach(problem, column.name, column.distinct, column.entropy)
    best, exploration = _best(problem, max_suppressed, max_local)
    return apply(frame, hierarchies, problem, best, exploration, of_row, people)


def _best(problem: Problem, max_suppressed: float, max_local: float) -> tuple[Refined, Exploration]:
    losses = problem.level_losses()
    exploration = explore(losses, lambda node: problem.judge(node, max_suppressed))
    best = None if exploration.best is None else plain(problem, exploration.best)
    if max_local:
        best = descend(problem, best, max_suppressed, max_local)
    if best is None:
        least = min(verdict.suppressed for verdict in exploration.judged.values())
        enough = f"Allow {np.ceil(least * 1000) / 10:.1f}% of them, or allow" if least < 1 else "Allow"
        raise ContractError(
            f"No levels allowed keep the limits with {max_suppressed:.1%} of the people suppressed at most.",
            f"{enough} more general levels, a smaller k or l, or a larger t.",
        )
    return best, exploration


def _of(limit: Limit, name: str) -> float | None:
    return limit.get(name) if isinstance(limit, Mapping) else limit


def _weights(hierarchies: Mapping[str, Hierarchy], weights: Mapping[str, float] | None) -> FloatArray:
    made = np.array([(weights or {}).get(name, 1.0) for name in hierarchies], dtype=np.float64)
    if not np.isfinite(made).all() or (made < 0).any() or not made.sum():
        raise ContractError("The weights of quasi-identifiers must be 0 or more, and not all 0.")
    share: FloatArray = made / made.sum()
    return share


def _check(
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    people: Values | None,
    sensitive: Collection[str],
    share: float,
) -> None:
    _has(frame, [*hierarchies, *sensitive])
    if not len(frame):
        raise EmptyTable("The table has no rows.", "Give it the rows to protect.")
    if not hierarchies:
        raise ContractError("No quasi-identifier is declared.", "Declare one, with its hierarchy.")
    both = sorted(set(hierarchies) & set(sensitive))
    if both:
        raise ContractError(f"The column {both[0]} is both a quasi-identifier and sensitive.", "Make it one of them.")
    if k < 1 or not 0 <= share < 1:
        raise ContractError("k must be 1 or more, and the shares suppressed from 0 to below 1.")
    if people is not None and len(people) != len(frame):
        raise ContractError("There must be one person id a row.")


def _has(frame: pd.DataFrame, names: Sequence[str]) -> None:
    missing = next((name for name in names if name not in frame.columns), None)
    if missing is not None:
        raise ColumnMissing(f"The table has no column {missing}.", "Name a column it has.")


def _check_reach(problem: Problem, name: str, distinct: float | None, entropy: float | None) -> None:
    """Refuse an l that even one class of everybody does not have."""
    column = next(one for one in problem.table.sensitive if one.name == name)
    whole = column.spread(np.zeros(len(problem.table), dtype=np.int64), 1)
    most = int(whole.distinct()[0])
    if distinct is not None and distinct > most:
        raise ContractError(f"The column {name} has {most} distinct values.", f"Ask for an l of {most} at most.")
    reach = float(np.exp(whole.entropy()[0]))
    if entropy is not None and entropy > reach + 1e-9:
        raise ContractError(
            f"The column {name} has an entropy l of {reach:.2f} over all people.",
            f"Ask for {np.floor(reach * 100) / 100:.2f} at most.",
        )
