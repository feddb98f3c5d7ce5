"""An attack's counts, and the gate that a family of attacks gives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from scipy.stats import norm

from factory.checks.intervals import difference
from factory.checks.measure import Bearing, Measure
from factory.checks.privacy.wp216.records import Bools
from factory.words import Said, said_fields

LEVEL = 0.95


@dataclass(frozen=True)
class Tried:
    """Successes on some training people (`hits` of `n`) and on hold-out people (`control` of `control_n`)."""

    hits: int
    n: int
    control: int
    control_n: int

    def advantage(self, level: float = LEVEL) -> tuple[float, float, float]:
        """Difference of the shares with its interval (Newcombe)."""
        return difference(self.hits, self.n, self.control, self.control_n, level)


def tried(main: Bools, control: Bools) -> Tried:
    """Count successes of training and of hold-out people."""
    return Tried(int(main.sum()), len(main), int(control.sum()), len(control))


@dataclass(frozen=True)
class Attack:
    """An attack on all people, on the most unusual tenth (`exposed`), and on the `planted`: the positive control, with
    some training people's rows in the release and successes on them.

    `baseline`: share that guesses at random would have. `findable`: share of the training people whose rows are like
    nobody else's. `where`: table, split or column attacked. `alarms`: whether the alarm listens to it.
    """

    where: str
    all: Tried
    exposed: Tried
    planted: Tried
    baseline: float
    findable: float
    alarms: bool = True

    def finds_planted(self) -> bool:
        """True where the positive control is found: the whole interval of its difference is above 0."""
        return self.planted.advantage()[1] > 0

    def blind(self, threshold: float) -> bool:
        """True where the planted are not found although more than the threshold of people could be: those whose rows
        are like nobody else's, and those of whom the attack does not succeed anyway.
        """
        room = min(self.findable, 1 - self.all.control / max(1, self.all.control_n))
        return room > threshold and not self.finds_planted()

    def odds_ratio(self, level: float = LEVEL) -> tuple[float, float, float]:
        """Odds ratio of success, with Woolf's interval and Haldane's half added to each cell."""
        one = self.all
        cells = [one.hits, one.n - one.hits, one.control, one.control_n - one.control]
        a, b, c, d = (count + 0.5 for count in cells)
        middle = math.log(a * d / (b * c))
        reach = float(norm.ppf(0.5 + level / 2)) * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        return math.exp(middle), math.exp(middle - reach), math.exp(middle + reach)

    def row(self, level: float) -> dict[str, Any]:
        """Counts and shares for the report; no value of any row."""
        return {
            "where": self.where,
            "said": said_fields({"where": self.where}),
            "people": self.all.n,
            "control_people": self.all.control_n,
            "success": _share(self.all.hits, self.all.n),
            "control": _share(self.all.control, self.all.control_n),
            "baseline": round(self.baseline, 4),
            "difference": [round(one, 4) for one in self.all.advantage(level)],
            "odds_ratio": [round(one, 3) for one in self.odds_ratio()],
            "exposed_people": self.exposed.n,
            "exposed_difference": _numbers(self.exposed.advantage(level)),
            "planted_people": self.planted.n,
            "planted_difference": [round(one, 4) for one in self.planted.advantage()],
            "planted_found": self.finds_planted(),
            "findable": round(self.findable, 4),
        }


def family(
    name: str, title: str, attacks: list[Attack], threshold: float, seed: int, citation: str, weak: str
) -> list[Measure]:
    """The gate of the attack that does worst of a family, and the alarm on the most unusual tenth of people.

    Each attack is judged at a level shared out among them (Bonferroni). `weak`: why the family clears nobody, or "".
    """
    if not attacks:
        nothing = Said("The tables hold no column that this attack could use.")
        return [_measure(name, title, "", Tried(0, 0, 0, 0), LEVEL, threshold, seed, citation, nothing, Bearing.GATE)]
    level = shared_level(len(attacks))
    made = []
    for exposed in (False, True):
        heard = [attack for attack in attacks if attack.alarms or not exposed]
        tries = [(attack.where, attack.exposed if exposed else attack.all) for attack in heard]
        where, worst = max(tries, key=lambda pair: _badness(pair[1].advantage(level), threshold, exposed))
        words = (f"{name}_exposed", Said("{what}, most unusual tenth", what=title)) if exposed else (name, title)
        bearing = Bearing.ALARM if exposed else Bearing.GATE
        made.append(_measure(*words, where, worst, level, threshold, seed, citation, "" if exposed else weak, bearing))
    return made


def shared_level(attacks: int) -> float:
    """The level of each of so many intervals that hold together with 95% (Bonferroni)."""
    return 1 - (1 - LEVEL) / max(1, attacks)


def _badness(found: tuple[float, float, float], threshold: float, exposed: bool) -> tuple[bool, float]:
    # A gate is held against the upper end, an alarm against the lower; who fails comes first.
    _, low, high = found
    return low > threshold, low if exposed else high


def _measure(
    name: str,
    title: str,
    where: str,
    judged: Tried,
    level: float,
    threshold: float,
    seed: int,
    citation: str,
    weak: str,
    bearing: Bearing,
) -> Measure:
    value, low, high = judged.advantage(level)
    return Measure(
        name=name,
        title=Said("{what}, training less hold-out people", what=title),
        value=value,
        low=low,
        high=high,
        threshold=threshold,
        direction="at most",
        n=judged.n + judged.control_n,
        citation=citation,
        seed=seed,
        where=where,
        weak=weak,
        bearing=bearing,
    )


def _share(hits: int, n: int) -> float:
    return round(hits / n, 4) if n else 0.0


def _numbers(found: tuple[float, float, float]) -> list[float] | None:
    return None if math.isnan(found[0]) else [round(one, 4) for one in found]
