"""Survivals and effects of the contract refer to columns that are there and can carry them."""

import pytest
import yaml

from factory.contract import load
from factory.core.errors import ContractError

SURVIVAL = {"id": "death", "table": "people", "time": "days", "event": "died", "positive": ["1"]}
EFFECT = {"id": "dose", "table": "people", "outcome": "weight", "exposure": "arm"}
COLUMNS = {
    "id": {"role": "key", "type": "string", "as": "row"},
    "name": {"role": "identifier", "type": "string", "class": "name"},
    "days": {"role": "clinical", "type": "integer"},
    "died": {"role": "clinical", "type": "category"},
    "arm": {"role": "clinical", "type": "category"},
    "weight": {"role": "clinical", "type": "number"},
    "born": {"role": "date", "type": "date", "birth": True},
}
VISITS = {
    "visit": {"role": "key", "type": "string", "as": "visit_row"},
    "id": {"role": "key", "type": "string", "as": "row"},
    "pain": {"role": "clinical", "type": "number"},
}


def _load(path, **analyses):
    said = {"contract": 1, "name": "small", "title": "Small", "licensor": "Nobody", "person": "people"}
    tables = {"people": {"key": "id", "columns": COLUMNS}, "visits": {"key": "visit", "columns": VISITS}}
    if analyses.pop("withhold", False):
        tables["visits"]["withhold"] = True
    links = [{"child": "visits.id", "parent": "people.id"}]
    file = path / "contract.yaml"
    file.write_text(yaml.safe_dump({**said, "tables": tables, "relations": links, **analyses}))
    return load(file)


def test_survivals_and_effects_are_read(tmp_path):
    survival = {**SURVIVAL, "by": "arm", "covariates": ["weight"]}
    pain = {"id": "pain", "table": "visits", "outcome": "pain", "exposure": "person.arm", "covariates": ["person.days"]}
    contract = _load(tmp_path, survivals=[survival], effects=[EFFECT, pain])
    assert contract.survivals[0].columns() == ("days", "died", "arm", "weight")
    assert [effect.columns() for effect in contract.effects] == [
        ("weight", "arm"),
        ("pain", "person.arm", "person.days"),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"table": "nowhere"}, "nowhere is not a table"),
        ({"time": "hours"}, "hours is not a column"),
        ({"time": "arm"}, "time must be a column of numbers"),
        ({"event": "name"}, "name is not released as it stands"),
        ({"by": "weight"}, "by must be a category"),
        ({"by": "died"}, "a column stands twice"),
        ({"covariates": ["born"]}, "born is not released as it stands"),
        ({"covariates": ["person.hair"]}, "hair is not a column"),
        ({"positive": []}, "positive"),
        ({"arms": "arm"}, "is not a key that contracts have"),
    ],
)
def test_a_survival_that_cannot_be_is_refused(tmp_path, change, said):
    with pytest.raises(ContractError, match=said):
        _load(tmp_path, survivals=[{**SURVIVAL, **change}])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "died"}, "the outcome of a linear regression must be a column of numbers"),
        ({"exposure": "weight"}, "a column stands twice"),
        ({"exposure": "person.id"}, "id is not released as it stands"),
        ({"positive": []}, "positive"),
    ],
)
def test_an_effect_that_cannot_be_is_refused(tmp_path, change, said):
    with pytest.raises(ContractError, match=said):
        _load(tmp_path, effects=[{**EFFECT, **change}])


def test_two_of_one_id_and_tables_that_stay_are_refused(tmp_path):
    with pytest.raises(ContractError, match="two survivals have the same id"):
        _load(tmp_path, survivals=[SURVIVAL, SURVIVAL])
    with pytest.raises(ContractError, match="two effects have the same id"):
        _load(tmp_path, effects=[{**EFFECT, "id": "a-b"}, {**EFFECT, "id": "A_b"}])
    pain = {"id": "pain", "table": "visits", "outcome": "pain", "exposure": "person.arm"}
    with pytest.raises(ContractError, match="visits is withheld"):
        _load(tmp_path, effects=[pain], withhold=True)
