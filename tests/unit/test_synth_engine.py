"""What all engines share, with trees at work: rules, conditions, seeds, keys, links, types and times."""

import numpy as np
import pandas as pd
import pytest
from synth_tables import LEVELS, a_contract, linked, links_are_whole, patients

from factory.contract.holds import broken_rows
from factory.core.errors import ContractError
from factory.synth.conditions import Condition, parse
from factory.synth.protocol import engine

PEOPLE = 300
PREGNANT = {
    "kind": "implies",
    "id": "pregnant",
    "table": "patients",
    "when": {"pregnant": ["True"]},
    "then": {"sex": ["female"]},
}
LIGHT = {"kind": "compare", "id": "light", "table": "patients", "left": "weight", "op": "<", "value": 70}
NOBODY = {"kind": "range", "id": "nobody", "table": "patients", "column": "weight", "minimum": 900}


def _fitted(contract, tables, name="trees", seed=1):
    made = engine(name)
    made.fit(tables, contract, seed)
    return made


@pytest.fixture(scope="module")
def one():
    return _fitted(a_contract(), {"patients": patients(PEOPLE)})


@pytest.fixture(scope="module", params=[3, 4])
def deep(request):
    contract = a_contract(request.param)
    tables = linked(PEOPLE, request.param)
    return contract, tables, _fitted(contract, tables)


def _bytes(tables):
    return {name: frame.to_csv() for name, frame in tables.items()}


@pytest.mark.parametrize("name", ["trees", "trees-cautious", "sdv-gaussian-copula"])
def test_rules_hold_in_every_row_and_what_was_drawn_again_is_counted(name):
    contract = a_contract(1, [PREGNANT, LIGHT])
    made = _fitted(contract, {"patients": patients(PEOPLE)}, name)
    drawn = made.sample(400, 2)
    assert len(drawn["patients"]) == 400
    for rule in contract.rules:
        assert not broken_rows(rule, contract, made.shapes, drawn).any()
    # Half of those learned from weigh more, so about as many are drawn in vain.
    assert made.redrawn["rule light"] > 100
    links_are_whole(contract, drawn)


def test_a_broken_child_row_takes_its_person_out_with_all_rows():
    rule = {"kind": "range", "id": "calm", "table": "charted", "column": "valuenum", "maximum": 147.9}
    contract = a_contract(4, [rule])
    made = _fitted(contract, linked(PEOPLE, 4))
    drawn = made.sample(200, 2)
    assert drawn["charted"]["valuenum"].max() <= 147.9
    assert made.redrawn["rule calm"] > 0
    links_are_whole(contract, drawn)


def test_combinations_that_the_source_does_not_have_are_never_drawn():
    tables = linked(PEOPLE, 4)
    rule = {"kind": "combination", "id": "unit", "table": "charted", "columns": ["item", "uom"]}
    drawn = _fitted(a_contract(4, [rule]), tables).sample(200, 2)
    seen = set(map(tuple, tables["charted"][["item", "uom"]].to_numpy()))
    assert set(map(tuple, drawn["charted"][["item", "uom"]].to_numpy())) <= seen


def test_a_rule_nobody_meets_ends_with_one_sentence():
    made = _fitted(a_contract(1, [NOBODY]), {"patients": patients(60)})
    with pytest.raises(ContractError, match=r"Only 0 of 50 people could be drawn.* rule nobody") as caught:
        made.sample(50, 2)
    assert "900" not in str(caught.value)


def test_a_redraw_count_is_that_of_the_last_sample():
    made = _fitted(a_contract(1, [LIGHT]), {"patients": patients(PEOPLE)})
    made.sample(100, 2)
    first = dict(made.redrawn)
    made.sample(100, 2)
    assert made.redrawn == first


@pytest.mark.parametrize(("share", "people"), [(0.5, 200), (0.33, 101), (0.0, 200), (1.0, 60)])
def test_a_rare_outcome_gets_exactly_its_share(one, share, people):
    drawn = one.sample(people, 3, [Condition("patients", "site", ("west",), share)])["patients"]
    assert len(drawn) == people
    assert (drawn["site"] == "west").sum() == round(share * people)
    assert drawn["subject_id"].tolist() == list(range(1, people + 1))


def test_a_value_can_be_fixed_and_what_was_drawn_in_vain_is_counted(one):
    drawn = one.sample(80, 3, [parse("patients.site=west|south")])["patients"]
    assert set(drawn["site"]) == {"west", "south"}
    assert one.redrawn["condition patients.site"] > 0


@pytest.mark.parametrize("written", ["patients.children=2", "patients.children=2.0", "patients.pregnant=True"])
def test_numbers_and_booleans_can_be_conditions(one, written):
    drawn = one.sample(40, 3, [parse(written)])["patients"]
    assert (drawn[written.partition("=")[0].partition(".")[2]] == (True if "True" in written else 2)).all()


def test_two_conditions_hold_together(one):
    conditions = [parse("patients.site=west:0.4"), parse("patients.sex=female:0.7")]
    drawn = one.sample(100, 3, conditions)["patients"]
    assert (drawn["site"] == "west").sum() == 40
    assert (drawn["sex"] == "female").sum() == 70


