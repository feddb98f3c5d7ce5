"""Events in time: who has which, when, and how values follow their own last values."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from factory.contract import Task
from factory.synth.alone import arrow_of, source_of, synthesize
from factory.synth.relations.apart import held_apart, in_turn
from factory.synth.relations.chain import Chain
from factory.synth.relations.engine import Trees
from factory.synth.relations.events import stretched
from factory.synth.relations.foretold import foretold
from factory.synth.relations.prepare import FORETOLD, Level, ranks
from factory.synth.relations.quotas import quotas
from factory.synth.relations.values import due

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


def test_what_is_due_brings_a_parent_to_its_level_and_its_end():
    level, end = np.array([5.0]), np.array([9.0])
    values: list[float] = []
    for left in (4, 3, 2, 1):
        told = np.array([sum(values)]), np.array([float(len(values))])
        values.append(float(due(level, end, *told, np.array([left]))[0]))
    assert values[-1] == 9.0
    assert np.mean(values) == pytest.approx(5.0)


def test_an_item_without_a_tally_is_never_owed():
    chain = Chain(fewest=1)
    items = pd.Series(["heart rate", "heart rate", "heart rate", "troponin"] * 5)
    owner = np.repeat(np.arange(5), 4)
    chain.fit(items, ranks(owner), np.zeros(20, dtype=bool), owner)
    left = quotas(chain, pd.DataFrame({"heart rate": [3, 0]}), np.array([4, 4]))
    assert left is not None
    left.take(np.array([0, 0]), np.array([0, 0]))
    assert left.wanted(np.array([0, 1]), np.array([2, 4])).tolist() == [[2.0, 0.5], [0.0, 1.0]]


def test_a_score_of_the_outcome_knows_others_only_and_needs_enough_people():
    rng = np.random.default_rng(0)
    people = np.arange(600)
    outcome = pd.Series(rng.choice(["no", "yes"], 600))
    rows = pd.DataFrame({"level": rng.normal(size=600) + (outcome == "yes"), "noise": rng.normal(size=600)})
    score = foretold(rows, outcome, ("yes",), people, seed=1)
    assert score is not None
    assert 0.65 < roc_auc_score(outcome == "yes", score) < 0.85
    chance = foretold(rows[["noise"]], outcome, ("yes",), people, seed=1)
    assert chance is not None
    assert roc_auc_score(outcome == "yes", chance) < 0.6
    assert foretold(rows[:150], outcome[:150], ("yes",), people[:150], seed=1) is None


def test_a_column_that_gives_the_outcome_away_is_not_what_foretells_it():
    tables = hospital(2)
    # Whose labs are whose says nothing of who is ill; `survival` says all.
    other = np.random.default_rng(0).permutation(PEOPLE) + 1
    tables["labs"]["person_id"] = other[tables["labs"]["person_id"] - 1]
    tables["people"]["survival"] = np.where(tables["people"]["ill"] == "yes", 1.0, 500.0)
    source = source_of({name: arrow_of(frame, name) for name, frame in tables.items()}, None)
    task = Task(id="ill", table="people", target="ill", positive=("yes",))
    made = Trees()
    made.fit(source.tables, source.contract.model_copy(update={"tasks": (task,)}), 1)
    people = made._people.sample(2000, 2)
    assert roc_auc_score(people["ill"] == "yes", people[FORETOLD + "ill"]) < 0.65


def stays(owner: list[int], at: list[float]) -> Level:
    rows = np.array(owner)
    return Level(pd.DataFrame(index=range(len(rows))), rows, rows, np.array(at))


def test_rows_of_successive_stays_are_held_apart_where_real_ones_never_interleave():
    parents = stays([person for person in range(12) for _ in range(2)], [0.0, 10.0] * 12)
    children = stays([stay for stay in range(24) for _ in range(2)], [0.0, 9.0, 10.0, 12.0] * 12)
    assert in_turn(parents, children)
    children.at[1] = 11.0
    assert not in_turn(parents, children)
    start, span = held_apart(
        stays([0, 0, 0, 1], [0.0] * 4), np.array([2, 0, 2, 2]), np.array([0.0, 1.0, 5.0, 2.0]), np.full(4, 8.0)
    )
    assert start.tolist() == [0.0, 1.0, 5.0, 2.0]
    assert span.tolist() == [5.0, 8.0, 8.0, 8.0]
