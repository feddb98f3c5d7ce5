"""Random kills of a flow, a worker, Prefect's server, PostgreSQL, and a full disk, in random stages: what each left.

python tests/benchmarks/kills.py --kills 50 --seed 1
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from kills import PLACES, VICTIMS, Trial, ground, told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory(prefix="factory-kills-") as named, ground(Path(named), args.seed) as (here, who):
        for _ in range(args.kills):
            trials.append(here.trial(here.dice.choice(who), here.dice.choice(PLACES)))
            print(told(trials[-1]), flush=True)
    for victim in VICTIMS:
        ours = [each for each in trials if each.victim == victim]
        if not ours:
            continue
        places = len({each.place for each in ours})
        wrong = sum(bool(each.wrong) for each in ours)
        seconds = statistics.median(each.seconds for each in ours)
        ended = dict(Counter(each.disturbed for each in ours))
        print(f"{victim}: {len(ours)} in {places} places, wrong {wrong}, median {seconds:.0f} s, then {ended}")
    print(f"{len(trials)} kills, {sum(bool(each.wrong) for each in trials)} with something wrong after")


if __name__ == "__main__":
    main()
