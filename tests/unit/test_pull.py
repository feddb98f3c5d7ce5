import io
from pathlib import Path

import pandas as pd
import pytest
from unit.candidates import TODAY, candidate_value, make_run, write_table

from factory.catalog import load, pull
from factory.core.errors import BundleInvalid, LicenceError, OutputExists, ReviewError, StorageError
from factory.core.files import canonical_json
from factory.release.contents import open_contents


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    made = make_run(tmp_path_factory.mktemp("sealed"))
    made.sealed()
    return made


@pytest.fixture(params=["bundle", "bundle_zip"])
def bundle(sealed, request) -> Path:
    return getattr(sealed, request.param)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_tables_documents_and_licence_are_written_as_sealed(sealed, bundle, tmp_path):
    pull(bundle, sealed.run.people, tmp_path / "out", now=TODAY)
    assert names(tmp_path / "out") == [
        "data/patients.parquet",
        "data/stays.parquet",
        "dictionary.json",
        "dossier.html",
        "dossier.json",
        "licence.dsse.json",
        "licence.jsonld",
        "licence.txt",
        "licence.yaml",
        "licence.zh-Hans.txt",
        "licence.zh-Hant.txt",
    ]
    for name in names(tmp_path / "out"):
        assert (tmp_path / "out" / name).read_bytes() == (sealed.bundle / name).read_bytes()


def test_csv_holds_the_same_values(sealed, bundle, tmp_path):
    pull(bundle, sealed.run.people, tmp_path / "out", "csv", TODAY)
    assert "data/patients.csv" in names(tmp_path / "out")
    assert not [name for name in names(tmp_path / "out") if name.endswith((".parquet", ".part"))]
    assert (tmp_path / "out/data/patients.csv").read_text() == '"patient_id","sex"\n"a1","F"\n"b2",\n'


def test_frames_are_loaded_by_table_name(sealed, bundle):
    frames = load(bundle, sealed.run.people, TODAY)
    assert list(frames) == ["patients", "stays"]
    assert isinstance(frames["stays"], pd.DataFrame)
    assert frames["stays"]["days"].tolist() == [4]


def test_nothing_is_written_from_a_broken_or_expired_bundle(sealed, tmp_path):
    broken = tmp_path / "b.zip"
    data = bytearray(sealed.bundle_zip.read_bytes())
    data[len(data) // 2] ^= 1
    broken.write_bytes(data)
    with pytest.raises(BundleInvalid):
        pull(broken, sealed.run.people, tmp_path / "out", now=TODAY)
    with pytest.raises(BundleInvalid):
        load(broken, sealed.run.people, TODAY)
    with pytest.raises(LicenceError):
        pull(sealed.bundle, sealed.run.people, tmp_path / "out", now=TODAY.replace(year=2030))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(sealed, bundle, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputExists):
        pull(bundle, sealed.run.people, tmp_path, now=TODAY)
    assert names(tmp_path) == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    pull(bundle, sealed.run.people, tmp_path / "empty", now=TODAY)


def test_nothing_is_pulled_into_the_bundle_itself(sealed):
    with pytest.raises(StorageError, match="lies in the bundle"):
        pull(sealed.bundle, sealed.run.people, sealed.bundle / "out", now=TODAY)


def test_a_file_changed_between_proof_and_copy_is_refused(sealed, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(sealed.bundle_zip.read_bytes())
    contents = open_contents(path)
    at = contents.members["dossier.html"].start
    with path.open("r+b") as handle:
        handle.seek(at)
        handle.write(b"X")
    with pytest.raises(BundleInvalid, match=r"dossier\.html changed while"):
        contents.copy("dossier.html", io.BytesIO())


def test_a_file_that_is_no_table_is_not_sealed(tmp_path):
    made = make_run(tmp_path)
    (made.run.candidate / "data/stays.parquet").write_bytes(b"PAR1 nonsense PAR1")
    (made.run.candidate / "candidate.json").write_bytes(canonical_json(candidate_value(made.run.candidate)))
    with pytest.raises(ReviewError, match=r"data/stays\.parquet cannot be read as a table"):
        made.sealed()
    assert not made.bundle.exists()


def test_a_table_with_lists_cannot_be_csv_and_says_so(tmp_path):
    made = make_run(tmp_path)
    write_table(made.run.candidate / "data/stays.parquet", {"codes": [["a"], ["b"]]})
    (made.run.candidate / "candidate.json").write_bytes(canonical_json(candidate_value(made.run.candidate)))
    with pytest.raises(BundleInvalid, match=r"data/stays\.parquet"):
        pull(made.sealed(), made.run.people, tmp_path / "out", "csv", TODAY)
