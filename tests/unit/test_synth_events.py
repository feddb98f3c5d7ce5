"""Events in time: who has which, when, and how values follow their own last values."""

import numpy as np
import pandas as pd
import pytest

from factory.synth.alone import synthesize
from factory.synth.relations.events import stretched

PEOPLE = 400
LABS = {"sodium": (140.0, 4.0, 0.8), "potassium": (4.2, 0.5, 0.5), "lactate": (1.5, 0.8, 0.9)}


def hospital(seed: int) -> dict[str, pd.DataFrame]:
    """People of whom the ill have lactate measured, and high; each test follows its own last value."""
    rng = np.random.default_rng(seed)
    ill = rng.choice(["no", "yes"], PEOPLE, p=[0.7, 0.3])
    people = pd.DataFrame({"person_id": np.arange(1, PEOPLE + 1), "ill": ill})
    rows = []
    for person, ill in people.itertuples(index=False):
        tests = [name for name in LABS if name != "lactate" or ill == "yes"]
        level = {name: rng.normal(LABS[name][0], LABS[name][1]) for name in tests}
        now = 0
        for _ in range(rng.integers(4, 12)):
            now += int(rng.choice([6, 12, 24])) * 60
            for name in tests:
                middle, spread, follows = LABS[name]
                level[name] = middle + follows * (level[name] - middle)
                level[name] += rng.normal(0, spread * np.sqrt(1 - follows**2))
                rows.append((person, now, name, round(level[name] + (ill == "yes") * 2 * spread, 1)))
    return {"people": people, "labs": pd.DataFrame(rows, columns=["person_id", "minutes", "test", "value"])}


@pytest.fixture(scope="module")
def sides():
    real = hospital(1)
    return real, synthesize(real, "trees", seed=3)


def lag(frame: pd.DataFrame) -> float:
    ordered = frame.sort_values(["person_id", "minutes"], kind="stable")
    before = ordered.groupby("person_id")["value"].shift(1)
    return float(ordered["value"].corr(before))


def test_every_event_has_its_person_and_time_never_runs_backwards(sides):
    _, drawn = sides
    assert drawn["labs"]["person_id"].isin(drawn["people"]["person_id"]).all()
    assert (drawn["labs"].groupby("person_id")["minutes"].diff().dropna() >= 0).all()


@pytest.mark.parametrize("test", LABS)
def test_values_follow_their_own_last_values(sides, test):
    told = [lag(frames["labs"][frames["labs"]["test"] == test]) for frames in sides]
    assert abs(told[0] - told[1]) < 0.15
    spreads = [frames["labs"].loc[frames["labs"]["test"] == test, "value"].std() for frames in sides]
    assert spreads[1] == pytest.approx(spreads[0], rel=0.2)


def test_who_has_a_test_depends_on_who_is_ill(sides):
    for frames in sides:
        has = frames["people"]["person_id"].isin(frames["labs"].loc[frames["labs"]["test"] == "lactate", "person_id"])
        ill = frames["people"]["ill"] == "yes"
        assert has[ill].mean() > 0.85
        assert has[~ill].mean() < 0.15


def test_tests_of_one_moment_come_together_and_none_twice(sides):
    real, drawn = (frames["labs"].groupby(["person_id", "minutes"])["test"] for frames in sides)
    assert drawn.size().mean() == pytest.approx(real.size().mean(), rel=0.25)
    assert (drawn.size() > drawn.nunique()).mean() < 0.1


def test_events_a_person_are_as_many(sides):
    real, drawn = (frames["labs"].groupby("person_id").size() for frames in sides)
    assert drawn.mean() == pytest.approx(real.mean(), rel=0.1)


def test_stretching_keeps_gaps_on_their_grid():
    at = np.array([0.0, 60.0, 60.0, 180.0, 5.0, 12.0])
    made = stretched(at, np.array([4, 2]), np.array([360.0, 7.0]))
    assert made.tolist() == [0.0, 120.0, 120.0, 360.0, 5.0, 12.0]
