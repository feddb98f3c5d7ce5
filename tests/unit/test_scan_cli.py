import argparse
import json

import pandas as pd
import pytest

from factory.cli import scan as verb
from factory.core.errors import ContractError, FactoryError, IdentifiersFound, KeyInvalid


def run(*args):
    parser = argparse.ArgumentParser()
    verb.configure(parser)
    return verb.run(parser.parse_args([str(arg) for arg in args]))


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "out"
    made.mkdir()
    pd.DataFrame({"patient_id": range(1, 40), "sex": "F"}).to_parquet(made / "patients.parquet")
    return made


def test_clean_says_what_was_read(folder, tmp_path, capsys):
    assert run(folder, "--json", tmp_path / "scan.json") == 0
    said = capsys.readouterr()
    assert "no identifiers found in 1 files" in said.err
    report = json.loads((tmp_path / "scan.json").read_bytes())
    assert report["clean"] and report["cells"] >= 78
    assert len(report["controls"]) == 20


def test_found_is_exit_code_41_and_no_value_is_shown(folder, capsys):
    (folder / "a.txt").write_text("call Mrs Whitcombe on +852 6123 9876")
    with pytest.raises(IdentifiersFound) as end:
        run(folder)
    assert end.value.exit_code == 41
    said = capsys.readouterr()
    assert not [value for value in ("Whitcombe", "9876") if value in said.out + said.err + str(end.value)]


def test_json_to_standard_output_is_json(folder, capsys):
    run(folder, "--json", "-")
    assert json.loads(capsys.readouterr().out)["clean"]


def test_exceptions_from_a_file(folder, tmp_path):
    (folder / "a.csv").write_text("ward\nKowloon\n")
    allowed = tmp_path / "allow.yaml"
    allowed.write_text("- {column: ward, class: B, reason: the name of a ward}\n")
    assert run(folder, "--allow", allowed) == 0
    allowed.write_text("- {column: ward, class: Z, reason: none}\n")
    with pytest.raises(ContractError):
        run(folder, "--allow", allowed)


def test_more_zip3_areas(folder, tmp_path):
    (folder / "a.csv").write_text("zip3\n454\n100\n")
    assert run(folder) == 0
    (tmp_path / "areas.txt").write_text("454  # fewer than 20,000\n")
    with pytest.raises(IdentifiersFound):
        run(folder, "--zip3", tmp_path / "areas.txt")


def test_an_index_from_raw_tables_and_back(hospital, tmp_path, folder):
    index, key = tmp_path / "source.index", tmp_path / "source.key"
    assert run(hospital, "--build-index", index, "--key", key, "--contract", hospital / "contract.yaml") == 0
    assert run(folder, "--index", index, "--key", key) == 0
    mrn = pd.read_csv(hospital / "patients.csv", dtype=str).mrn[3]
    (folder / "a.txt").write_text(f"row {mrn.lower()}")
    with pytest.raises(IdentifiersFound):
        run(folder, "--index", index, "--key", key)
    with pytest.raises(KeyInvalid):
        run(folder, "--index", index)


def test_what_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(FactoryError):
        run(tmp_path / "nowhere")
