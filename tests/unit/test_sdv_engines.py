"""SDV's engines for linked tables: what they draw has the released shape, and what they cannot take is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from sdmetrics.single_column import KSComplement

from factory.contract import Contract, Kind, load, released
from factory.core.errors import ContractError, EmptyTable, NotReady
from factory.deid.stage import deidentify_frames
from factory.intake.validate import examine
from factory.synth.sdv import tables as shaped
from factory.synth.sdv.hma import SdvHma
from factory.synth.sdv.par import SdvPar
from factory.synth.sdv.sequences import AlignedPar

PEOPLE = 50
KEPT = ("encounter_id", "mrn", "admitted_at", "discharged_at", "race", "gender", "age", "time_in_hospital")
KEPT += ("num_medications", "diag_1", "readmitted", "number_diagnoses")
ENGINES = {"hma": SdvHma, "par": lambda: SdvPar(epochs=40)}


@pytest.fixture(scope="module")
def small(hospital):
    """The hospital's contract with fewer columns, and 50 of its people as they may be released, some without rows."""
    text = yaml.safe_load((hospital / "contract.yaml").read_text())
    columns = text["tables"]["encounters"]["columns"]
    text["tables"]["encounters"]["columns"] = {name: columns[name] for name in KEPT}
    contract = Contract.model_validate(text)
    raw, _ = examine(load(hospital / "contract.yaml"), str(hospital))
    made, _ = deidentify_frames(contract, raw, 1)
    people = made["patients"].head(PEOPLE).reset_index(drop=True)
    rows = made["encounters"]
    rows = rows[rows["patient_id"].isin(people["patient_id"][:-8])].reset_index(drop=True)
    return contract, {"patients": people, "encounters": rows}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, small):
    contract, tables = small
    made = ENGINES[request.param]()
    made.fit(tables, contract, 3)
    return made


@pytest.mark.parametrize("people", [25, 1, 0])
def test_tables_have_the_released_shape_and_are_linked(engine, small, people):
    contract, tables = small
    drawn = engine.sample(people, 4)
    assert list(drawn) == list(released(contract))
    assert len(drawn["patients"]) == people
    for name, shape in released(contract).items():
        assert list(drawn[name].columns) == shape.names()
        assert drawn[name][shape.key].tolist() == list(range(1, len(drawn[name]) + 1))
        for column in shape.columns:
            if column.compared:
                assert drawn[name][column.name].dtype == tables[name][column.name].dtype, column.name
    assert drawn["encounters"]["patient_id"].isin(drawn["patients"]["patient_id"]).all()
    assert drawn["encounters"]["patient_id"].is_monotonic_increasing


def test_values_come_from_the_domain(engine, small):
    contract, tables = small
    drawn = engine.sample(20, 4)
    for name, shape in released(contract).items():
        for column in shape.names(Kind.CATEGORY):
            known = set(tables[name][column].dropna()) | set(shaped.fields(shape)[column].levels or ())
            assert set(drawn[name][column].dropna()) <= known
    assert drawn["encounters"]["time_in_hospital"].between(0, 14).all()


def test_a_seed_gives_the_same_tables_and_another_others(engine):
    first, again, other = engine.sample(9, 7), engine.sample(9, 7), engine.sample(9, 8)
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])
        assert not table.equals(other[name])


@pytest.fixture(scope="module")
def drawn(engine):
    return engine.sample(PEOPLE, 4)


def test_distributions_are_those_of_the_table_learned_from(drawn, small):
    _, tables = small
    for column in ("num_medications", "time_in_hospital", "number_diagnoses"):
        real, made = (table["encounters"][column].astype(float) for table in (tables, drawn))
        assert KSComplement.compute(real, made) > 0.75, column
        assert 0.6 < made.std() / real.std() < 1.6, column


def test_some_people_have_no_rows_and_some_several(drawn, small, request):
    _, tables = small
    # Forty epochs on fifty people: fits from five seeds drew 67 to 96 rows where there are 61.
    loose = 0.6 if "par" in request.node.name else 0.4
    counts = drawn["encounters"]["patient_id"].value_counts()
    assert len(counts) < PEOPLE
    assert counts.max() <= tables["encounters"]["patient_id"].value_counts().max()
    assert len(drawn["encounters"]) == pytest.approx(len(tables["encounters"]), rel=loose)


def test_two_peoples_rows_are_drawn_apart(drawn):
    # SDV's HMA starts each person's child rows from one seed: with equal parameters they would be equal.
    rows = drawn["encounters"]
    first = rows[~rows["patient_id"].duplicated()]
    assert first["num_medications"].nunique() > 8


def test_nothing_of_the_tables_is_in_sdvs_metadata(engine, small):
    contract, tables = small
    said = str(engine._model.metadata.to_dict())
    for name in tables:
        assert name not in said
        assert not any(column in said for column in released(contract)[name].names())
    assert "Caucasian" not in said and "range" not in said


def test_global_generators_are_left_as_they_were(engine):
    numpy, pytorch = np.random.get_state()[1].copy(), torch.get_rng_state().clone()
    engine.sample(5, 1)
    assert (np.random.get_state()[1] == numpy).all() and torch.equal(torch.get_rng_state(), pytorch)