def test_two_conditions_that_exclude_each_other_hold_side_by_side(one):
    conditions = [parse("patients.site=west:0.5"), parse("patients.site=south:0.5")]
    counts = one.sample(100, 3, conditions)["patients"]["site"].value_counts()
    assert counts.to_dict() == {"west": 50, "south": 50}


def test_a_condition_on_a_child_row_is_one_on_its_person(deep):
    contract, _, made = deep
    drawn = made.sample(100, 3, [parse("admissions.died=yes:0.5")])
    owners = drawn["admissions"].loc[drawn["admissions"]["died"] == "yes", "subject_id"]
    assert owners.nunique() == 50
    links_are_whole(contract, drawn)


@pytest.mark.parametrize(
    "conditions",
    [
        ["patients.site=zq-secret"],
        ["patients.site=west", "patients.site=south"],
        ["patients.site=west", "patients.site=west:0"],
    ],
)
def test_an_impossible_condition_ends_with_one_sentence(one, conditions):
    with pytest.raises(ContractError, match=r"people could be drawn.*condition patients\.site") as caught:
        one.sample(20, 3, [parse(text) for text in conditions])
    assert "zq-secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "patients", "patients.site", "patients=west", ".site=west", "patients.site="])
def test_what_is_no_condition_is_said(text):
    with pytest.raises(ContractError, match=r"TABLE\.COLUMN=VALUE"):
        parse(text)


@pytest.mark.parametrize("share", ["1.5", "-0.2", "2.0"])
def test_a_share_is_between_0_and_1(share):
    with pytest.raises(ContractError, match="share"):
        parse(f"patients.site=west:{share}")


@pytest.mark.parametrize(
    ("text", "values", "share"),
    [
        ("t.c=<30:0.5", ("<30",), 0.5),
        ("t.c=a|b", ("a", "b"), 1.0),
        ("t.c=a:b", ("a:b",), 1.0),
        ("t.c=10:30:0.5", ("10:30",), 0.5),
        ("t.c=a=b:.25", ("a=b",), 0.25),
        ("表.列=是:1.0", ("是",), 1.0),
    ],
)
def test_a_condition_is_read_as_it_is_written(text, values, share):
    assert (parse(text).values, parse(text).share) == (values, share)


@pytest.mark.parametrize("text", ["nowhere.site=west", "patients.nothing=1"])
def test_a_condition_on_what_is_not_drawn_is_refused(one, text):
    with pytest.raises(ContractError, match="is not a column that is drawn"):
        one.sample(5, 3, [parse(text)])


@pytest.mark.parametrize("name", ["trees", "trees-cautious", "sdv-gaussian-copula"])
def test_a_seed_gives_the_same_bytes_and_another_others(name):
    contract, tables = a_contract(3), linked(120, 3)
    first, second = (_fitted(contract, tables, name, 5) for _ in range(2))
    assert _bytes(first.sample(90, 6)) == _bytes(second.sample(90, 6))
    # A model that has drawn once draws the same again.
    assert _bytes(first.sample(90, 6)) == _bytes(second.sample(90, 6))
    assert _bytes(first.sample(90, 7)) != _bytes(second.sample(90, 6))
    assert _bytes(_fitted(contract, tables, name, 8).sample(90, 6)) != _bytes(second.sample(90, 6))


@pytest.mark.parametrize("people", [1, 60, 2 * PEOPLE])
def test_keys_and_links_are_whole_for_fewer_and_more_people_than_learned_from(deep, people):
    contract, _, made = deep
    drawn = made.sample(people, 4)
    assert len(drawn["patients"]) == people
    links_are_whole(contract, drawn)


@pytest.mark.parametrize("depth", [3, 4])
def test_the_pooled_engines_link_any_depth_too(depth):
    contract, tables = a_contract(depth), linked(120, depth)
    drawn = _fitted(contract, tables, "sdv-gaussian-copula").sample(150, 4)
    assert len(drawn["patients"]) == 150 and len(drawn[LEVELS[depth - 1]])
    links_are_whole(contract, drawn)


def test_nobody_can_be_drawn(deep):
    contract, tables, made = deep
    drawn = made.sample(0, 4)
    assert all(not len(frame) for frame in drawn.values())
    assert {n: list(f.columns) for n, f in drawn.items()} == {n: list(tables[n].columns) for n in contract.tables}


def test_sizes_are_those_learned_from(deep):
    _, tables, made = deep
    drawn = made.sample(PEOPLE, 4)
    for name, frame in tables.items():
        assert 0.7 < len(drawn[name]) / len(frame) < 1.4, name


