"""`synth` and `assess` read what `produce` reads: a workbook, a database, packed files, an encoding of Hong Kong."""

import pandas as pd
import pytest
import yaml
from addresses import KINDS, written
from synth_tables import a_contract, linked

from factory.cli.main import main
from factory.synth.alone import read_source


@pytest.fixture(scope="module")
def ward(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ward")
    said = a_contract(2).model_dump(mode="json", by_alias=True, exclude_none=True)
    (folder / "contract.yaml").write_text(yaml.safe_dump(said))
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_the_tables_are_those_of_plain_files(kind, tmp_path):
    tables = linked(80, 2)
    tables["patients"]["site"] = tables["patients"]["site"].replace({"west": "西區"})
    plain = tmp_path / "plain"
    plain.mkdir()
    for name, frame in tables.items():
        frame.to_csv(plain / f"{name}.csv", index=False)
    expected = read_source(plain, a_contract(2)).tables
    found = read_source(written(kind, tables, tmp_path / kind), a_contract(2)).tables
    for name in expected:
        pd.testing.assert_frame_equal(found[name], expected[name])


@pytest.mark.parametrize("kind", ["xlsx", "sqlite"])
def test_the_commands_take_the_address(kind, ward, tmp_path):
    others = {name: frame.replace({"subject_id": {"^p": "q"}}, regex=True) for name, frame in linked(90, 2, 1).items()}
    at = [written(kind, tables, tmp_path / f"{kind}{n}") for n, tables in enumerate((linked(90, 2), others))]
    with_contract = ["--contract", str(ward / "contract.yaml"), "--seed", "1"]
    assert main(["synth", at[0], "--engine", "trees", "--out", str(tmp_path / "made"), *with_contract]) == 0
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        "patients.parquet", "admissions.parquet", "synth.json",
    }  # fmt: skip
    asked = ["--train", at[0], "--holdout", at[1], "--synthetic", str(tmp_path / "made"), "--out", str(tmp_path / "is")]
    assert main(["assess", *asked, *with_contract]) in (0, 42, 43)
    assert (tmp_path / "is" / "assessment.html").is_file()


def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path, capsys):
    assert main(["synth", "postgresql://reader:hunter2@127.0.0.1/hospital", "--out", str(tmp_path / "made")]) != 0
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err
    assert not (tmp_path / "made").exists()
