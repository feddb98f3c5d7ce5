"""Shadow-model attacks on an engine at hand: the worst of them on the most exposed people, and on canaries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.stats import t as student

from factory.checks.auc import auc, delong
from factory.checks.comparison import Comparison, Ints
from factory.checks.features import Floats
from factory.checks.intervals import bootstrap
from factory.checks.measure import Bearing, Measure
from factory.checks.privacy.shadow.game import Coins, Make, coins, play, size_of
from factory.checks.privacy.shadow.reading import Read, person_frame, read
from factory.checks.privacy.shadow.scores import attacks, per_target
from factory.checks.privacy.shadow.space import space_of
from factory.checks.privacy.shadow.targets import CANARY, EXPOSED, OUTLIER, RANDOM, RARE, Targets, choose, planted
from factory.core.errors import FactoryError

WORLDS = 80
FALSE_POSITIVES = 0.1
_LEVEL = 0.95
_GRID = np.linspace(0, 1, 21)
_GROUPS = {
    "exposed": EXPOSED,
    "outliers": (OUTLIER,),
    "rare codes": (RARE,),
    "canaries": (CANARY,),
    "random": (RANDOM,),
}
_SAID = {
    "exposed": "the most exposed people",
    "outliers": "those who stand out",
    "rare codes": "those with the rarest codes",
    "canaries": "planted canaries",
    "random": "people at random",
}
_CITATION = (
    "Stadler et al. 2022, Groundhog Day (USENIX Security); Houssiau et al. 2022, TAPAS; Carlini et al. 2022, LiRA"
    " (IEEE S&P)"
)
Interval = tuple[float, float, float]


def measure_shadow(comparison: Comparison, make: Make, worlds: int = WORLDS) -> tuple[list[Measure], dict[str, Any]]:
    """Play the game with `make` and judge the worst of the attacks, each interval widened for their number.

    `shadow_auc` is the mean over the most exposed training people of each one's AUC over worlds, with Student's
    interval over these people: their coins are independent, so that a world they share correlates nothing where the
    engine leaks nothing. Of the attacks' intervals the greatest lower and upper ends bound the worst attack. It is a
    gate only where so many worlds and people could clear an engine that leaks nothing (`_reach`); with fewer it is an
    alarm. Its two parts, those who stand out and those with rare codes, the worst single person, and the canaries, who
    are no real people, are alarms; people at random and true positives are diagnostics.

    What the attack must find is the training tables themselves: where it cannot, the figure clears nobody. An engine
    that cannot be fitted to samples of the tables is inconclusive.
    """
    worlds -= worlds % 2
    seed = comparison.seed
    pool = planted(comparison, seed)
    frame = person_frame(comparison, pool.tables)
    space = space_of(frame)
    if not space.names:
        return [_unfitted(comparison, "No column tells one person from another.")], {"worlds": 0}
    codes = space.place(frame)
    canaries = pool.people - comparison.people("train") - comparison.people("holdout")
    smallest = comparison.contract.policy.smallest_cell
    targets = choose(space, codes, comparison.people("train"), canaries, smallest, seed)
    size = size_of(pool, targets.at, comparison.people("train"))
    tossed = coins(worlds, len(targets.at), seed, balanced=True)
    try:
        played = play(pool, targets.at, tossed, size, make, seed, "shadow models")
        seen = read(comparison, space, codes[targets.at], played, seed)
    except FactoryError as error:
        said = f"The engine cannot be fitted to samples of these tables: {error}"
        return [_unfitted(comparison, said)], {"worlds": 0, "note": said}
    return _judged(comparison, seen, attacks(seen), targets, size)


def _judged(
    comparison: Comparison, seen: Read, said: dict[str, Floats], targets: Targets, size: int
) -> tuple[list[Measure], dict[str, Any]]:
    groups = {name: targets.of(*kinds) for name, kinds in _GROUPS.items()}
    groups = {name: which for name, which in groups.items() if len(which)}
    level = 1 - (1 - _LEVEL) / len(said)
    found = {
        group: {name: _mean_auc(scores, seen.inside, which, level) for name, scores in said.items()}
        for group, which in groups.items()
    }
    control = _mean_auc(seen.control[:, :, 0], seen.inside, groups["exposed"], _LEVEL)
    worlds = len(seen.inside)
    measures = [
        _pooled(comparison, group, found[group], len(which), worlds, control) for group, which in groups.items()
    ]
    ranks = _ranks(said, seen.inside, targets)
    measures.append(_worst_person(comparison, ranks))
    worst = _worst(found["exposed"])
    measures.append(_hits(comparison, said[worst], seen.inside, groups["exposed"], worst))
    details = {
        "worlds": worlds,
        "people_a_world": size + len(targets.at) // 2,
        "targets": {group: len(which) for group, which in groups.items()},
        "attacks": {group: {name: _row(one) for name, one in rows.items()} for group, rows in found.items()},
        "control": _row(control),
        "roc": {
            group: {
                "attack": _worst(found[group]),
                "false": _rounded(_GRID),
                "true": _roc(said, seen, found, group, which),
            }
            for group, which in groups.items()
        },
        "people": ranks,
    }
    return measures, details


def _pooled(
    comparison: Comparison, group: str, found: dict[str, Interval], people: int, worlds: int, control: Interval
) -> Measure:
    value, low, high = (max(one[at] for one in found.values()) for at in range(3))
    threshold = comparison.contract.policy.membership_auc_exposed
    supported = 0.5 + _reach(people, worlds, 1 - (1 - _LEVEL) / len(found)) <= threshold
    bearing = Bearing.DIAGNOSTIC if group == "random" else Bearing.ALARM
    weak = ""
    if group == "exposed":
        bearing = Bearing.GATE if supported else Bearing.ALARM
        if not supported:
            weak = f"{people} people in {worlds} worlds cannot show that an AUC is below {threshold:g}."
        elif control[1] <= threshold:
            weak = "The attack does not find people even in the training tables themselves."
    return Measure(
        name="shadow_auc" if group == "exposed" else f"shadow_auc_{group.replace(' ', '_')}",
        title=f"Shadow models, AUC on {_SAID[group]}, {worlds} fits (worst of {len(found)} attacks: {_worst(found)})",
        value=value,
        low=low,
        high=high,
        threshold=None if group == "random" else threshold,
        direction="at most",
        n=people,
        citation=_CITATION,
        seed=comparison.seed,
        where=group,
        bearing=bearing,
        weak=weak,
    )


def _reach(people: int, worlds: int, level: float) -> float:
    """Half the interval that `people` targets in `worlds` worlds give the AUC of an attack that finds nothing."""
    half = worlds / 2
    if people < 2 or half < 2:
        return math.inf
    spread = math.sqrt((2 * half + 1) / (12 * half * half) / people)
    return float(student.ppf(0.5 + level / 2, people - 1)) * spread


def _mean_auc(scores: Floats, inside: Coins, which: Ints, level: float) -> Interval:
    """Mean over targets of the AUC over worlds, with Student's interval over targets, clipped to [0, 1].

    The interval is no narrower than what so many worlds can tell: Hanley's rule of three, at the level.
    """
    each = np.array([auc(*pair) for pair in per_target(scores, inside, which)])
    value = float(each.mean())
    if len(each) < 2:
        return value, 0.0, 1.0
    reach = float(student.ppf(0.5 + level / 2, len(each) - 1)) * float(each.std(ddof=1)) / math.sqrt(len(each))
    reach = max(reach, -math.log((1 - level) / 2) / (len(each) * len(inside) / 2))
    return value, max(0.0, value - reach), min(1.0, value + reach)


def _ranks(said: dict[str, Floats], inside: Coins, targets: Targets) -> list[dict[str, Any]]:
    """Targets that are people, the most exposed first: group, worst attack, AUC and interval; nobody is named.

    The interval is DeLong's, widened for the number of targets and of attacks.
    """
    people = targets.of(*EXPOSED, RANDOM)
    level = 1 - (1 - _LEVEL) / max(len(people) * len(said), 1)
    rows = []
    for which in people:
        best: tuple[Interval, str] | None = None
        for name, scores in said.items():
            ((within, without),) = per_target(scores, inside, np.array([which]))
            value, low, high = delong(within, without, level)
            widest = -math.log((1 - level) / 2) / min(len(within), len(without))
            low, high = min(low, max(0.0, value - widest)), max(high, min(1.0, value + widest))
            if best is None or (low, value) > (best[0][1], best[0][0]):
                best = (value, low, high), name
        if best is not None:
            rows.append({"group": targets.groups[which], "attack": best[1], **_row(best[0])})
    rows.sort(key=lambda row: (-row["low"], -row["auc"]))
    return [{"rank": place + 1, **row} for place, row in enumerate(rows)]


def _worst_person(comparison: Comparison, ranks: list[dict[str, Any]]) -> Measure:
    worst = ranks[0]
    return Measure(
        name="shadow_auc_worst_person",
        title=f"Shadow models, AUC on the worst of {len(ranks)} people ({worst['group']}, {worst['attack']})",
        value=worst["auc"],
        low=worst["low"],
        high=worst["high"],
        threshold=comparison.contract.policy.membership_auc_exposed,
        direction="at most",
        n=1,
        citation=_CITATION,
        seed=comparison.seed,
        where="exposed",
        bearing=Bearing.ALARM,
    )


def _hits(comparison: Comparison, scores: Floats, inside: Coins, which: Ints, attack: str) -> Measure:
    """True positives where a tenth of the absent are taken for present, scores calibrated a target."""
    flat, truth, owner = _calibrated(scores, inside, which)

    def rate(rows: Ints) -> float:
        return _true_at(flat[rows], truth[rows], np.array([FALSE_POSITIVES]))[0]

    low, high = bootstrap(rate, owner, comparison.seed, "shadow hits")
    return Measure(
        name="shadow_tpr",
        title=f"Shadow models, true positives at 10% false ones on {_SAID['exposed']} ({attack})",
        value=rate(np.arange(len(flat))),
        low=low,
        high=high,
        threshold=None,
        direction="at most",
        n=len(which),
        citation="Carlini et al. 2022 (IEEE S&P), section III",
        seed=comparison.seed,
        where="exposed",
        bearing=Bearing.DIAGNOSTIC,
    )


def _calibrated(scores: Floats, inside: Coins, which: Ints) -> tuple[Floats, Coins, Ints]:
    """Scores less the target's mean over all worlds, in its spreads; whether in; and whose they are. All flat."""
    kept = scores[which]
    spread = kept.std(axis=1, keepdims=True)
    scaled = (kept - kept.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)
    return scaled.ravel(), inside.T[which].ravel(), np.repeat(np.arange(len(which)), scores.shape[1])