def test_time_does_not_run_backwards_in_a_sequence(small):
    contract, tables = small
    made = SdvPar(epochs=2)
    made.fit(tables, contract, 3)
    drawn = made.sample(30, 1)["encounters"]
    assert (drawn.groupby("patient_id")["admitted_day"].diff().dropna() >= 0).all()
    assert (drawn.groupby("patient_id")["race"].nunique(dropna=False) == 1).all()


@pytest.mark.parametrize("name", ENGINES)
def test_sampling_before_fitting_is_refused(name):
    with pytest.raises(NotReady):
        ENGINES[name]().sample(3, 1)


@pytest.mark.parametrize("name", ENGINES)
def test_the_dossier_can_name_it(name):
    info = ENGINES[name]().info
    assert (info.name, info.package, info.licence) == (f"sdv-{name}", "sdv", "BUSL-1.1")


def a_contract(children: int, dated: bool = True) -> tuple[Contract, dict[str, pd.DataFrame]]:
    """People with so many child tables of two rows a person, and their released tables."""
    people = {
        "id": {"role": "key", "type": "string", "class": "mrn", "as": "person_id", "required": True},
        "sex": {"role": "quasi-identifier", "type": "category", "codes": ["F", "M"]},
    }
    tables: dict[str, object] = {"people": {"key": "id", "columns": people}}
    for at in range(children):
        columns = {
            "row": {"role": "key", "type": "string", "class": "account", "as": f"row{at}_id", "required": True},
            "id": {"role": "key", "type": "string", "class": "mrn", "as": "person_id", "required": True},
            "値": {"role": "clinical", "type": "number"},
        }
        if dated:
            columns["seen_at"] = {"role": "date", "type": "date"}
        tables[f"visits{at}"] = {"key": "row", "columns": columns}
    relations = [{"child": f"visits{at}.id", "parent": "people.id"} for at in range(children)]
    contract = Contract.model_validate(
        {
            "contract": 1,
            "name": "made-up",
            "title": "Made up",
            "licensor": "Nobody",
            "person": "people",
            "regimes": ["hipaa-safe-harbor"],
            "purposes": ["general-research-use"],
            "tables": tables,
            "relations": relations,
        }
    )
    dice, count = np.random.default_rng(1), 30
    made = {"people": pd.DataFrame({"person_id": np.arange(1, count + 1), "sex": dice.choice(["F", "M"], count)})}
    for at in range(children):
        frame = pd.DataFrame(
            {
                f"row{at}_id": np.arange(1, 2 * count + 1),
                "person_id": np.repeat(np.arange(1, count + 1), 2),
                "値": dice.normal(size=2 * count),
            }
        )
        if dated:
            frame["seen_year"] = pd.array(np.full(2 * count, 2001), dtype="Int64")
            frame["seen_day"] = pd.array(dice.integers(0, 300, 2 * count), dtype="Int64")
        made[f"visits{at}"] = frame[released(contract)[f"visits{at}"].names()]
    return contract, made


@pytest.mark.parametrize("children", [4])
def test_hma_takes_up_to_five_tables(children):
    contract, tables = a_contract(children)
    engine = SdvHma()
    engine.fit(tables, contract, 1)
    drawn = engine.sample(12, 1)
    assert list(drawn) == list(tables)
    for name, shape in released(contract).items():
        if shape.parent_id is not None:
            assert len(drawn[name]) == 24 and drawn[name]["person_id"].isin(range(1, 13)).all()


@pytest.mark.parametrize("children", [5, 0])
def test_hma_says_what_it_does_not_take_and_what_does(children):
    contract, tables = a_contract(children)
    with pytest.raises(ContractError, match=r"sdv-hma .*'trees'"):
        SdvHma().fit(tables, contract, 1)


def test_hma_says_its_depth(monkeypatch):
    # The limit is told before SDV would refuse.
    contract, tables = a_contract(2)
    monkeypatch.setattr(shaped, "depth", lambda _: 3)
    with pytest.raises(ContractError, match="2 levels"):
        SdvHma().fit(tables, contract, 1)


@pytest.mark.parametrize(("children", "dated"), [(0, True), (2, True), (1, False)])
def test_par_says_what_it_does_not_take_and_what_does(children, dated):
    contract, tables = a_contract(children, dated)
    with pytest.raises(ContractError, match=r"sdv-par .*'trees'"):
        SdvPar(epochs=1).fit(tables, contract, 1)


def test_par_refuses_a_child_table_without_rows():
    contract, tables = a_contract(1)
    tables["visits0"] = tables["visits0"].iloc[:0]
    with pytest.raises(EmptyTable, match="visits0"):
        SdvPar(epochs=1).fit(tables, contract, 1)


def test_a_sequences_numbers_keep_their_spread_and_its_rows_their_number():
    # DeepEcho's own loss takes the padding of short sequences for their values.
    dice = np.random.default_rng(0)
    lengths = [1] * 80 + [10] * 4
    sequences = [{"context": [], "data": [dice.normal(50, 9, length).tolist()]} for length in lengths]
    model = AlignedPar(epochs=250, cuda=False, verbose=False)
    torch.manual_seed(0)
    model.fit_sequences(sequences, [], ["continuous"])
    drawn = [model.sample_sequence([])[0] for _ in range(150)]
    values = np.concatenate(drawn)
    assert np.std(values) == pytest.approx(9, rel=0.3) and np.mean(values) == pytest.approx(50, abs=4)
    assert min(map(len, drawn)) == 1 and np.mean([len(one) == 1 for one in drawn]) > 0.7
