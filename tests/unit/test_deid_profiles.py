import itertools

import pytest
from deid_tables import contract

from factory.contract import Column
from factory.core.errors import ContractError
from factory.deid.kinds import ColumnKind, kind_of
from factory.deid.profiles import PROFILES, STRICTEST_FIRST, Treatment, choose, profiles_of

TEXT = Column.model_validate({"role": "clinical", "type": "category"})


@pytest.mark.parametrize("kind", ColumnKind)
def test_every_profile_has_a_choice_for_every_kind_and_it_has_a_rank(kind):
    order = STRICTEST_FIRST[kind]
    assert len(set(order)) == len(order)
    for profile in PROFILES.values():
        assert profile.choices[kind] in order


@pytest.mark.parametrize("kind", ColumnKind)
def test_the_strictest_wins_whatever_the_order_of_profiles(kind):
    order = STRICTEST_FIRST[kind]
    for size in (1, 2, 3, 4):
        for names in itertools.permutations(PROFILES, size):
            choice = choose(TEXT, kind, profiles_of(names))
            asked = [PROFILES[name].choices[kind] for name in names]
            assert choice.treatment is min(asked, key=order.index)
            assert set(choice.profiles) == {n for n, t in zip(names, asked, strict=True) if t is choice.treatment}


def test_surrogates_and_shifted_dates_are_for_expert_determination_alone():
    expert = "hipaa-expert-determination"
    for kind, treatment in ((ColumnKind.CODE, Treatment.SURROGATE), (ColumnKind.DATE, Treatment.SHIFT)):
        assert choose(TEXT, kind, profiles_of([expert])).treatment is treatment
        for other in set(PROFILES) - {expert}:
            assert choose(TEXT, kind, profiles_of([expert, other])).treatment is not treatment


def test_unknown_or_no_profile_is_refused_without_repeating_it():
    for names in (["hipaa"], []):
        with pytest.raises(ContractError) as error:
            profiles_of(names)
        assert "hipaa-safe-harbor" in error.value.fix


def test_kinds_follow_role_class_type_and_flags():
    made = contract(
        {
            "mother": {"role": "identifier", "type": "string", "class": "name"},
            "account": {"role": "identifier", "type": "string", "class": "account"},
            "other_id": {"role": "key", "type": "string"},
            "zip": {"role": "quasi-identifier", "type": "string", "class": "postcode", "hierarchy": "us-zip"},
            "born": {"role": "date", "type": "date", "birth": True},
            "age": {"role": "quasi-identifier", "type": "category", "age": True},
            "lab": {"role": "clinical", "type": "number"},
        }
    )
    kinds = {name: kind_of(made, "people", name) for name in made.tables["people"].columns}
    assert kinds == {
        "id": ColumnKind.KEY,
        "mother": ColumnKind.CONTACT,
        "account": ColumnKind.CODE,
        "other_id": ColumnKind.LOOSE_KEY,
        "zip": ColumnKind.REGION,
        "born": ColumnKind.BIRTH,
        "age": ColumnKind.AGE,
        "lab": ColumnKind.NUMBER,
    }


@pytest.mark.parametrize(
    "column",
    [
        {"role": "clinical", "type": "category", "class": "name"},
        {"role": "quasi-identifier", "type": "category", "class": "postcode"},
        {"role": "quasi-identifier", "type": "integer", "class": "postcode", "hierarchy": "us-zip"},
        {"role": "clinical", "type": "category", "hierarchy": "nonsense"},
        {"role": "identifier", "type": "string", "class": "name", "hierarchy": "atc"},
        {"role": "clinical", "type": "category", "hierarchy": "age"},
        {"role": "clinical", "type": "category", "hierarchy": "atc", "code_system": "icd-9-cm"},
    ],
)
def test_columns_that_do_not_hold_together_are_refused(column):
    with pytest.raises(ValueError, match=r"hierarchy|class|region|postcode"):
        Column.model_validate(column)
