"""Figures of people drawn from more: whatever must be true of every synthetic row is still asked of every one."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_hospital import sampled_hospital

from factory.checks.fidelity.rules import measure_rules
from factory.checks.measure import Outcome
from factory.checks.privacy.exact import exact_copies
from factory.checks.stage import check
from factory.checks.stored import of_people, pieces, sample, stored_comparison
from factory.contract import digest, load, released
from factory.core.errors import StorageError
from factory.core.files import read_json
from factory.core.spread import ALONE, Spread
from factory.core.tables import DatasetRef, Zone, load_ref, read_dataset, read_piece, write_dataset
from factory.core.version import code_digest
from factory.deid import deidentify
from factory.gates import stage as gates
from factory.intake import intake
from factory.synth import stage
from factory.synth.split import split

PEOPLE, LEARNED, AT_ONCE = 420, 120, 70


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A contract that lets 120 people be learned from, and the stages up to more synthetic people in pieces of 70."""
    root = tmp_path_factory.mktemp("stored")
    contract = load(sampled_hospital(root / "data", PEOPLE, 3, learned_people=LEARNED, holdout_share=0.4))
    intake(contract, str(root / "data"), root / "intake")
    deidentify(contract, root / "intake", root / "deid", 1)
    split(contract, root / "deid", root / "split", 1)
    stage.synthesize(contract, root / "split", root / "synth", "trees", 1, at_once=AT_ONCE)
    return contract, root


def _again(contract, frames, folder, at_once=AT_ONCE):
    """The frames written as the stage writes them: one file a table, a row group a piece of people."""
    folder.mkdir()
    shapes, key = released(contract), released(contract)[contract.person].key
    cut = {
        name: (frame[key if name == contract.person else "patient_id"] - 1) // at_once for name, frame in frames.items()
    }
    tables = {}
    for name in shapes:
        whole = pa.Table.from_pandas(frames[name], preserve_index=False).replace_schema_metadata(None)
        parts = [
            whole.filter(pa.array((cut[name] == at).to_numpy())) for at in range(int(cut[contract.person].max()) + 1)
        ]
        tables[name] = stage._write(whole.schema, parts, folder)
    DatasetRef(Zone.SYNTHETIC, tables, digest(contract), (), code_digest()).save(folder)
    return folder


def test_no_more_are_compared_than_may_be_learned_from_and_all_is_known_of_the_rest(made):
    contract, root = made
    compared = stored_comparison(contract, root / "split", root / "synth", 1)
    everybody = load_ref(root / "synth").tables[contract.person].rows
    assert {part: compared.people(part) for part in ("train", "holdout", "synthetic")} == dict.fromkeys(
        ("train", "holdout", "synthetic"), LEARNED
    )
    assert compared.people_made() == everybody > LEARNED
    read = [piece.people("synthetic") for piece in compared.all_synthetic()]
    assert sum(read) == everybody and max(read) == AT_ONCE


def test_where_nobody_is_left_out_everybody_is_compared(made):
    contract, root = made
    more = contract.model_copy(update={"policy": contract.policy.model_copy(update={"learned_people": 10_000})})
    compared = stored_comparison(more, root / "split", root / "synth", 1)
    assert compared.pieces is None
    pd.testing.assert_frame_equal(
        compared.synthetic["encounters"],
        read_dataset(root / "synth")[1]["encounters"][compared.synthetic["encounters"].columns],
    )


def test_people_are_drawn_with_all_their_rows_by_another_lot_with_another_seed(made):
    contract, root = made
    drawn, other = (sample(contract, root / "synth", 50, seed) for seed in (1, 2))
    people = drawn["patients"]["patient_id"].tolist()
    assert people == sorted(people) and len(people) == 50
    assert people != other["patients"]["patient_id"].tolist()
    whole = read_dataset(root / "synth")[1]["encounters"]
    pd.testing.assert_frame_equal(drawn["encounters"], whole[whole["patient_id"].isin(people)].reset_index(drop=True))
    again = of_people(contract, root / "synth", people)
    pd.testing.assert_frame_equal(again["encounters"], drawn["encounters"])


def test_pieces_of_one_file_are_read_as_they_were_drawn(made):
    _, root = made
    whole, parts = read_dataset(root / "synth")[1], list(pieces(root / "synth"))
    assert len(parts) > 2
    for name, frame in whole.items():
        pd.testing.assert_frame_equal(pd.concat([part[name] for part in parts], ignore_index=True), frame)


def test_a_file_of_row_groups_that_was_changed_is_not_read(made, tmp_path):
    contract, root = made
    folder = _again(contract, read_dataset(root / "synth")[1], tmp_path / "synth")
    table = load_ref(folder).tables["encounters"]
    assert len(read_piece(folder, table, 1))
    path = folder / f"{table.digest}.parquet"
    changed = pq.read_table(path)
    pq.write_table(changed.slice(1), path, row_group_size=100)
    with pytest.raises(StorageError, match="has been changed"):
        read_piece(folder, table, 1)


@pytest.fixture(scope="module")
def left_out(made):
    """Synthetic people whom the lot does not draw."""
    contract, root = made
    compared = stored_comparison(contract, root / "split", root / "synth", 1)
    everybody = read_dataset(root / "synth")[1]["patients"]["patient_id"]
    return sorted(set(everybody) - set(compared.synthetic["patients"]["patient_id"]))


