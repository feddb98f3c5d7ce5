"""When children begin is not counted from a time that only some parents have."""

import numpy as np
import pandas as pd

from factory.synth.alone import synthesize

PEOPLE = 200


def _records():
    """Visits of one year; three people in ten died in the next one."""
    rng = np.random.default_rng(4)
    first = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 60, PEOPLE), unit="D")
    died = (first + pd.to_timedelta(rng.integers(400, 700, PEOPLE), unit="D")).to_series(index=range(PEOPLE))
    people = pd.DataFrame(
        {
            "person_id": [f"p{n}" for n in range(PEOPLE)],
            "sex": rng.choice(["f", "m"], PEOPLE),
            "died": died.where(rng.random(PEOPLE) < 0.3),
        }
    )
    whose = np.repeat(np.arange(PEOPLE), rng.integers(1, 5, PEOPLE))
    visits = pd.DataFrame(
        {
            "visit_id": [f"v{n}" for n in range(len(whose))],
            "person_id": people["person_id"].to_numpy()[whose],
            "seen": first[whose] + pd.to_timedelta(rng.integers(0, 200, len(whose)), unit="D"),
            "ward": rng.choice(["A", "B", "C"], len(whose)),
        }
    )
    return {"people": people, "visits": visits}


def test_visits_of_the_living_begin_when_those_of_the_dead_do():
    records = _records()
    drawn = synthesize(records, "trees", people=PEOPLE, seed=2)
    seen = drawn["visits"]["seen"]
    assert seen.min() >= records["visits"]["seen"].min() - pd.Timedelta(days=30)
    # The last of some hundred drawn may lie two months on; counted from a death it lay a year and more.
    assert seen.max() <= records["visits"]["seen"].max() + pd.Timedelta(days=100)
    assert 0.1 < drawn["people"]["died"].notna().mean() < 0.5
