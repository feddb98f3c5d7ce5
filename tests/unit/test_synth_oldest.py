"""The oldest are drawn pooled, as they were learned; tables that were not capped are drawn as they are."""

import numpy as np
import pandas as pd
import pytest
from synth_tables import DATE, HEAD, clinical, key

from factory.contract import Contract
from factory.contract.released import released
from factory.synth.oldest import bounds, pooled
from factory.synth.protocol import engine

PEOPLE = 400
LAST_YEAR, CAP = 2019, 89


@pytest.fixture(scope="module")
def contract():
    born = {**DATE, "birth": True}
    people = {"id": key("id"), "born_at": born, "seen_at": DATE, "age": clinical("integer", age=True)}
    return Contract.model_validate({**HEAD, "person": "people", "tables": {"people": {"key": "id", "columns": people}}})


def _people(contract, floor, highest):
    dice = np.random.default_rng(4)
    age = np.round(dice.normal(72, 9, PEOPLE))
    seen = dice.integers(LAST_YEAR - 2, LAST_YEAR + 1, PEOPLE)
    shape = released(contract)["people"]
    given = {
        "id": np.arange(1, PEOPLE + 1),
        "born_year": (LAST_YEAR - age).clip(floor).astype(int),
        "seen_year": seen,
        "seen_day": dice.integers(0, 400, PEOPLE),
        "age": age.clip(0, highest).astype(int),
    }
    return pd.DataFrame(given)[shape.names()]


def _drawn(contract, people, bounded=True):
    made = engine("trees")
    made.fit({"people": people}, contract, 1)
    if not bounded:
        made._bounds = []
    return made.sample(4 * PEOPLE, 2)["people"]


def test_no_drawn_age_or_year_of_birth_goes_past_the_pool(contract):
    people = _people(contract, LAST_YEAR - CAP - 1, CAP + 1)
    free, held = _drawn(contract, people, bounded=False), _drawn(contract, people)
    assert (free["born_year"] < LAST_YEAR - CAP - 1).any() and (free["age"] > CAP + 1).any()
    assert held["born_year"].min() == LAST_YEAR - CAP - 1 and held["age"].max() == CAP + 1
    assert held["born_year"].equals(free["born_year"].clip(lower=LAST_YEAR - CAP - 1))
    assert held["age"].equals(free["age"].clip(upper=CAP + 1))


def test_what_was_not_capped_is_drawn_as_it_is(contract):
    people = _people(contract, 0, 200)
    assert people["age"].max() > CAP + 1
    assert _drawn(contract, people).equals(_drawn(contract, people, bounded=False))


def test_a_person_who_grows_past_the_cap_is_the_oldest_throughout():
    people = {"id": key("id"), "sex": clinical("category")}
    seen = {"visit": key("visit"), "id": key("id"), "seen_at": DATE, "age": clinical("integer", age=True)}
    tables = {"people": {"key": "id", "columns": people}, "visits": {"key": "visit", "columns": seen}}
    links = [{"child": "visits.id", "parent": "people.id"}]
    contract = Contract.model_validate({**HEAD, "person": "people", "tables": tables, "relations": links})
    shapes = released(contract)
    frames = {
        "people": pd.DataFrame({"id": [1, 2, 3], "sex": ["f", "m", "f"]}),
        # The first is 90 in the year of the last visit, the second 89; the third's age is not there.
        "visits": pd.DataFrame(
            {
                "visit": range(1, 8),
                "id": [1, 1, 2, 2, 3, 3, 1],
                "seen_year": [2010, 2012, 2010, 2012, 2010, 2012, 2011],
                "seen_day": 0,
                "age": pd.array([88, 89, 87, 89, None, None, None], dtype="Int64"),
            }
        )[shapes["visits"].names()],
    }
    made = pooled(frames, shapes, bounds(shapes, frames, CAP))
    assert made["visits"]["age"].fillna(0).tolist() == [90, 90, 87, 89, 0, 0, 0]
    assert frames["visits"]["age"].iloc[0] == 88
    # What holds an age past the pool was not capped.
    free = frames | {"visits": frames["visits"].assign(age=pd.array([100, 89, 87, 89, 5, 5, 5], dtype="Int64"))}
    assert pooled(free, shapes, bounds(shapes, free, CAP))["visits"].equals(free["visits"])
