import datetime as dt
import re

import pytest
import yaml
from unit.candidates import licence_value, make_run

from factory.core.errors import LicenceError, StorageError
from factory.release.licence import (
    KINDS,
    check_grants,
    check_in_force,
    check_not_expired,
    load_licence,
    parse_licence,
    template,
)
from factory.release.licence_text import render
from factory.review.candidate import load_candidate
from factory.words import words

ABROAD = {"name": "A", "kind": "pharma", "territory": ["HK", "US"]}


def parsed(**changes):
    return parse_licence(yaml.safe_dump(licence_value(**changes)).encode(), "licence.yaml", LicenceError)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"no_reidentification": False}, "no_reidentification"),
        ({"no_linkage": False}, "no_linkage"),
        ({"onward_transfer": True}, "onward_transfer"),
        ({"no_reidentification": "yes"}, "no_reidentification"),
        ({"no_reidentification": 1}, "no_reidentification"),
        ({"model_training": "true"}, "model_training"),
        ({"licence": 2}, "licence"),
        ({"licence": "1"}, "licence"),
        ({"id": "two words"}, "id"),
        ({"licensor": "<licensor>"}, "placeholder"),
        ({"licensor": ""}, "licensor"),
        ({"licensor": "a\u202eb"}, "licensor"),
        ({"licensee": {"name": "A", "kind": "bank", "territory": ["HK"]}}, r"licensee\.kind"),
        ({"licensee": {"name": "A", "kind": "academic"}}, r"licensee\.territory is missing"),
        ({"purposes": []}, "purposes"),
        ({"purposes": ["general-research-use"] * 2}, "twice"),
        ({"purposes": ["marketing"]}, "no term of GA4GH DUO"),
        ({"restrictions": ["nothing-much"]}, "no modifier of GA4GH DUO"),
        ({"restrictions": ["not-for-profit-organisation-use-only"]}, "make no profit"),
        ({"licensee": {"name": "A", "kind": "academic", "territory": ["Hong Kong"]}}, r"licensee\.territory"),
        ({"licensee": {"name": "A", "kind": "academic", "territory": []}}, r"licensee\.territory"),
        ({"standard_contract": {"kind": "gba", "filed": None}, "licensee": ABROAD}, "territory outside of it"),
        (
            {"royalty": {"meter": "pull", "amount": "1,5", "currency": "HKD", "report_every_days": 90}},
            r"royalty\.amount",
        ),
        ({"publication": "all"}, "publication"),
        ({"expires": dt.date(2026, 3, 1)}, "expires on or before"),
        ({"effective": "soon"}, "effective"),
        ({"effective": dt.datetime(2026, 3, 1, 1, 1)}, "dates"),
        ({"destruction": " "}, "destruction"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_licence_of_another_form_is_a_sentence_that_names_the_place(changes, said):
    with pytest.raises(LicenceError, match=said):
        parsed(**changes)


@pytest.mark.parametrize("key", sorted(set(licence_value())))
def test_each_key_is_needed(key):
    value = licence_value()
    del value[key]
    with pytest.raises(LicenceError, match=f"{key} is missing"):
        parse_licence(yaml.safe_dump(value).encode(), "licence.yaml", LicenceError)


def test_a_value_of_the_licence_is_not_repeated_in_the_sentence():
    with pytest.raises(LicenceError) as error:
        parsed(publication="SECRET-VALUE")
    assert "SECRET-VALUE" not in str(error.value)


def test_a_date_may_be_quoted():
    assert parsed(effective="2026-03-01").effective == dt.date(2026, 3, 1)


def test_licensor_and_purposes_are_those_of_the_candidate(tmp_path):
    candidate, _ = load_candidate(make_run(tmp_path).run.candidate)
    check_grants(
        parsed(purposes=["general-research-use", "health-or-medical-or-biomedical-research"]), candidate, LicenceError
    )
    with pytest.raises(LicenceError, match="licensor"):
        check_grants(parsed(licensor="Another Hospital"), candidate, LicenceError)
    with pytest.raises(LicenceError, match="disease-specific-research"):
        check_grants(parsed(purposes=["general-research-use", "disease-specific-research"]), candidate, LicenceError)


def test_a_licence_holds_from_its_first_day_anywhere_to_the_end_of_its_last():
    licence = parsed()
    for moment in ("2026-02-28T10:00+00:00", "2026-03-01T00:00+08:00", "2027-02-28T23:59+00:00"):
        check_in_force(licence, dt.datetime.fromisoformat(moment))
    with pytest.raises(LicenceError, match="takes effect"):
        check_in_force(licence, dt.datetime.fromisoformat("2026-02-28T09:59+00:00"))
    check_not_expired(licence, dt.datetime.fromisoformat("2020-01-01T00:00+00:00"))
    with pytest.raises(LicenceError, match="expired on 2027-02-28"):
        check_in_force(licence, dt.datetime.fromisoformat("2027-03-01T00:00+00:00"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_refused_until_it_is_filled_in_and_valid_then(tmp_path, kind):
    candidate, _ = load_candidate(make_run(tmp_path, licensor='Hospital "A": B').run.candidate)
    text = template(kind, candidate)
    with pytest.raises(LicenceError):
        parse_licence(text.encode(), "licence.yaml", LicenceError)
    filled = text.replace("<licence number>", "L-1").replace("<YYYY-MM-DD>", "2026-03-01", 1)
    filled = filled.replace("<YYYY-MM-DD>", "2027-03-01")
    filled = re.sub(r'territory: \["<.*>"\]', "territory: [EEA]", filled)
    lines = [line.replace("<", "").replace(">", "") if ': "<' in line else line for line in filled.splitlines()]
    licence = parse_licence("\n".join(lines).encode(), "licence.yaml", LicenceError)
    check_grants(licence, candidate, LicenceError)


def test_there_is_no_other_template():
    with pytest.raises(LicenceError, match="academic"):
        template("../../../etc/passwd")


def test_the_text_says_everything_the_licence_does():
    licence = parsed(fees="HKD 1 a year")
    text = render(licence, "Wards", "wards 1.0.0", "d" * 64)
    for said in ("L-2026-001", "Models Ltd", "Hong Kong", "general-research-use", "2027-02-28", "HKD 1 a year"):
        assert said in text
    assert "does not train models" in render(parsed(model_training=False), "Wards", "wards 1.0.0", "d" * 64)


def test_a_licence_file_that_cannot_be_read_is_a_sentence(tmp_path):
    with pytest.raises(StorageError):
        load_licence(tmp_path / "absent.yaml")
    with pytest.raises(StorageError):
        load_licence(tmp_path)
    (tmp_path / "l.yaml").write_bytes(b"\x00\xff")
    with pytest.raises(LicenceError):
        load_licence(tmp_path / "l.yaml")


def test_the_command_prints_a_template_with_what_is_known(tmp_path, factory):
    made = make_run(tmp_path)
    done = factory("release", made.run.root, "--template", "academic")
    assert done.returncode == 0
    value = yaml.safe_load(done.stdout)
    assert value["licensor"] == "Hospital of the Simulation"
    assert value["purposes"] == ["general-research-use", "health-or-medical-or-biomedical-research"]
    assert factory("release", made.run.root, "--template", "other").returncode == 61


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_the_text_is_whole_in_each_language(language):
    contract = {"kind": "gba", "filed": dt.date(2026, 3, 9)}
    royalty = {"meter": "month", "amount": "1.50", "currency": "HKD", "report_every_days": 90}
    words(language).missing.clear()
    for publication in ("none", "aggregate-results", "open"):
        for kind in ("ai-company", "pharma", "academic"):
            licensee = {"name": "A", "kind": kind, "territory": ["HK", "CN-GBA"]}
            licence = parsed(
                publication=publication, licensee=licensee, standard_contract=contract, royalty=royalty,
                restrictions=["publication-required"],
            )  # fmt: skip
            text = render(licence, "Wards", "wards 1.0.0", "d" * 64, language)
            assert "2026-03-09" in text and "1.50 HKD" in text
    assert not words(language).missing