def test_types_come_back(deep):
    _, tables, made = deep
    drawn = made.sample(200, 4)
    for name, frame in tables.items():
        assert list(drawn[name].columns) == list(frame.columns)
        for column in frame.columns.difference([c for c in frame.columns if c.endswith("_id")]):
            was, now = frame[column].dtype, drawn[name][column].dtype
            if pd.api.types.is_datetime64_any_dtype(was):
                assert pd.api.types.is_datetime64_any_dtype(now), column
            else:
                assert was == now, column
    assert str(drawn["patients"]["children"].dtype) == "Int64"
    assert drawn["patients"]["children"].isna().any()
    assert str(drawn["patients"]["pregnant"].dtype) == "boolean"
    assert drawn["patients"]["pregnant"].any()


@pytest.mark.parametrize("name", ["trees", "sdv-gaussian-copula"])
def test_pandas_own_types_are_learned_from_as_they_are(name):
    frame = patients(200)
    kinds = {"site": frame["site"].astype("category"), "pregnant": frame["pregnant"].astype(bool)}
    kinds |= {"sex": frame["sex"].astype("string"), "children": frame["children"].fillna(0).astype("int32")}
    kinds["weight"] = frame["weight"].astype("float32")
    drawn = _fitted(a_contract(), {"patients": frame.assign(**kinds)}, name).sample(150, 2)["patients"]
    assert set(drawn["site"]) <= set(frame["site"])
    assert set(drawn["sex"]) <= {"female", "male"}
    assert pd.api.types.is_bool_dtype(drawn["pregnant"]) and 0 < drawn["pregnant"].mean() < 1
    assert drawn["children"].dtype == "int32"
    assert pd.api.types.is_float_dtype(drawn["weight"])


@pytest.mark.parametrize("name", ["trees", "sdv-gaussian-copula"])
def test_times_never_break_an_order_that_always_held(name):
    contract, tables = a_contract(4), linked(PEOPLE, 4)
    drawn = _fitted(contract, tables, name).sample(PEOPLE, 4)
    stays = drawn["stays"].merge(drawn["admissions"].drop(columns="subject_id"), on="hadm_id")
    charted = drawn["charted"].merge(drawn["stays"].drop(columns=["hadm_id", "subject_id"]), on="stay_id")
    assert len(stays) and len(charted)
    for low, high in [("admittime", "dischtime"), ("intime", "outtime"), ("admittime", "intime")]:
        assert (stays[low] <= stays[high]).all(), (low, high)
    assert (stays["outtime"] <= stays["dischtime"]).all()
    assert (charted["intime"] <= charted["charttime"]).all()
    assert (charted["charttime"] <= charted["outtime"]).all()
    # No admission of a patient begins before the one before it ended.
    admissions = drawn["admissions"].sort_values(["subject_id", "admittime"])
    before = admissions.groupby("subject_id")["dischtime"].shift()
    assert (before.isna() | (admissions["admittime"] >= before)).all()


@pytest.mark.parametrize("name", ["trees", "sdv-gaussian-copula"])
def test_a_number_and_the_text_that_repeats_it_agree(name):
    contract, tables = a_contract(4), linked(PEOPLE, 4)
    tables["charted"].loc[::25, ["value", "valuenum"]] = ["not done", np.nan]
    drawn = _fitted(contract, tables, name).sample(PEOPLE, 4)["charted"]
    read = pd.to_numeric(drawn["value"], errors="coerce")
    both = read.notna() & drawn["valuenum"].notna()
    assert both.sum() > len(drawn) / 2
    assert (read[both] == drawn.loc[both, "valuenum"]).all()
    assert not (read.notna() & drawn["valuenum"].isna()).any()
    assert set(drawn["value"][read.isna()].dropna()) == {"not done"}


@pytest.mark.parametrize("name", ["trees", "sdv-gaussian-copula"])
def test_a_word_stands_beside_no_number_where_it_never_did(name):
    contract, tables = a_contract(4), linked(PEOPLE, 4)
    tables["charted"].loc[::25, ["value", "valuenum"]] = ["not done", np.nan]
    drawn = _fitted(contract, tables, name).sample(PEOPLE, 4)["charted"]
    assert drawn.loc[drawn["value"] == "not done", "valuenum"].isna().all()


def test_an_engine_that_is_not_there_is_said_with_those_that_are():
    with pytest.raises(ContractError, match=r"no engine called nonsense.*trees"):
        engine("nonsense")


def test_tables_of_neither_shape_are_refused():
    with pytest.raises(ContractError, match="neither the columns"):
        engine("trees").fit({"patients": patients(50).drop(columns="weight")}, a_contract(), 1)


def test_dates_that_would_be_released_under_one_name_stop_nobody_alone():
    # `chartdate` and `charttime` both lose their ending on release; in the source's shape they keep it.
    tables = {name: a_contract().model_dump(mode="json", by_alias=True)["tables"][name] for name in ("patients",)}
    date = {"role": "date", "type": "datetime"}
    tables["patients"]["columns"] |= {"chartdate": date, "charttime": date}
    frame = patients(80).assign(chartdate=pd.Timestamp("2020-01-01"), charttime=pd.Timestamp("2020-01-01 10:00"))
    drawn = _fitted(a_contract(1, tables=tables), {"patients": frame}).sample(50, 1)["patients"]
    assert list(drawn.columns) == list(frame.columns)
