"""When children begin is not counted from a time that only some parents have."""

import numpy as np
import pandas as pd
import pyarrow as pa

from factory.synth.alone import source_of
from factory.synth.protocol import engine
from factory.synth.relations.prepare import AT, TIMELESS

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


class Apart:
    """People drawn as they are, but that nobody is said to be without a time."""

    def __init__(self, people):
        self._people = people

    def sample(self, *asked):
        rows = self._people.sample(*asked)
        assert rows[AT].isna().any()
        return rows.assign(**{TIMELESS: "no"})


def test_visits_of_the_living_begin_when_those_of_the_dead_do():
    records = _records()
    source = source_of(
        {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in records.items()}, None
    )
    made = engine("trees")
    made.fit(source.tables, source.contract, 1)
    # A time and whether there is one are drawn apart, and one in seventy people had the one without the other.
    made._people = Apart(made._people)
    drawn = made.sample(PEOPLE, 2)
    seen, real = drawn["visits"]["seen"], records["visits"]["seen"]
    # Without a time of their own they began at the clock's zero, in 1970; the last of some hundred lie two months on.
    assert seen.min() >= real.min() - pd.Timedelta(days=30)
    assert seen.max() <= real.max() + pd.Timedelta(days=100)
