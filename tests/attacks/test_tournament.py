"""The tournament: an engine that copies never wins, however faithful; of the safe ones the most faithful does."""

from __future__ import annotations

import pandas as pd
import pytest
from synth_tables import a_contract, linked

from factory.core.errors import DataError
from factory.core.seeds import generator
from factory.synth import auto
from factory.synth.auto import Auto, Candidate, Score, winner
from factory.synth.engine import Engine
from factory.synth.protocol import EngineInfo, engine

PEOPLE = 800
SECRET = "zq-secret"


class _Copies(Engine):
    """Gives back the very people it learned from."""

    info = EngineInfo("leaky", "tests", "1", "none")

    def _fit(self, tables, contract, seed):
        self._tables = tables

    def _draw(self, people, seed):
        person = self._tables[self.contract.person]
        key = self.shapes[self.contract.person].key
        if people <= len(person):
            return self._of_people(self._tables, person[key].iloc[:people])
        parts = [
            {
                name: frame.assign(**{c: frame[c].astype(str) + f"-{turn}" for c in frame.columns if c.endswith("_id")})
                for name, frame in self._tables.items()
            }
            for turn in range(-(-people // len(person)))
        ]
        joined = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in self._tables}
        return self._of_people(joined, joined[self.contract.person][key].iloc[:people])


class _Shuffled(Engine):
    """Draws each column on its own and far from the truth: safe, and of no use."""

    info = EngineInfo("unfaithful", "tests", "1", "none")

    def _fit(self, tables, contract, seed):
        self._inner = engine("trees")
        self._inner.fit(tables, contract, seed)

    def _draw(self, people, seed):
        drawn = self._inner._draw(people, seed)
        dice = generator(seed, "shuffle")
        for name, shape in self.shapes.items():
            for column in shape.columns:
                if column.compared:
                    values = drawn[name][column.name]
                    drawn[name][column.name] = values.iloc[dice.permutation(len(values))].to_numpy()
        drawn["patients"]["weight"] = dice.uniform(500, 900, len(drawn["patients"]))
        return drawn


class _Broken(Engine):
    """Fails as an engine of another's may: with an error that quotes a cell."""

    info = EngineInfo("broken", "tests", "1", "none")

    def __init__(self, error):
        self._error = error

    def _fit(self, tables, contract, seed):
        raise self._error

    def _draw(self, people, seed):
        raise self._error


LEAKY = Candidate("leaky", 0.0, _Copies)
UNFAITHFUL = Candidate("unfaithful", 0.0, _Shuffled)
FAITHFUL = Candidate("trees-cautious", 0.0, lambda: engine("trees-cautious"))
QUOTES = Candidate("broken", 0.0, lambda: _Broken(ValueError(f"could not convert {SECRET}")))
REFUSES = Candidate("refuses", 0.0, lambda: _Broken(DataError("This engine takes no such table.")))


def _held(monkeypatch, candidates, depth=1, people=PEOPLE, **policy):
    monkeypatch.setattr(auto, "candidates", lambda: list(candidates))
    contract = a_contract(depth, policy={"membership_auc": 0.62, **policy})
    made = Auto()
    made.fit(linked(people, depth), contract, 1)
    assert [row["engine"] for row in made.scoreboard] == [one.name for one in candidates]
    assert sum(row["won"] for row in made.scoreboard) == 1
    return made, {row["engine"]: row for row in made.scoreboard}


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("first", [True, False])
def test_an_engine_that_copies_never_wins_though_it_is_the_most_faithful(monkeypatch, depth, first):
    order = (LEAKY, FAITHFUL) if first else (FAITHFUL, LEAKY)
    made, rows = _held(monkeypatch, order, depth)
    assert made.info.name == "trees-cautious"
    assert rows["leaky"]["c2st"] <= rows["trees-cautious"]["c2st"]
    assert rows["leaky"]["membership"] > 0.9
    assert not rows["leaky"]["passes"] and rows["trees-cautious"]["passes"]


def test_of_two_safe_engines_the_faithful_one_wins(monkeypatch):
    made, rows = _held(monkeypatch, (UNFAITHFUL, FAITHFUL))
    assert made.info.name == "trees-cautious"
    assert rows["unfaithful"]["passes"] and rows["unfaithful"]["c2st"] > 0.9
    assert rows["trees-cautious"]["won"]


def test_where_none_passes_the_least_leaky_wins(monkeypatch):
    made, rows = _held(monkeypatch, (LEAKY, FAITHFUL), membership_auc=0.501)
    assert made.info.name == "trees-cautious"
    assert not any(row["passes"] for row in rows.values())


@pytest.mark.parametrize("broken", [QUOTES, REFUSES])
def test_who_fails_has_a_row_that_says_so_without_a_value(monkeypatch, broken):
    made, rows = _held(monkeypatch, (broken, FAITHFUL))
    assert made.info.name == "trees-cautious"
    assert rows[broken.name]["note"] and SECRET not in rows[broken.name]["note"]
    assert rows[broken.name]["c2st"] is None


def test_who_is_too_slow_has_a_row_and_does_not_enter(monkeypatch):
    slow = Candidate("slow", 1e12, lambda: pytest.fail("entered"))
    _, rows = _held(monkeypatch, (FAITHFUL, slow))
    assert rows["slow"]["note"] == "left out: beyond the time budget"
    assert not rows["slow"]["won"]


@pytest.mark.parametrize("people", [1, 3, 30])
def test_too_few_to_judge_are_learned_by_the_first_that_can(monkeypatch, people):
    made, _ = _held(monkeypatch, (FAITHFUL, UNFAITHFUL), people=people)
    assert made.info.name == "trees-cautious"
    assert len(made.sample(20, 1)["patients"]) == 20


def test_among_too_few_to_judge_one_that_fails_is_not_chosen(monkeypatch):
    made, _ = _held(monkeypatch, (REFUSES, FAITHFUL), people=30)
    assert made.info.name == "trees-cautious"


def test_the_same_seed_gives_the_same_scoreboard_and_rows(monkeypatch):
    monkeypatch.setattr(auto, "candidates", lambda: [FAITHFUL, UNFAITHFUL])
    made = []
    for _ in range(2):
        one = Auto()
        one.fit(linked(300, 2), a_contract(2), 4)
        made.append((one.scoreboard, {name: frame.to_csv() for name, frame in one.sample(50, 2).items()}))
    assert made[0] == made[1]


def test_the_winner_holds_the_rules_and_the_conditions(monkeypatch):
    monkeypatch.setattr(auto, "candidates", lambda: [FAITHFUL])
    rule = {"kind": "range", "id": "light", "table": "patients", "column": "weight", "maximum": 70}
    made = Auto()
    made.fit(linked(300, 1), a_contract(1, [rule]), 4)
    drawn = made.sample(100, 1)["patients"]
    assert drawn["weight"].max() <= 70
    assert made.redrawn["rule light"] > 0


def test_a_figure_at_the_bound_passes_and_the_lowest_c2st_wins():
    nan = float("nan")
    rows = [
        Score("a", 0.60, 0.5, 0.55, True),
        Score("b", 0.55, 0.5, 0.54, True),
        Score("c", 0.50, 0.9, 0.95, False),
        Score("d", nan, nan, nan, False, "failed"),
    ]
    assert winner(rows) == "b"
    assert winner(rows[2:]) == "c"