def _true_at(scores: Floats, truth: Coins, false: Floats) -> list[float]:
    """Share of the present above the threshold that a share `false` of the absent is above; ties count by half."""
    absent, present = scores[~truth], scores[truth]
    if not len(absent) or not len(present):
        return [math.nan] * len(false)
    levels = np.concatenate([[np.inf], np.unique(scores)[::-1]])
    wrong, right = (1 - np.searchsorted(np.sort(part), levels) / len(part) for part in (absent, present))
    return [float(one) for one in np.interp(false, wrong, right)]


def _roc(
    said: dict[str, Floats], seen: Read, found: dict[str, dict[str, Interval]], group: str, which: Ints
) -> list[float]:
    flat, truth, _ = _calibrated(said[_worst(found[group])], seen.inside, which)
    return _rounded(np.array(_true_at(flat, truth, _GRID)))


def _unfitted(comparison: Comparison, said: str) -> Measure:
    return Measure(
        name="shadow_auc",
        title=f"Shadow models, AUC on {_SAID['exposed']}",
        value=math.nan,
        low=None,
        high=None,
        threshold=comparison.contract.policy.membership_auc_exposed,
        direction="at most",
        n=0,
        citation=_CITATION,
        seed=comparison.seed,
        where="exposed",
        weak=said,
    )


def _worst(found: dict[str, Interval]) -> str:
    return max(found, key=lambda name: found[name][0])


def _row(one: Interval) -> dict[str, float]:
    return dict(zip(("auc", "low", "high"), _rounded(np.array(one)), strict=True))


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]
