"""Singling out: does a statement learned from a synthetic row hold for exactly one person?

Statements are of one column (a category that one synthetic row has, or as far out as the least or greatest number) or
of several (each number within a twentieth of people of the row's, each category the row's own), long enough to hold for
one synthetic row only. A person is singled out where one of them holds for that person alone, among as many training
as hold-out people. Source: Article 29 Working Party, Opinion 05/2014 (WP216); Cohen and Nissim 2020 (PNAS 117:8344);
Giomi et al. 2023 (PoPETs) for the game. Reported as a difference of shares of people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from factory.checks.comparison import PARTS, Ints
from factory.checks.privacy.wp216.judging import Attack, tried
from factory.checks.privacy.wp216.records import MISSING, Bools, Singles
from factory.checks.privacy.wp216.views import View
from factory.core.seeds import generator
from factory.words import Said

NEAR = 0.05
_MOST_COLUMNS = 16
# Columns added once a statement holds for one synthetic row only: fewer people fit it by chance.
_SPARE = 3
MOST_STATEMENTS = 100_000
# Synthetic rows that a statement must not hold for; those of this many are looked through.
_MOST_RIVALS = 5_000
_CELLS = 3_000_000
# Columns are added to the single-column attack until this share of synthetic rows singles out another by chance.
_BY_CHANCE = 0.25


def singling_out(view: View, seed: int) -> list[Attack]:
    """The attack with statements of one column and of several, none where the view has no column."""
    if not view.records.names:
        return []
    game = _game(view, seed)
    return [_of_one_column(game, seed), _of_several(game, seed)]


@dataclass(frozen=True)
class _Game:
    """As many training people (`inside`, columns x people) as hold-out people (`outside`); the first `planted` of the
    training people are those of the positive control. `exposed`: which of each are unusual.
    """

    view: View
    inside: Singles
    outside: Singles
    planted: int
    exposed: tuple[Bools, Bools]


def _game(view: View, seed: int) -> _Game:
    counts = {part: view.records.count(part) for part in PARTS[:2]}
    n = min(counts.values())
    dice = generator(seed, "wp216", view.name, "people")
    planted = view.planted[: max(1, round(n * len(view.planted) / max(1, counts["train"])))]
    others = np.setdiff1d(np.arange(counts["train"]), planted)
    inside = np.concatenate([planted, dice.permutation(others)[: n - len(planted)]])
    outside = dice.permutation(counts["holdout"])[:n]
    return _Game(
        view,
        view.records.codes["train"][:, inside],
        view.records.codes["holdout"][:, outside],
        len(planted),
        (view.exposed["train"][inside], view.exposed["holdout"][outside]),
    )


def _of_one_column(game: _Game, seed: int) -> Attack:
    view, inside, outside = game.view, game.inside, game.outside
    drawn, ordered = view.records.codes["synthetic"], view.records.ordered
    more = np.hstack([drawn, inside[:, : game.planted]])
    columns = _columns(drawn, ordered, seed, view.name)
    dice = generator(seed, "wp216", view.name, "one at random")
    found = [_singled_by(columns, ordered, said, people) for said in (drawn, more) for people in (inside, outside)]
    # Guesses: as many values a column, of all that anybody has.
    guesses = np.array([dice.permutation(values) for values in np.hstack([inside, outside])])[:, : drawn.shape[1]]
    baseline = float(_singled_by(columns, ordered, guesses, outside).mean())
    # The people farthest out are the unusual ones: the ends of columns drawn as they were would be all of an alarm.
    return _counted(game, Said("statements of one column"), found, baseline, alarms=False)


def _columns(drawn: Singles, ordered: Bools, seed: int, name: str) -> list[int]:
    """Columns in which few synthetic rows single out another one by chance, from two halves of the synthetic rows."""
    dice = generator(seed, "wp216", name, "one column")
    order = dice.permutation(drawn.shape[1])
    half = len(order) // 2
    one, other = drawn[:, order[:half]], drawn[:, order[half : 2 * half]]
    chosen: list[int] = []
    hit = np.zeros(half, dtype=bool)
    for column in dice.permutation(len(drawn)):
        more = hit | _singled_by([int(column)], ordered, one, other)
        if half and more.mean() <= _BY_CHANCE:
            hit, chosen = more, [*chosen, int(column)]
    return chosen


def _singled_by(columns: list[int], ordered: Bools, drawn: Singles, people: Singles) -> Bools:
    """People singled out by a statement of one of the columns that holds for one of `drawn` alone."""
    found = np.zeros(people.shape[1], dtype=bool)
    for column in columns:
        single = _beyond if ordered[column] else _alone_with
        found[single(drawn[column], people[column])] = True
    return found


def _alone_with(drawn: Singles, people: Singles) -> Ints:
    """Places of the people who alone have a category that one of `drawn` alone has."""
    values, counts = np.unique(drawn, return_counts=True)
    theirs, at, held = np.unique(people, return_index=True, return_counts=True)
    return np.asarray(at[(held == 1) & np.isin(theirs, values[counts == 1])])


def _beyond(drawn: Singles, people: Singles) -> Ints:
    """Places of the people who alone are as far out, at either end, as the one farthest of `drawn`."""
    found: list[int] = []
    there, theirs = drawn[drawn != MISSING], np.where(people == MISSING, np.nan, people)
    for sign in (-1, 1):
        end = (there * sign).max(initial=-np.inf)
        fit = np.flatnonzero(theirs * sign >= end)
        if (there * sign == end).sum() == 1 and len(fit) == 1:
            found.append(int(fit[0]))
    return np.array(found, dtype=np.int64)


def _of_several(game: _Game, seed: int) -> Attack:
    view, inside, outside = game.view, game.inside, game.outside
    drawn = view.records.codes["synthetic"]
    dice = generator(seed, "wp216", view.name, "several columns")
    sources = drawn[:, dice.permutation(drawn.shape[1])[:MOST_STATEMENTS]]
    rivals = drawn[:, dice.permutation(drawn.shape[1])[:_MOST_RIVALS]]
    spare = _SPARE + math.ceil(math.log2(max(1, sources.shape[1] / inside.shape[1])))
    ordered = view.records.ordered
    main = [_singled(sources, rivals, people, ordered, spare, seed) for people in (inside, outside)]
    extra = [_singled(inside[:, : game.planted], rivals, people, ordered, spare, seed) for people in (inside, outside)]
    # Guesses: rows whose columns come each from another row.
    shuffled = np.array([dice.permutation(values) for values in sources])[:, : inside.shape[1]]
    baseline = float(_singled(shuffled, rivals, outside, ordered, spare, seed).mean())
    found = [*main, main[0] | extra[0], main[1] | extra[1]]
    return _counted(game, Said("statements of several columns"), found, baseline)


def _counted(game: _Game, name: str, found: list[Bools], baseline: float, alarms: bool = True) -> Attack:
    main, control, with_planted, control_with = found
    return Attack(
        where=Said("{view}, {how}", view=game.view.name, how=name),
        all=tried(main, control),
        exposed=tried(main[game.exposed[0]], control[game.exposed[1]]),
        planted=tried(with_planted[: game.planted], control_with),
        baseline=baseline,
        findable=game.view.findable(),
        alarms=alarms,
    )


def _singled(sources: Singles, rivals: Singles, people: Singles, ordered: Bools, spare: int, seed: int) -> Bools:
    """People of whom alone one of the sources' statements holds (people,)."""
    found = np.zeros(people.shape[1], dtype=bool)
    wide = min(_MOST_COLUMNS, len(sources))
    dice = generator(seed, "wp216", "statements")
    step = max(1, _CELLS // max(rivals.shape[1], people.shape[1]))
    for start in range(0, sources.shape[1], step):
        block = sources[:, start : start + step]
        order = np.argsort(dice.random(block.shape), axis=0)[:wide]
        length = _lengths(block, rivals, order, ordered, spare)
        found[_alone(block, people, order, ordered, length)] = True
    return found


def _lengths(block: Singles, rivals: Singles, order: Ints, ordered: Bools, spare: int) -> Singles:
    """Columns of each statement (sources,): as many as leave one rival row at most, and the spare; 0 where none do."""
    holds = np.ones((block.shape[1], rivals.shape[1]), dtype=bool)
    length = np.zeros(block.shape[1], dtype=np.float32)
    for turn in range(len(order)):
        open_ = np.flatnonzero(length == 0)
        if not len(open_):
            break
        kept = holds[open_] & _fits(block, rivals, order[turn], ordered, open_)
        holds[open_] = kept
        length[open_[kept.sum(axis=1) <= 1]] = min(turn + 1 + spare, len(order))
    return length


def _alone(block: Singles, people: Singles, order: Ints, ordered: Bools, length: Singles) -> Ints:
    """Places of the people for whom alone one of the block's statements holds."""
    holds = np.ones((block.shape[1], people.shape[1]), dtype=bool)
    for turn in range(len(order)):
        going = np.flatnonzero(length > turn)
        holds[going] &= _fits(block, people, order[turn], ordered, going)
    one = (holds.sum(axis=1) == 1) & (length > 0)
    return np.asarray(holds[one].argmax(axis=1))


def _fits(block: Singles, rows: Singles, columns: Ints, ordered: Bools, which: Ints) -> Bools:
    """Whether each row is within each chosen source's statement on its column (chosen x rows)."""
    column = columns[which]
    value = block[column, which]
    reach = np.where(ordered[column] & (value != MISSING), NEAR, 0).astype(np.float32)
    # A missing value lies a whole range below the least rank, so no window reaches it.
    held = rows[column]
    return (held >= (value - reach)[:, None]) & (held <= (value + reach)[:, None])
