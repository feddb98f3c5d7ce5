"""A licence that both sides sign, and what is not one."""

import json
import shutil

import pytest
import yaml
from unit.candidates import OFFICER, TODAY, licence_value, make_run

from factory.core.errors import KeyInvalid, LicenceError, OutputExists
from factory.core.files import canonical_json
from factory.release import offer as offers
from factory.release.offer import accept, check_both, load_offer, offer
from factory.release.seal import seal
from factory.review.candidate import load_candidate
from factory.review.people import load_people


@pytest.fixture
def made(tmp_path):
    return make_run(tmp_path).approved()


def offered(made, out, name="Mr Ng"):
    candidate, digest = load_candidate(made.run.candidate)
    return offer(candidate, digest, load_people(made.run.people), made.licence, name, made.key(name), out)


def release(made, folder):
    return seal(made.run, folder, OFFICER, made.key(OFFICER), TODAY)


def test_both_sign_the_same_documents(made, tmp_path):
    offered(made, tmp_path / "offer")
    people = load_people(made.run.people)
    before = {path.name: path.read_bytes() for path in (tmp_path / "offer").iterdir()}
    first = accept(tmp_path / "offer", people, "Models Ltd", made.key("Models Ltd"), TODAY)
    again = accept(tmp_path / "offer", people, "Models Ltd", made.key("Models Ltd"), TODAY)
    assert first == again == load_offer(tmp_path / "offer")
    assert [person.name for person in check_both(first.envelope, first.licence, people, LicenceError)] == [
        "Mr Ng", "Models Ltd",
    ]  # fmt: skip
    changed = {name for name, data in before.items() if (tmp_path / "offer" / name).read_bytes() != data}
    assert changed == {"licence.dsse.json"}


def test_an_offer_that_one_side_signed_releases_nothing(made, tmp_path):
    offered(made, tmp_path / "offer")
    with pytest.raises(LicenceError, match="licensee has not signed"):
        release(made, tmp_path / "offer")
    assert not made.run.bundles.exists()


@pytest.mark.parametrize("name", ["Dr Wong", "Models Ltd", OFFICER])
def test_only_a_licensor_offers(made, tmp_path, name):
    with pytest.raises(KeyInvalid):
        offered(made, tmp_path / "offer", name)
    assert not (tmp_path / "offer").exists()


def test_an_offer_is_not_written_over(made, tmp_path):
    offered(made, tmp_path / "offer")
    with pytest.raises(OutputExists):
        offered(made, tmp_path / "offer")


def test_only_the_licensee_accepts_and_only_in_time(made, tmp_path):
    offered(made, tmp_path / "offer")
    people = load_people(made.run.people)
    with pytest.raises(LicenceError, match="offered to Models Ltd"):
        accept(tmp_path / "offer", people, "Dr Wong", made.key("Dr Wong"), TODAY)
    with pytest.raises(KeyInvalid):
        accept(tmp_path / "offer", people, "Models Ltd", made.key("Dr Wong"), TODAY)
    with pytest.raises(LicenceError, match="expired"):
        accept(tmp_path / "offer", people, "Models Ltd", made.key("Models Ltd"), TODAY.replace(year=2030))


@pytest.mark.parametrize("name", ["licence.yaml", "licence.jsonld", "licence.txt", "licence.zh-Hans.txt"])
def test_a_document_changed_between_the_signatures_is_named(made, tmp_path, name):
    folder = made.signed()
    path = folder / name
    path.write_bytes(path.read_bytes().replace(b"2027-02-28", b"2037-02-28"))
    with pytest.raises(LicenceError, match=name.replace(".", r"\.") + " is not the one that was signed"):
        release(made, folder)


def test_a_licence_for_other_data_is_refused(made, tmp_path):
    other = make_run(tmp_path, "other", title="Another").approved()
    for person in ("Mr Ng", "Models Ltd"):
        shutil.copy(made.key(person), other.key(person))
    shutil.copy(made.run.people, other.run.people)
    folder = other.signed()
    with pytest.raises(LicenceError, match="other data"):
        release(made, folder)


def test_a_signature_by_somebody_who_is_neither_is_refused(made, tmp_path):
    from factory.core.keys import load_private
    from factory.release.statements import Envelope

    folder = made.signed()
    path = folder / offers.LICENCE_SIGNED
    envelope = Envelope.model_validate_json(path.read_bytes())
    path.write_bytes(envelope.signed(load_private(made.key("Dr Wong"))).data())
    with pytest.raises(LicenceError, match="neither its licensor nor its licensee"):
        release(made, folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: {**v, "payload": v["payload"][:-4]},
        lambda v: {**v, "payloadType": "text/plain"},
        lambda v: {**v, "signatures": v["signatures"] * 2},
        lambda v: {**v, "signatures": []},
        lambda v: {**v, "signatures": [{**v["signatures"][0], "sig": "AAAA"}]},
        lambda v: {**v, "signatures": [{**s, "sig": v["signatures"][0]["sig"]} for s in v["signatures"]]},
        lambda v: {**v, "signatures": [{**v["signatures"][0], "keyid": "0" * 64}, v["signatures"][1]]},
        lambda v: {**v, "extra": 1},
    ],
)
def test_an_envelope_of_another_form_is_refused(made, change):
    folder = made.signed()
    path = folder / offers.LICENCE_SIGNED
    path.write_bytes(canonical_json(change(json.loads(path.read_bytes()))))
    with pytest.raises(LicenceError):
        release(made, folder)


def test_the_commands(factory, tmp_path):
    made = make_run(tmp_path, review_by="2999-01-01").approved()
    made.licence.write_text(yaml.safe_dump(licence_value(expires="2999-01-01")))
    done = factory(
        "licence", "offer", made.run.root, "--licence", made.licence, "--as", "Mr Ng", "--key", made.key("Mr Ng"),
        "--out", tmp_path / "offer",
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout.startswith("L-2026-001"), done.stderr
    accepting = ("licence", "accept", tmp_path / "offer", "--trust", made.run.people, "--as", "Models Ltd", "--key")
    assert factory(*accepting, made.key("Dr Wong")).returncode == 51
    assert factory(*accepting, made.key("Models Ltd")).returncode == 0
    sealing = ("release", made.run.root, "--licence", tmp_path / "offer", "--as", OFFICER, "--key", made.key(OFFICER))
    assert factory(*sealing).returncode == 0