def test_copies_of_training_people_among_those_left_out_are_found(made, left_out, tmp_path):
    contract, root = made
    frames = read_dataset(root / "synth")[1]
    assert exact_copies(stored_comparison(contract, root / "split", root / "synth", 1)).outcome is Outcome.PASS
    train = read_dataset(root / "split" / "train")[1]["encounters"]
    visits = frames["encounters"]
    rows = visits.index[visits["patient_id"].isin(left_out)][: len(train)]
    told = [c for c in visits.columns if c not in ("encounter_id", "patient_id")]
    for column in told:
        visits.loc[rows, column] = train[column].iloc[: len(rows)].to_numpy()
    folder = _again(contract, frames, tmp_path / "synth")
    compared = stored_comparison(contract, root / "split", folder, 1)
    assert set(compared.synthetic["patients"]["patient_id"]).isdisjoint(left_out)
    found = exact_copies(compared)
    assert found.outcome is Outcome.FAIL
    assert found.n == len(frames["patients"])


@pytest.mark.parametrize("fault", ["a visit of nobody", "a key twice"])
def test_a_broken_link_and_a_key_that_stands_twice_are_counted_wherever_they_are(made, left_out, fault, tmp_path):
    contract, root = made
    frames = read_dataset(root / "synth")[1]
    before = measure_rules(stored_comparison(contract, root / "split", root / "synth", 1))[0][0].value
    visits = frames["encounters"]
    last = visits.index[visits["patient_id"].isin(left_out)][-1]
    if fault == "a key twice":
        visits.loc[last, "encounter_id"] = visits["encounter_id"].iloc[0]
        folder = _again(contract, frames, tmp_path / "synth")
    else:
        lost = frames["patients"][frames["patients"]["patient_id"] != visits.loc[last, "patient_id"]]
        folder = _again(contract, {**frames, "patients": lost}, tmp_path / "synth")
    found = measure_rules(stored_comparison(contract, root / "split", folder, 1))
    assert found[0][0].value > before == 0
    broken = {rule for rule, counts in found[1]["rules"].items() if counts["synthetic"]}
    assert broken == {"encounters-key-unique" if fault == "a key twice" else "encounters-has-parent"}


def _judged(contract, suite, root, folder):
    return gates._judge_released(contract, suite, folder, gates._known(contract, root / "deid"))


@pytest.mark.parametrize("fault", ["", "a key twice", "a visit of nobody", "an emptied column", "a date", "a code"])
def test_a_table_of_row_groups_is_judged_as_the_same_in_one(made, fault, tmp_path):
    contract, root = made
    frames = read_dataset(root / "synth")[1]
    visits = frames["encounters"]
    last = visits.index[-1]
    if fault == "a key twice":
        visits.loc[last, "encounter_id"] = visits["encounter_id"].iloc[0]
    if fault == "a visit of nobody":
        frames["patients"] = frames["patients"][frames["patients"]["patient_id"] != visits.loc[last, "patient_id"]]
    if fault == "an emptied column":
        visits["gender" if "gender" in visits else visits.columns[4]] = None
    text = next(c.name for c in released(contract)["encounters"].columns if c.column.codes)
    if fault == "a date":
        visits.loc[last, text] = "2020-01-02"
    if fault == "a code":
        visits.loc[last, text] = "no such code"
    one = tmp_path / "one"
    write_dataset(frames, one, Zone.SYNTHETIC, digest(contract), (), code_digest())
    many = _again(contract, frames, tmp_path / "many")
    whole, apart = (_judged(contract, "synthetic", root, folder) for folder in (one, many))
    assert whole == apart
    broken = {result["control"] for result in apart if not result["success"]}
    assert bool(broken) == bool(fault)


@pytest.mark.parametrize("column", ["patient_id", "encounter_id"])
def test_a_number_that_was_not_dealt_to_a_row_is_refused_in_the_de_identified_tables(made, column, tmp_path):
    contract, root = made
    frames = read_dataset(root / "deid")[1]
    visits, own = frames["encounters"], released(contract)[contract.person].key
    before = _judged(contract, "deidentified", root, root / "deid")
    assert not [result for result in before if not result["success"]]
    carried = 48_210_933  # as a record number of the hospital's would be
    if column == own:
        frames["patients"].loc[0, own] = carried
    visits.loc[visits.index[0], column] = carried
    write_dataset(frames, tmp_path / "deid", Zone.DEIDENTIFIED, digest(contract), (), code_digest())
    found = _judged(contract, "deidentified", root, tmp_path / "deid")
    assert {result["control"] for result in found if not result["success"]} == {"SH-R"}


def test_a_piece_of_people_without_any_visit_is_measured(made, tmp_path):
    contract, root = made
    frames = read_dataset(root / "synth")[1]
    visits = frames["encounters"]
    frames["encounters"] = visits[(visits["patient_id"] - 1) // AT_ONCE != 1]
    folder = _again(contract, frames, tmp_path / "synth")
    compared = stored_comparison(contract, root / "split", folder, 1)
    assert exact_copies(compared).n == len(frames["patients"])
    assert measure_rules(compared)[0][0].value == 0
    assert not [one for one in _judged(contract, "synthetic", root, folder) if not one["success"]]


def test_figures_are_the_same_bytes_whoever_measures_and_no_work_is_left(made, tmp_path):
    contract, root = made
    for name, spread in (("alone", ALONE), ("two", Spread(processes=2))):
        (tmp_path / name).mkdir()
        check(contract, root / "split", root / "synth", tmp_path / name, 1, spread=spread)
    assert (tmp_path / "alone" / "figures.json").read_bytes() == (tmp_path / "two" / "figures.json").read_bytes()
    assert [path.name for path in (tmp_path / "two").iterdir()] == ["figures.json"]
    figures = read_json(tmp_path / "two" / "figures.json")
    assert figures["measured"] == dict.fromkeys(("train", "holdout", "synthetic"), LEARNED)
    assert figures["counts"]["patients"]["synthetic"] == load_ref(root / "synth").tables["patients"].rows > LEARNED
