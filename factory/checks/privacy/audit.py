"""An audit of what an engine claims: canaries planted in its fits, and how surely its output says who was in.

By the definition, whoever guesses from the output who was in cannot be right too often: that bounds epsilon from
below, and a claim under the bound is false. The bound proves nothing of an engine that stays under it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta, binom

from factory.checks.auc import auc
from factory.checks.comparison import Comparison
from factory.checks.features import Floats
from factory.checks.measure import Bearing, Measure
from factory.checks.privacy.accounting import PATIENT, Claim
from factory.checks.privacy.shadow.game import Coins, Make, coins, play, size_of
from factory.checks.privacy.shadow.reading import Read, person_frame, read
from factory.checks.privacy.shadow.scores import guesses
from factory.checks.privacy.shadow.space import space_of
from factory.checks.privacy.shadow.targets import planted
from factory.core.errors import DataError
from factory.core.seeds import derive

FITS = 32
CANARIES = 24
CONFIDENCE = 0.95
# Shares of the coins that are guessed at, the surest ones, half of them in and half out; the rest is passed over.
_GUESSED = (0.05, 0.1, 0.25, 0.5, 1.0)
_GREATEST = 50.0
_STEPS = 40


def clopper_pearson(
    hits: int, inside: int, false: int, outside: int, delta: float, confidence: float = CONFIDENCE
) -> float:
    """Lower bound of epsilon from one test in independent runs: `hits` of `inside` found, `false` of `outside` taken.

    true <= e^epsilon * false + delta, and the same of the complements. Exact bounds on both shares (Clopper and
    Pearson 1934), the error split over two shares and two directions. Source: Jagielski, Ullman and Oprea 2020
    (NeurIPS), Auditing Differentially Private Machine Learning.
    """
    tail = (1 - confidence) / 4
    return max(
        0.0,
        _ratio(hits, inside, false, outside, delta, tail),
        _ratio(outside - false, outside, inside - hits, inside, delta, tail),
    )


def one_run(correct: int, guessed: int, canaries: int, delta: float, confidence: float = CONFIDENCE) -> float:
    """Lower bound of epsilon from `correct` of `guessed` guesses, at `canaries` independent fair coins.

    The coins may be of one fit or of several with coins of their own: what is released of all of them is private for
    each coin as the one fit is. Source: Steinke, Nasr and Jagielski 2023 (NeurIPS), Privacy Auditing with One (1)
    Training Run, theorem 5.2 and appendix D.
    """
    low, high = 0.0, _GREATEST
    if not guessed or _chance(correct, guessed, canaries, 0.0, delta) >= 1 - confidence:
        return 0.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _chance(correct, guessed, canaries, middle, delta) < 1 - confidence:
            low = middle
        else:
            high = middle
    return low


def measure_audit(
    comparison: Comparison, make: Make, claim: Claim | None = None, fits: int = FITS, canaries: int = CANARIES
) -> tuple[list[Measure], dict[str, Any]]:
    """Lower bound of epsilon a patient, the better of both bounds at half the error each.

    Each fit holds each canary by an independent coin. The first half of the fits chooses the attack and how many
    guesses it dares; the other half is judged. An alarm where a patient's epsilon is claimed: it fails where the whole
    interval (the bound and all above) is beyond the claim, and clears nobody. Without a claim it is a diagnostic.
    Raises: DataError when no column tells people apart; FactoryError when the engine cannot be fitted.
    """
    seed = derive(comparison.seed, "canary audit")
    delta = 0.0 if claim is None else claim.delta
    pool = planted(comparison, seed, canaries)
    frame = person_frame(comparison, pool.tables)
    space = space_of(frame)
    if not space.names:
        raise DataError("No column tells one person from another, so that nobody can be audited.", "Release more.")
    codes = space.place(frame)
    at = np.arange(pool.people - canaries, pool.people)
    tossed = coins(fits, canaries, seed, balanced=False)
    size = size_of(pool, at, comparison.people("train"))
    seen = read(comparison, space, codes[at], play(pool, at, tossed, size, make, seed, "canary audit"), seed)
    found = judged(seen, delta)
    claimed = claim.epsilon if claim is not None and claim.unit == PATIENT else None
    measure = Measure(
        name="epsilon_lower_bound",
        title=f"Epsilon a patient is at least this, by {found.coins} coins of {canaries} canaries ({found.attack})",
        value=found.bound,
        low=found.bound,
        high=math.inf,
        threshold=claimed,
        direction="at most",
        n=canaries,
        citation="Jagielski et al. 2020 (NeurIPS); Steinke et al. 2023 (NeurIPS)",
        seed=comparison.seed,
        where=PATIENT,
        bearing=Bearing.DIAGNOSTIC if claimed is None else Bearing.ALARM,
    )
    return [measure], {**found.as_row(), "fits": fits, "canaries": canaries, "people_a_fit": size, "delta": delta}


@dataclass(frozen=True)
class Found:
    """What the judged half of the fits gave."""

    attack: str
    coins: int
    guessed: int
    correct: int
    one_run: float
    clopper_pearson: float
    auc: float

    @property
    def bound(self) -> float:
        """The better of the bounds."""
        return max(self.one_run, self.clopper_pearson)

    def as_row(self) -> dict[str, Any]:
        """For the report."""
        return {
            "attack": self.attack,
            "coins": self.coins,
            "guessed": self.guessed,
            "correct": self.correct,
            "one_run": round(self.one_run, 3),
            "clopper_pearson": round(self.clopper_pearson, 3),
            "auc": round(self.auc, 3),
        }


def judged(seen: Read, delta: float, confidence: float = CONFIDENCE) -> Found:
    """Choose attack and number of guesses on the first half of the worlds, and bound epsilon on the other."""
    worlds = len(seen.inside)
    first, second = np.arange(worlds // 2), np.arange(worlds // 2, worlds)
    each = 1 - (1 - confidence) / 2
    tried = guesses(seen, first, first)
    truth = {0: seen.inside[first].T, 1: seen.inside[second].T}
    options = [
        (
            one_run(*_correct(scores, truth[0], share), delta, each),
            auc(scores[truth[0]], scores[~truth[0]]),
            name,
            share,
        )
        for name, scores in tried.items()
        for share in _GUESSED
    ]
    _, _, attack, share = max(options, key=lambda one: one[:2])
    scores = guesses(seen, first, second)[attack]
    correct, guessed, total = _correct(scores, truth[1], share)
    return Found(
        attack,
        total,
        guessed,
        correct,
        one_run(correct, guessed, total, delta, each),
        _single(tried[attack], truth[0], scores, truth[1], delta, each),
        auc(scores[truth[1]], scores[~truth[1]]),
    )


def _correct(scores: Floats, inside: Coins, share: float) -> tuple[int, int, int]:
    """Right guesses, guesses and coins when the surest `share` is guessed at. Scores and coins: canaries x worlds."""
    flat, truth = scores.ravel(), inside.ravel()
    order = np.argsort(flat, kind="stable")
    half = int(share * len(flat)) // 2
    correct = int((~truth[order[:half]]).sum() + truth[order[len(flat) - half :]].sum())
    return correct, 2 * half, len(flat)


def _single(tried: Floats, known: Coins, scores: Floats, inside: Coins, delta: float, confidence: float) -> float:
    """Clopper and Pearson's bound by the one canary and threshold that told most in the first half."""
    aucs = [auc(tried[c, known[c]], tried[c, ~known[c]]) for c in range(len(tried))]
    best = int(np.argmax(np.nan_to_num(np.array(aucs), nan=0.0)))
    cuts = np.unique(tried[best])
    gain = [(tried[best, known[best]] >= cut).mean() - (tried[best, ~known[best]] >= cut).mean() for cut in cuts]
    said = scores[best] >= cuts[int(np.nanargmax(gain))] if not np.isnan(gain).all() else scores[best] > 0
    truth = inside[best]
    return clopper_pearson(
        int(said[truth].sum()), int(truth.sum()), int(said[~truth].sum()), int((~truth).sum()), delta, confidence
    )


def _ratio(hits: int, inside: int, false: int, outside: int, delta: float, tail: float) -> float:
    low = float(beta.ppf(tail, hits, inside - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, false + 1, outside - false)) if false < outside else 1.0
    return math.log((low - delta) / high) if low > delta else 0.0


def _chance(correct: int, guessed: int, canaries: int, epsilon: float, delta: float) -> float:
    """Most chance of so many right guesses or more where (epsilon, delta) holds (Steinke et al., appendix D)."""
    right = 1 / (1 + math.exp(-epsilon))
    beyond = float(binom.sf(correct - 1, guessed, right))
    if not delta or not correct:
        return min(1.0, beyond)
    short = np.arange(1, correct + 1)
    between = np.cumsum(binom.pmf(correct - short, guessed, right))
    return min(1.0, beyond + 2 * canaries * delta * float((between / short).max(initial=0.0)))
