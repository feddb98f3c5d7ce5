import pytest

from factory.contract import digest, load, released
from factory.core.errors import ContractError


def test_the_digest_ignores_layout_and_comments(export):
    path = export / "contract.yaml"
    before = digest(load(path))
    path.write_text("# another comment\n" + path.read_text().replace("\n  - {id", "\n\n  - {id"))
    assert digest(load(path)) == before


def test_the_released_shape_holds_no_identifier_text_or_date(hospital):
    shapes = released(load(hospital / "contract.yaml"))
    assert list(shapes) == ["patients", "encounters"]
    assert shapes["patients"].names() == ["patient_id", "sex", "birth_year", "id_type"]
    names = shapes["encounters"].names()
    assert names[:6] == [
        "encounter_id",
        "patient_id",
        "admitted_year",
        "admitted_day",
        "discharged_year",
        "discharged_day",
    ]
    assert not {"attending_name", "payer_number", "device_serial"} & set(names)


def test_an_identifier_needs_its_class(export):
    path = export / "contract.yaml"
    path.write_text(
        path.read_text().replace(
            "email: {role: identifier, type: string, class: email}", "email: {role: identifier, type: string}"
        )
    )
    with pytest.raises(ContractError, match=r"email.*needs a class"):
        load(path)


def test_a_drafted_contract_is_a_contract_that_its_data_keep(export, factory, tmp_path):
    drafted = factory("contract", "draft", export / "patients.csv", export / "encounters.csv", "--name", "Drafted")
    assert drafted.returncode == 0, drafted.stderr
    path = tmp_path / "contract.yaml"
    path.write_text(drafted.stdout)
    contract = load(path)
    roles = {name: (c.role.value, c.identifier) for name, c in contract.tables["patients"].columns.items()}
    for column in ("name_en", "name_zh", "phone_mobile", "email", "address", "id_number", "kin_phone"):
        assert roles[column][0] == "identifier", column
    assert all(column.reason for table in contract.tables.values() for column in table.columns.values())
    assert contract.relations[0].child == "encounters.mrn"
    assert factory("contract", "check", path, "--data", export).returncode == 0
